// Operators, with PostgreSQL's typing: which exist, what an untyped operand becomes, and what
// SQLite must call for them.
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

namespace {

std::string operator_name(const Json& node) {
  return node["name"].items().empty() ? "" : node["name"].items().back()["String"].string("sval");
}

bool is_comparison(const std::string& name) {
  return name == "=" || name == "<>" || name == "<" || name == "<=" || name == ">" || name == ">=";
}

std::string shown(const Expression& expression) {
  return expression.is_unknown() ? "unknown" : type_name(expression.type, false);
}

const std::vector<Json>* row_of(const Json& node) {
  const auto* row = node.find("RowExpr");
  return row == nullptr ? nullptr : &(*row)["args"].items();
}

}  // namespace

void Translator::no_operator(const std::string& name, const Expression& left,
                             const Expression& right, std::int64_t location) const {
  refuse("42883", "operator does not exist: " + shown(left) + " " + name + " " + shown(right),
         location,
         "No operator matches the given name and argument types. You might need to add explicit "
         "type casts.");
}

Expression Translator::operation(const Json& node, const Scope& scope) {
  const auto& kind = node.string("kind");
  const auto location = node.integer("location");
  const auto name = operator_name(node);
  if (kind == "AEXPR_IN") return in_list(node, scope);
  if (kind.find("BETWEEN") != std::string::npos) return between(node, scope);
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE")
    return like(node, scope, kind == "AEXPR_ILIKE");
  if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") return any_or_all(node, scope);
  if (kind == "AEXPR_SIMILAR") unsupported("SIMILAR TO", location, "Write LIKE instead.");
  const auto* left_row = row_of(node["lexpr"]);
  const auto* right_row = row_of(node["rexpr"]);
  if (left_row != nullptr && right_row != nullptr && kind == "AEXPR_OP")
    return row_comparison(name, *left_row, *right_row, scope, location);
  if (!node.has("lexpr")) {
    auto operand = expression(node["rexpr"], scope);
    if (name == "-")
      return operand.type.kind == TypeKind::interval
                 ? typed("hw_interval_multiply(" + operand.sql + ", -1)", TypeKind::interval,
                         location)
                 : arithmetic("-", typed("0", TypeKind::smallint, location), std::move(operand),
                              location);
    if (name == "+") return operand;
    unsupported("the prefix operator " + name, location);
  }
  auto left = expression(node["lexpr"], scope);
  auto right = expression(node["rexpr"], scope);
  if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT") {
    // SQLite's IS is NULL-safe equality once both sides are comparable.
    return comparison(kind == "AEXPR_DISTINCT" ? "IS NOT" : "IS", std::move(left), std::move(right),
                      location);
  }
  if (kind == "AEXPR_NULLIF") {
    const auto first = nullif_value(left, right, location);
    const auto equal = comparison("=", std::move(left), std::move(right), location);
    return {.sql = "(CASE WHEN " + equal.sql + " THEN NULL ELSE " + first.sql + " END)",
            .type = first.type,
            .location = location};
  }
  return binary(name, std::move(left), std::move(right), location);
}

// The left side as the operator = takes it: an untyped one becomes what the right side is, text of
// any kind becomes text, a whole number compared with a numeric becomes one (parse_oper.c picks the
// operator, and NULLIF gives its left argument).
Expression Translator::nullif_value(const Expression& left, const Expression& right,
                                    std::int64_t location) {
  if (left.is_unknown() && right.is_unknown()) return settle(left);
  const auto of_kind = [&](TypeKind kind) {
    return cast(left, Type{.kind = kind}, CastContext::implicit, location);
  };
  if (left.is_unknown())
    return of_kind(right.type.kind == TypeKind::varchar ? TypeKind::text : right.type.kind);
  const auto kind = left.type.kind;
  if (kind == TypeKind::varchar || (kind == TypeKind::character && !right.is_unknown() &&
                                    right.type.kind != TypeKind::character))
    return of_kind(TypeKind::text);
  if (is_integer(kind) && right.type.kind == TypeKind::numeric) return of_kind(TypeKind::numeric);
  return left;
}

