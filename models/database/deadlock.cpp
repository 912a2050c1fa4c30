#include "models/database/deadlock.hpp"

#include "models/database/advisory_locks.hpp"
#include "models/database/row_lock.hpp"

#include <algorithm>

namespace halfwrite::database {

DeadlockSearch::Finding DeadlockSearch::search(const Transaction& start) {
  constraints_.clear();
  if (is_hopeless(start)) return Finding::deadlock;
  return orders_.empty() ? Finding::none : Finding::other_order;
}

std::vector<const Transaction*> DeadlockSearch::hard_blockers(const Waiting& waiting) {
  std::vector<const Transaction*> blockers;
  if (waiting.granted) return blockers;
  if (waiting.target != nullptr) {
    blockers.push_back(waiting.target);
  } else if (waiting.advisory != nullptr) {
    for (const AdvisoryGrant& grant : waiting.advisory->granted) {
      const Transaction* holder = grant.holder->transaction;
      if (holder != waiting.waiter && conflicts(grant.mode, waiting.mode)) {
        blockers.push_back(holder);
      }
    }
    // Sessions outside a transaction wait for nobody.
    std::erase(blockers, nullptr);
  } else {
    for (const LockHolder& holder : waiting.tuple->granted) {
      if (conflicts(holder.strength, waiting.strength)) blockers.push_back(holder.transaction);
    }
    for (const Waiting* earlier : waiting.tuple->queue) {
      if (earlier == &waiting) break;
      if (conflicts(earlier->strength, waiting.strength)) blockers.push_back(earlier->waiter);
    }
  }
  return blockers;
}

// True when no order of the queues helps: each soft edge of a cycle is turned round in its turn,
// on top of those turned before.
bool DeadlockSearch::is_hopeless(const Transaction& start) {
  std::vector<Edge> soft_edges;
  const Cycle cycle = test(start, soft_edges);
  if (cycle != Cycle::soft) return cycle == Cycle::hard;
  for (const Edge& edge : soft_edges) {
    constraints_.push_back(edge);
    if (!is_hopeless(start)) return false;
    constraints_.pop_back();
  }
  return true;
}

DeadlockSearch::Cycle DeadlockSearch::test(const Transaction& start,
                                           std::vector<Edge>& soft_edges) {
  if (!arrange()) return Cycle::hard;
  Cycle found = Cycle::none;
  const auto looks_from = [&](const Transaction& transaction) {
    std::vector<Edge> edges;
    if (!finds_cycle(transaction, edges)) return true;
    if (edges.empty()) return false;
    soft_edges = std::move(edges);
    found = Cycle::soft;
    return true;
  };
  for (const Edge& constraint : constraints_) {
    if (!looks_from(*constraint.waiter->waiter)) return Cycle::hard;
    if (!looks_from(*constraint.blocker->waiter)) return Cycle::hard;
  }
  if (!looks_from(start)) return Cycle::hard;
  return found;
}

bool DeadlockSearch::finds_cycle(const Transaction& start, std::vector<Edge>& soft_edges) {
  visited_.clear();
  return follow(start, soft_edges);
}

bool DeadlockSearch::follow(const Transaction& next, std::vector<Edge>& soft_edges) {
  const auto known = std::find(visited_.begin(), visited_.end(), &next);
  if (known != visited_.end()) {
    // A cycle that does not lead back to where the search began is somebody else's to find.
    return known == visited_.begin();
  }
  visited_.push_back(&next);
  Waiting* waiting = next.waiting;
  if (waiting == nullptr || waiting->granted) return false;
  for (const Transaction* blocker : hard_blockers(*waiting)) {
    if (follow(*blocker, soft_edges)) return true;
  }
  if (waiting->advisory == nullptr) return false;
  for (Waiting* earlier : order_of(*waiting->advisory)) {
    if (earlier == waiting) break;
    if (!conflicts(earlier->mode, waiting->mode)) continue;
    if (follow(*earlier->waiter, soft_edges)) {
      soft_edges.push_back({waiting, earlier});
      return true;
    }
  }
  return false;
}

const DeadlockSearch::Order& DeadlockSearch::order_of(const AdvisoryLock& lock) const {
  for (const auto& [changed, order] : orders_) {
    if (changed == &lock) return order;
  }
  return lock.queue;
}

// The queues as the constraints want them, or false when these contradict each other.
bool DeadlockSearch::arrange() {
  orders_.clear();
  for (const Edge& constraint : constraints_) {
    AdvisoryLock& lock = *constraint.waiter->advisory;
    const bool done = std::any_of(orders_.begin(), orders_.end(),
                                  [&](const auto& entry) { return entry.first == &lock; });
    if (!done && !arrange(lock)) return false;
  }
  return true;
}

// Filled from the end with the last one that need not stand before somebody, so that nobody moves
// who need not.
bool DeadlockSearch::arrange(AdvisoryLock& lock) {
  Order left = lock.queue;
  Order order;
  while (!left.empty()) {
    const auto last = std::find_if(left.rbegin(), left.rend(), [&](const Waiting* candidate) {
      return std::none_of(constraints_.begin(), constraints_.end(), [&](const Edge& constraint) {
        return constraint.waiter == candidate &&
               std::find(left.begin(), left.end(), constraint.blocker) != left.end();
      });
    });
    if (last == left.rend()) return false;
    order.insert(order.begin(), *last);
    left.erase(std::next(last).base());
  }
  orders_.emplace_back(&lock, std::move(order));
  return true;
}

}  // namespace halfwrite::database
