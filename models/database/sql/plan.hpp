// What reading a statement leaves for the evaluator: SQLite queries over virtual tables, and what
// their parameters stand for. Immutable; internal to this room.
//
// In a query every row source has an alias s0, s1, ... and its columns are c0, c1, ...; so the same
// expression text runs over a table (`FROM t0_is_u0 AS s0`) and over the image of one row (`FROM
// (SELECT ?3 AS c0, ?4 AS c1) AS s0`).
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/value.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::sql {

// What `?n` stands for: a variable converted to a type, or a column of a row image.
struct BoundParameter {
  bool is_image = false;
  bool is_computed = false;  // a column of the image behind the table's own (Table::computed)
  std::size_t index = 0;     // of the variable, or of the image
  ColumnId column = 0;       // of the image
  Type type;                 // of the variable; unknown = as the value is
};

// A virtual table of the plan: `t<slot>_<shape>` reads slot `<slot>`.
struct TableSlot {
  std::size_t database = 0;
  TableId table = 0;
  std::vector<TypeKind> kinds;
  std::string name;
};

class DirectQuery;

struct Query {
  std::string sql = {};
  std::vector<TypeKind> kinds = {};                     // of the result columns
  std::shared_ptr<const DirectQuery> direct = nullptr;  // where no SQLite is needed
  bool present() const { return !sql.empty(); }
};

struct Plan {
  std::vector<std::string> variables;
  std::vector<std::size_t> ranks;  // of each among them, in the order of their bytes
  std::vector<BoundParameter> parameters;
  std::vector<TableSlot> tables;
  std::vector<std::string> steps;  // `m<n>_<columns>`: the virtual table of lock step n

  Query main;       // SELECT; candidates; rows of INSERT; values of an expression
  Query recheck;    // output over images of all sources
  Query limits;     // LIMIT and OFFSET
  Query returning;  // over the image of the target (and of the other sources)
  Query conflict;   // DO UPDATE: over images 0 (existing) and 1 (excluded)

  std::size_t outputs = 0;  // candidates: columns of Candidate::output in `main`
  std::vector<std::vector<TypeKind>>
      derived;  // per source: kinds of a sub-select's columns, else empty
};

// The database of `nextval` in a default is known only where the default is used.
inline constexpr char kDatabaseMark = '\x02';

struct RowExpression {
  Plan plan;
  std::string
      sql;  // of the expression alone; column n of the row is s0.c<n>; may hold kDatabaseMark
  Type type;
};

// The collation a value of this kind is compared with in SQLite; empty for SQLite's own.
std::string_view collation_of(TypeKind kind);
// An expression of this kind with its collation said. SQLite would let one inside an argument of a
// function shine through to the outside (EP_Collate), so then it is said even where it is SQLite's
// own.
std::string collated(const std::string& sql, TypeKind kind);

}  // namespace halfwrite::sql
