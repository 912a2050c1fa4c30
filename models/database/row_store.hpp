// The rows of one database, every version that somebody may still need: RowId -> chain of versions,
// each stamped with what made it and what ended it, and the indexes of the catalog's keys over all
// versions. It knows neither waiting nor the log; callers hold the right row lock before they
// change a row.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/statement.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace halfwrite::database {

class Transaction;
struct Waiting;

// When a version began or ceased to be. While its transaction runs, `by` names it; afterwards
// `visible` says in which order it became visible, and `position` where it lies in the log.
struct Stamp {
  std::uint64_t visible = 0;
  std::uint64_t position = 0;
  Transaction* by = nullptr;
  std::uint32_t command = 0;  // of the transaction, while it runs
  bool is_set() const { return visible != 0 || by != nullptr; }
};

struct Version {
  sql::Row values;
  Stamp made;
  Stamp ended;
  bool key_ended = false;  // by who had locked its key as well (PostgreSQL: HEAP_KEYS_UPDATED)
  bool replaced = false;   // another version came after it, and may be gone by now
};

struct LockHolder {
  Transaction* transaction = nullptr;
  sql::LockStrength strength = sql::LockStrength::key_share;
  std::uint64_t from = 0;  // the oldest version it has locked, by its order of visibility
};

// Who may sleep until those who lock a version are gone, and who queues for that (PostgreSQL: the
// heavyweight lock on a tuple, which keeps the order of those who wait at one version).
struct TupleLock {
  std::uint64_t version = 0;  // in which order it became visible
  std::vector<LockHolder> granted;
  std::vector<Waiting*> queue;  // first come, first served
};

// One logical row: its versions, oldest first, who holds its lock and who queues at which version.
struct RowChain {
  sql::RowId id = 0;
  sql::TableId table = 0;
  boost::container::small_vector<Version, 1> versions;  // as a rule there is one
  std::vector<LockHolder> holders;
  // Beside these holders somebody had a lock for writers that ended or was undone, and nobody has
  // locked the row since (PostgreSQL: the multixact still counts it, HEAP_XMAX_EXCL_LOCK).
  bool had_writer = false;
  std::vector<std::unique_ptr<TupleLock>> tuple_locks;
  std::uint64_t counted_by = 0;  // the transaction that counted it as changed last
  bool is_locked() const { return !holders.empty() || !tuple_locks.empty(); }
};

// What one statement sees: everything that became visible up to `horizon`, and its own
// transaction's earlier commands.
struct Snapshot {
  std::uint64_t horizon = ~0ull;
  const Transaction* own = nullptr;
  std::uint32_t command = 0;

  bool covers(const Stamp& stamp) const {
    if (stamp.by != nullptr) return stamp.by == own && stamp.command < command;
    return stamp.visible != 0 && stamp.visible <= horizon;
  }
  const Version* version_of(const RowChain& chain) const {
    for (auto version = chain.versions.rbegin(); version != chain.versions.rend(); ++version) {
      if (covers(version->made)) return covers(version->ended) ? nullptr : &*version;
    }
    return nullptr;
  }
};

// As a rule of one column.
using IndexKey = boost::container::small_vector<sql::Value, 1>;

// Compares the leading columns of index entries; entries of equal keys lie in order of insertion.
struct IndexEntry {
  IndexKey key;
  RowChain* chain = nullptr;
};
struct KeyPrefix {
  std::span<const sql::Value> values;
};
// The key of a row, where it lies.
struct KeyOfRow {
  const sql::Key& key;
  const sql::Row& row;
};
struct IndexOrder {
  using is_transparent = void;
  bool operator()(const IndexEntry& a, const IndexEntry& b) const;
  bool operator()(const IndexEntry& a, const KeyPrefix& b) const;
  bool operator()(const KeyPrefix& a, const IndexEntry& b) const;
  bool operator()(const IndexEntry& a, const KeyOfRow& b) const;
  bool operator()(const KeyOfRow& a, const IndexEntry& b) const;
};
using KeyIndex = std::set<IndexEntry, IndexOrder>;

// A partial index holds the rows whose condition is true.
bool is_in_index(const sql::Key& key, const sql::Row& row);
// Their entries are the same, or neither has one.
bool same_key(const sql::Key& key, const sql::Row& a, const sql::Row& b);
bool same_unique_keys(const sql::Table& table, const sql::Row& a, const sql::Row& b);
bool key_equals(const sql::Key& key, const sql::Row& row, std::span<const sql::Value> values);
IndexKey key_of(const sql::Key& key, const sql::Row& row);

