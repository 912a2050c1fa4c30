#include "models/database/row_lock.hpp"

#include "models/database/errors.hpp"
#include "sim/assert.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

bool is_settled(const Stamp& stamp) {
  return stamp.by == nullptr && stamp.visible != 0;
}

// The version that replaced the one that became visible then, if that has been committed.
const Version* settled_after(const RowChain& row, std::uint64_t visible) {
  const auto next =
      std::find_if(row.versions.begin(), row.versions.end(), [&](const Version& version) {
        return version.made.by == nullptr && version.made.visible > visible;
      });
  return next == row.versions.end() ? nullptr : &*next;
}

// The row as it is now was made, or removed, by this transaction, which has committed.
bool has_changed(const Transaction& transaction, const RowChain& row) {
  return transaction.state == TransactionState::committed && transaction.position != 0 &&
         std::any_of(row.versions.begin(), row.versions.end(), [&](const Version& version) {
           return version.made.position == transaction.position ||
                  version.ended.position == transaction.position;
         });
}

// Does a lock on the key of this version go on to the newer ones?
bool keeps_key(const RowChain& row, const Version& seen) {
  const Version* newest = &row.versions.back();
  if (&seen == newest) return false;  // removed
  // What another one has removed and may yet put back is waited for.
  return !is_settled(newest->ended) &&
         std::none_of(&seen, newest, [](const Version& version) { return version.key_ended; });
}

}  // namespace

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

const LockHolder* RowLocks::holder_in_the_way(const std::vector<LockHolder>& holders,
                                              const Transaction& transaction,
                                              sql::LockStrength strength) {
  const auto found = std::find_if(holders.begin(), holders.end(), [&](const LockHolder& holder) {
    return holder.transaction != &transaction && conflicts(holder.strength, strength);
  });
  return found == holders.end() ? nullptr : &*found;
}

void RowLocks::take(Transaction& transaction, RowChain& row, sql::LockStrength strength,
                    std::uint64_t version) {
  for (LockHolder& holder : row.holders) {
    if (holder.transaction != &transaction) continue;
    holder.from = std::min(holder.from, version);
    if (holder.strength >= strength) return;
    transaction.locks.push_back({&row, holder.strength});
    holder.strength = strength;
    row.had_writer = false;
    return;
  }
  row.had_writer = false;
  row.holders.push_back({&transaction, strength, version});
  transaction.locks.push_back({&row, std::nullopt});
}

void RowLocks::adopt(Transaction& transaction, RowChain& row, sql::LockStrength strength) {
  take(transaction, row, strength, 0);
}

sql::Expected<LockOutcome> RowLocks::lock(Transaction& transaction, RowChain& row,
                                          const LockRequest& request, const WaitLimits& limits) {
  RowChain* chain = &row;
  const Version* seen = request.snapshot.version_of(row);
  Errand errand{transaction, {row.table, row.id}, request, limits};
  errand.at = seen == nullptr ? request.snapshot.horizon : seen->made.visible;
  errand.at_own = seen != nullptr && seen->made.by == &transaction;
  errand.skips_queue =
      std::any_of(row.holders.begin(), row.holders.end(),
                  [&](const LockHolder& holder) { return holder.transaction == &transaction; });
  LockOutcome outcome = LockOutcome::gone;
  while (chain != nullptr) {
    const sql::Expected<Step> taken = step(errand, *chain, outcome);
    if (!taken || *taken == Step::done) {
      release_tuple(errand);
      if (!taken) return taken.error();
      return outcome;
    }
    chain = store_.table(errand.row.table).find(errand.row.row);
  }
  HALFWRITE_ASSERT(errand.tuple == nullptr, "a row went at which somebody queues");
  return LockOutcome::gone;
}

const Version* RowLocks::version_of(const Errand& errand, const RowChain& row) const {
  const auto found =
      std::find_if(row.versions.rbegin(), row.versions.rend(), [&](const Version& version) {
        return errand.at_own ? version.made.by == &errand.transaction
                             : version.made.by == nullptr && version.made.visible == errand.at;
      });
  return found == row.versions.rend() ? nullptr : &*found;
}

