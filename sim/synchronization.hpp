// What fibers of one process wait for each other with: a one-shot Completion, a fair Semaphore, a
// Mailbox. Built on Simulation::suspend, so each wait has an address and is a crash point.
// Volatile: they die with their process, and nothing here survives a crash. First come, first
// served, always.
#pragma once

#include "sim/simulation.hpp"

#include <deque>
#include <optional>
#include <utility>

namespace halfwrite::sim {

// A value that will be there once. Any number of completes after the first are ignored.
template <class T>
class Completion {
 public:
  explicit Completion(Simulation& simulation) : simulation_(simulation) {}
  void complete(T value) {
    if (value_ || simulation_.inert()) return;
    value_.emplace(std::move(value));
    if (waiting_) simulation_.wake(*waiting_);
  }
  bool is_complete() const { return value_.has_value(); }
  // The value, or nothing when the time-out came first.
  std::optional<T> await(const Place& place, Duration timeout = Duration::for_ever()) {
    if (!value_) {
      waiting_ = simulation_.current_fiber();
      simulation_.suspend(place, timeout);
      waiting_.reset();
    }
    return std::move(value_);
  }

 private:
  Simulation& simulation_;
  std::optional<T> value_;
  std::optional<FiberReference> waiting_;
};

// Permits handed out in the order they were asked for: workers of a service, connections of a pool.
class Semaphore {
 public:
  Semaphore(Simulation& simulation, std::uint64_t permits)
      : simulation_(simulation), free_(permits) {}
  // Waits for a permit; false when the time-out came first.
  bool acquire(const Place& place, Duration timeout = Duration::for_ever());
  bool try_acquire() {
    if (free_ == 0 || !queue_.empty()) return false;
    --free_;
    return true;
  }
  void release();
  std::uint64_t free() const { return free_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  struct Waiter {
    FiberReference fiber;
    bool* granted;
  };
  Simulation& simulation_;
  std::uint64_t free_;
  std::deque<Waiter> queue_;
};

// A queue of values between fibers of one process.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(Simulation& simulation) : simulation_(simulation) {}
  void put(T value) {
    if (simulation_.inert()) return;
    values_.push_back(std::move(value));
    if (waiting_) simulation_.wake(*waiting_);
  }
  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  std::optional<T> take(const Place& place, Duration timeout = Duration::for_ever()) {
    const Instant deadline = simulation_.now() + timeout;
    while (values_.empty()) {
      if (simulation_.now() >= deadline) return std::nullopt;
      waiting_ = simulation_.current_fiber();
      simulation_.suspend(place, deadline - simulation_.now());
      waiting_.reset();
    }
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  Simulation& simulation_;
  std::deque<T> values_;
  std::optional<FiberReference> waiting_;
};

}  // namespace halfwrite::sim
