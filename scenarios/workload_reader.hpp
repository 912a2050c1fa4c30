// Reads the workload: named loads and their arguments.
#pragma once

#include "models/service/settings.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/sql_reader.hpp"

#include <vector>

namespace halfwrite::scenarios {

std::vector<service::Load> read_workload(const Json& section, SqlReader& sql, Findings& findings);

}  // namespace halfwrite::scenarios
