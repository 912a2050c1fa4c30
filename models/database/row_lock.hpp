// Row locks and waits for the end of a transaction, with PostgreSQL's rules: four strengths, first
// come first served on one row, waits that end when the holder ends. It owns no rows; chains carry
// their holders and queues. Everything here is volatile.
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

enum class LockOutcome : std::uint8_t { granted, skipped };

class RowLocks {
 public:
  RowLocks(sim::Simulation& simulation, RowStore& store, LockWaits& waits)
      : simulation_(simulation), store_(store), waits_(waits) {}

  // Waits as `policy` says. 55P03 (nowait, lock_timeout), 40P01, 57014. A lock is kept until the
  // transaction ends or returns to an earlier savepoint.
  sql::Expected<LockOutcome> lock(Transaction& transaction, RowChain& row,
                                  sql::LockStrength strength, sql::LockWait policy,
                                  const WaitLimits& limits);
  // Until `target` has become visible or is undone.
  sql::Expected<sql::Done> wait_for_end(Transaction& transaction, Transaction& target,
                                        const WaitLimits& limits);
  // Gives back what was locked after the first `keep` locks, latest first.
  void release(Transaction& transaction, std::size_t keep = 0);
  // The transaction, or what it did since a savepoint, has ended: who waits for its end looks
  // again.
  void announce_end(Transaction& transaction);
  // Of a transaction that is taken over with the locks it holds: nobody can be in its way.
  void adopt(Transaction& transaction, RowChain& row, sql::LockStrength strength) {
    take(transaction, row, strength);
  }
  static bool holds(const RowChain& row, const Transaction& transaction);

 private:
  bool is_free(const RowChain& row, const Transaction& transaction, sql::LockStrength strength,
               std::size_t queue_before) const;
  void take(Transaction& transaction, RowChain& row, sql::LockStrength strength);
  void grant_waiters(RowChain& row);
  sql::Expected<sql::Done> wait(Waiting& waiting, const WaitLimits& limits);
  void give_up(Waiting& waiting);
  // Who asked goes on without the row although others may yet give it back unchanged.
  void passes_over();

  sim::Simulation& simulation_;
  RowStore& store_;
  LockWaits& waits_;
};

}  // namespace halfwrite::database