Expression Translator::binary(const std::string& name, Expression left, Expression right,
                              std::int64_t location) {
  if (is_comparison(name)) return comparison(name, std::move(left), std::move(right), location);
  const auto textual = [](const Expression& e) { return !e.is_unknown() && is_text(e.type.kind); };
  const bool joins_text = name == "||" && (textual(left) || textual(right));
  const bool json =
      !joins_text && (left.type.kind == TypeKind::json || left.type.kind == TypeKind::jsonb);
  if (name == "->" || name == "->>" || name == "#>" || name == "#>>" || name == "@>" ||
      name == "<@" || name == "?" || name == "?|" || name == "?&" || name == "#-" ||
      (name == "||" && json) || (name == "-" && json) ||
      (name == "||" && right.type.kind == TypeKind::jsonb && !joins_text))
    return json_operator(name, std::move(left), std::move(right), location);
  if (name == "||") {
    if (!joins_text && !left.is_unknown() && !right.is_unknown())
      no_operator(name, left, right, location);
    const Type text{.kind = TypeKind::text};
    const auto a = cast(std::move(left), text, CastContext::explicit_cast, location);
    const auto b = cast(std::move(right), text, CastContext::explicit_cast, location);
    return typed("(" + a.sql + " || " + b.sql + ")", TypeKind::text, location);
  }
  if (name == "+" || name == "-" || name == "*" || name == "/" || name == "%")
    return arithmetic(name, std::move(left), std::move(right), location);
  if (name == "&" || name == "|" || name == "<<" || name == ">>")
    return bitwise(name, std::move(left), std::move(right), location);
  if (name == "~" || name == "~*" || name == "!~" || name == "!~*")
    unsupported("regular expressions", location, "Write LIKE instead.");
  if (name == "^")
    unsupported("the operator ^", location, "It gives floating-point numbers. Multiply instead.");
  no_operator(name, left, right, location);
}

Expression Translator::comparison(const std::string& name, Expression left, Expression right,
                                  std::int64_t location) {
  const auto is_variable = [](const Expression& e) { return e.form == Expression::Form::variable; };
  if (is_variable(left) && is_variable(right)) {
    // Nothing gives these a type: numbers compare as numbers, everything else as text.
    const auto a = parameter(left.variable, {});
    const auto b = parameter(right.variable, {});
    if (name == "IS" || name == "IS NOT")
      return typed("(" + a + " " + name + " " + b + ")", TypeKind::boolean, location);
    return typed("(hw_compare(" + a + ", " + b + ") " + name + " 0)", TypeKind::boolean, location);
  }
  const Type text{.kind = TypeKind::text};
  const bool left_untyped = left.is_unknown();
  const bool right_untyped = right.is_unknown();
  const std::string shown_name = name == "IS" || name == "IS NOT" ? "=" : name;
  if (left.is_unknown() && right.is_unknown()) {
    left = settle(std::move(left));
    right = settle(std::move(right));
  } else if (left.is_unknown() || right.is_unknown()) {
    auto& untyped = left.is_unknown() ? left : right;
    Type type = left.is_unknown() ? right.type : left.type;
    if (type.kind == TypeKind::varchar) type = text;
    type.length = 0;  // a literal longer than the column is simply different
    if (type.kind == TypeKind::numeric) type.scale = 0;
    if (type.kind == TypeKind::character) {
      untyped = cast(std::move(untyped), text, CastContext::implicit, location);
    } else {
      untyped = cast(std::move(untyped), type, CastContext::implicit, location);
    }
  }
  if (left.type.kind == TypeKind::json || right.type.kind == TypeKind::json)
    no_operator(shown_name, left, right, location);
  if (left.type.kind != right.type.kind && !(is_text(left.type.kind) && is_text(right.type.kind))) {
    if (can_cast(left.type, right.type, CastContext::implicit))
      left = cast(std::move(left), Type{.kind = right.type.kind}, CastContext::implicit, location);
    else if (can_cast(right.type, left.type, CastContext::implicit))
      right = cast(std::move(right), Type{.kind = left.type.kind}, CastContext::implicit, location);
    else
      no_operator(shown_name, left, right, location);
  }
  // Against text, the blanks at the end of a character(n) are cut; against a varchar they do not
  // count.
  const bool padded =
      left.type.kind == TypeKind::character || right.type.kind == TypeKind::character;
  if (padded && left.type.kind == TypeKind::text && !left_untyped)
    right = cast(std::move(right), text, CastContext::implicit, location);
  else if (padded && right.type.kind == TypeKind::text && !right_untyped)
    left = cast(std::move(left), text, CastContext::implicit, location);
  const bool ignores_blanks =
      padded && (left.type.kind == TypeKind::character || right.type.kind == TypeKind::character);
  // Said on the left it counts for both sides.
  auto collated_left = ignores_blanks ? left.sql + " COLLATE RTRIM" : collated(left);
  if (collated_left == left.sql && right.sql.find(" COLLATE ") != std::string::npos)
    collated_left += " COLLATE BINARY";
  return typed("(" + collated_left + " " + name + " " + right.sql + ")", TypeKind::boolean,
               location);
}

