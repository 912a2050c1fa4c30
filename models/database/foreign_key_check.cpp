// Foreign keys, checked when the statement has changed all its rows: a new child locks its parent
// with KEY SHARE, a parent that goes or changes its key looks for children (PostgreSQL,
// ri_triggers.c). Both look with the transaction's own changes; who looks for children does so with
// a fresh snapshot at every level, who looks for the parent with the transaction's at repeatable
// read.
#include "models/database/errors.hpp"
#include "models/database/statement_execution.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

constexpr std::uint32_t kEveryCommand = ~0u;

bool references(const sql::ForeignKey& key, const sql::Row& child, const sql::Row& parent) {
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const sql::Value& value = child[key.columns[i]];
    if (value.is_null() || sql::compare(value, parent[key.referenced_columns[i]]) != 0) {
      return false;
    }
  }
  return true;
}

// The index of the child that begins with the foreign key's columns, in any order.
std::optional<sql::KeyId> index_for(const sql::Table& child, const sql::ForeignKey& key) {
  for (sql::KeyId id = 0; id < child.keys.size(); ++id) {
    if (child.keys[id].condition) continue;
    const std::vector<sql::ColumnId>& columns = child.keys[id].columns;
    if (columns.size() < key.columns.size()) continue;
    const auto covered = columns.begin() + static_cast<std::ptrdiff_t>(key.columns.size());
    if (std::is_permutation(columns.begin(), covered, key.columns.begin())) return id;
  }
  return std::nullopt;
}

}  // namespace

sql::Expected<sql::Done> StatementExecution::check_foreign_keys() {
  while (!parent_checks_.empty() || !child_checks_.empty()) {
    if (!parent_checks_.empty()) {
      const ParentCheck check = parent_checks_.take_front();
      sql::Expected<sql::Done> checked = check_parent(check);
      if (!checked) return checked.error();
      continue;
    }
    const ChildCheck check = child_checks_.take_front();
    sql::Expected<sql::Done> checked = check_child(check);
    if (!checked) return checked.error();
  }
  return sql::Done{};
}

sql::Expected<sql::Done> StatementExecution::check_child(const ChildCheck& check) {
  const Version& version = check.row->versions.back();
  if (version.ended.is_set()) return sql::Done{};  // removed again by the same statement
  const sql::Table& child = engine_.catalog().table(check.row->table);
  const sql::ForeignKey& key = *check.key;
  const sql::Row row = version.values;
  for (const sql::ColumnId column : key.columns) {
    if (row[column].is_null()) return sql::Done{};
  }
  const TableStore& parents = engine_.store().table(key.referenced_table);
  const sql::Key& parent_key = parents.table().keys[key.referenced_key];
  sql::KeyRange range;
  range.key = key.referenced_key;
  for (const sql::ColumnId column : parent_key.columns) {
    const auto position =
        std::find(key.referenced_columns.begin(), key.referenced_columns.end(), column);
    range.equal.push_back(
        row[key.columns[static_cast<std::size_t>(position - key.referenced_columns.begin())]]);
  }
  while (true) {
    const std::uint64_t horizon =
        repeatable() ? view_.snapshot().horizon : engine_.transactions().latest_visible();
    const Snapshot now{horizon, &transaction_, kEveryCommand};
    std::vector<sql::StoredRow> found;
    if (auto failure = note_search(now, parents.table().id, range)) return *failure;
    parents.find(now, range, found);
    if (found.empty()) return parent_missing(child, key, parents.table(), row);
    const sql::RowId parent_id = found.front().id;
    RowChain& parent = *engine_.store().table(key.referenced_table).find(parent_id);
    constexpr auto kKeyShare = sql::LockStrength::key_share;
    const std::size_t locks_before = transaction_.locks.size();
    const LockRequest request{kKeyShare, sql::LockWait::wait, now, !repeatable(), true};
    sql::Expected<LockOutcome> locked =
        engine_.locks().lock(transaction_, parent, request, limits_);
    if (!locked) return locked.error();
    const bool is_there = engine_.store().table(key.referenced_table).find(parent_id) != nullptr;
    if (!is_there || *locked == LockOutcome::gone) {
      if (repeatable()) return concurrent_change(true);
      continue;
    }
    if (auto changed = changed_since(now, parent, kKeyShare, false)) return *changed;
    const Version* newest = newest_for_us(parent);
    if (!is_gone(newest) && references(key, row, newest->values)) {
      engine_.transactions().assign_xid(transaction_);
      transaction_.wrote_log = true;
      return sql::Done{};
    }
    engine_.locks().release(transaction_, locks_before);
    if (repeatable()) return concurrent_change(false);
  }
}

