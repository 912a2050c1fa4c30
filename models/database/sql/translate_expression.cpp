// Constants, variables, columns and the constructs of SQL that are neither operators nor functions.
#include "models/database/sql/translator.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace halfwrite::sql {

namespace {

// libpg-query 15 drops negative integers from its JSON; the number is read from the statement
// again.
std::int64_t integer_constant(const Json& constant, const std::string& text) {
  const auto value = constant["ival"].integer("ival");
  auto at = static_cast<std::size_t>(std::max<std::int64_t>(constant.integer("location"), 0));
  if (value != 0 || at >= text.size() || text[at] != '-') return value;
  ++at;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t')) ++at;
  std::int64_t read = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
    read = read * 10 + (text[at] - '0');
  return -read;
}

std::string number_sql(const std::string& digits) {
  return digits[0] == '-' ? "(" + digits + ")" : digits;
}

// The location PostgreSQL reports for an expression: its own token.
std::int64_t location_of(const Json& node) {
  return node.members().empty() ? -1 : node.members().front().second.integer("location");
}

}  // namespace

std::string Translator::parameter(std::size_t variable, const Type& type) {
  for (std::size_t i = 0; i < plan_.parameters.size(); ++i) {
    const auto& known = plan_.parameters[i];
    if (!known.is_image && known.index == variable && known.type == type)
      return "?" + std::to_string(i + 1);
  }
  plan_.parameters.push_back({.is_image = false, .index = variable, .column = 0, .type = type});
  return "?" + std::to_string(plan_.parameters.size());
}

Expression Translator::expression(const Json& node, const Scope& scope) {
  for (const auto& [shared, translated] : scope.shared)
    if (shared == &node) return translated;
  const auto before = scope.ungrouped.size();
  auto result = expression_untracked(node, scope);
  if (result.location < 0) result.location = location_of(node);
  if (scope.ungrouped.size() > before &&
      std::find(scope.grouped.begin(), scope.grouped.end(), result.sql) != scope.grouped.end())
    scope.ungrouped.resize(before);
  return result;
}

Expression Translator::expression_untracked(const Json& node, const Scope& scope) {
  if (node.members().empty()) unsupported("this construct", -1);
  const auto& [kind, body] = node.members().front();
  if (kind == "A_Const") return constant(body);
  if (kind == "ParamRef") return variable(body);
  if (kind == "ColumnRef") return column(body, scope);
  if (kind == "A_Expr") return operation(body, scope);
  if (kind == "BoolExpr") return boolean_operation(body, scope);
  if (kind == "FuncCall") return function(body, scope);
  if (kind == "TypeCast") return type_cast(body, scope);
  if (kind == "CaseExpr") return case_expression(body, scope);
  if (kind == "SubLink") return sublink(body, scope);
  if (kind == "SQLValueFunction") return value_function(body);
  if (kind == "CoalesceExpr")
    return chosen("coalesce", body["args"].items(), scope, "COALESCE", body.integer("location"));
  if (kind == "MinMaxExpr") {
    const bool greatest = body.string("op") == "IS_GREATEST";
    return chosen(greatest ? "hw_greatest" : "hw_least", body["args"].items(), scope,
                  greatest ? "GREATEST" : "LEAST", body.integer("location"));
  }
  if (kind == "NullTest") {
    auto argument = expression(body["arg"], scope);
    if (argument.is_unknown()) argument = settle(std::move(argument));
    return typed("(" + argument.sql +
                     (body.string("nulltesttype") == "IS_NULL" ? " IS NULL)" : " IS NOT NULL)"),
                 TypeKind::boolean, body.integer("location"));
  }
  if (kind == "BooleanTest") {
    const auto& test = body.string("booltesttype");
    const bool negative = test.find("IS_NOT_") == 0;
    const auto argument = as_condition(expression(body["arg"], scope), "IS TRUE");
    const std::string what = test.find("UNKNOWN") != std::string::npos ? "NULL"
                             : test.find("TRUE") != std::string::npos  ? "1"
                                                                       : "0";
    return typed("((" + argument.sql + ")" + (negative ? " IS NOT " : " IS ") + what + ")",
                 TypeKind::boolean, body.integer("location"));
  }
  if (kind == "RowExpr")
    unsupported("a row as a value", body.integer("location"), "Compare rows, or name the columns.");
  if (kind == "A_ArrayExpr") return array_value(body, scope);
  if (kind == "A_Indirection") return subscript(body, scope);
  if (kind == "CollateClause")
    unsupported("COLLATE", body.integer("location"),
                "Text is compared by bytes, as with COLLATE \"C\".");
  if (kind == "SetToDefault")
    refuse("42601", "DEFAULT is not allowed in this context", body.integer("location"));
  unsupported(kind, body.integer("location"));
}