// One look at the version it stands at, and waits for what is seen in it.
sql::Expected<RowLocks::Step> RowLocks::step(Errand& errand, RowChain& row, LockOutcome& outcome) {
  const Version* version = version_of(errand, row);
  const sql::LockStrength strength = errand.request.strength;
  // A lock on the key is not concerned with a version that was replaced with the same key, settled
  // or not; it goes for the newer ones too, without a place in a queue.
  const bool passes_on = strength == sql::LockStrength::key_share && version != nullptr &&
                         version->ended.is_set() && keeps_key(row, *version);
  if (!errand.at_own && !passes_on && (version == nullptr || is_settled(version->ended))) {
    return stay_at_ended(errand, row, outcome);
  }
  // Who comes from an older version waits for who is replacing this one before it looks at its
  // locks (heapam_handler.c, heapam_tuple_lock).
  Transaction* ender = version == nullptr ? nullptr : version->ended.by;
  if (ender == &errand.transaction) ender = nullptr;
  const bool is_being_replaced = errand.has_moved && ender != nullptr;
  errand.has_moved = is_being_replaced;
  const LockHolder* holder = holder_in_the_way(row.holders, errand.transaction, strength);
  if (!is_being_replaced && holder == nullptr && !stands_behind(errand, row)) {
    take(errand.transaction, row, strength, errand.at_own ? ~0ull : errand.at);
    outcome = LockOutcome::granted;
    return Step::done;
  }
  if (must_not_wait(errand, outcome)) {
    if (errand.request.policy == sql::LockWait::nowait) return not_available(errand);
    return Step::done;
  }
  sql::Expected<sql::Done> waited = sql::Done{};
  if (is_being_replaced || passes_on) {
    waited = wait_at(errand, is_being_replaced ? *ender : *holder->transaction);
  } else {
    errand.awaited_update = ender != nullptr && version != &row.versions.back();
    std::vector<Transaction*> in_the_way;
    for (const LockHolder& other : row.holders) {
      if (other.transaction == &errand.transaction) continue;
      if (conflicts(other.strength, strength)) in_the_way.push_back(other.transaction);
    }
    waited = queue_or_wait(errand, row, std::move(in_the_way));
  }
  if (!waited) return waited.error();
  return Step::again;
}

// The version has been replaced or removed by one that has committed. While somebody runs who holds
// a lock on its key it counts as being replaced still (heapam_visibility.c,
// HeapTupleSatisfiesUpdate, MultiXactIdIsRunning): its queue is stood in, and who would change the
// key waits here.
sql::Expected<RowLocks::Step> RowLocks::stay_at_ended(Errand& errand, RowChain& row,
                                                      LockOutcome& outcome) {
  bool is_held = false;
  std::vector<Transaction*> in_the_way;
  for (const LockHolder& holder : row.holders) {
    if (holder.from > errand.at) continue;
    is_held = true;
    const bool is_other = holder.transaction != &errand.transaction;
    if (is_other && conflicts(sql::LockStrength::key_share, errand.request.strength)) {
      in_the_way.push_back(holder.transaction);
    }
  }
  const bool has_place = errand.skips_queue || errand.tuple != nullptr;
  if (!is_held || errand.has_moved || (has_place && in_the_way.empty())) {
    return leave_version(errand, row, outcome);
  }
  if (!in_the_way.empty() && must_not_wait(errand, outcome)) {
    if (errand.request.policy == sql::LockWait::nowait) return not_available(errand);
    return Step::done;
  }
  errand.awaited_update = true;
  sql::Expected<sql::Done> waited = queue_or_wait(errand, row, std::move(in_the_way));
  if (!waited) return waited.error();
  return Step::again;
}

// The version has been replaced or removed by one that has committed. Who waited for that to read
// the row locks the next version before it gives up its place here (heapam.c,
// heap_lock_updated_tuple).
sql::Expected<RowLocks::Step> RowLocks::leave_version(Errand& errand, RowChain& row,
                                                      LockOutcome& outcome) {
  // Who came to write gives up its place, and asks again for a lock to look at the newest version.
  if (errand.request.follows && !errand.request.reads && !errand.asks_again) {
    errand.asks_again = true;
    release_tuple(errand);
    return Step::again;
  }
  const Version* next = settled_after(row, errand.at);
  const bool locks_next =
      errand.request.reads && errand.awaited_update && next != nullptr && !is_settled(next->ended);
  if (locks_next) {
    const LockHolder* holder =
        holder_in_the_way(row.holders, errand.transaction, errand.request.strength);
    if (holder != nullptr) {
      sql::Expected<sql::Done> waited = wait_at(errand, *holder->transaction);
      if (!waited) return waited.error();
      return Step::again;
    }
    take(errand.transaction, row, errand.request.strength, next->made.visible);
  }
  errand.awaited_update = false;
  outcome = errand.request.follows ? LockOutcome::gone : LockOutcome::moved;
  if (!errand.request.follows || next == nullptr) return Step::done;
  errand.at = next->made.visible;
  errand.has_moved = true;
  release_tuple(errand);
  return Step::again;
}

