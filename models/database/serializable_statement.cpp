// What a statement of a serializable transaction reads and writes, told to `Serialization` where
// PostgreSQL does it: heapam.c (heap_insert, heap_update, heap_delete) and nbtinsert.c. Row locks
// alone are no writes.
#include "models/database/statement_execution.hpp"

namespace halfwrite::database {

Serialization::Failure StatementExecution::note_insert(sql::TableId table) {
  if (transaction_.serializable == nullptr) return std::nullopt;
  return engine_.serialization().write_table(*transaction_.serializable, table);
}

Serialization::Failure StatementExecution::note_replaced(const RowChain& chain) {
  if (transaction_.serializable == nullptr) return std::nullopt;
  // Its own version nobody else can have read: then it has no order of visibility.
  const VersionId version{chain.id, chain.versions.back().made.visible};
  return engine_.serialization().write_version(*transaction_.serializable, chain.table, version,
                                               !transaction_.savepoints.empty());
}

Serialization::Failure StatementExecution::note_entry(sql::TableId table, sql::KeyId id,
                                                      const sql::Row& row) {
  if (transaction_.serializable == nullptr) return std::nullopt;
  const sql::Key& key = engine_.catalog().table(table).keys[id];
  if (!is_in_index(key, row)) return std::nullopt;
  return engine_.serialization().write_key(*transaction_.serializable, table, id,
                                           KeyOfRow{key, row});
}

// ON CONFLICT reads the row it meets, though not the index that led to it (as pg_locks shows). A
// row that its snapshot does not show is a conflict first, and a concurrent change only then.
Serialization::Failure StatementExecution::note_met(const RowChain& chain) {
  Serializable* reader = transaction_.serializable;
  if (reader == nullptr || reader->safe) return std::nullopt;
  const Version& newest = *newest_for_us(chain);
  const bool own = newest.made.by != nullptr;
  const bool is_visible = own || newest.made.visible <= view_.snapshot().horizon;
  Serialization::Failure failure =
      engine_.serialization().read(*reader, is_visible ? newest.ended : newest.made);
  if (!failure && is_visible && !own) {
    reader->locks.lock_version(chain.table, {chain.id, newest.made.visible});
  }
  return failure;
}

Serialization::Failure StatementExecution::note_search(
    const Snapshot& snapshot, sql::TableId table, const std::optional<sql::KeyRange>& range) const {
  if (!serializable_view_) return std::nullopt;
  if (range) {
    serializable_view_->note_find(snapshot, table, *range);
  } else {
    serializable_view_->note_scan(snapshot, table);
  }
  return serializable_view_->take_failure();
}

}  // namespace halfwrite::database
