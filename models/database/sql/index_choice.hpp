// Which key of a table finds the rows of a query: one rule, for SQLite's virtual tables and for
// queries that run without SQLite, so that both read the same rows in the same order. It sees the
// table's shape and what is asked for, never a row. A pure function.
#pragma once

#include "models/database/sql/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace halfwrite::sql {

// A column compared with a value, in every row that is wanted.
struct AskedConstraint {
  enum class Operation : std::uint8_t { equal, greater, greater_or_equal, less, less_or_equal };
  ColumnId column = 0;
  Operation operation = Operation::equal;
};

struct AskedOrder {
  ColumnId column = 0;
  bool descending = false;
};

struct IndexChoice {
  static constexpr int rows_of_table = 1'000'000;

  int key = -1;                          // none: the whole table is read
  std::vector<std::size_t> constraints;  // that limit what is read, by their places
  // What each of them is for. e: equal, g G: lower bound (exclusive, inclusive), l L: upper bound,
  // w: of the rows of a partial index.
  std::string operators;
  bool descending = false;
  int cost = rows_of_table;
  std::int64_t rows = rows_of_table;
  bool single = false;
  bool ordered = false;  // in the order that is asked for
};

// The cheapest; of equally cheap ones the first. Empty `order`: in any.
IndexChoice choose_index(const Shape& shape, std::span<const AskedConstraint> constraints,
                         std::span<const AskedOrder> order);

}  // namespace halfwrite::sql
