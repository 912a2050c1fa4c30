// Aggregates and window functions.
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

namespace {

bool is_integer(TypeKind kind) {
  return kind == TypeKind::smallint || kind == TypeKind::integer || kind == TypeKind::bigint;
}

constexpr std::string_view kAggregates[] = {"count",      "sum",       "min",      "max",
                                            "avg",        "bool_and",  "bool_or",  "every",
                                            "string_agg", "array_agg", "json_agg", "jsonb_agg"};
constexpr std::string_view kWindowOnly[] = {"row_number",  "rank",       "dense_rank",
                                            "ntile",       "lag",        "lead",
                                            "first_value", "last_value", "nth_value"};

template <typename List>
bool contains(const List& list, std::string_view name) {
  for (const auto& entry : list)
    if (entry == name) return true;
  return false;
}

std::string collated(const Expression& expression) {
  const auto collation = collation_of(expression.type.kind);
  return collation.empty() ? expression.sql : expression.sql + " COLLATE " + std::string(collation);
}

}  // namespace

std::optional<Expression> Translator::aggregate(const std::string& name, const Json& call,
                                                const Scope& scope) {
  const auto location = call.integer("location");
  const bool window_only = contains(kWindowOnly, name);
  if (!window_only && !contains(kAggregates, name)) return std::nullopt;
  const bool windowed = call.has("over");
  if (window_only && !windowed)
    refuse("42809", "window function " + name + " requires an OVER clause", location);
  if (!windowed) {
    if (!scope.aggregates_allowed)
      refuse("42803", "aggregate functions are not allowed in " + std::string(scope.place),
             location);
    if (scope.aggregate_depth > 0)
      refuse("42803", "aggregate function calls cannot be nested", location);
    scope.has_aggregate = true;
    ++scope.aggregate_depth;
  }
  std::vector<Expression> values = arguments(call, scope);
  std::string order;
  if (call.has("agg_order")) {
    // Keys and their directions travel as arguments; the function sorts.
    for (const auto& entry : call["agg_order"].items()) {
      const auto& sort = entry["SortBy"];
      const auto key = settle(expression(sort["node"], scope));
      const bool descending = sort.string("sortby_dir") == "SORTBY_DESC";
      const auto& nulls = sort.string("sortby_nulls");
      const bool first =
          nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && descending);
      order += ", " + std::to_string((descending ? 1 : 0) + (first ? 2 : 0)) + ", " +
               std::to_string(static_cast<int>(key.type.kind)) + ", " + key.sql;
    }
  }
  std::string filter;
  if (call.has("agg_filter"))
    filter =
        " FILTER (WHERE " + as_condition(expression(call["agg_filter"], scope), "FILTER").sql + ")";
  if (!windowed) --scope.aggregate_depth;
  const std::string distinct = call.flag("agg_distinct") ? "DISTINCT " : "";
  const std::string over = windowed ? " OVER " + window(call["over"], scope) : "";
  const auto result = [&](const std::string& sql, Type type) -> Expression {
    return {.sql = "(" + sql + filter + over + ")", .type = type, .location = location};
  };
  if (name == "count") {
    if (call.flag("agg_star")) return result("count(*)", {.kind = TypeKind::bigint});
    if (values.size() != 1)
      refuse("42883", "function count with these arguments does not exist", location);
    const auto value = settle(values[0]);
    return result("count(" + distinct + collated(value) + ")", {.kind = TypeKind::bigint});
  }
  if (name == "row_number" || name == "rank" || name == "dense_rank")
    return result(name + "()", {.kind = TypeKind::bigint});
  if (values.empty()) refuse("42883", "function " + name + "() does not exist", location);
  auto value = values[0];
  if (name == "bool_and" || name == "every" || name == "bool_or") {
    value = as_condition(value, name.c_str());
    return result((name == "bool_or" ? "max(" : "min(") + value.sql + ")",
                  {.kind = TypeKind::boolean});
  }
  value = settle(std::move(value));
  if (name == "ntile") return result("ntile(" + value.sql + ")", {.kind = TypeKind::integer});
  if (window_only) {
    Type type = value.type;
    if (values.size() > 2) {
      std::vector<Expression> both{value, values[2]};
      type = common_type(both, "default", location);
      value = both[0];
      values[2] = both[1];
    }
    std::string list = value.sql;
    if (values.size() > 1)
      list +=
          ", " + cast(values[1], {.kind = TypeKind::integer}, CastContext::implicit, location).sql;
    if (values.size() > 2) list += ", " + values[2].sql;
    return result(name + "(" + list + ")", type);
  }
  if (name == "min" || name == "max") {
    if (value.type.kind == TypeKind::boolean || value.type.kind == TypeKind::json ||
        value.type.kind == TypeKind::jsonb || value.type.kind == TypeKind::uuid)
      refuse("42883", "function " + name + "(" + type_name(value.type, false) + ") does not exist",
             location,
             "No function matches the given name and argument types. You might need to add "
             "explicit type casts.");
    Type type = value.type;
    if (type.kind == TypeKind::varchar) type = {.kind = TypeKind::text};
    type.length = type.kind == TypeKind::numeric ? 0 : type.length;
    return result(name + "(" + collated(value) + ")", type);
  }
  if (name == "sum" || name == "avg") {
    const auto kind = value.type.kind;
    if (!is_integer(kind) && kind != TypeKind::numeric && kind != TypeKind::interval)
      refuse("42883", "function " + name + "(" + type_name(value.type, false) + ") does not exist",
             location,
             "No function matches the given name and argument types. You might need to add "
             "explicit type casts.");
    if (kind == TypeKind::interval)
      return result("hw_interval_" + name + "(" + value.sql + ")", {.kind = TypeKind::interval});
    if (name == "sum" && (kind == TypeKind::smallint || kind == TypeKind::integer))
      return result("hw_sum(" + distinct + value.sql + ")", {.kind = TypeKind::bigint});
    return result("hw_numeric_" + name + "(" + distinct + collated(value) + ")",
                  {.kind = TypeKind::numeric});
  }
  if (!distinct.empty() &&
      (name == "string_agg" || name == "array_agg" || name == "json_agg" || name == "jsonb_agg"))
    unsupported(name + " with DISTINCT", location, "Take the DISTINCT rows in a sub-select.");
  if (name == "string_agg") {
    if (values.size() != 2)
      refuse("42883", "function string_agg with these arguments does not exist", location);
    const Type text{.kind = TypeKind::text};
    value = cast(value, text, CastContext::implicit, location);
    const auto separator = cast(values[1], text, CastContext::implicit, location);
    return result("hw_string_agg(" + value.sql + ", " + separator.sql + order + ")", text);
  }
  const auto kind = std::to_string(static_cast<int>(value.type.kind));
  if (name == "array_agg")
    return result("hw_array_agg(" + distinct + value.sql + ", " + kind + order + ")",
                  {.kind = TypeKind::array, .element = value.type.kind});
  const bool binary = name == "jsonb_agg";
  return result(std::string(binary ? "hw_jsonb_agg(" : "hw_json_agg(") + value.sql + ", " + kind +
                    order + ")",
                {.kind = binary ? TypeKind::jsonb : TypeKind::json});
}

