// INSERT: complete rows with their defaults, ON CONFLICT and RETURNING.
#include "models/database/sql/translator.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sql {

std::string Translator::default_sql(const Table& table, ColumnId column, std::size_t database) {
  const auto& value = table.columns[column].default_value;
  if (!value) return "NULL";
  auto sql = value->sql;
  for (auto at = sql.find(kDatabaseMark); at != std::string::npos; at = sql.find(kDatabaseMark))
    sql.replace(at, 1, std::to_string(database));
  if (sql.find("hw_now(") != std::string::npos || sql.find("_time(") != std::string::npos)
    statement_.reads_clock = true;
  for (const char* name : {"hw_next_value(", "hw_uuid(", "hw_transaction_id(", "hw_clock_time("})
    if (sql.find(name) != std::string::npos) statement_.is_volatile = true;
  return sql;
}

std::string Translator::default_of_row(const Table& table, ColumnId column,
                                       const std::vector<ColumnId>& named) {
  const bool was_volatile = std::exchange(statement_.is_volatile, false);
  auto sql = default_sql(table, column, statement_.target->database);
  const bool draws = std::exchange(statement_.is_volatile, was_volatile || statement_.is_volatile);
  if (!draws || std::find(named.begin(), named.end(), column) != named.end()) return sql;
  auto& late = statement_.late_defaults;
  if (std::find(late.begin(), late.end(), column) == late.end()) late.push_back(column);
  return "NULL";
}

std::vector<ColumnId> Translator::insert_columns(const Json& node, const Table& table) const {
  std::vector<ColumnId> columns;
  if (!node.has("cols")) {
    for (ColumnId i = 0; i < table.columns.size(); ++i) columns.push_back(i);
    return columns;
  }
  for (const auto& entry : node["cols"].items()) {
    const auto& name = entry["ResTarget"].string("name");
    const auto location = entry["ResTarget"].integer("location");
    const auto id = written_column(table, name, location);
    if (std::find(columns.begin(), columns.end(), id) != columns.end())
      refuse("42701", "column \"" + name + "\" specified more than once", location);
    columns.push_back(id);
  }
  return columns;
}

void Translator::insert_values(const Json& lists, const Table& table,
                               const std::vector<ColumnId>& columns, const Scope& scope,
                               bool overriding) {
  std::vector<std::string> rows;
  const auto width = lists.items().front()["List"]["items"].items().size();
  const std::vector<ColumnId> given(columns.begin(),
                                    columns.begin() + static_cast<std::ptrdiff_t>(width));
  for (const auto& list : lists.items()) {
    const auto& items = list["List"]["items"].items();
    std::vector<std::string> row;
    for (ColumnId i = 0; i < table.columns.size(); ++i) row.push_back("");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].has("SetToDefault")) continue;
      const auto& column = table.columns[columns[i]];
      auto value = expression(items[i], scope);
      if (column.identity == Identity::always && !overriding)
        refuse("428C9", "cannot insert a non-DEFAULT value into column \"" + column.name + "\"",
               value.location, "Use OVERRIDING SYSTEM VALUE to override.",
               "Column \"" + column.name + "\" is an identity column defined as GENERATED ALWAYS.");
      row[columns[i]] = assigned(std::move(value), column).sql;
    }
    const bool several = lists.items().size() > 1;
    for (ColumnId i = 0; i < table.columns.size(); ++i)
      if (row[i].empty())
        row[i] = several ? default_of_row(table, i, given)
                         : default_sql(table, i, statement_.target->database);
    rows.push_back(listed(row));
  }
  if (rows.size() == 1) {
    plan_.main.sql = "SELECT " + rows.front();
    return;
  }
  plan_.main.sql = "VALUES ";
  for (std::size_t i = 0; i < rows.size(); ++i)
    plan_.main.sql += (i > 0 ? ", (" : "(") + rows[i] + ")";
}

