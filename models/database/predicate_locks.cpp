#include "models/database/predicate_locks.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

// PostgreSQL's defaults: max_pred_locks_per_page = 2, and of max_pred_locks_per_relation = -2 with
// 64 locks per transaction: 31.
constexpr std::size_t kVersionsPerPage = 2;
constexpr std::size_t kFinerPerRelation = 31;
// A page of 8 kB holds some 130 rows of a few columns, and 407 index entries of an integer or a
// short text.
constexpr sql::RowId kRowsPerPage = 128;
constexpr std::size_t kEntriesPerPage = 400;

sql::RowId page_of(sql::RowId row) {
  return (row - 1) / kRowsPerPage;
}

bool same_bound(const std::optional<sql::Bound>& a, const std::optional<sql::Bound>& b) {
  if (!a || !b) return !a && !b;
  return a->inclusive == b->inclusive && sql::compare(a->value, b->value) == 0;
}

bool same_range(const sql::KeyRange& a, const sql::KeyRange& b) {
  return std::equal(
             a.equal.begin(), a.equal.end(), b.equal.begin(), b.equal.end(),
             [](const sql::Value& x, const sql::Value& y) { return sql::compare(x, y) == 0; }) &&
         same_bound(a.lower, b.lower) && same_bound(a.upper, b.upper);
}

bool contains(const sql::KeyRange& range, const KeyOfRow& row) {
  const std::size_t equal = range.equal.size();
  for (std::size_t i = 0; i < equal; ++i) {
    if (sql::compare(row.row[row.key.columns[i]], range.equal[i]) != 0) return false;
  }
  if (!range.lower && !range.upper) return true;
  const sql::Value& value = row.row[row.key.columns[equal]];
  if (range.lower) {
    const auto order = sql::compare(value, range.lower->value);
    if (order < 0 || (order == 0 && !range.lower->inclusive)) return false;
  }
  if (range.upper) {
    const auto order = sql::compare(value, range.upper->value);
    if (order > 0 || (order == 0 && !range.upper->inclusive)) return false;
  }
  return true;
}

}  // namespace

void PredicateLocks::lock_table(sql::TableId table) {
  Table& locks = tables_[table];
  locks.whole = true;
  locks.finer = 0;
  locks.pages.clear();
}

void PredicateLocks::lock_version(sql::TableId table, VersionId version) {
  Table& locks = tables_[table];
  if (locks.whole) return;
  Page& page = locks.pages[page_of(version.row)];
  if (page.whole || !page.versions.insert(version).second) return;
  ++locks.finer;
  if (page.versions.size() > kVersionsPerPage && locks.finer <= kFinerPerRelation) {
    page.whole = true;
    ++locks.finer;
  }
  if (locks.finer > kFinerPerRelation) {
    lock_table(table);
  } else if (page.whole) {
    locks.finer -= page.versions.size();
    page.versions.clear();
  }
}

void PredicateLocks::lock_range(sql::TableId table, const sql::KeyRange& range,
                                std::size_t entries) {
  Index& index = tables_[table].indexes[range.key];
  if (index.whole) return;
  const bool known = std::any_of(index.ranges.begin(), index.ranges.end(),
                                 [&](const auto& other) { return same_range(other, range); });
  if (!known) index.ranges.push_back(range);
  if (entries <= kEntriesPerPage || index.ranges.size() > kFinerPerRelation) {
    index.whole = true;
    index.ranges.clear();
  }
}

void PredicateLocks::unlock_version(sql::TableId table, VersionId version) {
  const auto locks = tables_.find(table);
  if (locks == tables_.end()) return;
  const auto page = locks->second.pages.find(page_of(version.row));
  if (page == locks->second.pages.end()) return;
  locks->second.finer -= page->second.versions.erase(version);
}

bool PredicateLocks::covers_table(sql::TableId table) const {
  const auto locks = tables_.find(table);
  return locks != tables_.end() && locks->second.whole;
}

bool PredicateLocks::covers_version(sql::TableId table, VersionId version) const {
  const auto locks = tables_.find(table);
  if (locks == tables_.end()) return false;
  if (locks->second.whole) return true;
  const auto page = locks->second.pages.find(page_of(version.row));
  if (page == locks->second.pages.end()) return false;
  return page->second.whole || page->second.versions.contains(version);
}

bool PredicateLocks::covers_key(sql::TableId table, sql::KeyId id, const KeyOfRow& row) const {
  const auto locks = tables_.find(table);
  if (locks == tables_.end()) return false;
  const auto index = locks->second.indexes.find(id);
  if (index == locks->second.indexes.end()) return false;
  const std::vector<sql::KeyRange>& ranges = index->second.ranges;
  return index->second.whole || std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
           return contains(range, row);
         });
}

}  // namespace halfwrite::database
