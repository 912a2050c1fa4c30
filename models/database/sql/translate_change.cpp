// UPDATE, DELETE and locking SELECT: a query for candidates, the re-check of one candidate, and
// RETURNING.
#include "models/database/sql/translator.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sql {

namespace {

std::string numbered(const std::vector<std::string>& outputs) {
  std::string sql;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    sql += (i > 0 ? ", " : "") + outputs[i] + " AS c" + std::to_string(i);
  return sql;
}

std::vector<TypeKind> kinds_of(const std::vector<ResultColumn>& columns) {
  std::vector<TypeKind> kinds;
  for (const auto& column : columns) kinds.push_back(column.type.kind);
  return kinds;
}

LockStrength strength_of(const std::string& name) {
  if (name == "LCS_FORKEYSHARE") return LockStrength::key_share;
  if (name == "LCS_FORSHARE") return LockStrength::share;
  return name == "LCS_FORNOKEYUPDATE" ? LockStrength::no_key_update : LockStrength::update;
}

const char* clause_name(LockStrength strength) {
  switch (strength) {
    case LockStrength::key_share:
      return "FOR KEY SHARE";
    case LockStrength::share:
      return "FOR SHARE";
    case LockStrength::no_key_update:
      return "FOR NO KEY UPDATE";
    case LockStrength::update:
      break;
  }
  return "FOR UPDATE";
}

std::string lock_name_of(const Json& select) {
  const auto& locking = select["lockingClause"].items().front()["LockingClause"];
  return clause_name(strength_of(locking.string("strength")));
}

}  // namespace

std::string Translator::image_sql(std::size_t image, const std::vector<TypeKind>& kinds,
                                  std::size_t computed) {
  if (const auto known = images_.find(image); known != images_.end()) return known->second;
  std::string sql = "(SELECT ";
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    plan_.parameters.push_back({.is_image = true,
                                .is_computed = i + computed >= kinds.size(),
                                .index = image,
                                .column = static_cast<ColumnId>(i),
                                .type = {.kind = kinds[i]}});
    sql += (i > 0 ? ", ?" : "?") + std::to_string(plan_.parameters.size()) + " AS c" +
           std::to_string(i);
  }
  return images_.emplace(image, sql + ")").first->second;
}

// Puts tables (or row images) where the FROM text names sources.
std::string Translator::with_sources(const std::string& from, bool as_images) {
  std::string sql;
  for (std::size_t at = 0; at < from.size(); ++at) {
    if (from[at] != '\x01') {
      sql += from[at];
      continue;
    }
    const auto end = from.find('\x01', at + 1);
    const auto number = static_cast<std::size_t>(std::stoul(from.substr(at + 1, end - at - 1)));
    std::vector<TypeKind> kinds;
    for (const auto& column : sources_[number].columns) kinds.push_back(column.type.kind);
    const auto own = kinds.size();
    if (const auto& table = statement_.sources[number].table)
      for (const auto& computed : table_of(*table).computed) kinds.push_back(computed->type.kind);
    sql += as_images ? image_sql(number, kinds, kinds.size() - own) : sources_[number].sql;
    at = end;
  }
  return sql;
}

void Translator::candidate_queries(const std::vector<std::string>& outputs,
                                   const std::vector<TypeKind>& kinds, const std::string& from,
                                   const std::string& where, const std::string& order) {
  std::string columns;
  const auto add = [&columns](const std::string& column) {
    columns += (columns.empty() ? "" : ", ") + column;
  };
  auto& main = plan_.main;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    main.kinds.push_back(TypeKind::bigint);
    add(statement_.sources[i].table ? sources_[i].alias + ".rowid" : "0");
  }
  if (!outputs.empty()) add(numbered(outputs));
  main.kinds.insert(main.kinds.end(), kinds.begin(), kinds.end());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (statement_.sources[i].table) continue;
    for (const auto& column : sources_[i].columns) add(column.sql);
    main.kinds.insert(main.kinds.end(), plan_.derived[i].begin(), plan_.derived[i].end());
  }
  const auto condition = where.empty() ? "" : " WHERE " + where;
  main.sql = "SELECT " + columns + " FROM " + with_sources(from, false) + condition +
             (order.empty() ? "" : " ORDER BY " + order);
  plan_.outputs = outputs.size();
  plan_.recheck.sql = "SELECT " + (outputs.empty() ? "1" : numbered(outputs)) + " FROM " +
                      with_sources(from, true) + condition;
  plan_.recheck.kinds = outputs.empty() ? std::vector<TypeKind>{TypeKind::integer} : kinds;
}

