// SELECT, VALUES and the set operations.
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

const std::string& bare_name(const Json& node) {
  static const std::string kNone;
  const auto& fields = node["ColumnRef"]["fields"].items();
  return fields.size() == 1 ? fields[0]["String"].string("sval") : kNone;
}

bool is_constant(const Json& node) {
  return node.has("A_Const") && !node["A_Const"].has("ival");
}

// To SQLite a whole number in ORDER BY or GROUP BY is a column's position; here it is a value.
std::string not_a_position(const std::string& sql) {
  const bool is_number = sql.find_first_not_of("0123456789()-+ ") == std::string::npos;
  return is_number ? "CAST(" + sql + " AS INTEGER)" : sql;
}

// Without a word on NULLs where there are none: SQLite asks a table for its order only then.
std::string direction(const Json& sort, bool is_never_null = false) {
  const bool descending = sort.string("sortby_dir") == "SORTBY_DESC";
  if (is_never_null) return descending ? " DESC" : " ASC";
  const auto& nulls = sort.string("sortby_nulls");
  const bool first =
      nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && descending);
  return std::string(descending ? " DESC" : " ASC") + (first ? " NULLS FIRST" : " NULLS LAST");
}

bool is_column(const std::string& sql) {
  const auto dot = sql.find(".c");
  return sql.starts_with('s') && dot != std::string::npos &&
         sql.find_first_not_of("0123456789", 1) == dot &&
         sql.find_first_not_of("0123456789", dot + 2) == std::string::npos;
}

bool is_column_of(const Scope& scope, const std::string& sql) {
  return std::any_of(scope.items.begin(), scope.items.end(), [&](const FromItem& item) {
    return std::any_of(item.columns.begin(), item.columns.end(),
                       [&](const OutputColumn& column) { return column.sql == sql; });
  });
}

}  // namespace

SelectResult Translator::select(const Json& node, const SelectOptions& options) {
  if (node.has("lockingClause") && !options.top_level_sources)
    unsupported("a locking clause here", -1,
                "Lock in a statement of its own, in IN (SELECT ...) or in WITH.");
  if (!node.string("op").empty() && node.string("op") != "SETOP_NONE")
    return set_operation(node, options);
  if (node.has("valuesLists")) return values(node, options);
  if (node.has("intoClause")) unsupported("SELECT INTO", -1, "Write INSERT ... SELECT.");
  if (node.string("limitOption") == "LIMIT_OPTION_WITH_TIES") unsupported("WITH TIES", -1);
  return plain_select(node, options);
}

Expression Translator::output(Expression expression, std::size_t index,
                              const SelectOptions& options, SelectResult& result) {
  result.forms.push_back(expression.form);
  if (expression.is_unknown()) {
    const auto location = expression.location;
    const auto* targets = options.unknown_targets;
    if (targets != nullptr && index < targets->size() &&
        (*targets)[index].kind != TypeKind::unknown)
      expression =
          cast(std::move(expression), (*targets)[index], CastContext::assignment, location);
    else if (expression.form == Expression::Form::variable && options.top_level)
      expression = {.sql = parameter(expression.variable, {}), .location = location};
    else
      expression = settle(std::move(expression));
  }
  return expression;
}

std::vector<Expression> Translator::star(const Json& fields, const Scope& scope,
                                         std::vector<std::string>& names) {
  std::vector<Expression> outputs;
  const auto take = [&](const FromItem& item, const OutputColumn& column) {
    scope.ungrouped.push_back({column.sql, item.alias + "." + column.name, -1});
    outputs.push_back({.sql = column.sql, .type = column.type});
    names.push_back(column.name);
  };
  if (fields.items().size() == 1) {
    if (scope.items.empty()) refuse("42601", "SELECT * with no tables specified is not valid");
    for (const auto& item : scope.items)
      for (const auto& column : item.columns)
        if (column.merged) take(item, column);
    for (const auto& item : scope.items)
      for (const auto& column : item.columns)
        if (!column.merged && !column.hidden) take(item, column);
    return outputs;
  }
  const auto& qualifier = fields.items()[fields.items().size() - 2]["String"].string("sval");
  for (const auto& item : scope.items) {
    if (item.alias != qualifier) continue;
    for (const auto& column : item.columns) take(item, column);
    return outputs;
  }
  SqlError error{.sqlstate = "42P01",
                 .message = "missing FROM-clause entry for table \"" + qualifier + "\"",
                 .detail = "",
                 .hint = "",
                 .position = 0,
                 .unknown_name = qualifier,
                 .candidates = {}};
  for (const auto& item : scope.items) error.candidates.push_back(item.alias);
  throw Refused{error};
}

