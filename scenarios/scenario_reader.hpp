// Reads one variant's merged and checked tree into a Scenario: names are resolved, SQL is read,
// and what the parts ask of each other is checked. Plans are read apart, because their points may
// be those of another variant.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/shared_readings.hpp"

namespace halfwrite::scenarios {

// All but the plan. With findings the result is incomplete.
Scenario read_scenario(const Json& tree, SharedReadings& shared, Findings& findings);

}  // namespace halfwrite::scenarios
