// Row locks and waits for the end of a transaction, as PostgreSQL does them (heapam.c,
// heap_lock_tuple and heap_update; README.tuplock): four strengths; who must wait queues at the
// version it has seen, and who is first there sleeps until the transactions in its way have ended;
// then it looks again. It owns no rows; chains carry their holders and queues. Everything here is
// volatile.
#pragma once

#include "models/database/lock_wait.hpp"
#include "models/database/row_store.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/transaction.hpp"
#include "sim/simulation.hpp"

#include <cstdint>

namespace halfwrite::database {

// Do two transactions that hold these on one row exclude each other? (PostgreSQL,
// explicit-locking, row-level locks)
bool conflicts(sql::LockStrength a, sql::LockStrength b);

enum class LockOutcome : std::uint8_t {
  granted,
  skipped,
  moved,  // the version seen was replaced or removed by one that has committed
  gone    // the row was removed by one that has committed
};

struct LockRequest {
  sql::LockStrength strength = sql::LockStrength::key_share;
  sql::LockWait policy = sql::LockWait::wait;
  Snapshot snapshot;     // in which the row was seen
  bool follows = false;  // from the version seen to the newest one, where that has moved
  bool reads = false;    // SELECT ... FOR: who has waited for an update locks what came of it
};

class RowLocks {
 public:
  RowLocks(sim::Simulation& simulation, RowStore& store, LockWaits& waits)
      : simulation_(simulation), store_(store), waits_(waits) {}

  // Waits as the request says; meanwhile the chain may go. 55P03 (nowait, lock_timeout), 40P01,
  // 57014. A lock is kept until the transaction ends or returns to an earlier savepoint.
  sql::Expected<LockOutcome> lock(Transaction& transaction, RowChain& row,
                                  const LockRequest& request, const WaitLimits& limits);
  // Until `target` has become visible or is undone.
  sql::Expected<sql::Done> wait_for_end(Transaction& transaction, Transaction& target,
                                        const WaitLimits& limits);
  // Gives back what was locked after the first `keep` locks, latest first.
  void release(Transaction& transaction, std::size_t keep = 0);
  // The transaction has ended: who waits for its end looks again.
  void announce_end(Transaction& transaction);
  // What it did since a savepoint is undone: who waits for that looks again.
  void announce_undone(Transaction& transaction);
  // Of a transaction that is taken over with the locks it holds: nobody can be in its way.
  static void adopt(Transaction& transaction, RowChain& row, sql::LockStrength strength);

 private:
  // One request on its way through the versions of a row.
  struct Errand {
    Transaction& transaction;
    AwaitedRow row;
    const LockRequest& request;
    const WaitLimits& limits;
    std::uint64_t at = 0;         // the version it stands at, by its order of visibility
    bool at_own = false;          // or at the newest, its own
    bool awaited_update = false;  // of the version it stands at
    bool asks_again = false;      // it came to write, and found the version replaced
    bool has_moved = false;       // it has come here from an older one, and not yet looked
    bool skips_queue = false;     // it holds a lock on the row: those in the queue wait for it
    TupleLock* tuple = nullptr;   // held
  };
  enum class Step : std::uint8_t { again, done };

  sql::Expected<Step> step(Errand& errand, RowChain& row, LockOutcome& outcome);
  const Version* version_of(const Errand& errand, const RowChain& row) const;
  bool must_not_wait(const Errand& errand, LockOutcome& outcome) const;
  sql::SqlError not_available(const Errand& errand) const;
  sql::Expected<Step> stay_at_ended(Errand& errand, RowChain& row, LockOutcome& outcome);
  sql::Expected<Step> leave_version(Errand& errand, RowChain& row, LockOutcome& outcome);
  // Waits in the queue, or for all in the way, one after the other.
  sql::Expected<sql::Done> queue_or_wait(Errand& errand, RowChain& row,
                                         std::vector<Transaction*> in_the_way);
  sql::Expected<sql::Done> wait_at(Errand& errand, Transaction& target);
  // Nobody who is there is in its way, but somebody was, and others queue for the row: who wants to
  // share it takes the way of those who may have to sleep (heapam.c, heap_lock_tuple).
  static bool stands_behind(const Errand& errand, const RowChain& row);
  static bool must_wait(const Errand& errand, const TupleLock& tuple);
  sql::Expected<sql::Done> take_tuple(Errand& errand, RowChain& row, bool& waited);
  void release_tuple(Errand& errand);
  void drop_tuple_if_unused(AwaitedRow row, const TupleLock& tuple);
  void grant_waiters(TupleLock& tuple);
  static const LockHolder* holder_in_the_way(const std::vector<LockHolder>& holders,
                                             const Transaction& transaction,
                                             sql::LockStrength strength);
  static void take(Transaction& transaction, RowChain& row, sql::LockStrength strength,
                   std::uint64_t version);
  // Who waits for a lock of this transaction on this row looks again.
  void announce_row(Transaction& transaction, AwaitedRow row);
  template <class Concerns>
  void wake_those(Transaction& transaction, const Concerns& concerns);
  // Who asked goes on without the row although others may yet give it back unchanged.
  void passes_over() const;

  sim::Simulation& simulation_;
  RowStore& store_;
  LockWaits& waits_;
};

}  // namespace halfwrite::database
