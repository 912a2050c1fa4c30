// Waits for locks, of rows, of transactions to end and advisory ones alike: the limits of a wait,
// its one deadlock timer and what the victim is told. It grants nothing: who gives a lock back
// wakes those whom that serves. Everything here is volatile.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/statement.hpp"
#include "sim/simulation.hpp"

#include <optional>
#include <string>

namespace halfwrite::database {

class RowStore;
class Transaction;
struct AdvisoryLock;
struct TupleLock;

enum class AdvisoryMode : std::uint8_t { shared, exclusive };

struct AwaitedRow {
  sql::TableId table = 0;
  sql::RowId row = 0;
  bool operator==(const AwaitedRow&) const = default;
};

// One transaction that waits: for another transaction to end, on account of a row or not, in the
// queue at a version of a row, or for an advisory lock.
struct Waiting {
  Transaction* waiter = nullptr;
  sim::FiberReference fiber;
  std::optional<AwaitedRow> row;
  sql::LockStrength strength = sql::LockStrength::key_share;
  TupleLock* tuple = nullptr;
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