Expression Translator::constant(const Json& node) {
  const auto location = node.integer("location");
  if (node.has("ival")) {
    const auto digits = std::to_string(integer_constant(node, source_.substituted()));
    return typed(number_sql(digits), TypeKind::integer, location);
  }
  if (node.has("fval")) {
    const auto& digits = node["fval"].string("fval");
    if (const auto whole = from_text({.kind = TypeKind::bigint}, digits)) {
      const auto value = whole->integer();
      const bool small = value >= -2147483648LL && value <= 2147483647LL;
      return typed(
          value == INT64_MIN ? "(-9223372036854775807 - 1)" : number_sql(std::to_string(value)),
          small ? TypeKind::integer : TypeKind::bigint, location);
    }
    const auto number = from_text({.kind = TypeKind::numeric}, digits);
    if (!number) refuse(number.error().sqlstate, number.error().message, location);
    return typed("'" + std::string(number->characters()) + "'", TypeKind::numeric, location);
  }
  if (node.has("boolval"))
    return typed(node["boolval"].flag("boolval") ? "1" : "0", TypeKind::boolean, location);
  if (node.flag("isnull"))
    return {.sql = "NULL", .form = Expression::Form::null, .location = location};
  if (node.has("sval"))
    return {.sql = "",
            .form = Expression::Form::literal,
            .literal = node["sval"].string("sval"),
            .location = location};
  unsupported("this kind of constant", location);
}

Expression Translator::variable(const Json& node) {
  const auto location = node.integer("location");
  const auto number = static_cast<std::size_t>(node.integer("number"));
  if (number == 0 || number > source_.variables().size())
    refuse("42P02", "there is no parameter $" + std::to_string(number), location,
           "Variables are written :name.");
  const auto& name = source_.variables()[number - 1];
  if (const auto known = options_.parameter_types.find(name);
      known != options_.parameter_types.end())
    return {
        .sql = parameter(number - 1, known->second), .type = known->second, .location = location};
  return {
      .sql = "", .form = Expression::Form::variable, .variable = number - 1, .location = location};
}

Expression Translator::column_of_item(const FromItem& item, const std::string& name,
                                      std::int64_t location, const Scope& scope) {
  for (const auto& column : item.columns) {
    if (column.name != name) continue;
    if (scope.aggregate_depth == 0)
      scope.ungrouped.push_back({column.sql, item.alias + "." + name, location});
    return {.sql = column.sql, .type = column.type, .location = location};
  }
  return {};
}

namespace {

// A column of `owner` is named at `scope`, perhaps within aggregates of the levels between.
void note_read(const Scope& scope, const Scope& owner) {
  for (const Scope* level = &scope;; level = level->parent) {
    if (level != &owner) level->reads_outer = true;
    if (level->aggregate_depth > 0)
      (level == &owner ? level->aggregate_reads_own : level->aggregate_reads_outer) = true;
    if (level == &owner) return;
  }
}

}  // namespace

Expression Translator::column(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  const auto& fields = node["fields"].items();
  if (fields.empty() || fields.back().has("A_Star"))
    refuse("42601", "\"*\" is not an expression here", location);
  const auto& name = fields.back()["String"].string("sval");
  if (fields.size() >= 2) {
    const auto& qualifier = fields[fields.size() - 2]["String"].string("sval");
    for (const auto* level = &scope; level != nullptr; level = level->parent)
      for (const auto& item : level->items) {
        if (item.alias != qualifier) continue;
        auto found = column_of_item(item, name, location, *level);
        if (!found.sql.empty()) {
          note_read(scope, *level);
          return found;
        }
        unknown_column(qualifier, name, location, *level);
      }
    SqlError error{.sqlstate = "42P01",
                   .message = "missing FROM-clause entry for table \"" + qualifier + "\"",
                   .detail = "",
                   .hint = "",
                   .position = source_.position(location),
                   .unknown_name = qualifier,
                   .candidates = {}};
    for (const auto* level = &scope; level != nullptr; level = level->parent)
      for (const auto& item : level->items) error.candidates.push_back(item.alias);
    throw Refused{error};
  }
  for (const auto* level = &scope; level != nullptr; level = level->parent) {
    const FromItem* owner = nullptr;
    for (const auto& item : level->items)
      for (const auto& candidate : item.columns) {
        if (candidate.hidden || candidate.name != name) continue;
        if (owner != nullptr)
          refuse("42702", "column reference \"" + name + "\" is ambiguous", location);
        owner = &item;
      }
    if (owner != nullptr) {
      note_read(scope, *level);
      return column_of_item(*owner, name, location, *level);
    }
    for (const auto& item : level->items) {
      if (!item.is_scalar || item.alias != name) continue;
      note_read(scope, *level);
      return column_of_item(item, item.columns.front().name, location, *level);
    }
  }
  unknown_column("", name, location, scope);
}

