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

// Each wait starts one deadlock timer; who finds no cycle when it fires waits on without another
// (PostgreSQL, proc.c), so the victim is the waiter whose timer fires after the cycle is closed.
sql::Expected<sql::Done> RowLocks::wait(Waiting& waiting, const WaitLimits& limits) {
  HALFWRITE_ASSERT(simulation_.on_fiber(), "a statement had to wait outside the run");
  waiting.fiber = simulation_.current_fiber();
  waiting.waiter->waiting = &waiting;
  const sim::OpenThing named(simulation_.quiescence(),
                             [this, &waiting] { return describe(waiting); });
  const sim::Place place{simulation_.names().of("lock")};
  const sim::Instant began = simulation_.now();
  const sim::Instant lock_deadline =
      limits.lock_timeout ? began + *limits.lock_timeout : sim::Instant::never();
  sim::Instant deadlock_check = began + limits.deadlock_timeout;
  std::optional<sql::SqlError> error;
  while (!waiting.granted && !error) {
    const sim::Instant next = std::min({deadlock_check, lock_deadline, limits.statement_deadline});
    simulation_.suspend(place, next == sim::Instant::never() ? sim::Duration::for_ever()
                                                             : next - simulation_.now());
    if (waiting.granted) break;
    const sim::Instant now = simulation_.now();
    if (now >= deadlock_check) {
      deadlock_check = sim::Instant::never();
      if (closes_cycle(*waiting.waiter)) error = deadlock_error(waiting);
    }
    if (!error && now >= lock_deadline) {
      error = error_of("55P03", "canceling statement due to lock timeout");
    }
    if (!error && now >= limits.statement_deadline) {
      error = error_of("57014", "canceling statement due to statement timeout");
    }
  }
  waiting.waiter->waiting = nullptr;
  if (error) {
    give_up(waiting);
    return *error;
  }
  return sql::Done{};
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

void RowLocks::add_blockers(const Waiting& waiting,
                            std::vector<const Transaction*>& blockers) const {
  if (waiting.target != nullptr) {
    blockers.push_back(waiting.target);
    return;
  }
  for (const LockHolder& holder : waiting.row->holders) {
    if (holder.transaction != waiting.waiter && conflicts(holder.strength, waiting.strength)) {
      blockers.push_back(holder.transaction);
    }
  }
  if (holds(*waiting.row, *waiting.waiter)) return;
  for (const Waiting* earlier : waiting.row->queue) {
    if (earlier == &waiting) break;
    if (conflicts(earlier->strength, waiting.strength)) blockers.push_back(earlier->waiter);
  }
}

bool RowLocks::closes_cycle(const Transaction& transaction) const {
  std::vector<const Transaction*> reached;
  add_blockers(*transaction.waiting, reached);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == &transaction) return true;
    if (reached[i]->waiting == nullptr) continue;
    std::vector<const Transaction*> further;
    add_blockers(*reached[i]->waiting, further);
    for (const Transaction* next : further) {
      if (std::find(reached.begin(), reached.end(), next) == reached.end()) reached.push_back(next);
    }
  }
  return false;
}

std::string RowLocks::describe(const Waiting& waiting) const {
  const sim::Names& names = simulation_.names();
  std::vector<const Transaction*> blockers;
  add_blockers(waiting, blockers);
  std::string text =
      std::string(names.text(waiting.waiter->client)) + " waits in " + database_ + " for ";
  if (waiting.row != nullptr) {
    text += "a lock on row " + std::to_string(waiting.row->id) + " of table " +
            store_.table(waiting.row->table).table().name;
  } else {
    text += "the end of a transaction";
  }
  if (!blockers.empty()) text += ", held by " + std::string(names.text(blockers.front()->client));
  return text;
}

sql::SqlError RowLocks::deadlock_error(const Waiting& waiting) const {
  std::vector<const Transaction*> blockers;
  add_blockers(waiting, blockers);
  std::string detail = describe(waiting);
  return error_of("40P01", "deadlock detected", detail + ".");
}

}  // namespace halfwrite::database
