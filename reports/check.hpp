// The outcome of `check` as text: the kept cases it ran first, then one line a file, and under it
// what is not as expected. It shows outcomes and judges nothing.
#pragma once

#include "campaign/kept_case.hpp"
#include "campaign/outcome.hpp"
#include "reports/look.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

std::string check_text(const std::vector<campaign::CampaignOutcome>& outcomes,
                       const std::vector<campaign::CaseOutcome>& cases, const Look& look);

}  // namespace halfwrite::reports
