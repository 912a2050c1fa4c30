// json and jsonb: operators, constructors over whole rows, arrays of text that say where.
#include "models/database/sql/array_text.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

bool is_array_of_text(const Expression& value) {
  return !value.is_unknown() && value.type.kind == TypeKind::array &&
         (value.type.element == TypeKind::text || value.type.element == TypeKind::varchar);
}

}  // namespace

// An untyped literal is read now, as PostgreSQL does.
Expression Translator::as_array(Expression value) {
  if (value.form == Expression::Form::literal && !read_array(value.literal))
    refuse("22P02", "malformed array literal: \"" + value.literal + "\"", value.location);
  if (!value.is_unknown()) return value;
  const auto location = value.location;
  return cast(std::move(value), {.kind = TypeKind::text}, CastContext::implicit, location);
}

Expression Translator::array_value(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  std::vector<Expression> elements;
  bool all_untyped = true;
  for (const auto& element : node["elements"].items()) {
    if (element.has("A_ArrayExpr"))
      unsupported("an array of several dimensions", element["A_ArrayExpr"].integer("location"));
    elements.push_back(expression(element, scope));
    all_untyped = all_untyped && elements.back().is_unknown();
  }
  if (elements.empty())
    refuse("42P18", "cannot determine type of empty array", location,
           "Explicitly cast to the desired type, for example ARRAY[]::integer[].");
  Type type{.kind = TypeKind::text};
  if (all_untyped)
    for (auto& element : elements) element = settle(std::move(element));
  else
    type = common_type(elements, "ARRAY", location);
  std::string sql = "hw_array(" + std::to_string(static_cast<int>(type.kind));
  for (const auto& element : elements) sql += ", " + element.sql;
  return {.sql = sql + ")",
          .type = {.kind = TypeKind::array, .element = type.kind},
          .location = location};
}

Expression Translator::json_operator(const std::string& name, Expression left, Expression right,
                                     std::int64_t location) {
  const auto json_kind = left.is_unknown() ? TypeKind::jsonb : left.type.kind;
  if (json_kind != TypeKind::json && json_kind != TypeKind::jsonb)
    no_operator(name, left, right, location);
  left = cast(std::move(left), Type{.kind = json_kind}, CastContext::implicit, location);
  if (name == "||" || name == "@>" || name == "<@") {
    if (json_kind != TypeKind::jsonb || (!right.is_unknown() && right.type.kind != TypeKind::jsonb))
      no_operator(name, left, right, location);
    right = cast(std::move(right), Type{.kind = TypeKind::jsonb}, CastContext::implicit, location);
    if (name == "||")
      return typed("hw_json_concatenate(" + left.sql + ", " + right.sql + ")", TypeKind::jsonb,
                   location);
    return typed("hw_json_contains(" +
                     (name == "@>" ? left.sql + ", " + right.sql : right.sql + ", " + left.sql) +
                     ")",
                 TypeKind::boolean, location);
  }
  const bool by_array = is_array_of_text(right);
  if (name == "#>" || name == "#>>" || name == "#-" || name == "?|" || name == "?&") {
    const bool needs_binary = name != "#>" && name != "#>>";
    if ((!by_array && !right.is_unknown()) || (needs_binary && json_kind != TypeKind::jsonb))
      no_operator(name, left, right, location);
    const auto both = "(" + left.sql + ", " + as_array(std::move(right)).sql;
    if (name == "#-") return typed("hw_json_without_path" + both + ")", TypeKind::jsonb, location);
    if (name[0] == '?')
      return typed("hw_json_has_several" + both + (name == "?&" ? ", 1)" : ", 0)"),
                   TypeKind::boolean, location);
    return typed("hw_json_path" + both + (name == "#>>" ? ", 1)" : ", 0)"),
                 name == "#>>" ? TypeKind::text : json_kind, location);
  }
  if (name == "-" && by_array)
    return typed("hw_json_without_keys(" + left.sql + ", " + right.sql + ")", TypeKind::jsonb,
                 location);
  const bool by_position = !right.is_unknown() && is_integer(right.type.kind);
  if (!by_position && !right.is_unknown() && !is_text(right.type.kind))
    no_operator(name, left, right, location);
  if (!by_position)
    right = cast(std::move(right), Type{.kind = TypeKind::text}, CastContext::implicit, location);
  if (name == "?")
    return typed("hw_json_has(" + left.sql + ", " + right.sql + ")", TypeKind::boolean, location);
  if (name == "-")
    return typed((by_position ? "hw_json_without_element(" : "hw_json_without(") + left.sql + ", " +
                     right.sql + ")",
                 TypeKind::jsonb, location);
  return typed("hw_json_member(" + left.sql + ", " + right.sql + (name == "->>" ? ", 1" : ", 0") +
                   (json_kind == TypeKind::jsonb ? ", 1)" : ", 0)"),
               name == "->>" ? TypeKind::text : json_kind, location);
}

