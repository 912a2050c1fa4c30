// Reads what must hold: built-in invariants, bounds on figures, the author's own SQL.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/sql_reader.hpp"

#include <vector>

namespace halfwrite::scenarios {

// `scenario` has its events and services by now.
std::vector<Invariant> read_invariants(const Json& list, const Scenario& scenario, SqlReader& sql,
                                       Findings& findings);

}  // namespace halfwrite::scenarios
