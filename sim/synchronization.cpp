#include "sim/synchronization.hpp"

#include <algorithm>

namespace halfwrite::sim {

namespace {

// Takes the waiter off the queue however its wait ends: permit, time-out or crash.
template <class Queue>
class Queued {
 public:
  Queued(Queue& queue, const bool& granted) : queue_(queue), granted_(granted) {}
  ~Queued() {
    std::erase_if(queue_, [this](const auto& waiter) { return waiter.granted == &granted_; });
  }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;

 private:
  Queue& queue_;
  const bool& granted_;
};

}  // namespace

bool Semaphore::acquire(const Place& place, Duration timeout) {
  if (try_acquire()) {
    simulation_.pass(place);
    return true;
  }
  bool granted = false;
  const Instant deadline = simulation_.now() + timeout;
  queue_.push_back({simulation_.current_fiber(), &granted});
  const Queued queued(queue_, granted);
  while (!granted) {
    const Duration left = deadline - simulation_.now();
    if (simulation_.suspend(place, left) == Woken::timed_out) break;
  }
  return granted;
}

void Semaphore::release() {
  if (simulation_.inert()) return;
  if (queue_.empty()) {
    ++free_;
    return;
  }
  // The permit goes to the first in line at once, so that nobody who comes later overtakes him.
  const Waiter first = queue_.front();
  queue_.pop_front();
  *first.granted = true;
  simulation_.wake(first.fiber);
}

}  // namespace halfwrite::sim