void Translator::select_statement(const Json& node) {
  statement_.kind = StatementKind::select;
  if (engine_call(node)) return;
  if (node.has("lockingClause")) {
    if (node.has("valuesLists"))
      refuse("0A000", lock_name_of(node) + " cannot be applied to VALUES");
    if (!node.string("op").empty() && node.string("op") != "SETOP_NONE")
      refuse("0A000", lock_name_of(node) + " is not allowed with UNION/INTERSECT/EXCEPT");
    if (!node["fromClause"].items().empty()) return locking_select(node);
  }
  auto plain = node;
  auto& members = plain.members();
  members.erase(
      std::remove_if(members.begin(), members.end(),
                     [](const Json::Member& member) { return member.first == "lockingClause"; }),
      members.end());
  const auto result = select(plain, {.top_level = true});
  statement_.columns = result.columns;
  plan_.main = {.sql = result.sql, .kinds = kinds_of(result.columns)};
}

void Translator::locking_select(const Json& node) {
  const auto result = select(node, {.top_level_sources = true, .top_level = true});
  if (!result.sets.empty())
    refuse("0A000", lock_name_of(node) + " is not allowed with " + result.sets);
  statement_.columns = result.columns;
  // The outputs are known by their list text alone: it is used as it stands.
  const auto kinds = kinds_of(result.columns);
  candidate_queries({}, {}, result.from, result.where, result.order);
  auto& main = plan_.main;
  const auto from_at = main.sql.find(" FROM ");
  std::string head = "SELECT ";
  std::size_t rowids = 0;
  for (; rowids < sources_.size(); ++rowids)
    head +=
        (statement_.sources[rowids].table ? sources_[rowids].alias + ".rowid" : std::string("0")) +
        ", ";
  std::string tail;
  for (std::size_t i = 0; i < sources_.size(); ++i)
    if (!statement_.sources[i].table)
      for (const auto& column : sources_[i].columns) tail += ", " + column.sql;
  main.sql = head + result.list + tail + main.sql.substr(from_at);
  main.kinds.insert(main.kinds.begin() + static_cast<std::ptrdiff_t>(rowids), kinds.begin(),
                    kinds.end());
  plan_.outputs = kinds.size();
  auto& recheck = plan_.recheck;
  recheck.sql = "SELECT " + result.list + recheck.sql.substr(recheck.sql.find(" FROM "));
  recheck.kinds = kinds;
  if (!result.limit.empty() || !result.offset.empty()) {
    statement_.has_limit = true;
    plan_.limits.sql = "SELECT " + (result.limit.empty() ? "-1" : result.limit) + ", " +
                       (result.offset.empty() ? "0" : result.offset);
    plan_.limits.kinds = {TypeKind::bigint, TypeKind::bigint};
  }
}

