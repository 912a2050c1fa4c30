// Row locks and waits for the end of a transaction, with PostgreSQL's rules: four strengths, first
// come first served on one row, waits that end when the holder ends, deadlocks found by the timer
// of a waiter. It owns no rows; chains carry their holders and queues. Everything here is volatile.
#pragma once

#include "models/database/row_store.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/transaction.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace halfwrite::database {

// Do two transactions that hold these on one row exclude each other? (PostgreSQL,
// explicit-locking, row-level locks)
bool conflicts(sql::LockStrength a, sql::LockStrength b);

// One transaction that waits: for a lock on a row, or for another transaction to end.
struct Waiting {
  Transaction* waiter = nullptr;
  sim::FiberReference fiber;
  RowChain* row = nullptr;
  sql::LockStrength strength = sql::LockStrength::key_share;
  Transaction* target = nullptr;
  bool granted = false;
};

struct WaitLimits {
  sim::Duration deadlock_timeout = sim::Duration::seconds(1);
  std::optional<sim::Duration> lock_timeout;
  sim::Instant statement_deadline = sim::Instant::never();
};

enum class LockOutcome : std::uint8_t { granted, skipped };

class RowLocks {
 public:
  RowLocks(sim::Simulation& simulation, RowStore& store, std::string database)
      : simulation_(simulation), store_(store), database_(std::move(database)) {}

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

 private:
  static bool holds(const RowChain& row, const Transaction& transaction);
  bool is_free(const RowChain& row, const Transaction& transaction, sql::LockStrength strength,
               std::size_t queue_before) const;
  void take(Transaction& transaction, RowChain& row, sql::LockStrength strength);
  void grant_waiters(RowChain& row);
  sql::Expected<sql::Done> wait(Waiting& waiting, const WaitLimits& limits);
  void give_up(Waiting& waiting);
  // Who asked goes on without the row although others may yet give it back unchanged.
  void passes_over();
  void add_blockers(const Waiting& waiting, std::vector<const Transaction*>& blockers) const;
  bool closes_cycle(const Transaction& transaction) const;
  std::string describe(const Waiting& waiting) const;
  sql::SqlError deadlock_error(const Waiting& waiting) const;

  sim::Simulation& simulation_;
  RowStore& store_;
  std::string database_;
};

}  // namespace halfwrite::database
