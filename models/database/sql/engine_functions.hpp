// Functions that lock, wait or reach the log: SQL names them, only the engine can do them. They are
// found here so that a statement can say which one it is; nothing here runs.
#pragma once

#include "models/database/sql/statement.hpp"

#include <span>
#include <string_view>

namespace halfwrite::sql {

bool is_engine_function(std::string_view name);
// Takes one bigint or two ints (pg_advisory_unlock_all: nothing).
bool is_advisory_function(std::string_view name);
// Its arguments are cast to the types PostgreSQL declares, or refused with 42883.
bool has_declared_arguments(std::string_view name);
// Is it one that the engine of this model can do? The others are read and then refused.
bool is_modelled_function(std::string_view name);
// The columns of its result, one of the function's name for those that answer a single value.
std::vector<ResultColumn> engine_function_columns(std::string_view name);

}  // namespace halfwrite::sql
