// The rows a statement of a serializable transaction sees: as SnapshotView, with every read noted.
// Each takes its predicate locks and looks for versions that a concurrent transaction made or
// replaced unseen (PostgreSQL: HeapCheckForSerializableConflictOut in every scan). An evaluation
// cannot be stopped from within, so the first failure is kept and asked for afterwards.
#pragma once

#include "models/database/row_store.hpp"
#include "models/database/serialization.hpp"

#include <vector>

namespace halfwrite::database {

class SerializableView final : public sql::ReadView {
 public:
  SerializableView(const RowStore& store, const SnapshotView& view, Serialization& serialization,
                   Serializable& reader)
      : store_(store), view_(view), serialization_(serialization), reader_(reader) {}

  void scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const override;
  void find(sql::TableId table, const sql::KeyRange& range,
            std::vector<sql::StoredRow>& rows) const override;
  const sql::Row* row(sql::TableId table, sql::RowId id) const override {
    return view_.row(table, id);
  }

  // What the server itself reads, with a snapshot of its own: foreign keys.
  void note_scan(const Snapshot& snapshot, sql::TableId table) const;
  void note_find(const Snapshot& snapshot, sql::TableId table, const sql::KeyRange& range) const;

  // 40001 of a read since the last call.
  Serialization::Failure take_failure() const;

 private:
  bool is_done() const { return reader_.safe || failure_.has_value(); }
  // True: the version is visible.
  bool note(const Snapshot& snapshot, const Version& version) const;

  const RowStore& store_;
  const SnapshotView& view_;
  Serialization& serialization_;
  Serializable& reader_;
  mutable Serialization::Failure failure_;
};

}  // namespace halfwrite::database
