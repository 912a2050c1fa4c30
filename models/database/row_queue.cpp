// The queue at a version of a row: who may sleep until those in the way have ended, and who waits
// for that. README.tuplock: it keeps the order of those who wait, which the transactions they wait
// for do not.
#include "models/database/row_lock.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

TupleLock* find_tuple(const RowChain& row, std::uint64_t version) {
  const auto known = std::find_if(row.tuple_locks.begin(), row.tuple_locks.end(),
                                  [&](const auto& tuple) { return tuple->version == version; });
  return known == row.tuple_locks.end() ? nullptr : known->get();
}

TupleLock& tuple_at(RowChain& row, std::uint64_t version) {
  if (TupleLock* known = find_tuple(row, version)) return *known;
  row.tuple_locks.push_back(std::make_unique<TupleLock>());
  row.tuple_locks.back()->version = version;
  return *row.tuple_locks.back();
}

}  // namespace

bool RowLocks::stands_behind(const Errand& errand, const RowChain& row) {
  if (errand.request.strength != sql::LockStrength::share || !row.had_writer) return false;
  if (errand.skips_queue || errand.tuple != nullptr) return false;
  const TupleLock* tuple = find_tuple(row, errand.at);
  return tuple != nullptr && must_wait(errand, *tuple);
}

bool RowLocks::must_wait(const Errand& errand, const TupleLock& tuple) {
  const sql::LockStrength strength = errand.request.strength;
  return holder_in_the_way(tuple.granted, errand.transaction, strength) != nullptr ||
         std::any_of(tuple.queue.begin(), tuple.queue.end(), [&](const Waiting* earlier) {
           return conflicts(earlier->strength, strength);
         });
}

sql::Expected<sql::Done> RowLocks::take_tuple(Errand& errand, RowChain& row, bool& waited) {
  TupleLock& tuple = tuple_at(row, errand.at);
  const sql::LockStrength strength = errand.request.strength;
  waited = must_wait(errand, tuple);
  if (!waited) {
    tuple.granted.push_back({&errand.transaction, strength, errand.at});
    errand.tuple = &tuple;
    return sql::Done{};
  }
  Waiting waiting;
  waiting.waiter = &errand.transaction;
  waiting.row = errand.row;
  waiting.strength = strength;
  waiting.tuple = &tuple;
  tuple.queue.push_back(&waiting);
  sql::Expected<sql::Done> granted = waits_.wait(waiting, errand.limits);
  if (granted) {
    errand.tuple = &tuple;
    return granted;
  }
  passes_over();
  std::erase(tuple.queue, &waiting);
  grant_waiters(tuple);
  drop_tuple_if_unused(errand.row, tuple);
  return granted;
}

void RowLocks::grant_waiters(TupleLock& tuple) {
  std::size_t i = 0;
  while (i < tuple.queue.size()) {
    Waiting& waiting = *tuple.queue[i];
    const bool stands_behind = std::any_of(
        tuple.queue.begin(), tuple.queue.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const Waiting* earlier) { return conflicts(earlier->strength, waiting.strength); });
    if (stands_behind ||
        holder_in_the_way(tuple.granted, *waiting.waiter, waiting.strength) != nullptr) {
      ++i;
      continue;
    }
    tuple.queue.erase(tuple.queue.begin() + static_cast<std::ptrdiff_t>(i));
    tuple.granted.push_back({waiting.waiter, waiting.strength, tuple.version});
    waiting.granted = true;
    simulation_.wake(waiting.fiber);
  }
}

void RowLocks::release_tuple(Errand& errand) {
  if (errand.tuple == nullptr) return;
  TupleLock& tuple = *errand.tuple;
  errand.tuple = nullptr;
  std::erase_if(tuple.granted, [&](const LockHolder& holder) {
    return holder.transaction == &errand.transaction;
  });
  grant_waiters(tuple);
  drop_tuple_if_unused(errand.row, tuple);
}

void RowLocks::drop_tuple_if_unused(AwaitedRow row, const TupleLock& tuple) {
  if (!tuple.granted.empty() || !tuple.queue.empty()) return;
  TableStore& table = store_.table(row.table);
  RowChain& chain = *table.find(row.row);
  std::erase_if(chain.tuple_locks, [&](const auto& other) { return other.get() == &tuple; });
  table.drop_if_empty(chain);
}

}  // namespace halfwrite::database
