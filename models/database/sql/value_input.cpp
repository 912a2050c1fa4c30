// How text becomes a value of a type: PostgreSQL's input functions and the modifiers of casts and
// assignments.
#include "models/database/sql/calendar.hpp"
#include "models/database/sql/json.hpp"
#include "models/database/sql/numeric.hpp"
#include "models/database/sql/value.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace halfwrite::sql {

namespace {

SqlError failure(std::string sqlstate, std::string message, std::string detail = "") {
  SqlError error;
  error.sqlstate = std::move(sqlstate);
  error.message = std::move(message);
  error.detail = std::move(detail);
  return error;
}

SqlError bad_syntax(const Type& type, std::string_view text, const char* sqlstate = "22P02") {
  return failure(sqlstate, "invalid input syntax for type " + type_name(type, false) + ": \"" +
                               std::string(text) + "\"");
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; at < text.size(); ++at)
    if ((text[at] & 0xC0) != 0x80 && count-- == 0) break;
  return text.substr(0, at);
}

std::pair<std::int64_t, std::int64_t> integer_range(TypeKind kind) {
  if (kind == TypeKind::smallint) return {-32768, 32767};
  if (kind == TypeKind::integer)
    return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
}

Expected<Value> read_integer(const Type& type, std::string_view text) {
  auto digits = trimmed(text);
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error == std::errc::invalid_argument ||
      end != digits.data() + digits.size())
    return bad_syntax(type, text);
  const auto [lowest, highest] = integer_range(type.kind);
  if (error != std::errc{} || value < lowest || value > highest)
    return failure(
        "22003", "value \"" + std::string(text) + "\" is out of range for type " + type_name(type));
  return Value::of(type.kind, value);
}

Expected<Value> read_boolean(const Type& type, std::string_view text) {
  const auto word = lower(trimmed(text));
  const auto begins = [&word](std::string_view full, std::size_t least) {
    return word.size() >= least && full.substr(0, word.size()) == word;
  };
  if (begins("true", 1) || begins("yes", 1) || word == "on" || word == "1")
    return Value::boolean(true);
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0")
    return Value::boolean(false);
  return bad_syntax(type, text);
}

// The modifiers of numeric(p,s): rounds to s, refuses more than p - s digits before the point.
Expected<Value> with_precision(const Type& type, const Numeric& number) {
  if (type.length == 0) return Value::of(TypeKind::numeric, to_text(number));
  const auto fitted = rounded(number, type.scale);
  if (!fitted || digits_before_point(*fitted) > type.length - type.scale)
    return failure(
        "22003", "numeric field overflow",
        "A field with precision " + std::to_string(type.length) + ", scale " +
            std::to_string(type.scale) + " must round to an absolute value less than " +
            (type.length == type.scale ? "1" : "10^" + std::to_string(type.length - type.scale)) +
            ".");
  return Value::of(TypeKind::numeric, to_text(*fitted));
}

Expected<Value> read_numeric(const Type& type, std::string_view text) {
  const auto number = Numeric::parse(trimmed(text));
  if (number) return with_precision(type, *number);
  const bool digits_only =
      !trimmed(text).empty() &&
      trimmed(text).find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  if (digits_only && count_characters(text) > 30)
    return failure("22003", "a numeric of more than 38 digits is not supported");
  return bad_syntax(type, text);
}

// varchar(n) and character(n): an explicit cast cuts, an assignment refuses unless only blanks are
// lost.
Expected<Value> with_length(const Type& type, std::string_view text, bool explicit_cast) {
  const auto most = static_cast<std::size_t>(type.length);
  std::string out(text);
  if (type.length > 0 && count_characters(text) > most) {
    const auto kept = first_characters(text, most);
    const auto lost = text.substr(kept.size());
    if (!explicit_cast && lost.find_first_not_of(' ') != std::string_view::npos)
      return failure("22001", "value too long for type " + type_name(type));
    out = std::string(kept);
  }
  if (type.kind == TypeKind::character)
    for (auto count = count_characters(out); count < most; ++count) out += ' ';
  return Value::of(type.kind, std::move(out));
}

Expected<Value> read_uuid(const Type& type, std::string_view text) {
  std::string digits;
  for (const char c : lower(text))
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0)
      digits += c;
    else if (c != '-' && c != '{' && c != '}')
      return bad_syntax(type, text);
  if (digits.size() != 32) return bad_syntax(type, text);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, 1, '-');
  return Value::of(TypeKind::uuid, std::move(digits));
}

Expected<Value> read_json(const Type& type, std::string_view text) {
  auto json = Json::parse(text);
  if (!json)
    return failure("22P02", "invalid input syntax for type json",
                   "The text is no JSON: " + std::string(text.substr(0, 60)));
  if (type.kind == TypeKind::json) return Value::of(TypeKind::json, std::string(text));
  return Value::of(TypeKind::jsonb, to_jsonb_text(normalized(std::move(*json))));
}

Expected<Value> read_bytea(const Type& type, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\\x";
  if (text.substr(0, 2) == "\\x") {
    out += lower(text.substr(2));
    if (out.size() % 2 != 0 || out.find_first_not_of(kHex, 2) != std::string::npos)
      return failure("22023", "invalid hexadecimal data");
    return Value::of(TypeKind::bytea, std::move(out));
  }
  if (text.find('\\') != std::string_view::npos) return bad_syntax(type, text);
  for (const char c : text) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return Value::of(TypeKind::bytea, std::move(out));
}