sql::Expected<std::vector<sql::RowId>> StatementExecution::rows_referencing(
    const sql::Table& child, const sql::ForeignKey& key, const sql::Row& parent_row) const {
  const Snapshot now{engine_.transactions().latest_visible(), &transaction_, kEveryCommand};
  const TableStore& children = engine_.store().table(child.id);
  std::vector<sql::StoredRow> rows;
  if (const std::optional<sql::KeyId> index = index_for(child, key)) {
    sql::KeyRange range;
    range.key = *index;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      const auto position =
          std::find(key.columns.begin(), key.columns.end(), child.keys[*index].columns[i]);
      range.equal.push_back(parent_row[key.referenced_columns[static_cast<std::size_t>(
          position - key.columns.begin())]]);
    }
    if (auto failure = note_search(now, child.id, range)) return *failure;
    children.find(now, range, rows);
  } else {
    if (auto failure = note_search(now, child.id, std::nullopt)) return *failure;
    children.scan(now, rows);
  }
  std::vector<sql::RowId> ids;
  for (const sql::StoredRow& row : rows) {
    if (references(key, *row.values, parent_row)) ids.push_back(row.id);
  }
  return ids;
}

sql::Expected<sql::Done> StatementExecution::check_parent(const ParentCheck& check) {
  const sql::Table& child = engine_.catalog().table(check.reference.table);
  const sql::ForeignKey& key = child.foreign_keys[check.reference.foreign_key];
  const sql::ForeignKeyAction action = check.new_row ? key.on_update : key.on_delete;
  if (action == sql::ForeignKeyAction::no_action) {
    // Another row with the same key by now satisfies the children.
    const TableStore& parents = engine_.store().table(key.referenced_table);
    const Snapshot now{engine_.transactions().latest_visible(), &transaction_, kEveryCommand};
    sql::KeyRange range;
    range.key = key.referenced_key;
    const IndexKey referenced = key_of(parents.table().keys[key.referenced_key], check.old_row);
    range.equal.assign(referenced.begin(), referenced.end());
    std::vector<sql::StoredRow> rows;
    if (auto failure = note_search(now, parents.table().id, range)) return *failure;
    parents.find(now, range, rows);
    if (!rows.empty()) return sql::Done{};
  }
  sql::Expected<std::vector<sql::RowId>> rows = rows_referencing(child, key, check.old_row);
  if (!rows) return rows.error();
  for (const sql::RowId row : *rows) {
    sql::Expected<sql::Done> done = act_on_child(child, key, action, row, check);
    if (!done) return done.error();
  }
  return sql::Done{};
}

sql::Expected<sql::Done> StatementExecution::act_on_child(const sql::Table& child,
                                                          const sql::ForeignKey& key,
                                                          sql::ForeignKeyAction action,
                                                          sql::RowId row,
                                                          const ParentCheck& check) {
  using enum sql::ForeignKeyAction;
  RowChain* chain = engine_.store().table(child.id).find(row);
  if (chain == nullptr) return sql::Done{};
  const bool only_looks = action == no_action || action == restrict;
  const sql::LockStrength strength =
      only_looks ? sql::LockStrength::key_share
                 : (action == cascade && !check.new_row ? sql::LockStrength::update
                                                        : sql::LockStrength::no_key_update);
  const Snapshot now{engine_.transactions().latest_visible(), &transaction_, kEveryCommand};
  const LockRequest request{strength, sql::LockWait::wait, now, true, only_looks};
  sql::Expected<LockOutcome> locked = engine_.locks().lock(transaction_, *chain, request, limits_);
  if (!locked) return locked.error();
  chain = engine_.store().table(child.id).find(row);
  if (chain == nullptr || *locked == LockOutcome::gone) {
    if (repeatable()) return concurrent_change(true);
    return sql::Done{};
  }
  engine_.transactions().assign_xid(transaction_);
  transaction_.wrote_log = true;
  const Version* newest = newest_for_us(*chain);
  // Who changes no key of it may be at it still: that version counts.
  if (is_gone(newest) || !references(key, newest->values, check.old_row)) {
    if (repeatable() && (newest == nullptr || newest->ended.by != &transaction_)) {
      return concurrent_change(false);
    }
    return sql::Done{};  // while we waited it went or turned to another parent
  }
  const bool is_new = newest->made.by == nullptr && newest->made.visible > view_.snapshot().horizon;
  if (repeatable() && !only_looks && is_new) return concurrent_change(false);
  if (only_looks) {
    return still_referenced(child, key, engine_.catalog().table(key.referenced_table),
                            check.old_row);
  }
  if (action == cascade && !check.new_row) {
    return apply_remove(*chain);
  }
  sql::Row values = newest->values;
  values.resize(child.columns.size());
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    sql::Value& value = values[key.columns[i]];
    if (action == cascade) {
      value = (*check.new_row)[key.referenced_columns[i]];
    } else if (action == set_null) {
      value = sql::Value::null(child.columns[key.columns[i]].type.kind);
    } else {
      sql::Expected<sql::Value> initial =
          engine_.evaluator().default_value(child, key.columns[i], inputs({}));
      if (!initial) return initial.error();
      value = std::move(*initial);
    }
  }
  sql::Expected<sql::Done> checked = check_row(child, values);
  if (!checked) return checked.error();
  return apply_update(*chain, std::move(values));
}

}  // namespace halfwrite::database