void Translator::unknown_column(const std::string& qualifier, const std::string& name,
                                std::int64_t location, const Scope& scope) const {
  for (const char* system : {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
    if (name == system)
      unsupported("the system column " + name, location,
                  name == "ctid"
                      ? "Name rows by their key."
                      : "Rows here show no transaction ids. Keep pg_current_xact_id() in a "
                        "column of your own.");
  SqlError error;
  error.sqlstate = "42703";
  error.message = qualifier.empty() ? "column \"" + name + "\" does not exist"
                                    : "column " + qualifier + "." + name + " does not exist";
  error.position = source_.position(location);
  error.unknown_name = name;
  for (const auto* level = &scope; level != nullptr; level = level->parent)
    for (const auto& item : level->items)
      if (qualifier.empty() || item.alias == qualifier)
        for (const auto& column : item.columns) error.candidates.push_back(column.name);
  throw Refused{error};
}

namespace {

// SQLite nests a chain as deep as it is long and takes 1000 levels; in halves it is hardly deep,
// and read in the same order.
std::string in_halves(std::span<const std::string> conditions, const char* separator) {
  constexpr std::size_t chain = 50;
  std::string sql = "(";
  if (conditions.size() > chain) {
    const auto half = conditions.size() / 2;
    sql += in_halves(conditions.first(half), separator) + separator +
           in_halves(conditions.subspan(half), separator);
  } else {
    for (std::size_t i = 0; i < conditions.size(); ++i)
      sql += (i == 0 ? "" : separator) + conditions[i];
  }
  return sql + ")";
}

}  // namespace

Expression Translator::boolean_operation(const Json& node, const Scope& scope) {
  const auto& kind = node.string("boolop");
  const char* place = kind == "AND_EXPR" ? "AND" : kind == "OR_EXPR" ? "OR" : "NOT";
  if (kind == "NOT_EXPR")
    return typed(
        "(NOT " + as_condition(expression(node["args"].items().at(0), scope), place).sql + ")",
        TypeKind::boolean, node.integer("location"));
  std::vector<std::string> conditions;
  for (const auto& argument : node["args"].items())
    conditions.push_back(as_condition(expression(argument, scope), place).sql);
  return typed(in_halves(conditions, kind == "AND_EXPR" ? " AND " : " OR "), TypeKind::boolean,
               node.integer("location"));
}

Expression Translator::case_expression(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  std::vector<std::string> conditions;
  std::vector<Expression> results;
  for (const auto& branch : node["args"].items()) {
    const auto& when = branch["CaseWhen"];
    if (node.has("arg"))
      conditions.push_back(comparison("=", settle(expression(node["arg"], scope)),
                                      expression(when["expr"], scope), when.integer("location"))
                               .sql);
    else
      conditions.push_back(as_condition(expression(when["expr"], scope), "CASE/WHEN").sql);
    results.push_back(expression(when["result"], scope));
  }
  if (node.has("defresult"))
    results.push_back(expression(node["defresult"], scope));
  else
    results.push_back({.sql = "NULL", .form = Expression::Form::null, .location = location});
  // PostgreSQL looks at ELSE first (parse_expr.c, transformCaseExpr).
  std::rotate(results.begin(), results.end() - 1, results.end());
  const auto type = common_type(results, "CASE", location);
  std::string sql = "(CASE";
  for (std::size_t i = 0; i < conditions.size(); ++i)
    sql += " WHEN " + conditions[i] + " THEN " + results[i + 1].sql;
  return {
      .sql = sql + " ELSE " + results.front().sql + " END)", .type = type, .location = location};
}

Expression Translator::chosen(const char* function, const std::vector<Json>& arguments,
                              const Scope& scope, const char* construct, std::int64_t location) {
  std::vector<Expression> values;
  for (const auto& argument : arguments) values.push_back(expression(argument, scope));
  const auto type = common_type(values, construct, location);
  if (values.size() == 1) return {.sql = values.front().sql, .type = type, .location = location};
  std::string sql = std::string(function) + "(";
  if (std::string_view(function) != "coalesce")
    sql += std::to_string(static_cast<int>(type.kind)) + ", ";
  const char* separator = "";
  for (const auto& value : values) {
    sql += separator + value.sql;
    separator = ", ";
  }
  return {.sql = sql + ")", .type = type, .location = location};
}

Expression Translator::type_cast(const Json& node, const Scope& scope) {
  const auto type = type_of(node["typeName"]);
  auto argument = expression(node["arg"], scope);
  const auto argument_location = argument.location;
  const auto location =
      node.integer("location") >= 0 ? node.integer("location") : argument_location;
  auto result = cast(std::move(argument), type, CastContext::explicit_cast, location);
  // An error about the whole points to where it begins: the operand of `::`, the word CAST.
  result.location = argument_location >= 0 ? std::min(argument_location, location) : location;
  return result;
}

Expression Translator::clock_function(const char* sql, TypeKind kind) {
  statement_.reads_clock = true;
  return typed(sql, kind, -1);
}

Expression Translator::value_function(const Json& node) {
  const auto& kind = node.string("op");
  if (kind.find("SVFOP_CURRENT_TIMESTAMP") == 0)
    return clock_function("hw_now()", TypeKind::timestamptz);
  if (kind.find("SVFOP_LOCALTIMESTAMP") == 0)
    return clock_function("hw_now()", TypeKind::timestamp);
  if (kind == "SVFOP_CURRENT_DATE") return clock_function("hw_day(hw_now())", TypeKind::date);
  unsupported(kind.substr(6), node.integer("location"));
}

Expression Translator::sublink(const Json& node, const Scope& scope) {
  const auto location = node.integer("location");
  const auto& kind = node.string("subLinkType");
  const auto& query = node["subselect"]["SelectStmt"];
  SelectOptions options{.parent = &scope};
  std::string sql;
  std::vector<ResultColumn> columns;
  if (query.has("lockingClause")) {
    auto step = lock_step("SelectStmt", query, scope);
    read_step(step);
    sql = step.sql;
    columns = std::move(step.columns);
  } else {
    auto inner = select(query, options);
    sql = inner.sql;
    columns = inner.columns;
  }
  if (kind == "EXISTS_SUBLINK") return typed("EXISTS (" + sql + ")", TypeKind::boolean, location);
  if (kind != "ANY_SUBLINK" && kind != "ALL_SUBLINK" && kind != "EXPR_SUBLINK")
    unsupported("ARRAY(SELECT ...)", location);
  if (kind == "EXPR_SUBLINK") {
    if (columns.size() != 1) refuse("42601", "subquery must return only one column", location);
    // SQLite would take the first of several rows; PostgreSQL refuses them.
    const auto alias = next_alias();
    return {.sql = "(SELECT hw_only(" + alias + ".c0) FROM (" + sql + ") AS " + alias + ")",
            .type = columns.front().type,
            .location = location};
  }
  std::string name = "=";
  if (node.has("operName")) name = node["operName"].items().back()["String"].string("sval");
  const bool negated = kind == "ALL_SUBLINK" && name == "<>";
  if (!(kind == "ANY_SUBLINK" && name == "=") && !negated)
    unsupported(name + " ANY/ALL (SELECT ...)", location,
                "Write IN, NOT IN, EXISTS or a comparison with min() or max().");
  std::vector<Json> tests{node["testexpr"]};
  if (node["testexpr"].has("RowExpr")) tests = node["testexpr"]["RowExpr"]["args"].items();
  if (tests.size() != columns.size())
    refuse("42601",
           std::string("subquery has too ") + (tests.size() > columns.size() ? "few" : "many") +
               " columns",
           location);
  std::string left;
  std::string list;
  const auto alias = next_alias();
  for (std::size_t i = 0; i < tests.size(); ++i) {
    Expression inner{.sql = alias + ".c" + std::to_string(i), .type = columns[i].type};
    auto test = expression(tests[i], scope);
    std::vector<Expression> both{std::move(test), std::move(inner)};
    if (!both[0].is_unknown() && !can_cast(both[0].type, both[1].type, CastContext::implicit) &&
        !can_cast(both[1].type, both[0].type, CastContext::implicit))
      no_operator("=", both[0], both[1], location);
    const auto type = common_type(both, "IN", location);
    left += (i > 0 ? ", " : "") + collated(both[0].sql, type.kind);
    list += (i > 0 ? ", " : "") + both[1].sql;
  }
  if (tests.size() > 1) left = "(" + left + ")";
  return typed("(" + left + (negated ? " NOT IN " : " IN ") + "(SELECT " + list + " FROM (" + sql +
                   ") AS " + alias + "))",
               TypeKind::boolean, location);
}

}  // namespace halfwrite::sql
