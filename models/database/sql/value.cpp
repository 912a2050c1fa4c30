#include "models/database/sql/value.hpp"

#include "models/database/sql/calendar.hpp"
#include "models/database/sql/json.hpp"
#include "models/database/sql/numeric.hpp"
#include "sim/assert.hpp"

#include <limits>
#include <new>

namespace halfwrite::sql {

namespace {

const char* kind_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::unknown:
      return "unknown";
    case TypeKind::boolean:
      return "boolean";
    case TypeKind::smallint:
      return "smallint";
    case TypeKind::integer:
      return "integer";
    case TypeKind::bigint:
      return "bigint";
    case TypeKind::numeric:
      return "numeric";
    case TypeKind::text:
      return "text";
    case TypeKind::varchar:
      return "character varying";
    case TypeKind::character:
      return "character";
    case TypeKind::timestamptz:
      return "timestamp with time zone";
    case TypeKind::timestamp:
      return "timestamp without time zone";
    case TypeKind::date:
      return "date";
    case TypeKind::time:
      return "time without time zone";
    case TypeKind::interval:
      return "interval";
    case TypeKind::json:
      return "json";
    case TypeKind::jsonb:
      return "jsonb";
    case TypeKind::uuid:
      return "uuid";
    case TypeKind::bytea:
      return "bytea";
    case TypeKind::xid8:
      return "xid8";
    case TypeKind::pg_snapshot:
      return "pg_snapshot";
    case TypeKind::array:
      return "anyarray";
  }
  return "unknown";
}

Numeric number_of(const Value& value) {
  if (value.is_integer()) return Numeric::from_integer(value.integer());
  const auto number = Numeric::parse(value.characters());
  HALFWRITE_ASSERT(number.has_value(), "a numeric value does not hold a number");
  return *number;
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_integer(TypeKind kind) {
  return kind == TypeKind::smallint || kind == TypeKind::integer || kind == TypeKind::bigint;
}

bool is_number(TypeKind kind) {
  return is_integer(kind) || kind == TypeKind::numeric;
}

bool is_text(TypeKind kind) {
  return kind == TypeKind::text || kind == TypeKind::varchar || kind == TypeKind::character;
}

std::string type_name(const Type& type, bool with_modifiers) {
  if (type.kind == TypeKind::array) return type_name(Type{.kind = type.element}) + "[]";
  std::string name = kind_name(type.kind);
  if (!with_modifiers || type.length == 0) return name;
  name += "(" + std::to_string(type.length);
  if (type.kind == TypeKind::numeric) name += "," + std::to_string(type.scale);
  return name + ")";
}

Value Value::null(TypeKind kind) {
  Value value;
  value.kind_ = kind;
  return value;
}

Value Value::of(TypeKind kind, std::int64_t integer) {
  Value value;
  value.kind_ = kind;
  value.form_ = number;
  value.hold(integer);
  return value;
}

Value Value::of(TypeKind kind, std::string_view canonical) {
  Value value;
  value.kind_ = kind;
  const std::size_t size = canonical.size();
  if (size <= value.bytes_.size()) {
    if (size > 0) std::memcpy(value.bytes_.data(), canonical.data(), size);
    value.form_ = static_cast<Form>(size);
    return value;
  }
  HALFWRITE_ASSERT(size <= std::numeric_limits<std::uint32_t>::max(), "a text has gigabytes");
  char* memory = static_cast<char*>(::operator new(sizeof(Text) + size));
  Text* text = ::new (memory) Text{SharedCount::type(1), static_cast<std::uint32_t>(size)};
  std::memcpy(memory + sizeof(Text), canonical.data(), size);
  value.hold(text);
  value.form_ = shared;
  return value;
}

void Value::release() const {
  Text* text = this->text();
  // Whoever has the only one may be sure that nobody copies it meanwhile.
  if (SharedCount::load(text->references) == 1 || SharedCount::decrement(text->references) == 0)
    ::operator delete(text);
}

bool Value::operator==(const Value& other) const {
  if (kind_ != other.kind_ || is_text() != other.is_text()) return false;
  if (is_text()) return characters() == other.characters();
  return form_ == other.form_ && (is_null() || integer() == other.integer());
}

std::string to_text(const Value& value) {
  if (value.is_null()) return "";
  if (value.is_text()) return std::string(value.characters());
  switch (value.kind()) {
    case TypeKind::boolean:
      return value.integer() != 0 ? "t" : "f";
    case TypeKind::timestamptz:
      return timestamp_text(value.integer(), true);
    case TypeKind::timestamp:
      return timestamp_text(value.integer(), false);
    case TypeKind::date:
      return date_text(value.integer());
    case TypeKind::time:
      return time_text(value.integer());
    case TypeKind::xid8:
      return std::to_string(static_cast<std::uint64_t>(value.integer()));
    default:
      return std::to_string(value.integer());
  }
}

std::string to_failing_row(const Row& row) {
  std::string out = "(";
  const char* separator = "";
  for (const auto& value : row) {
    out += separator;
    out += value.is_null() ? "null" : to_text(value);
    separator = ", ";
  }
  return out + ")";
}

namespace {

// Is its text in the order of its bytes?
bool is_plain_text(const Value& value) {
  return value.is_text() && (value.kind() == TypeKind::text || value.kind() == TypeKind::varchar ||
                             value.kind() == TypeKind::uuid);
}

// What is no pair of integers or plain texts.
std::strong_ordering compare_others(const Value& left, const Value& right) {
  if (left.is_null() || right.is_null()) return left.is_null() <=> right.is_null();
  if (is_number(left.kind()) && is_number(right.kind()))
    return compare(number_of(left), number_of(right));
  if (left.is_integer() != right.is_integer()) return right.is_integer() <=> left.is_integer();
  if (left.kind() == TypeKind::interval && right.kind() == TypeKind::interval) {
    const auto a = read_interval(left.characters());
    const auto b = read_interval(right.characters());
    HALFWRITE_ASSERT(a && b, "an interval value does not hold an interval");
    return compare(*a, *b);
  }
  if (left.kind() == TypeKind::jsonb && right.kind() == TypeKind::jsonb)
    return compare_jsonb(Json::parse(left.characters()).value_or(Json()),
                         Json::parse(right.characters()).value_or(Json()));
  if (left.kind() == TypeKind::character || right.kind() == TypeKind::character)
    return without_trailing_blanks(left.characters())
               .compare(without_trailing_blanks(right.characters())) <=> 0;
  return left.characters().compare(right.characters()) <=> 0;
}

}  // namespace

std::strong_ordering compare(const Value& left, const Value& right) {
  if (left.is_integer() && right.is_integer()) return left.integer() <=> right.integer();
  if (is_plain_text(left) && is_plain_text(right))
    return left.characters().compare(right.characters()) <=> 0;
  return compare_others(left, right);
}

std::strong_ordering compare(const Row& left, const Row& right) {
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i)
    if (const auto order = compare(left[i], right[i]); order != 0) return order;
  return left.size() <=> right.size();
}

}  // namespace halfwrite::sql
