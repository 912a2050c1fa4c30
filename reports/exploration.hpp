// What an exploration came to, as text: what was tried of what, by kind, which dangerous windows it
// entered, what broke with the shortest way to see it, and what is not covered. It judges nothing.
#pragma once

#include "campaign/exploration.hpp"
#include "reports/look.hpp"

#include <string>

namespace halfwrite::reports {

// The command that tells the story of one plan of this exploration, on one line.
std::string way_to_see(const campaign::ExplorationOutcome& outcome, const sim::FaultPlan& plan,
                       const std::string& invariant);

std::string exploration_text(const campaign::ExplorationOutcome& outcome, const Look& look);

}  // namespace halfwrite::reports