// The row of a FROM entry, named by its alias, as a document; nothing when no row is named.
std::optional<Expression> Translator::whole_row(const Json& node, const Scope& scope, bool binary) {
  const auto& fields = node["ColumnRef"]["fields"].items();
  if (fields.size() != 1 || !fields[0].has("String")) return std::nullopt;
  const auto& name = fields[0]["String"].string("sval");
  for (const Scope* level = &scope; level != nullptr; level = level->parent) {
    const FromItem* found = nullptr;
    for (const auto& item : level->items) {
      if (item.alias == name) found = &item;
      for (const auto& column : item.columns)
        if (!column.hidden && column.name == name) return std::nullopt;
    }
    if (found == nullptr) continue;
    if (found->nullable)
      unsupported("the row of the nullable side of an outer join as a value",
                  node["ColumnRef"].integer("location"), "Name its columns.");
    std::string sql = binary ? "hw_json_object(1" : "hw_json_row(";
    for (const auto& column : found->columns) {
      if (level->aggregate_depth == 0)
        level->ungrouped.push_back({column.sql, found->alias + "." + column.name, -1});
      const auto key = literal_sql(column.name);
      const auto kind = std::to_string(static_cast<int>(column.type.kind));
      const auto text = std::to_string(static_cast<int>(TypeKind::text));
      if (binary)
        sql += ", " + text + ", " + key + ", " + kind + ", " + column.sql;
      else
        sql += (sql.back() == '(' ? "" : ", ") + key + ", " + kind + ", " + column.sql;
    }
    return typed(sql + ")", binary ? TypeKind::jsonb : TypeKind::json,
                 node["ColumnRef"].integer("location"));
  }
  return std::nullopt;
}

// value['key'][0] of jsonb: as #>, where -> would take a bare value for an array of one.
Expression Translator::subscript(const Json& node, const Scope& scope) {
  const auto value = expression(node["arg"], scope);
  std::string path = "hw_array(" + std::to_string(static_cast<int>(TypeKind::text));
  for (const auto& step : node["indirection"].items()) {
    const auto& indices = step["A_Indices"];
    if (value.type.kind != TypeKind::jsonb || !indices.is_object() || indices.flag("is_slice"))
      unsupported("subscripts and fields of values", value.location);
    auto index = expression(indices["uidx"], scope);
    if (!index.is_unknown() && !is_integer(index.type.kind) && !is_text(index.type.kind))
      refuse("42804", "subscript type " + type_name(index.type, false) + " is not supported",
             index.location, "jsonb subscript must be coercible to either integer or text.");
    const auto location = index.location;
    path +=
        ", " +
        cast(std::move(index), {.kind = TypeKind::text}, CastContext::explicit_cast, location).sql;
  }
  return typed("hw_json_path(" + value.sql + ", " + path + "), 0)", TypeKind::jsonb,
               value.location);
}

}  // namespace halfwrite::sql
