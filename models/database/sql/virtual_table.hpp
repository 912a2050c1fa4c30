// The read-only virtual tables SQLite reads rows through: `t<slot>_<shape>` asks the ReadView of
// the running evaluation for a table of its plan, `m<step>_<columns>` hands out the rows of a lock
// step. A table's name tells all SQLite's planner may know: the columns and the keys, never
// contents.
#pragma once

#include "models/database/sql/function_call.hpp"

#include <sqlite3.h>

namespace halfwrite::sql {

// The name of the module for CREATE VIRTUAL TABLE ... USING.
inline constexpr const char* kRowModule = "hw_rows";

void register_row_module(sqlite3* handle, Evaluation& evaluation);

}  // namespace halfwrite::sql
