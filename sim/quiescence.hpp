// Storm, then calm: detects that a run has come to rest. A run is quiet when no work event, message
// or guard timer is pending, no open thing (transaction, prepared branch, lease, delivery) is left,
// every node that will come back is up, and each idle loop has run one full cycle since the last
// durable change without causing one. It is told these facts by the kernel and the models and never
// guesses by waiting. Idle events alone never keep a run alive.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::sim {

class Kernel;
class Simulation;

class Quiescence {
 public:
  // A model changed something that outlives the instant: a commit became visible, a record was
  // appended, an offset was stored with a new value. Not for repeating what was already so.
  void durable_change() {
    if (!inert_) ++changes_;
  }
  std::uint64_t durable_changes() const { return changes_; }

  // What was found on behalf of this idle loop (Scope::loop; 0: of none) may be found otherwise
  // although nothing durable changes: a row that another open transaction holds was skipped, a
  // failure that passes was met. Its cycle under way does not show that there is nothing to do.
  void look_again(std::uint64_t loop);

  // The kernel's count of pending events that are work.
  void work_added() { ++work_; }
  void work_removed() { --work_; }
  void work_done() {
    work_removed();
    ++happenings_;
  }
  std::uint64_t pending_work() const { return work_; }
  // A fault struck.
  void disturbed() { ++happenings_; }

  // Since the last complete cycle of this idle loop (0: of none) began, nothing but idle events has
  // happened, and nothing durable has changed: another cycle would find what that one found.
  bool would_find_nothing(std::uint64_t loop) const;

  bool is_quiet() const;
  // What still waits for what, one sentence each, in order of opening: the text of a stuck verdict.
  std::vector<std::string> waiting() const;

 private:
  friend class IdleLoop;
  friend class OpenThing;
  friend class Kernel;
  struct Loop {
    std::string name;
    std::uint64_t settled_at = ~0ull;     // durable_changes() when its last complete cycle began
    std::uint64_t settled_after = ~0ull;  // happenings_ then
    bool looks_again = false;             // its cycle under way does not count
  };
  std::uint64_t changes_ = 0;
  std::uint64_t work_ = 0;
  std::uint64_t happenings_ = 0;  // work done, and faults
  std::uint64_t next_id_ = 1;
  bool inert_ = false;  // a dead fiber unwinds: things close, nothing opens or changes
  std::map<std::uint64_t, Loop> loops_;                         // by id, in order of registration
  std::map<std::uint64_t, std::function<std::string()>> open_;  // by id, in order of opening
};

// One idle loop (message relay, consumer, connector, flush tick), for as long as it lives.
// `begin_cycle` before it looks for work, `end_cycle` when it has handled what it found. It looks
// under a scope that carries its `id`, by which the models say what must be looked at again. Lives
// in a process: a crash ends it with the rest.
class IdleLoop {
 public:
  IdleLoop(Quiescence& quiescence, std::string name);
  ~IdleLoop();
  IdleLoop(const IdleLoop&) = delete;
  IdleLoop& operator=(const IdleLoop&) = delete;
  std::uint64_t id() const { return id_; }
  void begin_cycle();
  void end_cycle();
  // It could not look: whatever its earlier cycles said, it must, once more.
  void unsettle();

 private:
  Quiescence& quiescence_;
  std::uint64_t id_;
  std::uint64_t began_at_ = ~0ull;
  std::uint64_t began_after_ = ~0ull;
};

// The same of what the running fiber found; outside a fiber nothing is looked for.
void look_again(Simulation& simulation);

// Something that must be closed before a run is quiet; `what` is a sentence for people:
// "transaction 31 of order.1 is open". It is asked for only where a run is stuck, and must not
// outlive what it refers to.
class OpenThing {
 public:
  OpenThing() = default;
  OpenThing(Quiescence& quiescence, std::function<std::string()> what);
  OpenThing(Quiescence& quiescence, std::string what)
      : OpenThing(quiescence, [sentence = std::move(what)] { return sentence; }) {}
  OpenThing(OpenThing&& other) noexcept;
  OpenThing& operator=(OpenThing&& other) noexcept;
  ~OpenThing() { close(); }
  void close();

 private:
  Quiescence* quiescence_ = nullptr;
  std::uint64_t id_ = 0;
};

}  // namespace halfwrite::sim