std::string Translator::sort_list(const Json& clause, const Scope& scope) {
  std::string sql;
  for (const auto& entry : clause.items()) {
    const auto& sort = entry["SortBy"];
    const bool descending = sort.string("sortby_dir") == "SORTBY_DESC";
    const auto& nulls = sort.string("sortby_nulls");
    const bool first =
        nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && descending);
    sql += (sql.empty() ? "" : ", ") + collated(settle(expression(sort["node"], scope))) +
           (descending ? " DESC" : " ASC") + (first ? " NULLS FIRST" : " NULLS LAST");
  }
  return sql;
}

std::string Translator::window(const Json& over, const Scope& scope) {
  const auto location = over.integer("location");
  if (!over.string("name").empty() || !over.string("refname").empty())
    unsupported("a named window", location, "Write the window in OVER (...).");
  // 1058: RANGE between the start and the current row, the default.
  if (over.integer("frameOptions") != 1058)
    unsupported("a window frame", location, "Only the default frame is known.");
  std::string sql;
  for (const auto& entry : over["partitionClause"].items())
    sql += (sql.empty() ? "PARTITION BY " : ", ") + collated(settle(expression(entry, scope)));
  if (over.has("orderClause"))
    sql += (sql.empty() ? "ORDER BY " : " ORDER BY ") + sort_list(over["orderClause"], scope);
  return "(" + sql + ")";
}

}  // namespace halfwrite::sql