std::vector<Expression> Translator::output_list(const Json& targets, const Scope& scope,
                                                const SelectOptions& options,
                                                SelectResult& result) {
  std::vector<Expression> outputs;
  for (const auto& entry : targets.items()) {
    const auto& target = entry["ResTarget"];
    const auto& fields = target["val"]["ColumnRef"]["fields"];
    if (!fields.items().empty() && fields.items().back().has("A_Star")) {
      std::vector<std::string> names;
      const auto columns = star(fields, scope, names);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        result.columns.push_back({names[i], columns[i].type});
        result.forms.push_back(Expression::Form::typed);
        outputs.push_back(columns[i]);
      }
      continue;
    }
    auto value = expression(target["val"], scope);
    if (condition_ && options.top_level) value = as_condition(std::move(value), "condition");
    value = output(std::move(value), outputs.size(), options, result);
    result.columns.push_back(
        {target.has("name") ? target.string("name") : figured_name(target["val"], "?column?"),
         value.type});
    outputs.push_back(std::move(value));
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    parts.push_back(collated(outputs[i].sql, outputs[i].type.kind) + " AS c" + std::to_string(i));
  result.list = listed(parts);
  return outputs;
}

// SQLite sorts and groups by what the sub-select itself reads, and by its outputs.
void Translator::refuse_outer_key(const Scope& scope, const char* clause, std::int64_t location) {
  if (!scope.reads_outer) return;
  unsupported(std::string(clause) + " with a column of the outer query", location,
              "Compute it in a sub-select: FROM (SELECT ..., expression AS k FROM ...) x " +
                  std::string(clause) + " x.k.");
}

std::string Translator::group_list(const Json& node, Scope& scope) {
  std::vector<std::string> parts;
  const auto& targets = node["targetList"].items();
  for (const auto& entry : node["groupClause"].items()) {
    if (entry.has("GroupingSet"))
      unsupported("GROUPING SETS, ROLLUP and CUBE", entry["GroupingSet"].integer("location"));
    const Json* value = &entry;
    if (entry["A_Const"].has("ival")) {
      const auto number = static_cast<std::size_t>(entry["A_Const"]["ival"].integer("ival"));
      if (number == 0 || number > targets.size())
        refuse("42P10", "GROUP BY position " + std::to_string(number) + " is not in select list",
               entry["A_Const"].integer("location"));
      value = &targets[number - 1]["ResTarget"]["val"];
    } else if (const auto& name = bare_name(entry); !name.empty()) {
      bool is_input = false;
      for (const auto& item : scope.items)
        for (const auto& column : item.columns) is_input = is_input || column.name == name;
      for (const auto& target : targets)
        if (!is_input && target["ResTarget"].string("name") == name)
          value = &target["ResTarget"]["val"];
    }
    if (is_constant(*value) && value == &entry)
      refuse("42601", "non-integer constant in GROUP BY", (*value)["A_Const"].integer("location"));
    scope.reads_outer = false;
    const auto grouped = settle(expression(*value, scope));
    refuse_outer_key(scope, "GROUP BY", grouped.location);
    scope.grouped.push_back(grouped.sql);
    if (value != &entry) scope.shared.emplace_back(value, grouped);
    parts.push_back(collated(not_a_position(grouped.sql), grouped.type.kind));
  }
  scope.ungrouped.clear();
  return listed(parts);
}