void Translator::apply_locking(const Json& clause, const Scope& scope) {
  for (const auto& entry : clause.items()) {
    const auto& locking = entry["LockingClause"];
    const auto strength = strength_of(locking.string("strength"));
    const auto& policy = locking.string("waitPolicy");
    const auto wait = policy == "LockWaitSkip"    ? LockWait::skip_locked
                      : policy == "LockWaitError" ? LockWait::nowait
                                                  : LockWait::wait;
    const auto lock = [&](std::size_t i) {
      auto& source = statement_.sources[i];
      if (sources_[i].nullable)
        refuse("0A000", std::string(clause_name(strength)) +
                            " cannot be applied to the nullable side of an outer join");
      source.lock = source.lock ? std::max(*source.lock, strength) : strength;
      source.wait = std::max(source.wait, wait);
    };
    if (locking.has("lockedRels")) {
      for (const auto& named : locking["lockedRels"].items()) {
        const auto& name = named["RangeVar"].string("relname");
        const auto found = std::find_if(scope.items.begin(), scope.items.end(),
                                        [&](const FromItem& item) { return item.alias == name; });
        if (found == scope.items.end())
          refuse("42P01",
                 "relation \"" + name + "\" in " + clause_name(strength) +
                     " clause not found in FROM clause",
                 named["RangeVar"].integer("location"));
        if (!found->table)
          unsupported("a row lock on a sub-select", named["RangeVar"].integer("location"),
                      "Lock inside it.");
        lock(*found->source);
      }
      continue;
    }
    for (std::size_t i = 0; i < statement_.sources.size(); ++i) {
      if (statement_.sources[i].table) {
        lock(i);
      } else if (std::none_of(scope.items.begin(), scope.items.end(), [&](const FromItem& item) {
                   return item.source == i && item.is_common_table;
                 })) {
        unsupported("a row lock on a sub-select", -1,
                    "Lock inside it, or name the tables: FOR UPDATE OF t.");
      }
    }
  }
}

ColumnId Translator::written_column(const Table& table, const std::string& name,
                                    std::int64_t location) const {
  if (const auto id = table.find_column(name)) return *id;
  SqlError error{
      .sqlstate = "42703",
      .message = "column \"" + name + "\" of relation \"" + table.name + "\" does not exist",
      .detail = "",
      .hint = "",
      .position = source_.position(location),
      .unknown_name = name,
      .candidates = {}};
  for (const auto& column : table.columns) error.candidates.push_back(column.name);
  throw Refused{error};
}

// One column of SET (a, b) = (SELECT ...): each is asked for on its own.
Expression Translator::column_of_sublink(const Json& multiple, const Scope& scope) {
  const auto& query = multiple["source"]["SubLink"]["subselect"]["SelectStmt"];
  const auto location = multiple["source"]["SubLink"].integer("location");
  const bool was_volatile = std::exchange(statement_.is_volatile, false);
  const auto inner = select(query, {.parent = &scope});
  if (std::exchange(statement_.is_volatile, was_volatile || statement_.is_volatile) &&
      !was_volatile)
    unsupported("assignment of a sub-select that draws to several columns", location,
                "Draw in WITH, and assign each column on its own.");
  if (inner.columns.size() != static_cast<std::size_t>(multiple.integer("ncolumns")))
    refuse("42601", "number of columns does not match number of values", location);
  const auto column = static_cast<std::size_t>(multiple.integer("colno") - 1);
  const auto alias = next_alias();
  return {.sql = "(SELECT hw_only(" + alias + ".c" + std::to_string(column) + ") FROM (" +
                 inner.sql + ") AS " + alias + ")",
          .type = inner.columns[column].type,
          .location = location};
}

