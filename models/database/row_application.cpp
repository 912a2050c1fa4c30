// How one row is inserted, updated or removed: unique keys with their waits, ON CONFLICT, and what
// the foreign keys must look at when the statement ends.
#include "models/database/errors.hpp"
#include "models/database/statement_execution.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace halfwrite::database {

namespace {

bool is_unchecked(const sql::Key& key, const sql::Row& row) {
  if (!is_in_index(key, row)) return true;
  if (key.nulls_not_distinct) return false;
  return std::any_of(key.columns.begin(), key.columns.end(),
                     [&](sql::ColumnId column) { return row[column].is_null(); });
}

bool same_columns(const std::vector<sql::ColumnId>& columns, const sql::Row& a, const sql::Row& b) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](sql::ColumnId column) { return sql::compare(a[column], b[column]) == 0; });
}

}  // namespace

// PostgreSQL looks with a dirty snapshot (nbtinsert.c, _bt_check_unique): a version whose maker or
// ender still runs decides nothing yet, so the statement waits for that transaction and looks
// again.
sql::Expected<StatementExecution::Conflict> StatementExecution::find_conflict(sql::TableId table_id,
                                                                              sql::KeyId key_id,
                                                                              const sql::Row& row,
                                                                              const RowChain* own) {
  const TableStore& table = engine_.store().table(table_id);
  const sql::Key& key = table.table().keys[key_id];
  if (is_unchecked(key, row)) return nullptr;
  // While it waits, older versions may go from the chain the row lies in, and move it.
  std::optional<sql::Row> kept;
  while (true) {
    const sql::Row& wanted = kept ? *kept : row;
    const KeyOfRow sought{key, wanted};
    Transaction* undecided = nullptr;
    const KeyIndex& index = table.index(key_id);
    for (auto entry = index.lower_bound(sought); entry != index.end() && undecided == nullptr;
         ++entry) {
      if (IndexOrder{}(sought, *entry)) break;
      RowChain& chain = *entry->chain;
      if (&chain == own) continue;
      for (auto version = chain.versions.rbegin(); version != chain.versions.rend(); ++version) {
        if (!same_key(key, version->values, wanted)) continue;
        const Stamp& made = version->made;
        const Stamp& ended = version->ended;
        if (made.by != nullptr && made.by != &transaction_) {
          undecided = made.by;
        } else if (!ended.is_set()) {
          return &chain;
        } else if (ended.by != nullptr && ended.by != &transaction_) {
          undecided = ended.by;
        }
        if (undecided != nullptr) break;
      }
    }
    if (undecided == nullptr) return nullptr;
    if (!kept) kept = row;
    sql::Expected<sql::Done> waited =
        engine_.locks().wait_for_end(transaction_, *undecided, limits_);
    if (!waited) return waited.error();
  }
}

// Key by key, in the order of the indexes: others see the entries made so far and wait for us while
// we may be waiting at a later key. At serializable a conflict with who looked for the key comes
// before the unique violation it would explain (nbtinsert.c, _bt_check_unique).
sql::Expected<sql::Done> StatementExecution::enter_indexes(RowChain& chain,
                                                           const sql::Row* before) {
  TableStore& table = engine_.store().table(chain.table);
  const std::vector<sql::Key>& keys = table.table().keys;
  const bool enters_all =
      transaction_.serializable != nullptr &&
      (before == nullptr || !table.same_keys(*before, chain.versions.back().values));
  for (sql::KeyId id = 0; id < keys.size(); ++id) {
    const sql::Key& key = keys[id];
    const bool same = before != nullptr && same_key(key, *before, chain.versions.back().values);
    if (same && !enters_all) continue;
    Conflict duplicate = nullptr;
    if (key.unique && !same) {
      sql::Expected<Conflict> conflict =
          find_conflict(chain.table, id, chain.versions.back().values, &chain);
      if (!conflict) return conflict.error();
      duplicate = *conflict;
    }
    if (enters_all) {
      if (auto failure = note_entry(chain.table, id, chain.versions.back().values)) return *failure;
    }
    if (duplicate != nullptr) {
      return duplicate_key(table.table(), key, chain.versions.back().values);
    }
    if (!same) table.add_entry(id, chain);
  }
  return sql::Done{};
}

// A new version of a row needs a page with room. PostgreSQL finds free room in old pages as well
// and fails at the first row for which there is none (md.c, mdextend); here that is the first one.
sql::Expected<sql::Done> StatementExecution::find_room(sql::TableId table) {
  if (!has_room_) return sql::Done{};
  const bool has_room = std::exchange(has_room_, nullptr)();
  if (has_room) return sql::Done{};
  return disk_is_full(table);
}

sql::Expected<sql::Done> StatementExecution::apply_insert(sql::TableId table_id, sql::Row row) {
  sql::Expected<sql::Done> completed = complete_row(table_id, row);
  if (!completed) return completed.error();
  if (auto failure = note_insert(table_id)) return *failure;
  sql::Expected<sql::Done> room = find_room(table_id);
  if (!room) return room;
  RowChain& chain = engine_.insert(transaction_, table_id, std::move(row));
  const sql::Table& table = engine_.catalog().table(table_id);
  for (const sql::ForeignKey& key : table.foreign_keys) child_checks_.push_back({&key, &chain});
  return enter_indexes(chain, nullptr);
}

