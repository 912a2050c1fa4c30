// FROM: tables, sub-selects, joins and the names they bring into sight.
#include "models/database/sql/shape.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

const Table& Translator::table_of(const TableReference& reference) const {
  return databases_[reference.database].catalog->table(reference.table);
}

TableReference Translator::find_table(const Json& range) const {
  const auto& name = range.string("relname");
  const auto& schema = range.string("schemaname");
  const auto location = range.integer("location");
  const bool anywhere = schema.empty() || schema == "public";
  std::vector<TableReference> found;
  bool database_known = anywhere;
  SqlError error;
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    if (!anywhere && databases_[i].name != schema) continue;
    database_known = true;
    const auto* table = databases_[i].catalog->find_table(name);
    if (table != nullptr) found.push_back({i, table->id});
    if (table != nullptr && i == 0) break;
    for (const auto& other : databases_[i].catalog->tables())
      error.candidates.push_back(other.name);
  }
  const auto full = schema.empty() ? name : schema + "." + name;
  if (found.size() == 1) return found.front();
  error.position = source_.position(location);
  error.sqlstate = "42P01";
  error.unknown_name = name;
  if (found.size() > 1) {
    error.sqlstate = "42P09";
    error.message = "table \"" + name + "\" is ambiguous";
    error.hint = "Several databases have it. Write " + databases_[found.front().database].name +
                 "." + name + ".";
  } else {
    error.message = "relation \"" + full + "\" does not exist";
    if (!database_known) {
      error.unknown_name = schema;
      error.candidates.clear();
      for (const auto& database : databases_) error.candidates.push_back(database.name);
    }
  }
  throw Refused{error};
}

std::string Translator::table_sql(const TableReference& reference) {
  std::size_t slot = 0;
  while (slot < plan_.tables.size() && (plan_.tables[slot].database != reference.database ||
                                        plan_.tables[slot].table != reference.table))
    ++slot;
  const auto& table = table_of(reference);
  if (slot == plan_.tables.size()) {
    TableSlot entry{
        .database = reference.database, .table = reference.table, .kinds = {}, .name = {}};
    entry.name = "t" + std::to_string(slot) + "_" + shape_name(table);
    for (const auto& column : table.columns) entry.kinds.push_back(column.type.kind);
    for (const auto& computed : table.computed) entry.kinds.push_back(computed->type.kind);
    plan_.tables.push_back(std::move(entry));
  }
  auto& read = statement_.tables_read;
  if (std::find(read.begin(), read.end(), reference) == read.end()) read.push_back(reference);
  return plan_.tables[slot].name;
}

FromItem Translator::table_item(const TableReference& reference, const Json& range,
                                const std::string& sql_alias) const {
  const auto& table = table_of(reference);
  FromItem item;
  item.alias = range.has("alias") ? range["alias"].string("aliasname") : table.name;
  item.table = reference;
  const auto& renamed = range["alias"]["colnames"].items();
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    item.columns.push_back(
        {.name = i < renamed.size() ? renamed[i]["String"].string("sval") : table.columns[i].name,
         .type = table.columns[i].type,
         .sql = sql_alias + ".c" + std::to_string(i)});
  if (const auto key = table.primary_key())
    for (const auto column : table.keys[*key].columns)
      item.primary_key.push_back(item.columns[column].sql);
  return item;
}

std::string Translator::placed(FromItem item, const std::string& sql_alias, const std::string& sql,
                               Scope& scope, bool as_sources) {
  for (const auto& other : scope.items)
    if (other.alias == item.alias)
      refuse("42712", "table name \"" + item.alias + "\" specified more than once");
  std::string text = sql;
  if (as_sources) {
    item.source = sources_.size();
    text = "\x01" + std::to_string(sources_.size()) + "\x01";
    sources_.push_back({.alias = sql_alias, .sql = sql, .columns = item.columns});
    Source source;
    source.alias = item.alias;
    source.table = item.table;
    statement_.sources.push_back(source);
    plan_.derived.emplace_back();
    if (!item.table)
      for (const auto& column : item.columns) plan_.derived.back().push_back(column.type.kind);
  }
  scope.items.push_back(std::move(item));
  return text + " AS " + sql_alias;
}

