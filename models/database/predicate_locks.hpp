// The read locks of one serializable transaction (PostgreSQL: SIREAD locks, predicate.c): what it
// looked at, also where it found nothing. They block nobody; who writes what they cover learns of
// it. Coarser locks replace finer ones as in PostgreSQL, so their number is bounded.
#pragma once

#include "models/database/row_store.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace halfwrite::database {

// One committed version of a row: a lock is on what was read, not on what the row becomes.
struct VersionId {
  sql::RowId row = 0;
  std::uint64_t visible = 0;
  auto operator<=>(const VersionId&) const = default;
};

class PredicateLocks {
 public:
  void lock_table(sql::TableId table);
  void lock_version(sql::TableId table, VersionId version);
  // The range, or the whole index where all its entries lie on one page.
  void lock_range(sql::TableId table, const sql::KeyRange& range, std::size_t entries);
  // What its holder writes itself needs no read lock.
  void unlock_version(sql::TableId table, VersionId version);
  void clear() { tables_.clear(); }

  bool covers_table(sql::TableId table) const;
  bool covers_version(sql::TableId table, VersionId version) const;
  // Would an index entry for this row lie where the holder looked?
  bool covers_key(sql::TableId table, sql::KeyId id, const KeyOfRow& row) const;

 private:
  struct Page {
    bool whole = false;
    std::set<VersionId> versions;
  };
  struct Index {
    bool whole = false;
    std::vector<sql::KeyRange> ranges;
  };
  struct Table {
    bool whole = false;
    std::size_t finer = 0;  // locks on pages and versions
    std::map<sql::RowId, Page> pages;
    std::map<sql::KeyId, Index> indexes;
  };
  std::map<sql::TableId, Table> tables_;
};

}  // namespace halfwrite::database
