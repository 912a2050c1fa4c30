// Aggregates and the calls of window functions.
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

namespace {

constexpr std::string_view kAggregates[] = {"count",
                                            "sum",
                                            "min",
                                            "max",
                                            "avg",
                                            "bool_and",
                                            "bool_or",
                                            "every",
                                            "string_agg",
                                            "array_agg",
                                            "json_agg",
                                            "jsonb_agg",
                                            "json_object_agg",
                                            "jsonb_object_agg"};
constexpr std::string_view kWindowOnly[] = {"row_number",  "rank",       "dense_rank",
                                            "ntile",       "lag",        "lead",
                                            "first_value", "last_value", "nth_value"};

template <typename List>
bool contains(const List& list, std::string_view name) {
  for (const auto& entry : list)
    if (entry == name) return true;
  return false;
}

constexpr const char* kNoMatch =
    "No function matches the given name and argument types. You might need to add explicit type "
    "casts.";

// A call whose arguments are translated.
struct AggregateCall {
  std::string name;
  std::vector<Expression> values;
  bool star = false;
  bool distinct = false;
  std::string order;   // what ORDER BY inside the call adds to the arguments
  std::string suffix;  // FILTER and OVER
  std::int64_t location = -1;

  Expression result(const std::string& sql, const Type& type) const {
    return {.sql = "(" + sql + suffix + ")", .type = type, .location = location};
  }
  std::string distinct_word() const { return distinct ? "DISTINCT " : ""; }
};

[[noreturn]] void no_function(const Translator& translator, const AggregateCall& call,
                              const Type& type) {
  translator.refuse("42883",
                    "function " + call.name + "(" + type_name(type, false) + ") does not exist",
                    call.location, kNoMatch);
}

Expression count(Translator& translator, const AggregateCall& call) {
  const Type bigint{.kind = TypeKind::bigint};
  if (call.star) return call.result("count(*)", bigint);
  if (call.values.size() != 1)
    translator.refuse("42883", "function count with these arguments does not exist", call.location,
                      kNoMatch);
  const auto value = translator.settle(call.values[0]);
  return call.result("count(" + call.distinct_word() + collated(value.sql, value.type.kind) + ")",
                     bigint);
}

// lag, lead, first_value, ...: value, offset, default.
Expression window_value(Translator& translator, AggregateCall call, Expression value) {
  if (call.name == "ntile")
    return call.result("ntile(" + value.sql + ")", {.kind = TypeKind::integer});
  Type type = value.type;
  if (call.values.size() > 2) {
    std::vector<Expression> both{value, call.values[2]};
    type = translator.common_type(both, "default", call.location);
    value = both[0];
    call.values[2] = both[1];
  }
  std::string list = value.sql;
  if (call.values.size() > 1)
    list += ", " + translator
                       .cast(call.values[1], {.kind = TypeKind::integer}, CastContext::implicit,
                             call.location)
                       .sql;
  if (call.values.size() > 2) list += ", " + call.values[2].sql;
  return call.result(call.name + "(" + list + ")", type);
}

Expression extreme(const Translator& translator, const AggregateCall& call,
                   const Expression& value) {
  const auto kind = value.type.kind;
  if (kind == TypeKind::boolean || kind == TypeKind::json || kind == TypeKind::jsonb ||
      kind == TypeKind::uuid)
    no_function(translator, call, value.type);
  Type type = value.type;
  if (kind == TypeKind::varchar) type = {.kind = TypeKind::text};
  if (kind == TypeKind::numeric) type = {.kind = TypeKind::numeric};
  return call.result(call.name + "(" + collated(value.sql, value.type.kind) + ")", type);
}

Expression sum_or_average(const Translator& translator, const AggregateCall& call,
                          const Expression& value) {
  const auto kind = value.type.kind;
  if (kind == TypeKind::interval)
    return call.result("hw_interval_" + call.name + "(" + value.sql + ")",
                       {.kind = TypeKind::interval});
  if (!is_integer(kind) && kind != TypeKind::numeric) no_function(translator, call, value.type);
  if (call.name == "sum" && (kind == TypeKind::smallint || kind == TypeKind::integer))
    return call.result("hw_sum(" + call.distinct_word() + value.sql + ")",
                       {.kind = TypeKind::bigint});
  return call.result("hw_numeric_" + call.name + "(" + call.distinct_word() +
                         collated(value.sql, value.type.kind) + ")",
                     {.kind = TypeKind::numeric});
}

Expression collected(Translator& translator, const AggregateCall& call, Expression value) {
  if (call.suffix.find(" OVER (") != std::string::npos)
    translator.unsupported(call.name + " over a window", call.location,
                           "Collect in a sub-select that is correlated or grouped.");
  if (call.distinct)
    translator.unsupported(call.name + " with DISTINCT", call.location,
                           "Take the DISTINCT rows in a sub-select.");
  if (call.name == "string_agg") {
    const Type text{.kind = TypeKind::text};
    if (call.values.size() != 2)
      translator.refuse("42883", "function string_agg with these arguments does not exist",
                        call.location, kNoMatch);
    if (!Translator::can_cast(value.type, text, CastContext::implicit))
      no_function(translator, call, value.type);
    value = translator.cast(value, text, CastContext::implicit, call.location);
    const auto separator =
        translator.cast(call.values[1], text, CastContext::implicit, call.location);
    return call.result("hw_string_agg(" + value.sql + ", " + separator.sql + call.order + ")",
                       text);
  }
  if (call.name.ends_with("object_agg")) {
    if (call.values.size() != 2)
      translator.refuse("42883", "function " + call.name + " with these arguments does not exist",
                        call.location, kNoMatch);
    if (!call.order.empty())
      translator.unsupported(call.name + " with ORDER BY", call.location,
                             "Take the rows from a sub-select that orders them.");
    const auto member = translator.settle(call.values[1]);
    const auto kind_of = [](const Expression& one) {
      return std::to_string(static_cast<int>(one.type.kind)) + ", " + one.sql;
    };
    const bool is_binary = call.name == "jsonb_object_agg";
    return call.result((is_binary ? "hw_jsonb_object_agg(" : "hw_json_object_agg(") +
                           kind_of(value) + ", " + kind_of(member) + ")",
                       {.kind = is_binary ? TypeKind::jsonb : TypeKind::json});
  }
  const auto arguments =
      value.sql + ", " + std::to_string(static_cast<int>(value.type.kind)) + call.order + ")";
  if (call.name == "array_agg")
    return call.result("hw_array_agg(" + arguments,
                       {.kind = TypeKind::array, .element = value.type.kind});
  const bool binary = call.name == "jsonb_agg";
  return call.result((binary ? "hw_jsonb_agg(" : "hw_json_agg(") + arguments,
                     {.kind = binary ? TypeKind::jsonb : TypeKind::json});
}

Expression translated(Translator& translator, const AggregateCall& call, bool window_only) {
  const auto& name = call.name;
  if (name == "count") return count(translator, call);
  if (name == "row_number" || name == "rank" || name == "dense_rank")
    return call.result(name + "()", {.kind = TypeKind::bigint});
  if (call.values.empty())
    translator.refuse("42883", "function " + name + "() does not exist", call.location, kNoMatch);
  if (name == "bool_and" || name == "every" || name == "bool_or") {
    if (!call.values[0].is_unknown() && call.values[0].type.kind != TypeKind::boolean)
      no_function(translator, call, call.values[0].type);
    const auto condition = translator.as_condition(call.values[0], name.c_str());
    return call.result((name == "bool_or" ? "max(" : "min(") + condition.sql + ")",
                       {.kind = TypeKind::boolean});
  }
  const bool is_bare =
      call.values[0].is_unknown() && call.values[0].form != Expression::Form::variable;
  if (window_only && is_bare && name != "ntile")
    translator.refuse("42804",
                      "could not determine polymorphic type because input has type unknown",
                      call.location);
  auto value = translator.settle(call.values[0]);
  if (window_only) return window_value(translator, call, std::move(value));
  if (name == "min" || name == "max") return extreme(translator, call, value);
  if (name == "sum" || name == "avg") return sum_or_average(translator, call, value);
  return collected(translator, call, std::move(value));
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
  if (windowed && (!scope.aggregates_allowed || std::string_view(scope.place) == "HAVING"))
    refuse("42P20", "window functions are not allowed in " + std::string(scope.place), location);
  if (!windowed) {
    if (!scope.aggregates_allowed)
      refuse("42803", "aggregate functions are not allowed in " + std::string(scope.place),
             location);
    if (scope.aggregate_depth > 0)
      refuse("42803", "aggregate function calls cannot be nested", location);
    scope.has_aggregate = true;
    ++scope.aggregate_depth;
    scope.aggregate_reads_own = scope.aggregate_reads_outer = false;
  }
  AggregateCall prepared{.name = name,
                         .values = arguments(call, scope),
                         .star = call.flag("agg_star"),
                         .distinct = call.flag("agg_distinct"),
                         .order = {},
                         .suffix = {},
                         .location = location};
  // Keys and their directions travel as arguments; the function sorts.
  for (const auto& entry : call["agg_order"].items()) {
    const auto& sort = entry["SortBy"];
    const auto key = settle(expression(sort["node"], scope));
    const bool descending = sort.string("sortby_dir") == "SORTBY_DESC";
    const auto& nulls = sort.string("sortby_nulls");
    const bool first =
        nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && descending);
    prepared.order += ", " + std::to_string((descending ? 1 : 0) + (first ? 2 : 0)) + ", " +
                      std::to_string(static_cast<int>(key.type.kind)) + ", " + key.sql;
  }
  if (call.has("agg_filter"))
    prepared.suffix =
        " FILTER (WHERE " + as_condition(expression(call["agg_filter"], scope), "FILTER").sql + ")";
  if (!windowed) {
    --scope.aggregate_depth;
    // PostgreSQL makes it one of the outer query, which is hardly meant.
    if (scope.aggregate_reads_outer && !scope.aggregate_reads_own)
      unsupported("an aggregate of nothing but columns of the outer query", location,
                  "Write the aggregate into the query that has these columns.");
  }
  if (windowed) prepared.suffix += " OVER " + window(call["over"], scope);
  return translated(*this, prepared, window_only);
}

}  // namespace halfwrite::sql
