// A sweep as text: what was done of what was asked for, the table of a comparison, and for each
// invariant that broke the first seed with what was drawn for it, how much that mattered, and the
// command that shows it. It shows an outcome and judges nothing.
#pragma once

#include "campaign/sweep.hpp"
#include "reports/look.hpp"

#include <string>

namespace halfwrite::reports {

std::string sweep_text(const campaign::SweepOutcome& outcome, const campaign::JudgedSweep& judged,
                       const Look& look);

}  // namespace halfwrite::reports