std::vector<std::string> Translator::assignments(const Json& targets, const Table& table,
                                                 const FromItem& item, const Scope& scope) {
  std::vector<std::string> row;
  for (const auto& column : item.columns) row.push_back(column.sql);
  for (const auto& entry : targets.items()) {
    const auto& target = entry["ResTarget"];
    const auto& name = target.string("name");
    const auto location = target.integer("location");
    const auto id = written_column(table, name, location);
    if (target.has("indirection")) unsupported("assignment to a part of a column", location);
    auto& changed = statement_.changed_columns;
    if (std::find(changed.begin(), changed.end(), id) != changed.end())
      refuse("42601", "multiple assignments to same column \"" + name + "\"", location);
    changed.push_back(id);
    const Json* value = &target["val"];
    if (value->has("MultiAssignRef")) {
      const auto& multiple = (*value)["MultiAssignRef"];
      if (multiple["source"].has("SubLink")) {
        row[id] = assigned(column_of_sublink(multiple, scope), table.columns[id]).sql;
        continue;
      }
      if (!multiple["source"].has("RowExpr"))
        unsupported("assignment of this value to several columns", location,
                    "Assign each column on its own.");
      const auto& fields = multiple["source"]["RowExpr"]["args"].items();
      if (fields.size() != static_cast<std::size_t>(multiple.integer("ncolumns")))
        refuse("42601", "number of columns does not match number of values", location);
      value = &fields[static_cast<std::size_t>(multiple.integer("colno") - 1)];
    }
    const auto& column = table.columns[id];
    if (value->has("SetToDefault")) {
      row[id] = default_sql(table, id, statement_.target->database);
      continue;
    }
    if (column.identity == Identity::always)
      refuse("428C9", "column \"" + name + "\" can only be updated to DEFAULT", location, "",
             "Column \"" + name + "\" is an identity column defined as GENERATED ALWAYS.");
    auto assigned_value = assigned(expression(*value, scope), column);
    row[id] = assigned_value.sql;
  }
  std::sort(statement_.changed_columns.begin(), statement_.changed_columns.end());
  return row;
}

void Translator::update_statement(const Json& node) {
  statement_.kind = StatementKind::update;
  Scope scope;
  if (node.has("withClause")) with_clause(node["withClause"], scope, is_outermost());
  auto from = target_table(node["relation"], scope);
  const auto& table = table_of(*statement_.target);
  if (node.has("fromClause")) from += ", " + from_list(node["fromClause"], scope, true);
  scope.place = "UPDATE";
  const FromItem target = scope.items.front();
  const auto row = assignments(node["targetList"], table, target, scope);
  for (const auto& key : table.keys)
    for (const auto column : key.columns)
      statement_.changes_key =
          statement_.changes_key || (key.unique && key.plain &&
                                     std::binary_search(statement_.changed_columns.begin(),
                                                        statement_.changed_columns.end(), column));
  statement_.sources.front().lock =
      statement_.changes_key ? LockStrength::update : LockStrength::no_key_update;
  scope.place = "WHERE";
  const auto where =
      node.has("whereClause")
          ? for_indexes(as_condition(expression(node["whereClause"], scope), "WHERE").sql, scope)
          : "";
  candidate_queries(row, kinds_of(table), from, where, "");
  returning(node["returningList"], scope, from);
}

void Translator::delete_statement(const Json& node) {
  statement_.kind = StatementKind::remove;
  Scope scope;
  if (node.has("withClause")) with_clause(node["withClause"], scope, is_outermost());
  auto from = target_table(node["relation"], scope);
  if (node.has("usingClause")) from += ", " + from_list(node["usingClause"], scope, true);
  statement_.sources.front().lock = LockStrength::update;
  scope.place = "WHERE";
  const auto where =
      node.has("whereClause")
          ? for_indexes(as_condition(expression(node["whereClause"], scope), "WHERE").sql, scope)
          : "";
  candidate_queries({}, {}, from, where, "");
  returning(node["returningList"], scope, from);
}

void Translator::returning(const Json& list, const Scope& scope, const std::string& from) {
  if (list.items().empty()) return;
  scope.ungrouped.clear();
  Scope visible = scope;
  visible.place = "RETURNING";
  SelectResult result;
  output_list(list, visible, {.top_level = true}, result);
  statement_.has_returning = true;
  statement_.columns = result.columns;
  // Every source is one known row: no join condition decides anything any more.
  std::string images;
  if (sources_.empty()) {
    images = from;
  } else {
    for (std::size_t i = 0; i < sources_.size(); ++i)
      images += (i > 0 ? ", \x01" : "\x01") + std::to_string(i) + "\x01 AS " + sources_[i].alias;
    images = with_sources(images, true);
  }
  plan_.returning = {.sql = "SELECT " + result.list + " FROM " + images,
                     .kinds = kinds_of(result.columns)};
}

}  // namespace halfwrite::sql
