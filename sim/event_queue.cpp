#include "sim/event_queue.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim {

namespace {
constexpr std::size_t arity = 4;
constexpr std::size_t worth_compacting = 256;
}  // namespace

Timer EventQueue::add(Instant at, std::uint64_t sequence, Event&& event) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.event = std::move(event);
  slot.pending = true;
  slot.in_heap = true;
  const Timer timer{index, slot.generation};
  push({at.since_start().in_nanoseconds(), sequence, timer});
  return timer;
}

void EventQueue::put_back(Timer timer, Instant at, std::uint64_t sequence) {
  if (find(timer) == nullptr) return;
  slots_[timer.slot].in_heap = true;
  push({at.since_start().in_nanoseconds(), sequence, timer});
}

const Event* EventQueue::find(Timer timer) const {
  if (timer.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[timer.slot];
  return slot.pending && slot.generation == timer.generation ? &slot.event : nullptr;
}

bool EventQueue::cancel(Timer timer) {
  if (find(timer) == nullptr) return false;
  if (slots_[timer.slot].in_heap) ++stale_;
  // What the callback holds is destroyed after the queue is whole again: it may call back.
  const std::function<void()> dropped = std::move(slots_[timer.slot].event.callback);
  release(timer.slot);
  if (stale_ > worth_compacting && stale_ > heap_.size() / 2) compact();
  return true;
}

bool EventQueue::pop(Entry& entry) {
  while (!heap_.empty()) {
    entry = heap_.front();
    const Entry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0, last);
    Slot& slot = slots_[entry.timer.slot];
    if (slot.pending && slot.generation == entry.timer.generation) {
      slot.in_heap = false;
      return true;
    }
    --stale_;
  }
  return false;
}

Event EventQueue::take(Timer timer) {
  HALFWRITE_ASSERT(find(timer) != nullptr, "an event was taken that is not pending");
  Event event = std::move(slots_[timer.slot].event);
  release(timer.slot);
  return event;
}

std::vector<Timer> EventQueue::owned_by(const Process& owner) const {
  std::vector<Timer> timers;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    const Slot& slot = slots_[index];
    if (slot.pending && slot.event.owner == &owner) timers.push_back({index, slot.generation});
  }
  return timers;
}

void EventQueue::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.pending = false;
  slot.in_heap = false;
  slot.event.callback = nullptr;
  ++slot.generation;
  free_.push_back(index);
}

void EventQueue::push(const Entry& entry) {
  std::size_t hole = heap_.size();
  heap_.push_back(entry);
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / arity;
    if (!before(entry, heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

void EventQueue::sift_down(std::size_t hole, const Entry& entry) {
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = arity * hole + 1;
    if (first >= size) break;
    const std::size_t end = std::min(first + arity, size);
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      least = before(heap_[child], heap_[least]) ? child : least;
    }
    if (!before(heap_[least], entry)) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = entry;
}

// Long time-outs that never fire would otherwise fill the heap for as long as they were set.
void EventQueue::compact() {
  std::erase_if(heap_, [this](const Entry& entry) { return find(entry.timer) == nullptr; });
  stale_ = 0;
  if (heap_.size() < 2) return;
  for (std::size_t index = (heap_.size() - 2) / arity + 1; index-- > 0;) {
    const Entry entry = heap_[index];
    sift_down(index, entry);
  }
}

}  // namespace halfwrite::sim
