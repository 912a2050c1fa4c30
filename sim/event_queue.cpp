#include "sim/event_queue.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim {

namespace {
constexpr std::size_t arity = 4;
constexpr std::size_t worth_compacting = 256;
}  // namespace

std::uint32_t EventQueue::free_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    callbacks_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  return index;
}

Timer EventQueue::add(Instant at, std::uint64_t sequence, const Event& event,
                      std::function<void()> callback) {
  const std::uint32_t index = free_slot();
  Slot& slot = slots_[index];
  slot.event = event;
  if (callback) callbacks_[index] = std::move(callback);
  slot.pending = true;
  slot.at = at.since_start().in_nanoseconds();
  slot.sequence = sequence;
  enter(index);
  return {index, slot.generation};
}

EventQueue::Alarm EventQueue::make_alarm() {
  const std::uint32_t index = free_slot();
  slots_[index].is_alarm = true;
  return index;
}

Timer EventQueue::arm(Alarm alarm, Instant at, std::uint64_t sequence, const Event& event) {
  Slot& slot = slots_[alarm];
  HALFWRITE_ASSERT(slot.is_alarm && !slot.pending, "an alarm was armed that is pending already");
  slot.event = event;
  slot.pending = true;
  slot.at = at.since_start().in_nanoseconds();
  slot.sequence = sequence;
  const bool entered = slot.entry_sequence != nowhere;
  const bool in_time =
      slot.entry_at < slot.at || (slot.entry_at == slot.at && slot.entry_sequence < slot.sequence);
  if (!entered || !in_time) {
    if (entered) ++stale_;
    enter(alarm);
  }
  return {alarm, slot.generation};
}

void EventQueue::put_back(Timer timer, Instant at, std::uint64_t sequence) {
  if (find(timer) == nullptr) return;
  Slot& slot = slots_[timer.slot];
  slot.at = at.since_start().in_nanoseconds();
  slot.sequence = sequence;
  enter(timer.slot);
}

bool EventQueue::cancel(Timer timer) {
  if (find(timer) == nullptr) return false;
  // What the callback holds is destroyed after the queue is whole again: it may call back.
  const std::function<void()> dropped = std::move(callbacks_[timer.slot]);
  release(timer.slot);
  if (stale_ > worth_compacting && stale_ > heap_.size() / 2) compact();
  return true;
}

bool EventQueue::pop(Entry& entry) {
  while (!heap_.empty()) {
    const HeapEntry first = heap_.front();
    const HeapEntry last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0, last);
    Slot& slot = slots_[first.slot];
    if (slot.entry_sequence != first.sequence) {
      --stale_;
      continue;
    }
    slot.entry_sequence = nowhere;
    if (!slot.pending) continue;
    if (slot.sequence != first.sequence) {
      enter(first.slot);
      continue;
    }
    entry = {first.at, first.sequence, {first.slot, slot.generation}};
    return true;
  }
  return false;
}

Event EventQueue::take(Timer timer, std::function<void()>& callback) {
  HALFWRITE_ASSERT(find(timer) != nullptr, "an event was taken that is not pending");
  const Event event = slots_[timer.slot].event;
  if (event.kind == Event::Kind::callback) callback.swap(callbacks_[timer.slot]);
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

// An alarm keeps its slot and its entry: it is likely to be armed again before that comes up.
void EventQueue::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.pending = false;
  ++slot.generation;
  if (slot.is_alarm) return;
  if (std::exchange(slot.entry_sequence, nowhere) != nowhere) ++stale_;
  free_.push_back(index);
}

void EventQueue::enter(std::uint32_t index) {
  Slot& slot = slots_[index];
  slot.entry_at = slot.at;
  slot.entry_sequence = slot.sequence;
  push({slot.at, slot.sequence, index});
}

void EventQueue::push(const HeapEntry& entry) {
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

void EventQueue::sift_down(std::size_t hole, const HeapEntry& entry) {
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = arity * hole + 1;
    if (first >= size) break;
    std::size_t least = first;
    if (first + arity <= size) {
      // A whole family, the common case: two pairs and their winners.
      const std::size_t left = before(heap_[first + 1], heap_[first]) ? first + 1 : first;
      const std::size_t right = before(heap_[first + 3], heap_[first + 2]) ? first + 3 : first + 2;
      least = before(heap_[right], heap_[left]) ? right : left;
    } else {
      for (std::size_t child = first + 1; child < size; ++child) {
        least = before(heap_[child], heap_[least]) ? child : least;
      }
    }
    if (!before(heap_[least], entry)) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = entry;
}

// Cancelled events of the far future would otherwise fill the heap for as long as they were set.
void EventQueue::compact() {
  std::erase_if(heap_, [this](const HeapEntry& entry) {
    return slots_[entry.slot].entry_sequence != entry.sequence;
  });
  stale_ = 0;
  if (heap_.size() < 2) return;
  for (std::size_t index = (heap_.size() - 2) / arity + 1; index-- > 0;) {
    const HeapEntry entry = heap_[index];
    sift_down(index, entry);
  }
}

}  // namespace halfwrite::sim
