// Checks who runs an operation against what it needs: each caller gives the inputs, or is named.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"

namespace halfwrite::scenarios {

void check_flow(const Json& tree, const Scenario& scenario, Findings& findings);

}  // namespace halfwrite::scenarios
