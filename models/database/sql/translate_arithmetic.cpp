// Operators that calculate: + - * / % on numbers, moments and intervals, and those on bits, with
// PostgreSQL's typing.
#include "models/database/sql/calendar.hpp"
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

namespace {

bool is_moment(TypeKind kind) {
  return kind == TypeKind::timestamptz || kind == TypeKind::timestamp || kind == TypeKind::date;
}

const char* bits_of(TypeKind kind) {
  return kind == TypeKind::smallint ? "16" : kind == TypeKind::integer ? "32" : "64";
}

}  // namespace

Expression Translator::arithmetic(const std::string& name, Expression left, Expression right,
                                  std::int64_t location) {
  const Type bigint{.kind = TypeKind::bigint};
  if (left.is_unknown() && right.is_unknown()) {
    // PostgreSQL calls this ambiguous; between variables whole numbers are what is meant.
    left = cast(std::move(left), bigint, CastContext::implicit, location);
    right = cast(std::move(right), bigint, CastContext::implicit, location);
  } else if (left.is_unknown() || right.is_unknown()) {
    auto& untyped = left.is_unknown() ? left : right;
    const auto other = left.is_unknown() ? right.type.kind : left.type.kind;
    if (!is_number(other) && !is_moment(other) && other != TypeKind::interval)
      no_operator(name, left, right, location);
    Type type{.kind = other};
    if (is_moment(other) && name == "+") type.kind = TypeKind::interval;
    if (is_moment(other) && name == "-" && untyped.form == Expression::Form::literal &&
        read_interval(untyped.literal))
      type.kind = TypeKind::interval;
    if (other == TypeKind::interval && (name == "*" || name == "/")) type.kind = TypeKind::numeric;
    untyped = cast(std::move(untyped), type, CastContext::implicit, location);
  }
  if (is_number(left.type.kind) && is_number(right.type.kind)) {
    const char* operation = name == "+"   ? "add"
                            : name == "-" ? "subtract"
                            : name == "*" ? "multiply"
                            : name == "/" ? "divide"
                                          : "modulo";
    if (is_integer(left.type.kind) && is_integer(right.type.kind)) {
      const auto kind = std::max(left.type.kind, right.type.kind);
      return typed("hw_" + std::string(operation) + "(" + left.sql + ", " + right.sql + ", " +
                       bits_of(kind) + ")",
                   kind, location);
    }
    const Type numeric{.kind = TypeKind::numeric};
    left = cast(std::move(left), numeric, CastContext::implicit, location);
    right = cast(std::move(right), numeric, CastContext::implicit, location);
    return typed("hw_numeric_" + std::string(operation) + "(" + left.sql + ", " + right.sql + ")",
                 TypeKind::numeric, location);
  }
  return moment_arithmetic(name, left, right, location);
}

Expression Translator::moment_arithmetic(const std::string& name, const Expression& left,
                                         const Expression& right, std::int64_t location) {
  const auto a = left.type.kind;
  const auto b = right.type.kind;
  const bool adds = name == "+";
  if (!adds && name != "-" && name != "*" && name != "/") no_operator(name, left, right, location);
  if (a == TypeKind::interval && is_number(b) && (name == "*" || name == "/"))
    return typed("hw_interval_" + std::string(name == "*" ? "multiply" : "divide") + "(" +
                     left.sql + ", " + right.sql + ")",
                 TypeKind::interval, location);
  if (is_number(a) && b == TypeKind::interval && name == "*")
    return typed("hw_interval_multiply(" + right.sql + ", " + left.sql + ")", TypeKind::interval,
                 location);
  if (name == "*" || name == "/") no_operator(name, left, right, location);
  const std::string sign = adds ? ", 1)" : ", -1)";
  if (a == TypeKind::interval && b == TypeKind::interval)
    return typed("hw_interval_add(" + left.sql + ", " + right.sql + sign, TypeKind::interval,
                 location);
  if (a == TypeKind::interval && is_moment(b) && adds)
    return moment_arithmetic(name, right, left, location);
  if (is_moment(a) && b == TypeKind::interval) {
    const auto kind = a == TypeKind::date ? TypeKind::timestamp : a;
    const auto moment = a == TypeKind::date ? "(" + left.sql + " * 86400000000)" : left.sql;
    return typed("hw_moment_add(" + moment + ", " + right.sql + sign, kind, location);
  }
  // There is no operator for a date and a bigint.
  const auto counts_days = [](TypeKind kind) {
    return kind == TypeKind::smallint || kind == TypeKind::integer;
  };
  if (a == TypeKind::date && counts_days(b))
    return typed("hw_date_add(" + left.sql + ", " + right.sql + sign, TypeKind::date, location);
  if (counts_days(a) && b == TypeKind::date && adds)
    return typed("hw_date_add(" + right.sql + ", " + left.sql + sign, TypeKind::date, location);
  if (!adds && a == TypeKind::date && b == TypeKind::date)
    return typed("(" + left.sql + " - " + right.sql + ")", TypeKind::integer, location);
  if (!adds && is_moment(a) && is_moment(b)) {
    const auto micros = [](const Expression& e) {
      return e.type.kind == TypeKind::date ? "(" + e.sql + " * 86400000000)" : e.sql;
    };
    return typed("hw_moment_difference(" + micros(left) + ", " + micros(right) + ")",
                 TypeKind::interval, location);
  }
  no_operator(name, left, right, location);
}

Expression Translator::bitwise(const std::string& name, Expression left, Expression right,
                               std::int64_t location) {
  const bool shifts = name.size() == 2;
  // An untyped side is what the other one is; a shift is by an integer (parse_oper.c).
  if (left.is_unknown() && !right.is_unknown() && is_integer(right.type.kind) &&
      (!shifts || right.type.kind == TypeKind::integer))
    left = cast(std::move(left), right.type, CastContext::implicit, location);
  else if (right.is_unknown() && !left.is_unknown() && is_integer(left.type.kind))
    right = cast(std::move(right), shifts ? Type{.kind = TypeKind::integer} : left.type,
                 CastContext::implicit, location);
  if (left.is_unknown() || right.is_unknown() || !is_integer(left.type.kind) ||
      !is_integer(right.type.kind))
    no_operator(name, left, right, location);
  if (!shifts)
    return typed("(" + left.sql + " " + name + " " + right.sql + ")",
                 std::max(left.type.kind, right.type.kind), location);
  return typed((name == "<<" ? "hw_shift_left(" : "hw_shift_right(") + left.sql + ", " + right.sql +
                   ", " + bits_of(left.type.kind) + ")",
               left.type.kind, location);
}

}  // namespace halfwrite::sql
