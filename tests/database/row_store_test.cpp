// The multi-version store by itself: what a snapshot sees, what pruning and a crash remove.
#include "models/database/row_store.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace halfwrite::database {

namespace {

const std::vector<std::string> schema{"create table test(id int primary key, value int)"};

sql::Row row_of(std::int64_t id, std::int64_t value) {
  return {sql::Value::of(sql::TypeKind::integer, id),
          sql::Value::of(sql::TypeKind::integer, value)};
}

// A settled version on top of the chain, the one below ended by it.
void settle(RowStore& store, RowChain& chain, sql::Row row, std::uint64_t number) {
  const Stamp stamp{number, number, nullptr, 0};
  if (!chain.versions.empty()) {
    chain.versions.back().ended = stamp;
    store.ended(chain.table, chain.id, stamp);
  }
  chain.versions.push_back({std::move(row), stamp, {}});
  store.table(chain.table).add_entry(0, chain);
}

std::vector<std::int64_t> values(const RowStore& store, std::uint64_t horizon) {
  std::vector<sql::StoredRow> rows;
  SnapshotView(store, {horizon, nullptr, 0}).scan(0, rows);
  std::vector<std::int64_t> found;
  for (const sql::StoredRow& row : rows) found.push_back((*row.values)[1].integer());
  return found;
}

}  // namespace

TEST_CASE("versions that nobody can see any more are gone, so that memory stays flat") {
  const sql::Catalog catalog = sql::Catalog::build(schema).catalog;
  RowStore store(catalog);
  RowChain& chain = store.table(0).add_row();
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    settle(store, chain, row_of(static_cast<std::int64_t>(number), 7), number);
    store.prune(number, number);
  }
  CHECK(store.version_count() == 1);
  CHECK(store.table(0).index(0).size() == 1);
}

TEST_CASE("a version stays while a snapshot needs it or its end is not flushed") {
  const sql::Catalog catalog = sql::Catalog::build(schema).catalog;
  RowStore store(catalog);
  RowChain& chain = store.table(0).add_row();
  settle(store, chain, row_of(1, 10), 1);
  settle(store, chain, row_of(1, 20), 2);
  store.prune(1, 2);
  CHECK(values(store, 1) == std::vector<std::int64_t>{10});
  store.prune(2, 1);
  CHECK(values(store, 1) == std::vector<std::int64_t>{10});
  CHECK(values(store, 2) == std::vector<std::int64_t>{20});
  store.prune(2, 2);
  CHECK(values(store, 1).empty());
  CHECK(values(store, 2) == std::vector<std::int64_t>{20});
}

TEST_CASE("a crash drops what lies after a position, and brings back what that had ended") {
  const sql::Catalog catalog = sql::Catalog::build(schema).catalog;
  RowStore store(catalog);
  RowChain& first = store.table(0).add_row();
  settle(store, first, row_of(1, 10), 1);
  settle(store, first, row_of(1, 20), 3);
  settle(store, store.table(0).add_row(), row_of(2, 30), 4);
  store.truncate(2);
  CHECK(values(store, ~0ull) == std::vector<std::int64_t>{10});
  CHECK(store.table(0).rows().size() == 1);
  CHECK(store.table(0).index(0).size() == 1);
}

TEST_CASE("a range finds each row once, by the key its visible version has") {
  const sql::Catalog catalog = sql::Catalog::build(schema).catalog;
  RowStore store(catalog);
  RowChain& chain = store.table(0).add_row();
  settle(store, chain, row_of(1, 10), 1);
  settle(store, chain, row_of(5, 10), 2);
  settle(store, store.table(0).add_row(), row_of(3, 30), 2);
  sql::KeyRange range;
  range.lower = sql::Bound{sql::Value::of(sql::TypeKind::integer, 1), true};
  std::vector<sql::StoredRow> rows;
  SnapshotView(store, {2, nullptr, 0}).find(0, range, rows);
  CHECK(rows.size() == 2);
  rows.clear();
  SnapshotView(store, {1, nullptr, 0}).find(0, range, rows);
  CHECK(rows.size() == 1);
  rows.clear();
  range.lower->inclusive = false;
  range.upper = sql::Bound{sql::Value::of(sql::TypeKind::integer, 5), false};
  SnapshotView(store, {2, nullptr, 0}).find(0, range, rows);
  CHECK(rows.size() == 1);
}

TEST_CASE("a range is read in pieces, in the order of its key or backwards") {
  const sql::Catalog catalog = sql::Catalog::build(schema).catalog;
  RowStore store(catalog);
  for (std::int64_t number = 20; number > 0; --number)
    settle(store, store.table(0).add_row(), row_of(number, number * 10), 1);
  const SnapshotView view(store, {1, nullptr, 0});
  for (const bool descending : {false, true}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{16}}) {
      CAPTURE(descending, piece);
      sql::KeyRange range;
      range.lower = sql::Bound{sql::Value::of(sql::TypeKind::integer, 3), false};
      range.upper = sql::Bound{sql::Value::of(sql::TypeKind::integer, 19), true};
      range.descending = descending;
      std::vector<std::int64_t> read;
      sql::ReadPosition position;
      while (!position.at_end) {
        std::vector<sql::StoredRow> rows;
        view.find_next(0, range, piece, position, rows);
        CHECK(rows.size() <= piece);
        for (const sql::StoredRow& row : rows) read.push_back((*row.values)[0].integer());
      }
      CHECK(read.size() == 16);
      CHECK(read.front() == (descending ? 19 : 4));
      CHECK((descending ? std::is_sorted(read.rbegin(), read.rend())
                        : std::is_sorted(read.begin(), read.end())));
    }
  }
}

TEST_CASE("a partial index holds a row while the newest or an older version belongs to it") {
  const std::vector<std::string> ddl{"CREATE TABLE jobs (id INT PRIMARY KEY, done BOOLEAN)",
                                     "CREATE INDEX ON jobs (id) WHERE NOT done"};
  const sql::Catalog catalog = sql::Catalog::build(ddl).catalog;
  RowStore store(catalog);
  const auto job = [](bool done) {
    return sql::Row{sql::Value::of(sql::TypeKind::integer, 1), sql::Value::boolean(done),
                    sql::Value::boolean(!done)};
  };
  RowChain& chain = store.table(0).add_row();
  settle(store, chain, job(false), 1);
  store.table(0).add_entry(1, chain);
  CHECK(store.table(0).index(1).size() == 1);
  settle(store, chain, job(true), 2);
  store.table(0).add_entry(1, chain);
  const auto found = [&](std::uint64_t horizon) {
    std::vector<sql::StoredRow> rows;
    sql::KeyRange range;
    range.key = 1;
    SnapshotView(store, {horizon, nullptr, 0}).find(0, range, rows);
    return rows.size();
  };
  CHECK(found(1) == 1);
  CHECK(found(2) == 0);
  store.prune(2, 2);
  CHECK(store.table(0).index(1).empty());
  CHECK(store.table(0).index(0).size() == 1);
}

}  // namespace halfwrite::database
