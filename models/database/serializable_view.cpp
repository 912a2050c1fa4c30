#include "models/database/serializable_view.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

void SerializableView::scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const {
  note_scan(view_.snapshot(), table);
  view_.scan(table, rows);
}

void SerializableView::find(sql::TableId table, const sql::KeyRange& range,
                            std::vector<sql::StoredRow>& rows) const {
  note_find(view_.snapshot(), table, range);
  view_.find(table, range, rows);
}

Serialization::Failure SerializableView::take_failure() const {
  return std::exchange(failure_, std::nullopt);
}

bool SerializableView::note(const Snapshot& snapshot, const Version& version) const {
  const bool made = snapshot.covers(version.made);
  const bool is_visible = made && !snapshot.covers(version.ended);
  failure_ = serialization_.read(reader_, is_visible ? version.ended
                                          : made     ? Stamp{}
                                                     : version.made);
  return is_visible;
}

void SerializableView::note_scan(const Snapshot& snapshot, sql::TableId table) const {
  if (is_done()) return;
  reader_.locks.lock_table(table);
  for (const auto& [id, chain] : store_.table(table).rows()) {
    for (const Version& version : chain.versions) {
      note(snapshot, version);
      if (failure_) return;
    }
  }
}

// Versions between which no key changed are one entry of the index (a heap-only chain): it is
// followed from its oldest version to the visible one, and what came after that is not met.
void SerializableView::note_find(const Snapshot& snapshot, sql::TableId table_id,
                                 const sql::KeyRange& range) const {
  if (is_done()) return;
  const TableStore& table = store_.table(table_id);
  reader_.locks.lock_range(table_id, range, table.index(range.key).size());
  const sql::Key& key = table.table().keys[range.key];
  std::vector<const IndexEntry*> entries;
  table.entries(range, entries);
  for (const IndexEntry* entry : entries) {
    const RowChain& chain = *entry->chain;
    bool found = false;
    for (std::size_t i = 0; i < chain.versions.size(); ++i) {
      const Version& version = chain.versions[i];
      const bool begins = i == 0 || !table.same_keys(chain.versions[i - 1].values, version.values);
      if (begins) found = false;
      const bool entered =
          is_in_index(key, version.values) && key_equals(key, version.values, entry->key);
      if (found || !entered) continue;
      found = note(snapshot, version);
      if (failure_) return;
      const bool own = version.made.by != nullptr;
      if (found && !own) {
        reader_.locks.lock_version(table_id, {chain.id, version.made.visible});
      }
    }
  }
}

}  // namespace halfwrite::database
