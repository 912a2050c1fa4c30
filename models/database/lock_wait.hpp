// Waits for locks, of rows, of transactions to end and advisory ones alike: the limits of a wait,
// its one deadlock timer and what the victim is told. It grants nothing: who gives a lock back
// wakes those whom that serves. Everything here is volatile.
#pragma once

#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/statement.hpp"
#include "sim/simulation.hpp"

#include <optional>
#include <string>

namespace halfwrite::database {

class RowStore;
class Transaction;
struct AdvisoryLock;
struct RowChain;

enum class AdvisoryMode : std::uint8_t { shared, exclusive };

// One transaction that waits: for a lock on a row, for an advisory lock, or for another transaction
// to end.
struct Waiting {
  Transaction* waiter = nullptr;
  sim::FiberReference fiber;
  RowChain* row = nullptr;
  sql::LockStrength strength = sql::LockStrength::key_share;
  AdvisoryLock* advisory = nullptr;
  AdvisoryMode mode = AdvisoryMode::shared;
  Transaction* target = nullptr;
  bool granted = false;
};

struct WaitLimits {
  sim::Duration deadlock_timeout = sim::Duration::seconds(1);
  std::optional<sim::Duration> lock_timeout;
  sim::Instant statement_deadline = sim::Instant::never();
};

class LockWaits {
 public:
  LockWaits(sim::Simulation& simulation, const RowStore& store, std::string database)
      : simulation_(simulation), store_(store), database_(std::move(database)) {}

  // Until it is granted. 40P01, 55P03 (lock_timeout), 57014: then the caller leaves its queue.
  sql::Expected<sql::Done> wait(Waiting& waiting, const WaitLimits& limits);
  sql::SqlError deadlock_error(const Waiting& waiting) const;

 private:
  // Whether the waiter stands in a cycle that no other order of the advisory queues opens; such an
  // order is taken.
  bool is_deadlocked(Waiting& waiting);
  std::string describe(const Waiting& waiting) const;

  sim::Simulation& simulation_;
  const RowStore& store_;
  std::string database_;
};

}  // namespace halfwrite::database
