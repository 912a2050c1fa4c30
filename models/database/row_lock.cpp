#include "models/database/row_lock.hpp"

#include "models/database/errors.hpp"
#include "sim/assert.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>

namespace halfwrite::database {

bool conflicts(sql::LockStrength a, sql::LockStrength b) {
  using enum sql::LockStrength;
  if (a > b) std::swap(a, b);
  switch (b) {
    case update:
      return true;
    case no_key_update:
      return a != key_share;
    case share:
    case key_share:
      return false;
  }
  return true;
}

// Who holds a lock on the row and wants a stronger one does not stand in the queue (heapam.c,
// skip_tuple_lock): those who wait there wait for him.
bool RowLocks::holds(const RowChain& row, const Transaction& transaction) {
  return std::any_of(row.holders.begin(), row.holders.end(),
                     [&](const LockHolder& h) { return h.transaction == &transaction; });
}

bool RowLocks::is_free(const RowChain& row, const Transaction& transaction,
                       sql::LockStrength strength, std::size_t queue_before) const {
  for (const LockHolder& holder : row.holders) {
    if (holder.transaction != &transaction && conflicts(holder.strength, strength)) return false;
  }
  if (holds(row, transaction)) return true;
  for (std::size_t i = 0; i < queue_before; ++i) {
    const Waiting& earlier = *row.queue[i];
    if (!earlier.granted && conflicts(earlier.strength, strength)) return false;
  }
  return true;
}

void RowLocks::take(Transaction& transaction, RowChain& row, sql::LockStrength strength) {
  for (LockHolder& holder : row.holders) {
    if (holder.transaction != &transaction) continue;
    if (holder.strength >= strength) return;
    transaction.locks.push_back({&row, holder.strength});
    holder.strength = strength;
    return;
  }
  row.holders.push_back({&transaction, strength});
  transaction.locks.push_back({&row, std::nullopt});
}

sql::Expected<LockOutcome> RowLocks::lock(Transaction& transaction, RowChain& row,
                                          sql::LockStrength strength, sql::LockWait policy,
                                          const WaitLimits& limits) {
  // Who asks while others wait may pass them only if he does not conflict with a holder:
  // PostgreSQL queues on the tuple only those that must sleep.
  if (is_free(row, transaction, strength, 0)) {
    take(transaction, row, strength);
    return LockOutcome::granted;
  }
  if (policy != sql::LockWait::wait) passes_over();
  if (policy == sql::LockWait::skip_locked) return LockOutcome::skipped;
  if (policy == sql::LockWait::nowait) {
    return error_of("55P03", "could not obtain lock on row in relation \"" +
                                 store_.table(row.table).table().name + "\"");
  }
  Waiting waiting;
  waiting.waiter = &transaction;
  waiting.row = &row;
  waiting.strength = strength;
  row.queue.push_back(&waiting);
  sql::Expected<sql::Done> waited = wait(waiting, limits);
  if (!waited) return waited.error();
  return LockOutcome::granted;
}

sql::Expected<sql::Done> RowLocks::wait_for_end(Transaction& transaction, Transaction& target,
                                                const WaitLimits& limits) {
  Waiting waiting;
  waiting.waiter = &transaction;
  waiting.target = &target;
  target.awaited_by.push_back(&waiting);
  return wait(waiting, limits);
}

sql::Expected<sql::Done> RowLocks::wait(Waiting& waiting, const WaitLimits& limits) {
  sql::Expected<sql::Done> waited = waits_.wait(waiting, limits);
  if (!waited) give_up(waiting);
  return waited;
}

void RowLocks::passes_over() {
  sim::look_again(simulation_);
}

void RowLocks::give_up(Waiting& waiting) {
  passes_over();
  if (waiting.row != nullptr) {
    std::erase(waiting.row->queue, &waiting);
    grant_waiters(*waiting.row);
    store_.table(waiting.row->table).drop_if_empty(*waiting.row);
  } else {
    std::erase(waiting.target->awaited_by, &waiting);
  }
}

void RowLocks::grant_waiters(RowChain& row) {
  std::size_t i = 0;
  while (i < row.queue.size()) {
    Waiting& waiting = *row.queue[i];
    if (!is_free(row, *waiting.waiter, waiting.strength, i)) {
      ++i;
      continue;
    }
    row.queue.erase(row.queue.begin() + static_cast<std::ptrdiff_t>(i));
    take(*waiting.waiter, row, waiting.strength);
    waiting.granted = true;
    simulation_.wake(waiting.fiber);
  }
}

void RowLocks::release(Transaction& transaction, std::size_t keep) {
  while (transaction.locks.size() > keep) {
    const HeldLock held = transaction.locks.back();
    transaction.locks.pop_back();
    RowChain& row = *held.chain;
    const auto holder =
        std::find_if(row.holders.begin(), row.holders.end(),
                     [&](const LockHolder& h) { return h.transaction == &transaction; });
    HALFWRITE_ASSERT(holder != row.holders.end(), "a row lock was released that nobody holds");
    if (held.before) {
      holder->strength = *held.before;
    } else {
      row.holders.erase(holder);
    }
    grant_waiters(row);
    store_.table(row.table).drop_if_empty(row);
  }
}

void RowLocks::announce_end(Transaction& transaction) {
  for (Waiting* waiting : transaction.awaited_by) {
    waiting->granted = true;
    simulation_.wake(waiting->fiber);
  }
  transaction.awaited_by.clear();
}

}  // namespace halfwrite::database
