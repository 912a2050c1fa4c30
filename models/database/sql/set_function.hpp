// Functions that give rows (jsonb_array_elements, unnest, generate_series, ...), as a table of
// SQLite whose hidden columns are the arguments, so that they may be columns of what stands before
// it in FROM. It reads no rows of ours.
#pragma once

#include "models/database/sql/function_call.hpp"
#include "models/database/sql/statement.hpp"

#include <sqlite3.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

enum class SetFunctionKind : std::uint8_t {
  elements,
  elements_as_text,
  members,
  members_as_text,
  keys,
  array,
  series,
};

struct SetFunction {
  std::string_view name;
  SetFunctionKind kind;
  TypeKind argument;  // array: of any type; series: whole numbers
  // Without a name of its own a column is called as the alias or the function. The type of an
  // array's elements is that of the argument.
  std::vector<ResultColumn> columns;
};

// Nothing when no such function is known.
const SetFunction* find_set_function(std::string_view name);

// hw_set(kind, numbered, argument, ...): columns c0, c1 and c2; behind the function's own columns
// stands the number of the row, from 1.
inline constexpr const char* kSetModule = "hw_set";
void register_set_functions(sqlite3* handle, Evaluation& evaluation);

}  // namespace halfwrite::sql