void Translator::insert_select(const Json& node, const Table& table,
                               const std::vector<ColumnId>& columns, const Scope& scope,
                               bool overriding) {
  std::vector<Type> targets;
  for (const auto column : columns) targets.push_back(table.columns[column].type);
  std::string sql;
  std::vector<ResultColumn> outputs;
  if (node.has("lockingClause")) {
    auto step = lock_step("SelectStmt", node, scope);
    read_step(step);
    sql = step.sql;
    outputs = std::move(step.columns);
  } else {
    auto inner = select(node, {.parent = &scope, .unknown_targets = &targets});
    sql = inner.sql;
    outputs = inner.columns;
  }
  if (outputs.size() > columns.size())
    refuse("42601", "INSERT has more expressions than target columns");
  const auto alias = next_alias();
  std::vector<std::string> row(table.columns.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& column = table.columns[columns[i]];
    if (column.identity == Identity::always && !overriding)
      refuse("428C9", "cannot insert a non-DEFAULT value into column \"" + column.name + "\"", -1,
             "Use OVERRIDING SYSTEM VALUE to override.",
             "Column \"" + column.name + "\" is an identity column defined as GENERATED ALWAYS.");
    row[columns[i]] =
        assigned({.sql = alias + ".c" + std::to_string(i), .type = outputs[i].type}, column).sql;
  }
  const std::vector<ColumnId> given(columns.begin(),
                                    columns.begin() + static_cast<std::ptrdiff_t>(outputs.size()));
  for (ColumnId i = 0; i < table.columns.size(); ++i)
    if (row[i].empty()) row[i] = default_of_row(table, i, given);
  plan_.main.sql = "SELECT " + listed(row) + " FROM (" + sql + ") AS " + alias;
}

void Translator::insert_statement(const Json& node) {
  statement_.kind = StatementKind::insert;
  Scope scope;
  scope.place = "VALUES";
  if (node.has("withClause")) with_clause(node["withClause"], scope, is_outermost());
  const auto& relation = node["relation"];
  statement_.target = find_table(relation);
  const auto& table = table_of(*statement_.target);
  statement_.tables_read.push_back(*statement_.target);
  const bool overriding = node.string("override") == "OVERRIDING_SYSTEM_VALUE";
  if (node.string("override") == "OVERRIDING_USER_VALUE")
    unsupported("OVERRIDING USER VALUE", -1, "Leave the column out.");
  const auto columns = insert_columns(node, table);
  plan_.main.kinds = kinds_of(table);
  const auto& query = node["selectStmt"]["SelectStmt"];
  if (query.has("valuesLists")) {
    const auto& lists = query["valuesLists"];
    const auto width = lists.items().front()["List"]["items"].items().size();
    for (const auto& list : lists.items())
      if (list["List"]["items"].items().size() != width)
        refuse("42601", "VALUES lists must all be the same length");
    if (width > columns.size()) {
      const auto& extra = lists.items().front()["List"]["items"].items()[columns.size()];
      refuse("42601", "INSERT has more expressions than target columns",
             extra.members().front().second.integer("location"));
    }
    if (width < columns.size() && node.has("cols"))
      refuse("42601", "INSERT has more target columns than expressions",
             node["cols"].items()[width]["ResTarget"].integer("location"));
    insert_values(lists, table, columns, scope, overriding);
  } else if (query.is_object()) {
    insert_select(query, table, columns, scope, overriding);
  } else {
    std::vector<std::string> row;
    for (ColumnId i = 0; i < table.columns.size(); ++i)
      row.push_back(default_sql(table, i, statement_.target->database));
    plan_.main.sql = "SELECT " + listed(row);
  }
  if (node.has("onConflictClause")) on_conflict(node["onConflictClause"], relation, table);
  if (node.has("returningList")) {
    Scope visible;
    const auto alias = next_alias();
    visible.items.push_back(table_item(*statement_.target, relation, alias));
    returning(node["returningList"], visible, image_sql(0, kinds_of(table)) + " AS " + alias);
  }
}

