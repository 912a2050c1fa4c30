// The pending events of a run: a four-ary heap ordered by (instant, sequence), a total order, over
// pooled slots. Cancelling is lazy: the slot is free at once and its entry in the heap is passed
// over, so that a cancelled event neither moves the clock nor counts as work. It decides order and
// nothing else; what an event does is the kernel's business.
#pragma once

#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace halfwrite::sim {

// Something that a message arrives at. The network's directions are; the kernel only calls back.
class Arrival {
 public:
  virtual void arrive() = 0;

 protected:
  ~Arrival() = default;
};

struct Event {
  enum class Kind : std::uint8_t { callback, start, resume, time_out, arrival };
  Kind kind = Kind::callback;
  Activity activity = Activity::work;
  Process* owner = nullptr;  // dies with it and is held back while it is paused
  FiberReference fiber;      // start, resume, time_out
  Arrival* arrival = nullptr;
  std::function<void()> callback;
};

class EventQueue {
 public:
  struct Entry {
    std::int64_t at = 0;
    std::uint64_t sequence = 0;
    Timer timer;
  };

  Timer add(Instant at, std::uint64_t sequence, Event&& event);
  // An entry that was popped and held back is put in again under its slot.
  void put_back(Timer timer, Instant at, std::uint64_t sequence);
  // The event of a pending slot, or nullptr when it fired or was cancelled.
  const Event* find(Timer timer) const;
  // False when it had fired or been cancelled before.
  bool cancel(Timer timer);
  // The next entry whose event is still wanted; false: none is left. The event stays in its slot.
  bool pop(Entry& entry);
  // Takes the event of a popped entry out of its slot, which is free then.
  Event take(Timer timer);
  // Slots of events owned by `owner`, in order of slot.
  std::vector<Timer> owned_by(const Process& owner) const;

 private:
  struct Slot {
    Event event;
    std::uint32_t generation = 0;
    bool pending = false;
    bool in_heap = false;
  };
  static bool before(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
  }
  void push(const Entry& entry);
  void sift_down(std::size_t hole, const Entry& entry);
  void release(std::uint32_t slot);
  void compact();

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t stale_ = 0;  // entries in the heap whose event was cancelled
};

}  // namespace halfwrite::sim
