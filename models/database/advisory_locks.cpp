#include "models/database/advisory_locks.hpp"

#include "sim/assert.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>

namespace halfwrite::database {

bool conflicts(AdvisoryMode a, AdvisoryMode b) {
  return a == AdvisoryMode::exclusive || b == AdvisoryMode::exclusive;
}

std::string to_text(const AdvisoryKey& key) {
  if (key.is_pair) {
    return "(" + std::to_string(static_cast<std::int32_t>(key.high)) + ", " +
           std::to_string(static_cast<std::int32_t>(key.low)) + ")";
  }
  const std::uint64_t number = std::uint64_t{key.high} << 32 | key.low;
  return std::to_string(static_cast<std::int64_t>(number));
}

AdvisoryHolder& AdvisoryLocks::begin_session(sim::Name client) {
  holders_.push_back(std::make_unique<AdvisoryHolder>());
  holders_.back()->client = client;
  return *holders_.back();
}

void AdvisoryLocks::end_session(AdvisoryHolder& session) {
  HALFWRITE_ASSERT(session.transaction == nullptr, "a session ended before its transaction");
  unlock_all(session);
  std::erase_if(holders_, [&](const auto& holder) { return holder.get() == &session; });
}

void AdvisoryLocks::join(AdvisoryHolder& session, Transaction& transaction) {
  session.transaction = &transaction;
  transaction.advisory = &session;
}

AdvisoryLock& AdvisoryLocks::lock_of(AdvisoryKey key) {
  AdvisoryLock& lock = locks_[key];
  lock.key = key;
  return lock;
}

bool AdvisoryLocks::is_free(const AdvisoryLock& lock, const AdvisoryHolder& holder,
                            AdvisoryMode mode) {
  return std::none_of(lock.granted.begin(), lock.granted.end(), [&](const AdvisoryGrant& grant) {
    return grant.holder != &holder && conflicts(grant.mode, mode);
  });
}

AdvisoryHolder::Hold* AdvisoryLocks::find(AdvisoryHolder& holder, const AdvisoryLock& lock,
                                          AdvisoryMode mode) {
  for (AdvisoryHolder::Hold& hold : holder.holds) {
    if (hold.lock == &lock && hold.mode == mode) return &hold;
  }
  return nullptr;
}

void AdvisoryLocks::count(Transaction& transaction, AdvisoryLock& lock, AdvisoryMode mode,
                          AdvisoryScope scope) {
  AdvisoryHolder& holder = *transaction.advisory;
  AdvisoryHolder::Hold* hold = find(holder, lock, mode);
  if (hold == nullptr) hold = &holder.holds.emplace_back(AdvisoryHolder::Hold{&lock, mode});
  if (scope == AdvisoryScope::session) {
    ++hold->by_session;
  } else {
    ++hold->by_transaction;
    transaction.advisory_locks.push_back({&lock, mode});
  }
}

// Who asks for a mode he has only counts; anybody else passes nobody who waits and conflicts
// (lock.c, LockAcquireExtended).
bool AdvisoryLocks::take_at_once(Transaction& transaction, AdvisoryLock& lock, AdvisoryMode mode,
                                 AdvisoryScope scope) {
  AdvisoryHolder& holder = *transaction.advisory;
  if (find(holder, lock, mode) == nullptr) {
    const bool passes =
        std::any_of(lock.queue.begin(), lock.queue.end(),
                    [&](const Waiting* waiting) { return conflicts(waiting->mode, mode); });
    if (passes || !is_free(lock, holder, mode)) return false;
    lock.granted.push_back({&holder, mode});
  }
  count(transaction, lock, mode, scope);
  return true;
}

// At the end, as a rule. Who already holds the lock stands before the first one who must wait for
// him (proc.c, ProcSleep).
AdvisoryLocks::QueuePlace AdvisoryLocks::place_in_queue(const AdvisoryLock& lock,
                                                        const AdvisoryHolder& holder,
                                                        AdvisoryMode mode) {
  const auto blocks = [&](const AdvisoryHolder& by, AdvisoryMode wanted) {
    return std::any_of(lock.granted.begin(), lock.granted.end(), [&](const AdvisoryGrant& grant) {
      return grant.holder == &by && conflicts(grant.mode, wanted);
    });
  };
  QueuePlace place{lock.queue.size(), false, false};
  bool conflicts_ahead = false;
  for (std::size_t i = 0; i < lock.queue.size(); ++i) {
    const Waiting& waiting = *lock.queue[i];
    if (!blocks(holder, waiting.mode)) {
      conflicts_ahead = conflicts_ahead || conflicts(waiting.mode, mode);
      continue;
    }
    place.index = i;
    place.closes_cycle = blocks(*waiting.waiter->advisory, mode);
    place.is_free = !conflicts_ahead && is_free(lock, holder, mode);
    break;
  }
  return place;
}

sql::Expected<sql::Done> AdvisoryLocks::lock(Transaction& transaction, AdvisoryKey key,
                                             AdvisoryMode mode, AdvisoryScope scope,
                                             const WaitLimits& limits) {
  AdvisoryLock& wanted = lock_of(key);
  if (take_at_once(transaction, wanted, mode, scope)) return sql::Done{};
  Waiting waiting;
  waiting.waiter = &transaction;
  waiting.advisory = &wanted;
  waiting.mode = mode;
  const QueuePlace place = place_in_queue(wanted, *transaction.advisory, mode);
  if (place.closes_cycle) return waits_.deadlock_error(waiting);
  if (place.is_free) {
    wanted.granted.push_back({transaction.advisory, mode});
  } else {
    wanted.queue.insert(wanted.queue.begin() + static_cast<std::ptrdiff_t>(place.index), &waiting);
    const sql::Expected<sql::Done> waited = waits_.wait(waiting, limits);
    if (!waited) {
      sim::look_again(simulation_);
      std::erase(wanted.queue, &waiting);
      grant_waiters(simulation_, wanted);
      drop_if_unused(wanted);
      return waited.error();
    }
  }
  count(transaction, wanted, mode, scope);
  return sql::Done{};
}

bool AdvisoryLocks::try_lock(Transaction& transaction, AdvisoryKey key, AdvisoryMode mode,
                             AdvisoryScope scope) {
  AdvisoryLock& wanted = lock_of(key);
  if (take_at_once(transaction, wanted, mode, scope)) return true;
  // A transaction's lock will be free by itself: who polls must look again. A session's lock tells
  // who leads, and stays.
  const bool passes =
      !wanted.queue.empty() ||
      std::any_of(wanted.granted.begin(), wanted.granted.end(), [&](const AdvisoryGrant& grant) {
        const AdvisoryHolder::Hold* hold = find(*grant.holder, wanted, grant.mode);
        return hold != nullptr && hold->by_session == 0;
      });
  if (passes) sim::look_again(simulation_);
  return false;
}

bool AdvisoryLocks::unlock(AdvisoryHolder& session, AdvisoryKey key, AdvisoryMode mode) {
  const auto lock = locks_.find(key);
  if (lock == locks_.end()) return false;
  AdvisoryHolder::Hold* hold = find(session, lock->second, mode);
  if (hold == nullptr || hold->by_session == 0) return false;
  --hold->by_session;
  drop_if_unheld(session, *hold);
  return true;
}

void AdvisoryLocks::unlock_all(AdvisoryHolder& session) {
  for (std::size_t i = session.holds.size(); i-- > 0;) {
    session.holds[i].by_session = 0;
    drop_if_unheld(session, session.holds[i]);
  }
}

void AdvisoryLocks::release(Transaction& transaction, std::size_t keep) {
  while (transaction.advisory_locks.size() > keep) {
    const HeldAdvisoryLock held = transaction.advisory_locks.back();
    transaction.advisory_locks.pop_back();
    AdvisoryHolder::Hold* hold = find(*transaction.advisory, *held.lock, held.mode);
    HALFWRITE_ASSERT(hold != nullptr && hold->by_transaction != 0,
                     "an advisory lock was released that its transaction does not hold");
    --hold->by_transaction;
    drop_if_unheld(*transaction.advisory, *hold);
  }
}

void AdvisoryLocks::end(Transaction& transaction) {
  if (transaction.advisory == nullptr) return;
  release(transaction, 0);
  AdvisoryHolder& holder = *transaction.advisory;
  holder.transaction = nullptr;
  transaction.advisory = nullptr;
  if (holder.is_prepared) end_session(holder);
}

bool AdvisoryLocks::is_shared_with_session(const Transaction& transaction) {
  if (transaction.advisory == nullptr) return false;
  const std::vector<AdvisoryHolder::Hold>& holds = transaction.advisory->holds;
  return std::any_of(holds.begin(), holds.end(), [&](const AdvisoryHolder::Hold& by_session) {
    return by_session.by_session != 0 &&
           std::any_of(holds.begin(), holds.end(), [&](const AdvisoryHolder::Hold& other) {
             return other.lock == by_session.lock && other.by_transaction != 0;
           });
  });
}

void AdvisoryLocks::leave_session(Transaction& transaction) {
  AdvisoryHolder& session = *transaction.advisory;
  AdvisoryHolder& prepared = begin_session(session.client);
  prepared.is_prepared = true;
  session.transaction = nullptr;
  join(prepared, transaction);
  std::vector<AdvisoryHolder::Hold> kept;
  for (const AdvisoryHolder::Hold& hold : session.holds) {
    (hold.by_transaction != 0 ? prepared.holds : kept).push_back(hold);
    if (hold.by_transaction == 0) continue;
    for (AdvisoryGrant& grant : hold.lock->granted) {
      if (grant.holder == &session && grant.mode == hold.mode) grant.holder = &prepared;
    }
  }
  session.holds = std::move(kept);
}

void AdvisoryLocks::restart() {
  std::erase_if(holders_, [](const auto& holder) {
    return holder->transaction == nullptr ||
           holder->transaction->state != TransactionState::prepared;
  });
  for (const auto& holder : holders_) {
    holder->is_prepared = true;
    std::erase_if(holder->holds, [](const auto& hold) { return hold.by_transaction == 0; });
  }
  for (auto lock = locks_.begin(); lock != locks_.end();) {
    lock->second.queue.clear();
    lock->second.granted.clear();
    for (const auto& holder : holders_) {
      for (const AdvisoryHolder::Hold& hold : holder->holds) {
        if (hold.lock == &lock->second) lock->second.granted.push_back({holder.get(), hold.mode});
      }
    }
    lock = lock->second.granted.empty() ? locks_.erase(lock) : std::next(lock);
  }
}

// Proc.c, ProcLockWakeup: nobody passes whom he conflicts with.
void AdvisoryLocks::grant_waiters(sim::Simulation& simulation, AdvisoryLock& lock) {
  std::vector<AdvisoryMode> ahead;
  for (std::size_t i = 0; i < lock.queue.size();) {
    Waiting& waiting = *lock.queue[i];
    const bool passes = std::any_of(ahead.begin(), ahead.end(), [&](AdvisoryMode mode) {
      return conflicts(mode, waiting.mode);
    });
    AdvisoryHolder& holder = *waiting.waiter->advisory;
    if (passes || !is_free(lock, holder, waiting.mode)) {
      ahead.push_back(waiting.mode);
      ++i;
      continue;
    }
    lock.queue.erase(lock.queue.begin() + static_cast<std::ptrdiff_t>(i));
    lock.granted.push_back({&holder, waiting.mode});
    waiting.granted = true;
    simulation.wake(waiting.fiber);
  }
}

void AdvisoryLocks::drop_if_unheld(AdvisoryHolder& holder, AdvisoryHolder::Hold& hold) {
  if (hold.by_session != 0 || hold.by_transaction != 0) return;
  AdvisoryLock& lock = *hold.lock;
  const AdvisoryMode mode = hold.mode;
  std::erase_if(lock.granted, [&](const AdvisoryGrant& grant) {
    return grant.holder == &holder && grant.mode == mode;
  });
  std::erase_if(holder.holds, [&](const AdvisoryHolder::Hold& other) {
    return other.lock == &lock && other.mode == mode;
  });
  grant_waiters(simulation_, lock);
  drop_if_unused(lock);
}

void AdvisoryLocks::drop_if_unused(AdvisoryLock& lock) {
  if (!lock.granted.empty() || !lock.queue.empty()) return;
  const AdvisoryKey key = lock.key;
  locks_.erase(key);
}

}  // namespace halfwrite::database