std::vector<KeyId> Translator::arbiters(const Json& infer, const Table& table) {
  std::vector<KeyId> keys;
  if (infer.has("conname")) {
    for (KeyId i = 0; i < table.keys.size(); ++i)
      if (table.keys[i].name == infer.string("conname") && table.keys[i].unique) keys.push_back(i);
    if (keys.empty())
      refuse("42704", "constraint \"" + infer.string("conname") + "\" for table \"" + table.name +
                          "\" does not exist");
    return keys;
  }
  std::vector<ColumnId> columns;
  for (const auto& element : infer["indexElems"].items()) {
    const auto& name = element["IndexElem"].string("name");
    if (name.empty()) {
      columns.push_back(computed_column(element["IndexElem"]["expr"], table));
    } else if (const auto id = table.find_column(name)) {
      columns.push_back(*id);
    } else {
      SqlError error{.sqlstate = "42703",
                     .message = "column \"" + name + "\" does not exist",
                     .detail = "",
                     .hint = "",
                     .position = source_.position(infer.integer("location")),
                     .unknown_name = name,
                     .candidates = {}};
      for (const auto& column : table.columns) error.candidates.push_back(column.name);
      throw Refused{error};
    }
  }
  std::sort(columns.begin(), columns.end());
  std::string condition;
  if (infer.has("whereClause"))
    condition = row_expression(infer["whereClause"], table, {}, "WHERE", RowUse::condition).sql;
  for (KeyId i = 0; i < table.keys.size(); ++i) {
    const auto& key = table.keys[i];
    auto sorted = key.columns;
    std::sort(sorted.begin(), sorted.end());
    const bool covers =
        !key.condition ||
        implies(condition, table.computed[*key.condition - table.columns.size()]->sql);
    if (key.unique && covers && sorted == columns) keys.push_back(i);
  }
  if (keys.empty())
    refuse("42P10",
           "there is no unique or exclusion constraint matching the ON CONFLICT specification");
  return keys;
}

// Where a stored row has the value of this expression, if an index is over it.
ColumnId Translator::computed_column(const Json& node, const Table& table) {
  const auto sql = row_expression(node, table, {}, "ON CONFLICT", RowUse::index_part).sql;
  const auto found = std::find_if(table.computed.begin(), table.computed.end(),
                                  [&](const auto& computed) { return computed->sql == sql; });
  return static_cast<ColumnId>(table.columns.size() +
                               static_cast<std::size_t>(found - table.computed.begin()));
}

void Translator::on_conflict(const Json& clause, const Json& relation, const Table& table) {
  const bool updates = clause.string("action") == "ONCONFLICT_UPDATE";
  statement_.conflict = updates ? ConflictAction::do_update : ConflictAction::do_nothing;
  if (clause.has("infer")) {
    statement_.conflict_keys = arbiters(clause["infer"], table);
  } else {
    if (updates)
      refuse("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name",
             clause.integer("location"), "For example, ON CONFLICT (column_name).");
    for (KeyId i = 0; i < table.keys.size(); ++i)
      if (table.keys[i].unique) statement_.conflict_keys.push_back(i);
  }
  if (!updates) return;
  Scope scope;
  scope.place = "ON CONFLICT";
  const auto existing = next_alias();
  const auto excluded = next_alias();
  auto item = table_item(*statement_.target, relation, existing);
  auto proposed = table_item(*statement_.target, Json(), excluded);
  proposed.alias = "excluded";
  scope.items.push_back(item);
  scope.items.push_back(std::move(proposed));
  const auto row = assignments(clause["targetList"], table, item, scope);
  const auto where =
      clause.has("whereClause")
          ? " WHERE " + as_condition(expression(clause["whereClause"], scope), "WHERE").sql
          : "";
  const auto kinds = kinds_of(table);
  plan_.conflict = {.sql = "SELECT " + listed(row) + " FROM " + image_sql(0, kinds) + " AS " +
                           existing + ", " + image_sql(1, kinds) + " AS " + excluded + where,
                    .kinds = kinds};
}

}  // namespace halfwrite::sql
