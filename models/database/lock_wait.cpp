#include "models/database/lock_wait.hpp"

#include "models/database/advisory_locks.hpp"
#include "models/database/deadlock.hpp"
#include "models/database/errors.hpp"
#include "models/database/row_lock.hpp"
#include "sim/assert.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

// A prepared transaction belongs to nobody.
std::string holder_name(const Transaction& transaction, const sim::Names& names) {
  if (transaction.state != TransactionState::prepared) {
    return std::string(names.text(transaction.client));
  }
  return "prepared transaction '" + *transaction.gid + "'";
}

}  // namespace

// Each wait starts one deadlock timer; who finds no cycle when it fires waits on without another
// (PostgreSQL, proc.c), so the victim is the waiter whose timer fires after the cycle is closed.
sql::Expected<sql::Done> LockWaits::wait(Waiting& waiting, const WaitLimits& limits) {
  HALFWRITE_ASSERT(simulation_.on_fiber(), "a statement had to wait outside the run");
  waiting.fiber = simulation_.current_fiber();
  waiting.waiter->waiting = &waiting;
  sim::OpenThing named;
  // An idle loop may stand by for ever at the lock of whoever leads.
  if (waiting.advisory == nullptr || simulation_.scope().activity == sim::Activity::work) {
    named =
        sim::OpenThing(simulation_.quiescence(), [this, &waiting] { return describe(waiting); });
  }
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
      if (is_deadlocked(waiting)) error = deadlock_error(waiting);
      if (waiting.granted) break;
    }
    if (!error && now >= lock_deadline) {
      error = error_of("55P03", "canceling statement due to lock timeout");
    }
    if (!error && now >= limits.statement_deadline) {
      error = statement_timed_out();
    }
  }
  waiting.waiter->waiting = nullptr;
  if (error) return *error;
  return sql::Done{};
}

bool LockWaits::is_deadlocked(Waiting& waiting) {
  DeadlockSearch search;
  switch (search.search(*waiting.waiter)) {
    case DeadlockSearch::Finding::none:
      return false;
    case DeadlockSearch::Finding::deadlock:
      return true;
    case DeadlockSearch::Finding::other_order:
      break;
  }
  for (const auto& [lock, order] : search.orders()) lock->queue = order;
  for (const auto& [lock, order] : search.orders()) {
    AdvisoryLocks::grant_waiters(simulation_, *lock);
  }
  return false;
}

std::string LockWaits::describe(const Waiting& waiting) const {
  const sim::Names& names = simulation_.names();
  std::string text =
      std::string(names.text(waiting.waiter->client)) + " waits in " + database_ + " for ";
  if (waiting.row) {
    const TableStore& table = store_.table(waiting.row->table);
    text += "a lock on row " + std::to_string(waiting.row->row) + " of table " + table.table().name;
    // Not who queues before it, but who keeps them all waiting.
    const RowChain* row = waiting.tuple == nullptr ? nullptr : table.find(waiting.row->row);
    for (std::size_t i = 0; row != nullptr && i < row->holders.size(); ++i) {
      const LockHolder& holder = row->holders[i];
      if (holder.transaction == waiting.waiter) continue;
      if (!conflicts(holder.strength, waiting.strength)) continue;
      return text + ", held by " + holder_name(*holder.transaction, names);
    }
  } else if (waiting.advisory != nullptr) {
    text += "advisory lock " + to_text(waiting.advisory->key);
    for (const AdvisoryGrant& grant : waiting.advisory->granted) {
      if (grant.holder == waiting.waiter->advisory) continue;
      return text + ", held by " +
             (grant.holder->is_prepared ? holder_name(*grant.holder->transaction, names)
                                        : std::string(names.text(grant.holder->client)));
    }
    return text;
  } else {
    text += "the end of a transaction";
  }
  const std::vector<const Transaction*> blockers = DeadlockSearch::hard_blockers(waiting);
  if (!blockers.empty()) text += ", held by " + holder_name(*blockers.front(), names);
  return text;
}

sql::SqlError LockWaits::deadlock_error(const Waiting& waiting) const {
  return error_of("40P01", "deadlock detected", describe(waiting) + ".");
}

}  // namespace halfwrite::database