Expression Translator::in_list(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  const bool negated = operator_name(node) == "<>";
  const auto& items = node["rexpr"]["List"]["items"].items();
  if (const auto* row = row_of(node["lexpr"])) {
    std::string sql = negated ? "(NOT (" : "((";
    const char* separator = "";
    for (const auto& item : items) {
      const auto* other = row_of(item);
      if (other == nullptr) unsupported("a row IN a list of single values", location);
      sql += separator + row_comparison("=", *row, *other, scope, location).sql;
      separator = " OR ";
    }
    return typed(sql + "))", TypeKind::boolean, location);
  }
  std::vector<Expression> values{expression(node["lexpr"], scope)};
  bool native = true;
  for (const auto& item : items) {
    values.push_back(expression(item, scope));
    native = native && (values.back().is_unknown() || values.back().type == values.front().type);
  }
  if (values.front().is_unknown() || values.front().type.kind == TypeKind::varchar ||
      values.front().type.kind == TypeKind::numeric ||
      values.front().type.kind == TypeKind::character)
    native = false;
  std::string sql;
  if (native) {
    // One IN keeps the lookup by key.
    for (std::size_t i = 1; i < values.size(); ++i)
      sql += (i > 1 ? ", " : "") +
             cast(values[i], values.front().type, CastContext::implicit, location).sql;
    return typed("(" + collated(values.front()) + (negated ? " NOT IN (" : " IN (") + sql + "))",
                 TypeKind::boolean, location);
  }
  for (std::size_t i = 1; i < values.size(); ++i)
    sql += (i > 1 ? (negated ? " AND " : " OR ") : "") +
           comparison(negated ? "<>" : "=", values.front(), values[i], location).sql;
  return typed("(" + sql + ")", TypeKind::boolean, location);
}

Expression Translator::between(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  const auto& kind = node.string("kind");
  const auto& bounds = node["rexpr"]["List"]["items"].items();
  const auto within = [&](const Json& low, const Json& high) {
    const auto above =
        comparison(">=", expression(node["lexpr"], scope), expression(low, scope), location);
    const auto below =
        comparison("<=", expression(node["lexpr"], scope), expression(high, scope), location);
    return "(" + above.sql + " AND " + below.sql + ")";
  };
  std::string sql = within(bounds.at(0), bounds.at(1));
  if (kind.find("SYM") != std::string::npos)
    sql = "(" + sql + " OR " + within(bounds.at(1), bounds.at(0)) + ")";
  if (kind.find("NOT") != std::string::npos) sql = "(NOT " + sql + ")";
  return typed(sql, TypeKind::boolean, location);
}

Expression Translator::like(const Json& node, const Scope& scope, bool insensitive) {
  const auto location = node.integer("location");
  const Type text{.kind = TypeKind::text};
  const auto name = operator_name(node);
  auto left = expression(node["lexpr"], scope);
  if (!left.is_unknown() && !is_text(left.type.kind))
    no_operator(name, left, expression(node["rexpr"], scope), location);
  left = cast(std::move(left), text, CastContext::implicit, location);
  const Json* pattern = &node["rexpr"];
  std::string escape = "'\\'";
  const auto& call = node["rexpr"]["FuncCall"];
  // LIKE ... ESCAPE ...
  if (call.is_object() && call["args"].items().size() == 2 &&
      call["funcname"].items().back()["String"].string("sval") == "like_escape") {
    pattern = &call["args"].items()[0];
    escape =
        cast(expression(call["args"].items()[1], scope), text, CastContext::implicit, location).sql;
  }
  auto wanted = expression(*pattern, scope);
  if (!wanted.is_unknown() && !is_text(wanted.type.kind)) no_operator(name, left, wanted, location);
  const auto right = cast(std::move(wanted), text, CastContext::implicit, location);
  const auto call_sql =
      "hw_like(" + left.sql + ", " + right.sql + ", " + escape + (insensitive ? ", 1)" : ", 0)");
  return typed(name[0] == '!' ? "(NOT " + call_sql + ")" : call_sql, TypeKind::boolean, location);
}