std::string Translator::range_table(const Json& range, Scope& scope, bool as_sources) {
  if (!range.has("schemaname")) {
    if (const auto table = find_common_table(range.string("relname"), scope)) {
      if (table->step && table->columns.empty())
        refuse("0A000", "WITH query \"" + table->name + "\" does not have a RETURNING clause",
               range.integer("location"));
      read_step(*table);
      auto sql = derived_entry(table->name, range["alias"],
                               table->by_name ? table->sql : "(" + table->sql + ")", table->columns,
                               scope, as_sources);
      scope.items.back().is_common_table = true;
      return sql;
    }
  }
  const auto reference = find_table(range);
  const auto alias = next_alias();
  return placed(table_item(reference, range, alias), alias, table_sql(reference), scope,
                as_sources);
}

std::string Translator::target_table(const Json& range, Scope& scope) {
  statement_.target = find_table(range);
  const auto alias = next_alias();
  return placed(table_item(*statement_.target, range, alias), alias, table_sql(*statement_.target),
                scope, true);
}

std::string Translator::derived_entry(const std::string& alias, const Json& alias_node,
                                      const std::string& sql,
                                      const std::vector<ResultColumn>& columns, Scope& scope,
                                      bool as_sources) {
  FromItem item;
  item.alias = alias_node.has("aliasname") ? alias_node.string("aliasname") : alias;
  const auto sql_alias = next_alias();
  const auto& renamed = alias_node["colnames"].items();
  for (std::size_t i = 0; i < columns.size(); ++i)
    item.columns.push_back(
        {.name = i < renamed.size() ? renamed[i]["String"].string("sval") : columns[i].name,
         .type = columns[i].type,
         .sql = sql_alias + ".c" + std::to_string(i)});
  return placed(std::move(item), sql_alias, sql, scope, as_sources);
}

std::string Translator::range_select(const Json& range, Scope& scope, bool as_sources) {
  if (range.flag("lateral"))
    unsupported(
        "LATERAL before a sub-select", -1,
        "Write a correlated sub-select in the select list, or a join. A function in FROM sees "
        "what stands before it.");
  if (!range.has("alias"))
    refuse("42601", "subquery in FROM must have an alias", -1,
           "For example, FROM (SELECT ...) [AS] foo.");
  const auto& query = range["subquery"]["SelectStmt"];
  if (query.has("lockingClause")) {
    const auto step = lock_step("SelectStmt", query, scope);
    read_step(step);
    return derived_entry("", range["alias"], "(" + step.sql + ")", step.columns, scope, as_sources);
  }
  // A sub-select in FROM does not see its neighbours, but outer levels and WITH queries.
  Scope outside;
  outside.parent = scope.parent;
  outside.common_tables = scope.common_tables;
  const auto inner = select(query, {.parent = &outside});
  return derived_entry("", range["alias"], "(" + inner.sql + ")", inner.columns, scope, as_sources);
}

std::string Translator::from_entry(const Json& node, Scope& scope, bool as_sources) {
  if (node.has("RangeVar")) return range_table(node["RangeVar"], scope, as_sources);
  if (node.has("RangeSubselect")) return range_select(node["RangeSubselect"], scope, as_sources);
  if (node.has("JoinExpr")) return join(node["JoinExpr"], scope, as_sources);
  if (node.has("RangeFunction")) return range_function(node["RangeFunction"], scope, as_sources);
  if (node.has("RangeTableSample"))
    unsupported("TABLESAMPLE", node["RangeTableSample"].integer("location"),
                "It reads at random. Write a condition.");
  if (node.has("RangeTableFunc"))
    unsupported("XMLTABLE", node["RangeTableFunc"].integer("location"));
  unsupported("this kind of FROM entry", -1);
}

