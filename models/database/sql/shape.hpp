// The shape of a table, written into the name of its virtual table: the kinds of its columns and
// the keys its rows can be found by. Made and read here only, so that what SQLite plans with and
// what is read without SQLite cannot differ. Pure functions.
#pragma once

#include "models/database/sql/catalog.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

struct ShapeKey {
  std::vector<ColumnId> columns;
  bool unique = false;
  std::optional<ColumnId> condition;  // of a partial index
};

struct Shape {
  std::size_t slot = 0;  // of Plan::tables, or the number of a lock step
  bool is_step = false;
  std::string letters;  // one per column: i integer, s text, n numeric, v interval, r character
  std::vector<bool> not_null;  // per column
  std::vector<ShapeKey> keys;
};

char shape_letter(TypeKind kind);
// "Isni_u0k1_x2w3": columns integer (not null), text, numeric, truth; a unique key over columns 0
// and 1, an index over column 2 of the rows where column 3 is true. Computed values are columns,
// too.
std::string shape_name(const Table& table);
// Of "t0_isn_u0k1_x2" (slot 0), or "m1_3" (lock step 1 of three columns).
Shape read_shape(std::string_view table_name);

}  // namespace halfwrite::sql
