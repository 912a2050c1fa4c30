#include "models/database/row_store.hpp"

#include "models/database/transaction.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace halfwrite::database {

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::strong_ordering compare_prefix(std::span<const sql::Value> a, std::span<const sql::Value> b,
                                    std::size_t columns) {
  for (std::size_t column = 0; column < columns; ++column) {
    const auto order = sql::compare(a[column], b[column]);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare_entry(const IndexEntry& entry, const KeyOfRow& other) {
  for (std::size_t i = 0; i < entry.key.size(); ++i) {
    const auto order = sql::compare(entry.key[i], other.row[other.key.columns[i]]);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace

bool IndexOrder::operator()(const IndexEntry& a, const IndexEntry& b) const {
  const auto order = compare_prefix(a.key, b.key, a.key.size());
  if (order != 0) return order < 0;
  return a.chain->id < b.chain->id;
}
bool IndexOrder::operator()(const IndexEntry& a, const KeyPrefix& b) const {
  return compare_prefix(a.key, b.values, b.values.size()) < 0;
}
bool IndexOrder::operator()(const KeyPrefix& a, const IndexEntry& b) const {
  return compare_prefix(a.values, b.key, a.values.size()) < 0;
}

bool IndexOrder::operator()(const IndexEntry& a, const KeyOfRow& b) const {
  return compare_entry(a, b) < 0;
}
bool IndexOrder::operator()(const KeyOfRow& a, const IndexEntry& b) const {
  return compare_entry(b, a) > 0;
}

bool is_in_index(const sql::Key& key, const sql::Row& row) {
  return !key.condition || row[*key.condition].is_true();
}

bool same_key(const sql::Key& key, const sql::Row& a, const sql::Row& b) {
  if (is_in_index(key, a) != is_in_index(key, b)) return false;
  return std::all_of(key.columns.begin(), key.columns.end(),
                     [&](sql::ColumnId column) { return sql::compare(a[column], b[column]) == 0; });
}

bool same_unique_keys(const sql::Table& table, const sql::Row& a, const sql::Row& b) {
  return std::all_of(table.keys.begin(), table.keys.end(), [&](const sql::Key& key) {
    return !key.unique || !key.plain || same_key(key, a, b);
  });
}

bool key_equals(const sql::Key& key, const sql::Row& row, std::span<const sql::Value> values) {
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    if (sql::compare(row[key.columns[i]], values[i]) != 0) return false;
  }
  return true;
}

IndexKey key_of(const sql::Key& key, const sql::Row& row) {
  IndexKey values;
  values.reserve(key.columns.size());
  for (const sql::ColumnId column : key.columns) values.push_back(row[column]);
  return values;
}

RowChain* TableStore::find(sql::RowId id) {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &found->second;
}

const RowChain* TableStore::find(sql::RowId id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &found->second;
}

RowChain& TableStore::add_row() {
  return add_row(last_id_ + 1);
}

RowChain& TableStore::add_row(sql::RowId id) {
  last_id_ = std::max(last_id_, id);
  RowChain& chain = rows_.emplace_hint(rows_.end(), id, RowChain{})->second;
  chain.id = id;
  chain.table = table_->id;
  return chain;
}

void TableStore::add_entry(sql::KeyId key, RowChain& chain) {
  HALFWRITE_ASSERT(!chain.versions.empty(), "a row without versions was to enter an index");
  const sql::Row& row = chain.versions.back().values;
  if (is_in_index(table_->keys[key], row)) {
    indexes_[key].insert({key_of(table_->keys[key], row), &chain});
  }
}

bool TableStore::remove_version(RowChain& chain, std::size_t version) {
  const sql::Row values = std::move(chain.versions[version].values);
  chain.versions.erase(chain.versions.begin() + static_cast<std::ptrdiff_t>(version));
  for (sql::KeyId key = 0; key < indexes_.size(); ++key) {
    const sql::Key& definition = table_->keys[key];
    if (!is_in_index(definition, values)) continue;
    const bool needed = std::any_of(
        chain.versions.begin(), chain.versions.end(),
        [&](const Version& other) { return same_key(definition, other.values, values); });
    if (!needed) indexes_[key].erase({key_of(definition, values), &chain});
  }
  return drop_if_empty(chain);
}

bool TableStore::drop_if_empty(RowChain& chain) {
  if (!chain.versions.empty() || chain.is_locked()) return false;
  rows_.erase(chain.id);
  return true;
}

void TableStore::scan_next(const Snapshot& snapshot, std::size_t count, sql::ReadPosition& position,
                           std::vector<sql::StoredRow>& rows) const {
  auto row = rows_.upper_bound(position.row);
  for (; row != rows_.end() && count > 0; ++row, --count) {
    position.row = row->first;
    if (const Version* version = snapshot.version_of(row->second)) {
      rows.push_back({row->first, &version->values});
    }
  }
  position.at_end = row == rows_.end();
}

KeyIndex::const_iterator TableStore::first_of(const sql::KeyRange& range) const {
  const KeyIndex& index = indexes_[range.key];
  if (range.lower) {
    std::vector<sql::Value> from = range.equal;
    from.push_back(range.lower->value);
    return range.lower->inclusive ? index.lower_bound(KeyPrefix{from})
                                  : index.upper_bound(KeyPrefix{from});
  }
  return range.equal.empty() ? index.begin() : index.lower_bound(KeyPrefix{range.equal});
}

bool TableStore::is_past(const sql::KeyRange& range, const IndexEntry& entry) {
  const std::size_t equal = range.equal.size();
  if (compare_prefix(entry.key, range.equal, equal) != 0) return true;
  if (!range.upper) return false;
  const auto order = sql::compare(entry.key[equal], range.upper->value);
  return order > 0 || (order == 0 && !range.upper->inclusive);
}

KeyIndex::const_iterator TableStore::end_of(const sql::KeyRange& range) const {
  const KeyIndex& index = indexes_[range.key];
  if (range.upper) {
    std::vector<sql::Value> to = range.equal;
    to.push_back(range.upper->value);
    return range.upper->inclusive ? index.upper_bound(KeyPrefix{to})
                                  : index.lower_bound(KeyPrefix{to});
  }
  return range.equal.empty() ? index.end() : index.upper_bound(KeyPrefix{range.equal});
}

bool TableStore::is_before(const sql::KeyRange& range, const IndexEntry& entry) {
  const std::size_t equal = range.equal.size();
  if (compare_prefix(entry.key, range.equal, equal) != 0) return true;
  if (!range.lower) return false;
  const auto order = sql::compare(entry.key[equal], range.lower->value);
  return order < 0 || (order == 0 && !range.lower->inclusive);
}

void TableStore::find_next(const Snapshot& snapshot, const sql::KeyRange& range, std::size_t count,
                           sql::ReadPosition& position, std::vector<sql::StoredRow>& rows) const {
  const KeyIndex& index = indexes_[range.key];
  const sql::Key& key = table_->keys[range.key];
  const auto read = [&](const IndexEntry& entry) {
    position.entry = &entry;
    const RowChain& chain = *entry.chain;
    const Version* version = snapshot.version_of(chain);
    if (version == nullptr) return;
    // A row whose key was changed has an entry per key; only the visible version's counts.
    const bool counts = chain.versions.size() == 1 || (is_in_index(key, version->values) &&
                                                       key_equals(key, version->values, entry.key));
    if (counts) rows.push_back({chain.id, &version->values});
  };
  const auto* last = static_cast<const IndexEntry*>(position.entry);
  position.at_end = true;
  if (range.descending) {
    auto entry = last == nullptr ? end_of(range) : index.lower_bound(*last);
    while (entry != index.begin() && !is_before(range, *--entry)) {
      if (count-- == 0) {
        position.at_end = false;
        return;
      }
      read(*entry);
    }
    return;
  }
  auto entry = last == nullptr ? first_of(range) : index.upper_bound(*last);
  for (; entry != index.end() && !is_past(range, *entry); ++entry) {
    if (count-- == 0) {
      position.at_end = false;
      return;
    }
    read(*entry);
  }
}

void TableStore::scan(const Snapshot& snapshot, std::vector<sql::StoredRow>& rows) const {
  sql::ReadPosition position;
  scan_next(snapshot, kAll, position, rows);
}

void TableStore::find(const Snapshot& snapshot, const sql::KeyRange& range,
                      std::vector<sql::StoredRow>& rows) const {
  sql::ReadPosition position;
  find_next(snapshot, range, kAll, position, rows);
}

void TableStore::entries(const sql::KeyRange& range, std::vector<const IndexEntry*>& found) const {
  const KeyIndex& index = indexes_[range.key];
  for (auto entry = first_of(range); entry != index.end() && !is_past(range, *entry); ++entry) {
    found.push_back(&*entry);
  }
}

bool TableStore::same_keys(const sql::Row& a, const sql::Row& b) const {
  return std::all_of(table_->keys.begin(), table_->keys.end(), [&](const sql::Key& key) {
    return std::all_of(key.reads.begin(), key.reads.end(), [&](sql::ColumnId column) {
      return sql::compare(a[column], b[column]) == 0;
    });
  });
}

void TableStore::truncate(std::uint64_t position) {
  const auto survives = [&](const Stamp& stamp) {
    if (stamp.by != nullptr && stamp.by->state == TransactionState::prepared) return true;
    return stamp.by == nullptr && stamp.visible != 0 && stamp.position <= position;
  };
  for (auto row = rows_.begin(); row != rows_.end();) {
    RowChain& chain = row->second;
    ++row;  // before the row may go
    std::erase_if(chain.holders, [](const LockHolder& holder) {
      return holder.transaction->state != TransactionState::prepared;
    });
    chain.tuple_locks.clear();
    bool gone = false;
    for (std::size_t i = chain.versions.size(); i-- > 0 && !gone;) {
      if (!survives(chain.versions[i].made)) gone = remove_version(chain, i);
    }
    if (gone) continue;
    for (Version& version : chain.versions) {
      if (version.ended.is_set() && !survives(version.ended)) version.ended = Stamp{};
    }
    drop_if_empty(chain);
  }
  ++content_version;
}

void TableStore::clear() {
  for (KeyIndex& index : indexes_) index.clear();
  rows_.clear();
  ++content_version;
}

RowStore::RowStore(const sql::Catalog& catalog) {
  tables_.reserve(catalog.tables().size());
  for (const sql::Table& table : catalog.tables()) tables_.emplace_back(table);
}

void RowStore::ended(sql::TableId table, sql::RowId row, const Stamp& stamp) {
  ended_.push_back({table, row, stamp.visible, stamp.position});
}

void RowStore::prune(std::uint64_t oldest_horizon, std::uint64_t flushed_position) {
  while (!ended_.empty()) {
    const Ended next = ended_.front();
    if (next.visible > oldest_horizon || next.position > flushed_position) return;
    ended_.pop_front();
    TableStore& store = tables_[next.table];
    RowChain* chain = store.find(next.row);
    if (chain == nullptr) continue;
    for (std::size_t i = 0; i < chain->versions.size(); ++i) {
      const Stamp& ended = chain->versions[i].ended;
      if (ended.by != nullptr || ended.visible == 0 || ended.visible > next.visible) continue;
      if (store.remove_version(*chain, i)) break;
      --i;
    }
  }
}

void RowStore::truncate(std::uint64_t position) {
  for (TableStore& table : tables_) table.truncate(position);
  std::erase_if(ended_, [&](const Ended& entry) { return entry.position > position; });
}

void RowStore::clear() {
  for (TableStore& table : tables_) table.clear();
  ended_.clear();
}

std::size_t RowStore::version_count() const {
  std::size_t count = 0;
  for (const TableStore& table : tables_) {
    for (const auto& [id, chain] : table.rows()) count += chain.versions.size();
  }
  return count;
}

void SnapshotView::scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const {
  store_.table(table).scan(snapshot_, rows);
}

void SnapshotView::find(sql::TableId table, const sql::KeyRange& range,
                        std::vector<sql::StoredRow>& rows) const {
  store_.table(table).find(snapshot_, range, rows);
}

void SnapshotView::scan_next(sql::TableId table, std::size_t count, sql::ReadPosition& position,
                             std::vector<sql::StoredRow>& rows) const {
  store_.table(table).scan_next(snapshot_, count, position, rows);
}

void SnapshotView::find_next(sql::TableId table, const sql::KeyRange& range, std::size_t count,
                             sql::ReadPosition& position, std::vector<sql::StoredRow>& rows) const {
  store_.table(table).find_next(snapshot_, range, count, position, rows);
}

const sql::Row* SnapshotView::row(sql::TableId table, sql::RowId id) const {
  const RowChain* chain = store_.table(table).find(id);
  if (chain == nullptr) return nullptr;
  const Version* version = snapshot_.version_of(*chain);
  return version == nullptr ? nullptr : &version->values;
}

}  // namespace halfwrite::database
