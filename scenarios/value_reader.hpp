// Reads values: a variable, itself, an expression or something drawn (language.md, Values).
#pragma once

#include "models/service/program.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/sql_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

// Nothing when it has a wrong form or its expression is reported.
std::optional<service::ValueSource> read_value(const Json& json, SqlReader& sql);
service::NamedValues read_values(const Json& json, SqlReader& sql);

// The variables a value needs, in order.
std::vector<std::string> variables_of(const service::ValueSource& value);
std::vector<std::string> variables_of(const service::NamedValues& values);

}  // namespace halfwrite::scenarios
