// PostgreSQL's types and values as this house stores them. A Value is one datum with the kind of
// its type. It is immutable, and copies share a longer text: a row, its change in the log, its
// index entries and the parameter it came from have one. Copies may be made on several threads.
//
// Storage per kind: boolean, integers and xid8 as a 64-bit integer; timestamptz, timestamp as
// microseconds since 1970-01-01; date as days since then; time as microseconds of the day; every
// other kind as its canonical PostgreSQL text (numeric with its display scale, uuid in lower case,
// jsonb normalised, intervals as '1 day 02:00:00'). Floating-point types do not exist here: they
// are refused when a schema or cast names them.
#pragma once

#include "models/database/sql/sql_error.hpp"
#include "sim/assert.hpp"

#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
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

// smallint, integer, bigint; those and numeric; text, varchar, character.
bool is_integer(TypeKind kind);
bool is_number(TypeKind kind);
bool is_text(TypeKind kind);

class Value {
 public:
  Value() = default;  // NULL
  Value(const Value& other) : bytes_(other.bytes_), kind_(other.kind_), form_(other.form_) {
    if (form_ == shared) SharedCount::increment(text()->references);
  }
  Value(Value&& other) noexcept : bytes_(other.bytes_), kind_(other.kind_), form_(other.form_) {
    other.form_ = none;
  }
  Value& operator=(Value other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(kind_, other.kind_);
    std::swap(form_, other.form_);
    return *this;
  }
  ~Value() {
    if (form_ == shared) release();
  }
  static Value null(TypeKind kind = TypeKind::unknown);
  static Value boolean(bool value) { return of(TypeKind::boolean, value ? 1 : 0); }
  static Value bigint(std::int64_t value) { return of(TypeKind::bigint, value); }
  static Value text(std::string_view value) { return of(TypeKind::text, value); }
  // Microseconds since 1970-01-01 00:00 UTC.
  static Value timestamptz(std::int64_t microseconds) {
    return of(TypeKind::timestamptz, microseconds);
  }
  // A kind stored as an integer, or a kind stored as its canonical text (not checked again).
  static Value of(TypeKind kind, std::int64_t value);
  static Value of(TypeKind kind, std::string_view canonical);
  // The same stored form under another kind that is stored likewise.
  Value with_kind(TypeKind kind) const {
    Value value = *this;
    value.kind_ = kind;
    return value;
  }

  TypeKind kind() const { return kind_; }
  bool is_null() const { return form_ == none; }
  bool is_integer() const { return form_ == number; }
  bool is_text() const { return form_ <= shared; }
  std::int64_t integer() const {  // asserts is_integer()
    HALFWRITE_ASSERT(is_integer(), "the integer of a value that holds none was asked for");
    return held<std::int64_t>();
  }
  std::string_view characters() const {  // asserts is_text(); valid as long as this value
    HALFWRITE_ASSERT(is_text(), "the text of a value that holds none was asked for");
    if (form_ != shared) return {bytes_.data(), form_};
    const Text* held = text();
    return {reinterpret_cast<const char*>(held) + sizeof(Text), held->size};
  }
  bool is_true() const { return is_integer() && integer() != 0; }

  // Same kind and same stored form (NULL equals NULL): for tests and traces, not SQL's `=`.
  bool operator==(const Value& other) const;

 private:
  // A value of a scenario is a value of runs on several threads.
  using SharedCount = boost::thread_safe_counter;
  // Its characters follow it in memory.
  struct Text {
    SharedCount::type references;
    std::uint32_t size;
  };
  // What the bytes hold: a text of up to so many characters, a pointer to a longer one, an integer.
  using Form = std::uint8_t;
  static constexpr Form shared = 15;
  static constexpr Form number = 16;
  static constexpr Form none = 17;

  Text* text() const { return held<Text*>(); }
  template <class Held>
  Held held() const {
    Held held;
    std::memcpy(&held, bytes_.data(), sizeof held);
    return held;
  }
  template <class Held>
  void hold(Held held) {
    std::memcpy(bytes_.data(), &held, sizeof held);
  }
  void release() const;

  alignas(8) std::array<char, 14> bytes_{};
  TypeKind kind_ = TypeKind::unknown;
  Form form_ = none;
};
static_assert(sizeof(Value) == 16, "a row of a long run is made of them");

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
