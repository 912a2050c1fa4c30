// OVER (...) and WINDOW: partitions, order and frame (gram.y, parse_clause.c).
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

namespace {

// parsenodes.h, FRAMEOPTION_...
constexpr std::int64_t kRange = 0x2;
constexpr std::int64_t kRows = 0x4;
constexpr std::int64_t kEndUnbounded = 0x100;
constexpr std::int64_t kStartCurrent = 0x200;
constexpr std::int64_t kStartPreceding = 0x800;
constexpr std::int64_t kEndPreceding = 0x1000;
constexpr std::int64_t kStartFollowing = 0x2000;
constexpr std::int64_t kEndFollowing = 0x4000;
constexpr std::int64_t kExcludeCurrent = 0x8000;
constexpr std::int64_t kExcludeGroup = 0x10000;
constexpr std::int64_t kExcludeTies = 0x20000;
constexpr std::int64_t kDefaultFrame = 1058;  // RANGE between the start and the current row

}  // namespace

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

const Json& Translator::named_window(const std::string& name, std::int64_t location,
                                     const Scope& scope) const {
  if (scope.windows != nullptr)
    for (const auto& entry : scope.windows->items())
      if (entry["WindowDef"].string("name") == name) return entry["WindowDef"];
  refuse("42704", "window \"" + name + "\" does not exist", location);
}

std::string Translator::partition_of(const Json& over, const Scope& scope) {
  const auto& base = over.string("refname");
  if (!base.empty()) {
    const auto location = over.integer("location");
    if (over.has("partitionClause"))
      refuse("42P20", "cannot override PARTITION BY clause of window \"" + base + "\"", location);
    return partition_of(named_window(base, location, scope), scope);
  }
  std::string sql;
  for (const auto& entry : over["partitionClause"].items())
    sql += (sql.empty() ? "PARTITION BY " : ", ") + collated(settle(expression(entry, scope)));
  return sql;
}

std::string Translator::order_of(const Json& over, const Scope& scope) {
  const auto& base = over.string("refname");
  const auto location = over.integer("location");
  if (base.empty())
    return over.has("orderClause") ? "ORDER BY " + sort_list(over["orderClause"], scope) : "";
  const auto& window = named_window(base, location, scope);
  if (window.integer("frameOptions") != kDefaultFrame)
    refuse("42P20", "cannot copy window \"" + base + "\" because it has a frame clause", location,
           over.has("orderClause") ? "" : "Omit the parentheses in this OVER clause.");
  auto order = order_of(window, scope);
  if (!over.has("orderClause")) return order;
  if (!order.empty())
    refuse("42P20", "cannot override ORDER BY clause of window \"" + base + "\"", location);
  return "ORDER BY " + sort_list(over["orderClause"], scope);
}

std::string Translator::frame_of(const Json& over) {
  const auto options = over.integer("frameOptions");
  const auto has = [options](std::int64_t bit) { return (options & bit) != 0; };
  const auto offset = [&](const char* key) {
    const auto& constant = over[key]["A_Const"];
    if (has(kRange))
      unsupported("a RANGE frame with an offset", over.integer("location"), "Write ROWS.");
    if (!constant.has("ival"))
      unsupported("a frame offset that is no whole number", over.integer("location"),
                  "Write the number.");
    return std::to_string(constant["ival"].integer("ival"));
  };
  std::string start = "UNBOUNDED PRECEDING";
  if (has(kStartCurrent)) start = "CURRENT ROW";
  if (has(kStartPreceding)) start = offset("startOffset") + " PRECEDING";
  if (has(kStartFollowing)) start = offset("startOffset") + " FOLLOWING";
  std::string end = "CURRENT ROW";
  if (has(kEndUnbounded)) end = "UNBOUNDED FOLLOWING";
  if (has(kEndPreceding)) end = offset("endOffset") + " PRECEDING";
  if (has(kEndFollowing)) end = offset("endOffset") + " FOLLOWING";
  return std::string(has(kRange)  ? "RANGE"
                     : has(kRows) ? "ROWS"
                                  : "GROUPS") +
         " BETWEEN " + start + " AND " + end +
         (has(kExcludeCurrent) ? " EXCLUDE CURRENT ROW"
          : has(kExcludeGroup) ? " EXCLUDE GROUP"
          : has(kExcludeTies)  ? " EXCLUDE TIES"
                               : "");
}

std::string Translator::window(const Json& over, const Scope& scope) {
  const auto& name = over.string("name");
  if (!name.empty()) return window_of(named_window(name, over.integer("location"), scope), scope);
  return window_of(over, scope);
}

std::string Translator::window_of(const Json& over, const Scope& scope) {
  const auto partition = partition_of(over, scope);
  const auto order = order_of(over, scope);
  const bool has_groups = (over.integer("frameOptions") & (kRange | kRows)) == 0;
  if (has_groups && order.empty())
    refuse("42P20", "GROUPS mode requires an ORDER BY clause", over.integer("location"));
  std::string sql = partition;
  const auto add = [&sql](const std::string& part) { sql += (sql.empty() ? "" : " ") + part; };
  if (!order.empty()) add(order);
  if (over.integer("frameOptions") != kDefaultFrame) add(frame_of(over));
  return "(" + sql + ")";
}

}  // namespace halfwrite::sql