sql::Expected<sql::Done> StatementExecution::apply_update(RowChain& chain, sql::Row row) {
  sql::Expected<sql::Done> completed = complete_row(chain.table, row);
  if (!completed) return completed.error();
  if (auto failure = note_replaced(chain)) return *failure;
  sql::Expected<sql::Done> room = find_room(chain.table);
  if (!room) return room;
  const sql::Table& table = engine_.catalog().table(chain.table);
  const sql::Row before = chain.versions.back().values;
  // An image of our own may never have been checked (RI_FKey_fk_upd_check_required).
  const bool own = chain.versions.back().made.by == &transaction_;
  for (const sql::ForeignKey& key : table.foreign_keys) {
    if (own || !same_columns(key.columns, before, row)) child_checks_.push_back({&key, &chain});
  }
  for (const sql::Reference& reference : engine_.catalog().references_to(table.id)) {
    const sql::ForeignKey& key =
        engine_.catalog().table(reference.table).foreign_keys[reference.foreign_key];
    if (!same_columns(key.referenced_columns, before, row)) {
      parent_checks_.push_back({reference, before, row});
    }
  }
  engine_.update(transaction_, chain, std::move(row));
  return enter_indexes(chain, &before);
}

sql::Expected<sql::Done> StatementExecution::apply_remove(RowChain& chain) {
  if (auto failure = note_replaced(chain)) return *failure;
  for (const sql::Reference& reference : engine_.catalog().references_to(chain.table)) {
    parent_checks_.push_back({reference, chain.versions.back().values, std::nullopt});
  }
  engine_.remove(transaction_, chain);
  return sql::Done{};
}

sql::Expected<bool> StatementExecution::insert_or_conflict(const sql::Statement& statement,
                                                           sql::Row& row) {
  const sql::TableId table_id = statement.target->table;
  const sql::Table& table = engine_.catalog().table(table_id);
  sql::Expected<sql::Done> completed = complete_row(table_id, row);
  if (!completed) return completed.error();
  while (true) {
    Conflict conflict = nullptr;
    const sql::Key* key = nullptr;
    for (const sql::KeyId id : statement.conflict_keys) {
      sql::Expected<Conflict> found = find_conflict(table_id, id, row, nullptr);
      if (!found) return found.error();
      if (*found == nullptr) continue;
      conflict = *found;
      key = &table.keys[id];
      break;
    }
    if (conflict == nullptr) {
      sql::Expected<sql::Done> applied = apply_insert(table_id, row);
      if (!applied) return applied.error();
      return true;
    }
    if (auto failure = note_met(*conflict)) return *failure;
    if (statement.conflict == sql::ConflictAction::do_nothing) {
      const Stamp& made = newest_for_us(*conflict)->made;
      if (repeatable() && made.by == nullptr && made.visible > view_.snapshot().horizon) {
        return concurrent_change(false);
      }
      return false;
    }
    sql::Expected<ConflictOutcome> outcome = update_conflicting(statement, *key, *conflict, row);
    if (!outcome) return outcome.error();
    if (*outcome != ConflictOutcome::try_again) return *outcome == ConflictOutcome::updated;
  }
}

sql::Expected<StatementExecution::ConflictOutcome> StatementExecution::update_conflicting(
    const sql::Statement& statement, const sql::Key& key, RowChain& chain, sql::Row& row) {
  const std::size_t locks_before = transaction_.locks.size();
  const sql::LockStrength strength =
      statement.changes_key ? sql::LockStrength::update : sql::LockStrength::no_key_update;
  const Snapshot now{engine_.transactions().latest_visible(), &transaction_, ~0u};
  const AwaitedRow place{chain.table, chain.id};
  const LockRequest request{strength, sql::LockWait::wait, now, false, false};
  sql::Expected<LockOutcome> locked = engine_.locks().lock(transaction_, chain, request, limits_);
  if (!locked) return locked.error();
  if (*locked != LockOutcome::granted) {
    const RowChain* left = engine_.store().table(place.table).find(place.row);
    const bool removed = left == nullptr || is_gone(newest_for_us(*left));
    if (repeatable()) return concurrent_change(removed);
    return ConflictOutcome::try_again;
  }
  const Version* newest = newest_for_us(chain);
  if (newest == nullptr || newest->ended.is_set() || !same_key(key, newest->values, row)) {
    engine_.locks().release(transaction_, locks_before);
    return ConflictOutcome::try_again;
  }
  engine_.transactions().assign_xid(transaction_);
  transaction_.wrote_log = true;
  if (newest->made.by == &transaction_ && newest->made.command >= transaction_.command) {
    return error_of("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time", {},
                    "Ensure that no rows proposed for insertion within the same command have "
                    "duplicate constrained values.");
  }
  if (repeatable() && newest->made.by == nullptr &&
      newest->made.visible > view_.snapshot().horizon) {
    return concurrent_change(false);
  }
  const sql::Row existing = newest->values;
  sql::Expected<std::optional<sql::Row>> updated =
      noted(engine_.evaluator().conflict_update(statement, existing, row, inputs(lock_steps_)));
  if (!updated) return updated.error();
  if (!updated->has_value()) return ConflictOutcome::left_alone;
  row = std::move(**updated);
  sql::Expected<sql::Done> checked = check_row(engine_.catalog().table(chain.table), row);
  if (!checked) return checked.error();
  sql::Expected<sql::Done> applied = apply_update(chain, row);
  if (!applied) return applied.error();
  return ConflictOutcome::updated;
}

}  // namespace halfwrite::database