// All that are in the way now, one after the other, before it looks again (multixact.c,
// MultiXactIdWait): in the order of their ids.
sql::Expected<sql::Done> RowLocks::queue_or_wait(Errand& errand, RowChain& row,
                                                 std::vector<Transaction*> in_the_way) {
  if (!errand.skips_queue && errand.tuple == nullptr) {
    bool has_queued = false;
    sql::Expected<sql::Done> queued = take_tuple(errand, row, has_queued);
    if (!queued || has_queued) return queued;
  }
  std::sort(in_the_way.begin(), in_the_way.end(),
            [](const Transaction* a, const Transaction* b) { return a->xid < b->xid; });
  std::vector<std::uint64_t> numbers;
  for (const Transaction* transaction : in_the_way) numbers.push_back(transaction->number);
  for (std::size_t i = 0; i < in_the_way.size(); ++i) {
    Transaction& target = *in_the_way[i];
    const RowChain* now = store_.table(errand.row.table).find(errand.row.row);
    const bool holds = now != nullptr && std::any_of(now->holders.begin(), now->holders.end(),
                                                     [&](const LockHolder& holder) {
                                                       return holder.transaction == &target;
                                                     });
    // It may have ended, and its place be another one's.
    if (!holds || target.number != numbers[i]) continue;
    sql::Expected<sql::Done> ended = wait_at(errand, target);
    if (!ended) return ended;
  }
  return sql::Done{};
}

bool RowLocks::must_not_wait(const Errand& errand, LockOutcome& outcome) const {
  if (errand.request.policy == sql::LockWait::wait) return false;
  passes_over();
  outcome = LockOutcome::skipped;
  return true;
}

sql::SqlError RowLocks::not_available(const Errand& errand) const {
  return error_of("55P03", "could not obtain lock on row in relation \"" +
                               store_.table(errand.row.table).table().name + "\"");
}

sql::Expected<sql::Done> RowLocks::wait_at(Errand& errand, Transaction& target) {
  Waiting waiting;
  waiting.waiter = &errand.transaction;
  waiting.row = errand.row;
  waiting.strength = errand.request.strength;
  waiting.target = &target;
  target.awaited_by.push_back(&waiting);
  sql::Expected<sql::Done> waited = waits_.wait(waiting, errand.limits);
  if (waited) return waited;
  passes_over();
  std::erase(target.awaited_by, &waiting);
  return waited;
}

sql::Expected<sql::Done> RowLocks::wait_for_end(Transaction& transaction, Transaction& target,
                                                const WaitLimits& limits) {
  Waiting waiting;
  waiting.waiter = &transaction;
  waiting.target = &target;
  target.awaited_by.push_back(&waiting);
  sql::Expected<sql::Done> waited = waits_.wait(waiting, limits);
  if (waited) return waited;
  passes_over();
  std::erase(target.awaited_by, &waiting);
  return waited;
}

void RowLocks::passes_over() const {
  sim::look_again(simulation_);
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
    const bool was_writer = conflicts(holder->strength, sql::LockStrength::share);
    if (held.before) {
      holder->strength = *held.before;
    } else {
      row.holders.erase(holder);
    }
    row.had_writer =
        !row.holders.empty() && (row.had_writer || (was_writer && !has_changed(transaction, row)));
    announce_row(transaction, {row.table, row.id});
    store_.table(row.table).drop_if_empty(row);
  }
}

template <class Concerns>
void RowLocks::wake_those(Transaction& transaction, const Concerns& concerns) {
  std::erase_if(transaction.awaited_by, [&](Waiting* waiting) {
    if (!concerns(*waiting)) return false;
    waiting->granted = true;
    simulation_.wake(waiting->fiber);
    return true;
  });
}

void RowLocks::announce_row(Transaction& transaction, AwaitedRow row) {
  // At its end all are woken in the order they came.
  if (transaction.state != TransactionState::active) return;
  wake_those(transaction, [&](const Waiting& waiting) { return waiting.row == row; });
}

void RowLocks::announce_end(Transaction& transaction) {
  wake_those(transaction, [](const Waiting&) { return true; });
}

void RowLocks::announce_undone(Transaction& transaction) {
  wake_those(transaction, [](const Waiting& waiting) { return !waiting.row; });
}

}  // namespace halfwrite::database