std::vector<std::string> Translator::order_list(const Json& clause, const Scope& scope,
                                                const SelectResult& result,
                                                const std::vector<Expression>& outputs,
                                                bool distinct) {
  std::vector<std::string> parts;
  for (const auto& entry : clause.items()) {
    const auto& sort = entry["SortBy"];
    const auto& node = sort["node"];
    std::size_t found = outputs.size();
    if (node["A_Const"].has("ival")) {
      const auto number = static_cast<std::size_t>(node["A_Const"]["ival"].integer("ival"));
      if (number == 0 || number > outputs.size())
        refuse("42P10", "ORDER BY position " + std::to_string(number) + " is not in select list",
               node["A_Const"].integer("location"));
      found = number - 1;
    } else if (const auto& name = bare_name(node); !name.empty()) {
      for (std::size_t i = 0; i < result.columns.size(); ++i) {
        if (result.columns[i].name != name) continue;
        if (found < outputs.size() && outputs[found].sql != outputs[i].sql)
          refuse("42702", "ORDER BY \"" + name + "\" is ambiguous",
                 node["ColumnRef"].integer("location"));
        found = std::min(found, i);
      }
    }
    if (found == outputs.size()) {
      if (is_constant(node))
        refuse("42601", "non-integer constant in ORDER BY", node["A_Const"].integer("location"));
      scope.reads_outer = false;
      const auto key = settle(expression(node, scope));
      for (std::size_t i = outputs.size(); i-- > 0;)
        if (outputs[i].sql == key.sql) found = i;
      if (found == outputs.size()) {
        refuse_outer_key(scope, "ORDER BY", key.location);
        if (distinct)
          refuse("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                 key.location);
        parts.push_back(collated(not_a_position(key.sql), key.type.kind) +
                        direction(sort, is_never_null(key.sql, result.where, scope)));
        continue;
      }
    }
    if (outputs[found].type.kind == TypeKind::json)
      refuse("42883", "could not identify an ordering operator for type json",
             node["ColumnRef"].integer("location"));
    const auto& output = outputs[found].sql;
    const bool by_column = !distinct && is_column(output) && is_column_of(scope, output);
    parts.push_back(
        collated(by_column ? output : "c" + std::to_string(found), outputs[found].type.kind) +
        direction(sort, by_column && is_never_null(output, result.where, scope)));
  }
  return parts;
}

void Translator::check_grouping(const Scope& scope) const {
  for (const auto& used : scope.ungrouped) {
    bool determined = false;
    for (const auto& item : scope.items) {
      const auto dot = used.sql.find('.');
      if (item.columns.empty() ||
          item.columns.front().sql.substr(0, dot + 1) != used.sql.substr(0, dot + 1))
        continue;
      determined =
          !item.primary_key.empty() &&
          std::all_of(item.primary_key.begin(), item.primary_key.end(), [&](const auto& column) {
            return std::find(scope.grouped.begin(), scope.grouped.end(), column) !=
                   scope.grouped.end();
          });
    }
    if (determined ||
        std::find(scope.grouped.begin(), scope.grouped.end(), used.sql) != scope.grouped.end())
      continue;
    refuse("42803",
           "column \"" + used.name +
               "\" must appear in the GROUP BY clause or be used in an aggregate function",
           used.location);
  }
}

void Translator::limit_of(const Json& node, SelectResult& result, const Scope& scope) {
  const Type bigint{.kind = TypeKind::bigint};
  Scope bare;
  bare.parent = scope.parent;
  bare.place = "LIMIT";
  const auto read = [&](const char* key, const char* flag) {
    auto value = expression(node[key], bare);
    if (!can_cast(value.type, bigint, CastContext::assignment) && !value.is_unknown())
      refuse("42804",
             "argument of LIMIT must be type bigint, not type " + type_name(value.type, false),
             value.location);
    const auto location = value.location;
    return "hw_limit(" + cast(std::move(value), bigint, CastContext::assignment, location).sql +
           flag;
  };
  if (node.has("limitCount")) result.limit = read("limitCount", ", 0)");
  if (node.has("limitOffset")) result.offset = read("limitOffset", ", 1)");
}

std::string Translator::distinct_on(const Json& node, const Scope& scope,
                                    const SelectResult& result,
                                    const std::vector<Expression>& outputs) {
  // The first row of each group in ORDER BY's order: numbered by a window, then filtered.
  std::vector<std::string> keys;
  for (const auto& entry : node["distinctClause"].items()) {
    const auto key = settle(expression(entry, scope));
    keys.push_back(collated(key.sql, key.type.kind));
  }
  std::vector<std::string> inner;
  std::string order_columns;
  std::string order;
  std::size_t number = 0;
  for (const auto& entry : node["sortClause"].items()) {
    const auto& sort = entry["SortBy"];
    Expression key;
    for (std::size_t i = 0; i < result.columns.size(); ++i)
      if (result.columns[i].name == bare_name(sort["node"])) key = outputs[i];
    if (key.sql.empty()) key = settle(expression(sort["node"], scope));
    inner.push_back(collated(key.sql, key.type.kind) + direction(sort));
    const auto name = "k" + std::to_string(number++);
    order_columns += ", " + key.sql + " AS " + name;
    order +=
        (order.empty() ? " ORDER BY " : ", ") + collated(name, key.type.kind) + direction(sort);
  }
  std::string columns;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    columns += (i > 0 ? ", c" : "c") + std::to_string(i);
  return "SELECT " + columns + " FROM (SELECT " + result.list + order_columns +
         ", row_number() OVER (PARTITION BY " + listed(keys) +
         (inner.empty() ? "" : " ORDER BY " + listed(inner)) + ") AS n" +
         (result.from.empty() ? "" : " FROM " + result.from) +
         (result.where.empty() ? "" : " WHERE " + result.where) + ") WHERE n = 1" + order;
}

SelectResult Translator::plain_select(const Json& node, const SelectOptions& options) {
  SelectResult result;
  Scope scope;
  scope.parent = options.parent;
  if (node.has("withClause"))
    with_clause(node["withClause"], scope, options.top_level && is_outermost());
  scope.windows = &node["windowClause"];
  scope.place = "FROM";
  result.from = from_list(node["fromClause"], scope, options.top_level_sources);
  if (node.has("whereClause")) {
    scope.place = "WHERE";
    result.where =
        for_indexes(as_condition(expression(node["whereClause"], scope), "WHERE").sql, scope);
  }
  scope.ungrouped.clear();
  scope.place = "GROUP BY";
  const auto groups = group_list(node, scope);
  scope.aggregates_allowed = true;
  scope.place = "SELECT";
  const auto outputs = output_list(node["targetList"], scope, options, result);
  if (outputs.empty()) result.list = "1";
  std::string having;
  if (node.has("havingClause")) {
    scope.place = "HAVING";
    having = as_condition(expression(node["havingClause"], scope), "HAVING").sql;
    scope.place = "SELECT";
  }
  if (!having.empty() && !scope.has_aggregate && !node.has("groupClause"))
    unsupported("HAVING where nothing is aggregated", -1, "Write WHERE.");
  const bool has_distinct = node.has("distinctClause");
  const bool plain_distinct =
      has_distinct && node["distinctClause"].items().front().members().empty();
  result.order = with_computed(
      listed(order_list(node["sortClause"], scope, result, outputs, plain_distinct)), scope);
  const bool grouped = scope.has_aggregate || node.has("groupClause") || node.has("havingClause");
  if (grouped) check_grouping(scope);
  limit_of(node, result, scope);
  result.sets = has_distinct                                       ? "DISTINCT clause"
                : node.has("groupClause")                          ? "GROUP BY clause"
                : node.has("havingClause")                         ? "HAVING clause"
                : scope.has_aggregate                              ? "aggregate functions"
                : result.list.find(" OVER (") != std::string::npos ? "window functions"
                                                                   : "";
  if (has_distinct && !plain_distinct) {
    if (grouped) unsupported("DISTINCT ON with aggregates", -1);
    result.sql = distinct_on(node, scope, result, outputs);
  } else {
    result.sql = std::string(plain_distinct ? "SELECT DISTINCT " : "SELECT ") + result.list +
                 (result.from.empty() ? "" : " FROM " + result.from) +
                 (result.where.empty() ? "" : " WHERE " + result.where) +
                 (groups.empty() ? "" : " GROUP BY " + groups) +
                 (having.empty() ? "" : " HAVING " + having) +
                 (result.order.empty() ? "" : " ORDER BY " + result.order);
  }
  if (!result.limit.empty() || !result.offset.empty())
    result.sql += " LIMIT " + (result.limit.empty() ? "-1" : result.limit) +
                  (result.offset.empty() ? "" : " OFFSET " + result.offset);
  if (node.has("lockingClause")) apply_locking(node["lockingClause"], scope);
  return result;
}

SelectResult Translator::values(const Json& node, const SelectOptions& options) {
  Scope scope;
  scope.parent = options.parent;
  scope.place = "VALUES";
  if (node.has("withClause"))
    with_clause(node["withClause"], scope, options.top_level && is_outermost());
  std::vector<std::vector<Expression>> columns;
  const auto& lists = node["valuesLists"].items();
  for (const auto& list : lists) {
    const auto& items = list["List"]["items"].items();
    if (!columns.empty() && columns.size() != items.size())
      refuse("42601", "VALUES lists must all be the same length");
    columns.resize(items.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      columns[i].push_back(expression(items[i], scope));
  }
  SelectResult result;
  std::vector<std::string> names;
  std::vector<Expression> outputs;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (options.unknown_targets != nullptr && i < options.unknown_targets->size() &&
        std::all_of(columns[i].begin(), columns[i].end(),
                    [](const auto& value) { return value.is_unknown(); }))
      for (auto& value : columns[i])
        value = cast(value, (*options.unknown_targets)[i], CastContext::assignment, value.location);
    const auto type = common_type(columns[i], "VALUES", -1);
    result.columns.push_back({"column" + std::to_string(i + 1), type});
    result.forms.push_back(Expression::Form::typed);
    names.push_back("column" + std::to_string(i + 1) + " AS c" + std::to_string(i));
    outputs.push_back({.sql = "c" + std::to_string(i), .type = type});
  }
  std::vector<std::string> rows;
  for (std::size_t row = 0; row < lists.size(); ++row) {
    std::vector<std::string> fields;
    for (const auto& column : columns) fields.push_back(column[row].sql);
    rows.push_back("(" + listed(fields) + ")");
  }
  result.sets = "VALUES";
  result.sql = "SELECT " + listed(names) + " FROM (VALUES " + listed(rows) + ")";
  const auto order = listed(order_list(node["sortClause"], scope, result, outputs, true));
  if (!order.empty()) result.sql += " ORDER BY " + order;
  limit_of(node, result, scope);
  if (!result.limit.empty() || !result.offset.empty())
    result.sql += " LIMIT " + (result.limit.empty() ? "-1" : result.limit) +
                  (result.offset.empty() ? "" : " OFFSET " + result.offset);
  return result;
}

SelectResult Translator::set_operation(const Json& node, const SelectOptions& options) {
  const auto& kind = node.string("op");
  const std::string word = kind == "SETOP_UNION"       ? "UNION"
                           : kind == "SETOP_INTERSECT" ? "INTERSECT"
                                                       : "EXCEPT";
  if (node.flag("all") && word != "UNION") unsupported(word + " ALL", -1, "Write " + word + ".");
  Scope scope;
  scope.parent = options.parent;
  if (node.has("withClause"))
    with_clause(node["withClause"], scope, options.top_level && is_outermost());
  SelectOptions inner{.parent = &scope, .unknown_targets = options.unknown_targets};
  auto left = select(node["larg"], inner);
  const auto types_of = [](const SelectResult& side) {
    std::vector<Type> types;
    for (std::size_t i = 0; i < side.columns.size(); ++i)
      types.push_back(side.forms[i] == Expression::Form::typed ? side.columns[i].type : Type{});
    return types;
  };
  const auto left_types = types_of(left);
  inner.unknown_targets = &left_types;
  const auto right = select(node["rarg"], inner);
  if (left.columns.size() != right.columns.size())
    refuse("42601", "each " + word + " query must have the same number of columns",
           node["rarg"]["targetList"].items().empty()
               ? -1
               : node["rarg"]["targetList"].items().front()["ResTarget"].integer("location"));
  if (left.columns.empty()) unsupported(word + " of rows without a column", -1);
  const auto right_types = types_of(right);
  inner.unknown_targets = &right_types;
  if (std::any_of(left.forms.begin(), left.forms.end(),
                  [](auto form) { return form != Expression::Form::typed; }))
    left = select(node["larg"], inner);
  const auto a = next_alias();
  const auto b = next_alias();
  SelectResult result;
  result.sets = "UNION/INTERSECT/EXCEPT";
  std::vector<std::string> left_list;
  std::vector<std::string> right_list;
  std::vector<Expression> outputs;
  for (std::size_t i = 0; i < left.columns.size(); ++i) {
    const auto name = "c" + std::to_string(i);
    std::vector<Expression> both{{.sql = a + "." + name, .type = left.columns[i].type},
                                 {.sql = b + "." + name, .type = right.columns[i].type}};
    const auto type = common_type(both, word.c_str(), -1);
    left_list.push_back(collated(both[0].sql, type.kind) + " AS " + name);
    right_list.push_back(both[1].sql + " AS " + name);
    result.columns.push_back({left.columns[i].name, type});
    result.forms.push_back(Expression::Form::typed);
    outputs.push_back({.sql = name, .type = type});
  }
  result.sql = "SELECT " + listed(left_list) + " FROM (" + left.sql + ") AS " + a + " " + word +
               (node.flag("all") ? " ALL" : "") + " SELECT " + listed(right_list) + " FROM (" +
               right.sql + ") AS " + b;
  const auto order = listed(order_list(node["sortClause"], scope, result, outputs, true));
  if (!order.empty()) result.sql += " ORDER BY " + order;
  limit_of(node, result, scope);
  if (!result.limit.empty() || !result.offset.empty())
    result.sql += " LIMIT " + (result.limit.empty() ? "-1" : result.limit) +
                  (result.offset.empty() ? "" : " OFFSET " + result.offset);
  return result;
}

}  // namespace halfwrite::sql
