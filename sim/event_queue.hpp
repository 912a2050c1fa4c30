// The pending events of a run: a four-ary heap ordered by (instant, sequence), a total order, over
// pooled slots. Cancelling is lazy: the slot is free at once and its entry in the heap is passed
// over, so that a cancelled event neither moves the clock nor counts as work. An alarm is a slot
// that is armed again and again and as a rule cancelled, a time-out: its entry stays in the heap,
// and is moved to where it belongs only when it comes up. The queue decides order and nothing else;
// what an event does is the kernel's business.
#pragma once

#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace halfwrite::sim {

struct Fiber;

// Something that a message arrives at. The network's directions are; the kernel only calls back.
class Arrival {
 public:
  virtual void arrive() = 0;

 protected:
  ~Arrival() = default;
};

// Copied about, so it is small; what a callback holds lies beside it in the queue.
struct Event {
  enum class Kind : std::uint8_t { callback, start, resume, time_out, arrival };
  Kind kind = Kind::callback;
  Activity activity = Activity::work;
  Process* owner = nullptr;  // dies with it and is held back while it is paused
  union {
    Fiber* fiber = nullptr;  // start, resume, time_out: it is there as long as the event is pending
    Arrival* arrival;
  };
};

class EventQueue {
 public:
  struct Entry {
    std::int64_t at = 0;
    std::uint64_t sequence = 0;
    Timer timer;
  };
  using Alarm = std::uint32_t;

  // Sequences are never used twice. Instants are those of a run: not before its start.
  Timer add(Instant at, std::uint64_t sequence, const Event& event,
            std::function<void()> callback = {});
  // A slot of its own for one event at a time, for as long as the queue lives.
  Alarm make_alarm();
  // Requires that the alarm is not pending.
  Timer arm(Alarm alarm, Instant at, std::uint64_t sequence, const Event& event);
  // An entry that was popped and held back is put in again under its slot.
  void put_back(Timer timer, Instant at, std::uint64_t sequence);
  // The event of a pending slot, or nullptr when it fired or was cancelled.
  const Event* find(Timer timer) const {
    if (timer.slot >= slots_.size()) return nullptr;
    const Slot& slot = slots_[timer.slot];
    return slot.pending && slot.generation == timer.generation ? &slot.event : nullptr;
  }
  // False when it had fired or been cancelled before.
  bool cancel(Timer timer);
  // The next entry whose event is still wanted; false: none is left. The event stays in its slot.
  bool pop(Entry& entry);
  // Takes the event of a popped entry out of its slot, which is free then, and its callback.
  Event take(Timer timer, std::function<void()>& callback);
  // Has what the next event needs brought to the processor, where it is likely to be far away.
  void prefetch_next() const {
    if (heap_.empty()) return;
    __builtin_prefetch(&slots_[heap_.front().slot]);
  }
  // Slots of events owned by `owner`, in order of slot.
  std::vector<Timer> owned_by(const Process& owner) const;

 private:
  static constexpr std::uint64_t nowhere = ~0ull;
  struct alignas(64) Slot {
    Event event;
    std::int64_t at = 0;
    std::uint64_t sequence = 0;
    std::int64_t entry_at = 0;  // of its entry in the heap, which may come up early
    std::uint64_t entry_sequence = nowhere;
    std::uint32_t generation = 0;
    bool pending = false;
    bool is_alarm = false;
  };
  struct HeapEntry {
    std::int64_t at = 0;
    std::uint64_t sequence = 0;
    std::uint32_t slot = 0;
  };
  static bool before(const HeapEntry& a, const HeapEntry& b) {
    // As one number of 128 bits: without a jump, which could not be foretold.
    __extension__ using Wide = unsigned __int128;
    const Wide first = (static_cast<Wide>(static_cast<std::uint64_t>(a.at)) << 64) | a.sequence;
    const Wide second = (static_cast<Wide>(static_cast<std::uint64_t>(b.at)) << 64) | b.sequence;
    return first < second;
  }
  std::uint32_t free_slot();
  void enter(std::uint32_t slot);
  void push(const HeapEntry& entry);
  void sift_down(std::size_t hole, const HeapEntry& entry);
  void release(std::uint32_t slot);
  void compact();

  std::vector<HeapEntry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::function<void()>> callbacks_;  // by slot
  std::vector<std::uint32_t> free_;
  std::size_t stale_ = 0;  // entries in the heap that no slot knows any more
};

}  // namespace halfwrite::sim