Expected<Value> read_moment(const Type& type, std::string_view text) {
  DateReading reading;
  if (type.kind == TypeKind::date)
    reading = read_date(text);
  else if (type.kind == TypeKind::time)
    reading = read_time(text);
  else
    reading = read_timestamp(text, type.kind == TypeKind::timestamptz);
  if (reading.error == DateError::range)
    return failure("22008", "date/time field value out of range: \"" + std::string(text) + "\"");
  if (reading.error == DateError::syntax) return bad_syntax(type, text, "22007");
  return Value::of(type.kind, reading.value);
}

Expected<Value> read_interval_value(const Type& type, std::string_view text) {
  const auto interval = read_interval(text);
  if (!interval) return bad_syntax(type, text, "22007");
  return Value::of(TypeKind::interval, to_text(*interval));
}

bool is_integer_kind(TypeKind kind) {
  return kind == TypeKind::smallint || kind == TypeKind::integer || kind == TypeKind::bigint;
}

Expected<Value> fit_integer(TypeKind kind, std::int64_t value) {
  const auto [lowest, highest] = integer_range(kind);
  if (value < lowest || value > highest)
    return failure("22003", type_name(Type{.kind = kind}) + " out of range");
  return Value::of(kind, value);
}

}  // namespace

Expected<Value> from_text(const Type& type, std::string_view text, bool explicit_cast) {
  switch (type.kind) {
    case TypeKind::boolean:
      return read_boolean(type, text);
    case TypeKind::smallint:
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::xid8:
      return read_integer(type, text);
    case TypeKind::numeric:
      return read_numeric(type, text);
    case TypeKind::varchar:
    case TypeKind::character:
      return with_length(type, text, explicit_cast);
    case TypeKind::timestamptz:
    case TypeKind::timestamp:
    case TypeKind::date:
    case TypeKind::time:
      return read_moment(type, text);
    case TypeKind::interval:
      return read_interval_value(type, text);
    case TypeKind::json:
    case TypeKind::jsonb:
      return read_json(type, text);
    case TypeKind::uuid:
      return read_uuid(type, text);
    case TypeKind::bytea:
      return read_bytea(type, text);
    case TypeKind::unknown:
    case TypeKind::text:
    case TypeKind::pg_snapshot:
    case TypeKind::array:
      break;
  }
  return Value::of(type.kind == TypeKind::unknown ? TypeKind::text : type.kind, std::string(text));
}

namespace {

// jsonb to a number or boolean (jsonb.c, cannotCastJsonbValue).
Expected<Value> from_jsonb(const Value& value, const Type& type) {
  constexpr std::string_view kNames[] = {"null", "boolean", "numeric", "string", "array", "object"};
  const auto json = Json::parse(value.characters()).value_or(Json());
  const bool wants_boolean = type.kind == TypeKind::boolean;
  if (json.kind() != (wants_boolean ? Json::Kind::boolean : Json::Kind::number))
    return failure("22023", "cannot cast jsonb " +
                                std::string(kNames[static_cast<std::size_t>(json.kind())]) +
                                " to type " + type_name(type, false));
  if (wants_boolean) return Value::boolean(json.boolean());
  const auto number = Numeric::parse(json.text());
  if (!number) return failure("22003", "a numeric of more than 38 digits is not supported");
  return convert(Value::of(TypeKind::numeric, to_text(*number)), type, true);
}

}  // namespace

Expected<Value> convert(const Value& value, const Type& type, bool explicit_cast) {
  if (value.is_null()) return Value::null(type.kind);
  const auto from = value.kind();
  if (from == TypeKind::jsonb && (type.kind == TypeKind::boolean || is_integer_kind(type.kind) ||
                                  type.kind == TypeKind::numeric))
    return from_jsonb(value, type);
  if (is_integer_kind(type.kind)) {
    if (is_integer_kind(from) || from == TypeKind::boolean)
      return fit_integer(type.kind, value.integer());
    if (from == TypeKind::numeric) {
      const auto number = Numeric::parse(value.characters());
      const auto whole = number ? to_integer(*number) : std::nullopt;
      if (!whole) return failure("22003", type_name(type) + " out of range");
      return fit_integer(type.kind, *whole);
    }
  }
  const bool has_date =
      from == TypeKind::timestamptz || from == TypeKind::timestamp || from == TypeKind::date;
  const auto instant =
      has_date ? value.integer() * (from == TypeKind::date ? kMicrosecondsPerDay : 1) : 0;
  if (has_date && (type.kind == TypeKind::timestamptz || type.kind == TypeKind::timestamp))
    return Value::of(type.kind, instant);
  if (has_date && type.kind == TypeKind::date) return Value::of(type.kind, day_of(instant));
  if (has_date && type.kind == TypeKind::time)
    return Value::of(type.kind, instant - day_of(instant) * kMicrosecondsPerDay);
  if (from == TypeKind::boolean && (type.kind == TypeKind::text || type.kind == TypeKind::varchar ||
                                    type.kind == TypeKind::character))
    return from_text(type, value.integer() != 0 ? "true" : "false", explicit_cast);
  if (from == TypeKind::character && type.kind != TypeKind::character) {
    const std::string_view text = value.characters();
    return from_text(type, text.substr(0, text.find_last_not_of(' ') + 1), explicit_cast);
  }
  if (from == type.kind && type.length == 0 && value.kind() != TypeKind::unknown) return value;
  return from_text(type, to_text(value), explicit_cast);
}

}  // namespace halfwrite::sql
