// PostgreSQL's types and values as this house stores them. A Value is one datum with the kind of
// its type; it owns its text and is immutable by habit: rows are copied, never patched in place by
// readers.
//
// Storage per kind: boolean, integers and xid8 as a 64-bit integer; timestamptz, timestamp as
// microseconds since 1970-01-01; date as days since then; time as microseconds of the day; every
// other kind as its canonical PostgreSQL text (numeric with its display scale, uuid in lower case,
// jsonb normalised, intervals as '1 day 02:00:00'). Floating-point types do not exist here: they
// are refused when a schema or cast names them.
#pragma once

#include "models/database/sql/sql_error.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

enum class TypeKind : std::uint8_t {
  unknown,  // an untyped literal or variable, or NULL; never the type of a column
  boolean,
  smallint,
  integer,
  bigint,
  numeric,
  text,
  varchar,
  character,
  timestamptz,
  timestamp,
  date,
  time,
  interval,
  json,
  jsonb,
  uuid,
  bytea,
  xid8,
  pg_snapshot,
  array,
};

// A column's or expression's type: the kind and its modifiers.
struct Type {
  TypeKind kind = TypeKind::unknown;
  std::int32_t length = 0;  // varchar(n), character(n): n; numeric(p,s): p; 0 = unlimited
  std::int32_t scale = 0;   // numeric(p,s): s
  TypeKind element = TypeKind::unknown;  // array: of what

  bool operator==(const Type&) const = default;
};

// "character varying(10)", "timestamp with time zone": as PostgreSQL's messages name it (without
// modifiers on request).
std::string type_name(const Type& type, bool with_modifiers = true);

class Value {
 public:
  Value() = default;  // NULL
  static Value null(TypeKind kind = TypeKind::unknown);
  static Value boolean(bool value) { return of(TypeKind::boolean, value ? 1 : 0); }
  static Value bigint(std::int64_t value) { return of(TypeKind::bigint, value); }
  static Value text(std::string value) { return of(TypeKind::text, std::move(value)); }
  // Microseconds since 1970-01-01 00:00 UTC.
  static Value timestamptz(std::int64_t microseconds) {
    return of(TypeKind::timestamptz, microseconds);
  }
  // A kind stored as an integer, or a kind stored as its canonical text (not checked again).
  static Value of(TypeKind kind, std::int64_t value);
  static Value of(TypeKind kind, std::string canonical);

  TypeKind kind() const { return kind_; }
  bool is_null() const { return null_; }
  bool is_integer() const { return !null_ && !textual_; }
  bool is_text() const { return !null_ && textual_; }
  std::int64_t integer() const;           // asserts is_integer()
  const std::string& characters() const;  // asserts is_text()
  bool is_true() const { return is_integer() && integer_ != 0; }

  // Same kind and same stored form (NULL equals NULL): for tests and traces, not SQL's `=`.
  bool operator==(const Value&) const = default;

 private:
  std::string text_;
  std::int64_t integer_ = 0;
  TypeKind kind_ = TypeKind::unknown;
  bool null_ = true;
  bool textual_ = false;
};

using Row = std::vector<Value>;

// PostgreSQL's text output of the value, time zone UTC; NULL is the empty string.
std::string to_text(const Value& value);
// PostgreSQL's "(1,abc,)": as in "Failing row contains (1, abc, null)."
std::string to_failing_row(const Row& row);

// PostgreSQL's order of two values of comparable kinds (C collation for text). NULLs are equal and
// sort last, so that this is a total order fit for an index; SQL's three-valued comparison is the
// evaluator's.
std::strong_ordering compare(const Value& left, const Value& right);
std::strong_ordering compare(const Row& left, const Row& right);
struct ValueLess {
  bool operator()(const Value& a, const Value& b) const { return compare(a, b) < 0; }
};
struct RowLess {
  bool operator()(const Row& a, const Row& b) const { return compare(a, b) < 0; }
};

// PostgreSQL's input function of the type over text, with the type's modifiers applied as an
// explicit cast would
// (`explicit_cast`: too long text is cut) or as an assignment does (22001, 22003). Errors: 22P02,
// 22007, 22008, 22003.
Expected<Value> from_text(const Type& type, std::string_view text, bool explicit_cast = false);

// Assignment of a value of another kind to a column type, as a driver that sends text would have
// it. NULL stays NULL.
Expected<Value> convert(const Value& value, const Type& type, bool explicit_cast = false);

}  // namespace halfwrite::sql
