// Checks who runs an operation against what it needs: each caller gives the inputs, or is named.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"

#include <set>
#include <string>

namespace halfwrite::scenarios {

void check_flow(const Json& tree, const Scenario& scenario, Findings& findings);

// What any step that asks this operation outside sends along. Without `arguments` of its own a step
// sends all variables; those that are sure to be there are its operation's inputs.
std::set<std::string> arguments_sent(const Scenario& scenario, const external::Settings& system,
                                     const external::Operation& operation);

}  // namespace halfwrite::scenarios
