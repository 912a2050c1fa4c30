// The search for a deadlock: who waits for whom, by locks that are held (hard edges) and by places
// in a queue (soft edges, which another order of the queue takes away). PostgreSQL's deadlock.c
// with its rules, but for the queues at versions of rows, whose order it keeps. It changes nothing:
// the caller takes the orders found.
#pragma once

#include "models/database/lock_wait.hpp"

#include <utility>
#include <vector>

namespace halfwrite::database {

class DeadlockSearch {
 public:
  enum class Finding : std::uint8_t { none, other_order, deadlock };
  using Order = std::vector<Waiting*>;

  Finding search(const Transaction& start);
  // With Finding::other_order: the queues as they must be.
  const std::vector<std::pair<AdvisoryLock*, Order>>& orders() const { return orders_; }
  // Whom it waits for because of what they hold, or stand before it in the queue of a row.
  static std::vector<const Transaction*> hard_blockers(const Waiting& waiting);

 private:
  // The waiter is to stand before the blocker.
  struct Edge {
    Waiting* waiter = nullptr;
    Waiting* blocker = nullptr;
  };
  enum class Cycle : std::uint8_t { none, soft, hard };

  bool is_hopeless(const Transaction& start);
  Cycle test(const Transaction& start, std::vector<Edge>& soft_edges);
  bool finds_cycle(const Transaction& start, std::vector<Edge>& soft_edges);
  bool follow(const Transaction& next, std::vector<Edge>& soft_edges);
  bool arrange();
  bool arrange(AdvisoryLock& lock);
  const Order& order_of(const AdvisoryLock& lock) const;

  std::vector<Edge> constraints_;
  std::vector<std::pair<AdvisoryLock*, Order>> orders_;
  std::vector<const Transaction*> visited_;
};

}  // namespace halfwrite::database