Expression Translator::any_or_all(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  const bool any = node.string("kind") == "AEXPR_OP_ANY";
  const auto name = operator_name(node);
  if (!is_comparison(name))
    unsupported("the operator " + name + " with ANY or ALL", location, "Write a comparison.");
  const Json* array = &node["rexpr"];
  const bool is_cast = array->has("TypeCast");
  if (is_cast) array = &(*array)["TypeCast"]["arg"];
  if (array->has("A_ArrayExpr")) {
    std::string sql;
    std::vector<Expression> elements;
    bool all_untyped = true;
    bool computes = false;
    for (const auto& element : (*array)["A_ArrayExpr"]["elements"].items()) {
      elements.push_back(expression(element, scope));
      all_untyped = all_untyped && elements.back().is_unknown();
      computes = computes || !(elements.back().is_unknown() || element.has("ColumnRef") ||
                               element.has("A_Const"));
    }
    // An array of untyped literals alone is one of text; variables wait for what they are compared
    // with.
    if (!all_untyped)
      common_type(elements, "ARRAY", location);
    else if (!is_cast)
      for (auto& element : elements)
        if (element.form != Expression::Form::variable) element = settle(std::move(element));
    // The array is whole before the first comparison, so what fails in it fails. Where nothing can
    // fail, OR and AND keep the lookup by key.
    const char* separator = computes ? ", " : any ? " OR " : " AND ";
    for (auto& element : elements)
      sql += (sql.empty() ? "" : separator) +
             comparison(name, expression(node["lexpr"], scope), std::move(element), location).sql;
    if (sql.empty()) sql = any ? "0" : "1";
    const char* function = !computes ? "" : any ? "hw_any_true" : "hw_all_true";
    return typed(function + ("(" + sql + ")"), TypeKind::boolean, location);
  }
  auto right = expression(*array, scope);
  if (!(any && name == "=") && !(!any && name == "<>"))
    unsupported(name + " ANY or ALL over an array value", location, "Write = ANY or <> ALL.");
  if (!right.is_unknown() && right.type.kind != TypeKind::array && !is_text(right.type.kind))
    refuse("42809", "op ANY/ALL (array) requires array on right side", location);
  right = settle(std::move(right));
  const auto left = cast(settle(expression(node["lexpr"], scope)), Type{.kind = TypeKind::text},
                         CastContext::explicit_cast, location);
  const auto call = "hw_in_array(" + left.sql + ", " + right.sql + ")";
  return typed(any ? call : "(NOT " + call + ")", TypeKind::boolean, location);
}

Expression Translator::row_comparison(const std::string& name, const std::vector<Json>& left,
                                      const std::vector<Json>& right, const Scope& scope,
                                      std::int64_t location) {
  if (left.size() != right.size())
    refuse("42601", "unequal number of entries in row expressions", location);
  if (!is_comparison(name)) unsupported("the operator " + name + " between rows", location);
  const auto compared = [&](const std::string& operation, std::size_t i) {
    return comparison(operation, expression(left[i], scope), expression(right[i], scope), location)
        .sql;
  };
  std::string sql;
  if (name == "=" || name == "<>") {
    for (std::size_t i = 0; i < left.size(); ++i)
      sql += (i > 0 ? (name == "=" ? " AND " : " OR ") : "") + compared(name, i);
    return typed("(" + sql + ")", TypeKind::boolean, location);
  }
  const std::string strict = name.substr(0, 1);
  sql = compared(name, left.size() - 1);
  for (std::size_t i = left.size() - 1; i-- > 0;)
    sql = "(" + compared(strict, i) + " OR (" + compared("=", i) + " AND " + sql + "))";
  return typed(sql, TypeKind::boolean, location);
}

}  // namespace halfwrite::sql