class TableStore {
 public:
  explicit TableStore(const sql::Table& table) : table_(&table), indexes_(table.keys.size()) {}

  const sql::Table& table() const { return *table_; }
  RowChain* find(sql::RowId id);
  const RowChain* find(sql::RowId id) const;
  const std::map<sql::RowId, RowChain>& rows() const { return rows_; }
  const KeyIndex& index(sql::KeyId key) const { return indexes_[key]; }

  // A new row without a version. Its id is greater than all before.
  RowChain& add_row();
  // The same under the id that the row has on the primary.
  RowChain& add_row(sql::RowId id);
  // The newest version's entry in one index. A second time it changes nothing.
  void add_entry(sql::KeyId key, RowChain& chain);
  // Removes a version with the index entries only it had, and the row with its last version unless
  // somebody holds or awaits its lock. True if the row is gone.
  bool remove_version(RowChain& chain, std::size_t version);
  // Drops a row that has no versions left and is not locked.
  bool drop_if_empty(RowChain& chain);

  void scan_next(const Snapshot& snapshot, std::size_t count, sql::ReadPosition& position,
                 std::vector<sql::StoredRow>& rows) const;
  void find_next(const Snapshot& snapshot, const sql::KeyRange& range, std::size_t count,
                 sql::ReadPosition& position, std::vector<sql::StoredRow>& rows) const;
  void scan(const Snapshot& snapshot, std::vector<sql::StoredRow>& rows) const;
  void find(const Snapshot& snapshot, const sql::KeyRange& range,
            std::vector<sql::StoredRow>& rows) const;
  // The index entries of a range, of whatever versions.
  void entries(const sql::KeyRange& range, std::vector<const IndexEntry*>& found) const;
  // In all that the table's indexes are made of: an update between the two adds no index entry.
  bool same_keys(const sql::Row& a, const sql::Row& b) const;

  // After a crash: forgets versions whose making is not settled at or before `position`, and
  // endings likewise; locks are gone too. What prepared transactions did and locked stays.
  void truncate(std::uint64_t position);
  void clear();

  std::uint64_t content_version = 0;  // changes whenever the visible content does

 private:
  KeyIndex::const_iterator first_of(const sql::KeyRange& range) const;
  KeyIndex::const_iterator end_of(const sql::KeyRange& range) const;
  static bool is_before(const sql::KeyRange& range, const IndexEntry& entry);
  static bool is_past(const sql::KeyRange& range, const IndexEntry& entry);

  const sql::Table* table_;
  std::map<sql::RowId, RowChain> rows_;
  std::vector<KeyIndex> indexes_;
  sql::RowId last_id_ = 0;
};

class RowStore {
 public:
  explicit RowStore(const sql::Catalog& catalog);
  TableStore& table(sql::TableId id) { return tables_[id]; }
  const TableStore& table(sql::TableId id) const { return tables_[id]; }
  std::size_t table_count() const { return tables_.size(); }

  // A version was ended at this order of visibility and log position: it may be pruned once no
  // snapshot can see it and the ending is flushed.
  void ended(sql::TableId table, sql::RowId row, const Stamp& stamp);
  void prune(std::uint64_t oldest_horizon, std::uint64_t flushed_position);
  void truncate(std::uint64_t position);
  void clear();  // the disk is lost
  std::size_t prunable() const { return ended_.size(); }
  std::size_t version_count() const;

 private:
  struct Ended {
    sql::TableId table;
    sql::RowId row;
    std::uint64_t visible;
    std::uint64_t position;
  };
  std::vector<TableStore> tables_;
  std::deque<Ended> ended_;  // in order of visibility
};

// A ReadView of the store at one snapshot. With the default snapshot: all that is visible now.
class SnapshotView final : public sql::ReadView {
 public:
  explicit SnapshotView(const RowStore& store, Snapshot snapshot = {})
      : store_(store), snapshot_(snapshot) {}
  const Snapshot& snapshot() const { return snapshot_; }

  void scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const override;
  void find(sql::TableId table, const sql::KeyRange& range,
            std::vector<sql::StoredRow>& rows) const override;
  void scan_next(sql::TableId table, std::size_t count, sql::ReadPosition& position,
                 std::vector<sql::StoredRow>& rows) const override;
  void find_next(sql::TableId table, const sql::KeyRange& range, std::size_t count,
                 sql::ReadPosition& position, std::vector<sql::StoredRow>& rows) const override;
  const sql::Row* row(sql::TableId table, sql::RowId id) const override;

 private:
  const RowStore& store_;
  Snapshot snapshot_;
};

}  // namespace halfwrite::database
