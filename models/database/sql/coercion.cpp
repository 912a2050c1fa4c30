// Which types become which, when, and how that is said in SQLite.
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

std::string literal_sql(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

namespace {

int number_rank(TypeKind kind) {
  switch (kind) {
    case TypeKind::smallint:
      return 1;
    case TypeKind::integer:
      return 2;
    case TypeKind::bigint:
      return 3;
    case TypeKind::numeric:
      return 4;
    default:
      return 0;
  }
}

int moment_rank(TypeKind kind) {
  switch (kind) {
    case TypeKind::date:
      return 1;
    case TypeKind::timestamp:
      return 2;
    case TypeKind::timestamptz:
      return 3;
    default:
      return 0;
  }
}

std::string value_sql(const Value& value) {
  if (value.is_null()) return "NULL";
  if (value.is_text()) return literal_sql(value.characters());
  if (value.integer() < 0) return "(" + std::to_string(value.integer()) + ")";
  return std::to_string(value.integer());
}

// How an already allowed cast is said. Whatever has no shorter form goes through Value's convert at
// run time.
std::string cast_sql(const std::string& sql, const Type& from, const Type& to, bool explicit_cast) {
  const int from_number = number_rank(from.kind);
  const int to_number = number_rank(to.kind);
  if (from.kind == to.kind && (to.length == 0 || from == to)) return sql;
  if (from_number > 0 && from_number < 4 && to_number >= from_number && to_number < 4) return sql;
  if (from_number > 0 && from_number < 4 && to.kind == TypeKind::numeric && to.length == 0)
    return "CAST(" + sql + " AS TEXT)";
  if (is_text(from.kind) && from.kind != TypeKind::character &&
      (to.kind == TypeKind::text || to.kind == TypeKind::varchar) && to.length == 0)
    return sql;
  if (moment_rank(from.kind) >= 2 && moment_rank(to.kind) >= 2) return sql;
  if (from.kind == TypeKind::boolean && number_rank(to.kind) > 0) return sql;
  if (to.kind == TypeKind::boolean && number_rank(from.kind) > 0) return "(" + sql + " <> 0)";
  return "hw_cast(" + sql + ", " + std::to_string(static_cast<int>(from.kind)) + ", " +
         std::to_string(static_cast<int>(to.kind)) + ", " + std::to_string(to.length) + ", " +
         std::to_string(to.scale) + ", " + (explicit_cast ? "1" : "0") + ")";
}

}  // namespace

bool Translator::can_cast(const Type& from, const Type& to, CastContext context) {
  if (from.kind == to.kind) return from.element == to.element;
  const int from_number = number_rank(from.kind);
  const int to_number = number_rank(to.kind);
  if (from_number > 0 && to_number > 0)
    return context != CastContext::implicit || to_number > from_number;
  if (is_text(from.kind) && is_text(to.kind)) return true;
  const int from_moment = moment_rank(from.kind);
  const int to_moment = moment_rank(to.kind);
  if (from_moment > 0 && to_moment > 0)
    return context != CastContext::implicit || to_moment > from_moment;
  if (context == CastContext::implicit) return false;
  if (is_text(to.kind)) return true;
  if (from_moment >= 2 && to.kind == TypeKind::time) return true;
  const bool from_json = from.kind == TypeKind::json || from.kind == TypeKind::jsonb;
  if (from_json && (to.kind == TypeKind::json || to.kind == TypeKind::jsonb)) return true;
  if (context == CastContext::assignment) return false;
  if (is_text(from.kind)) return true;
  if (from.kind == TypeKind::boolean) return to.kind == TypeKind::integer;
  if (to.kind == TypeKind::boolean)
    return from.kind == TypeKind::integer || from.kind == TypeKind::jsonb;
  return from.kind == TypeKind::jsonb && to_number > 0;
}

Expression Translator::cast(Expression expression, const Type& type, CastContext context,
                            std::int64_t location) {
  if (expression.form == Expression::Form::null) {
    expression.type = type;
    expression.form = Expression::Form::typed;
    return expression;
  }
  if (expression.form == Expression::Form::literal) {
    auto value = from_text(type, expression.literal, context == CastContext::explicit_cast);
    if (!value) {
      auto error = value.error();
      error.position = source_.position(expression.location);
      throw Refused{error};
    }
    return {.sql = value_sql(*value), .type = type, .location = expression.location};
  }
  if (expression.form == Expression::Form::variable)
    return {
        .sql = parameter(expression.variable, type), .type = type, .location = expression.location};
  if (!can_cast(expression.type, type, context))
    refuse(
        "42846",
        "cannot cast type " + type_name(expression.type, false) + " to " + type_name(type, false),
        location);
  expression.sql =
      cast_sql(expression.sql, expression.type, type, context == CastContext::explicit_cast);
  expression.type = type;
  return expression;
}

Expression Translator::settle(Expression expression) {
  if (!expression.is_unknown()) return expression;
  const auto location = expression.location;
  return cast(std::move(expression), Type{.kind = TypeKind::text}, CastContext::implicit, location);
}

Expression Translator::assigned(Expression expression, const Column& column) {
  if (!expression.is_unknown() && !can_cast(expression.type, column.type, CastContext::assignment))
    refuse("42804",
           "column \"" + column.name + "\" is of type " + type_name(column.type, false) +
               " but expression is of type " + type_name(expression.type, false),
           expression.location, "You will need to rewrite or cast the expression.");
  const auto location = expression.location;
  return cast(std::move(expression), column.type, CastContext::assignment, location);
}

Expression Translator::as_condition(Expression expression, const char* place) {
  const Type boolean{.kind = TypeKind::boolean};
  if (!expression.is_unknown() && expression.type.kind != TypeKind::boolean)
    refuse("42804",
           "argument of " + std::string(place) + " must be type boolean, not type " +
               type_name(expression.type, false),
           expression.location);
  const auto location = expression.location;
  return cast(std::move(expression), boolean, CastContext::implicit, location);
}

Type Translator::common_type(std::vector<Expression>& expressions, const char* construct,
                             std::int64_t location) {
  Type type;
  bool has_untyped = false;
  for (const auto& candidate : expressions) {
    has_untyped = has_untyped || candidate.is_unknown();
    if (candidate.is_unknown()) continue;
    if (type.kind == TypeKind::unknown) {
      type = candidate.type;
    } else if (type.kind != candidate.type.kind || type.element != candidate.type.element) {
      if (can_cast(candidate.type, type, CastContext::implicit)) {
        type.length = type.kind == TypeKind::numeric || is_text(type.kind) ? 0 : type.length;
      } else if (can_cast(type, candidate.type, CastContext::implicit)) {
        type = candidate.type;
        type.length = 0;
      } else {
        refuse("42804",
               std::string(construct) + " types " + type_name(type, false) + " and " +
                   type_name(candidate.type, false) + " cannot be matched",
               candidate.location >= 0 ? candidate.location : location);
      }
    } else if (type != candidate.type) {
      type.length = 0;  // the modifiers differ: none is kept
      type.scale = 0;
    }
  }
  if (type.kind == TypeKind::unknown) type.kind = TypeKind::text;
  if (has_untyped) {
    type.length = 0;  // a literal takes the type without its modifiers
    type.scale = 0;
  }
  for (auto& candidate : expressions)
    candidate = cast(std::move(candidate), type, CastContext::implicit, location);
  return type;
}

}  // namespace halfwrite::sql
