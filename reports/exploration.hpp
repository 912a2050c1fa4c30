// What an exploration came to, as text: what was tried of what, by kind, which dangerous windows it
// entered, what broke with the shortest way to see it, and what is not covered. It judges nothing.
#pragma once

#include "campaign/exploration.hpp"
#include "reports/look.hpp"

#include <string>

namespace halfwrite::reports {

std::string exploration_text(const campaign::ExplorationOutcome& outcome, const Look& look);

}  // namespace halfwrite::reports
