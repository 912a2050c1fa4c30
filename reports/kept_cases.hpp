// The kept cases that `check` ran first, as text: those that are worth a line, and a count of all.
// It shows outcomes and judges nothing.
#pragma once

#include "campaign/kept_case.hpp"
#include "reports/look.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

// "came back", "still fails", "no longer shows", "stale", "as expected".
const char* standing_text(const campaign::CaseOutcome& outcome);
// Nothing where there are no cases.
std::string kept_cases_text(const std::vector<campaign::CaseOutcome>& cases, const Look& look);

}  // namespace halfwrite::reports