std::string Translator::using_condition(const Json& node, Scope& scope, std::size_t left_begin,
                                        std::size_t right_begin) {
  std::vector<std::string> names;
  for (const auto& name : node["usingClause"].items())
    names.push_back(name["String"].string("sval"));
  const auto visible = [&scope](const std::string& name, std::size_t begin,
                                std::size_t end) -> OutputColumn* {
    for (auto i = begin; i < end; ++i)
      for (auto& column : scope.items[i].columns)
        if (!column.hidden && column.name == name) return &column;
    return nullptr;
  };
  if (node.flag("isNatural"))
    for (std::size_t i = left_begin; i < right_begin; ++i)
      for (const auto& column : scope.items[i].columns)
        if (!column.hidden && visible(column.name, right_begin, scope.items.size()) != nullptr)
          names.push_back(column.name);
  std::string sql;
  for (const auto& name : names) {
    auto* left = visible(name, left_begin, right_begin);
    auto* right = visible(name, right_begin, scope.items.size());
    if (left == nullptr || right == nullptr)
      refuse("42703", "column \"" + name + "\" specified in USING clause does not exist in " +
                          (left == nullptr ? "left" : "right") + " table");
    sql += (sql.empty() ? "" : " AND ") + comparison("=", {.sql = left->sql, .type = left->type},
                                                     {.sql = right->sql, .type = right->type}, -1)
                                              .sql;
    const bool keep_right = node.string("jointype") == "JOIN_RIGHT";
    (keep_right ? left : right)->hidden = true;
    (keep_right ? right : left)->merged = true;
  }
  return sql;
}

std::string Translator::join(const Json& node, Scope& scope, bool as_sources) {
  const auto& kind = node.string("jointype");
  const auto left_begin = scope.items.size();
  auto left = from_entry(node["larg"], scope, as_sources);
  const auto right_begin = scope.items.size();
  auto right = from_entry(node["rarg"], scope, as_sources);
  if (node["rarg"].has("JoinExpr"))
    unsupported("a join in parentheses on the right side", -1,
                "Write the joins one after another.");
  if (node.has("alias")) unsupported("an alias for a join", -1);
  const char* word = kind == "JOIN_LEFT"    ? " LEFT JOIN "
                     : kind == "JOIN_RIGHT" ? " RIGHT JOIN "
                     : kind == "JOIN_FULL"  ? " FULL JOIN "
                                            : " JOIN ";
  for (auto i = left_begin; i < scope.items.size(); ++i) {
    const bool on_right = i >= right_begin;
    if (kind == "JOIN_FULL" || kind == (on_right ? "JOIN_LEFT" : "JOIN_RIGHT")) {
      scope.items[i].nullable = true;
      if (scope.items[i].source) sources_[*scope.items[i].source].nullable = true;
    }
  }
  if ((kind == "JOIN_RIGHT" || kind == "JOIN_FULL") && left_begin > 0)
    unsupported("RIGHT and FULL JOIN behind a comma", -1,
                "Write the other tables with JOIN, or as a LEFT JOIN.");
  std::string condition;
  if (node.has("usingClause") || node.flag("isNatural")) {
    if (kind == "JOIN_FULL") unsupported("FULL JOIN with USING", -1, "Write ON.");
    condition = using_condition(node, scope, left_begin, right_begin);
  } else if (node.has("quals")) {
    scope.place = "JOIN conditions";
    condition = as_condition(expression(node["quals"], scope), "JOIN/ON").sql;
  }
  return left + word + right + (condition.empty() ? "" : " ON " + condition);
}

std::string Translator::from_list(const Json& list, Scope& scope, bool as_sources) {
  std::string sql;
  for (const auto& entry : list.items()) {
    if (!sql.empty()) sql += ", ";
    sql += from_entry(entry, scope, as_sources);
  }
  return sql;
}

}  // namespace halfwrite::sql
