// One fiber: a stack with its saved place, exception state, scope and what it waits for. Pooled by
// slot and generation. Internal to the room; only the kernel touches it.
#pragma once

#include "sim/event_queue.hpp"
#include "sim/simulation.hpp"

#include <boost/context/fiber.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::sim {

// What unwinds the fibers of a crashed process. Not a std::exception, so that `catch (const
// std::exception&)` in service code lets it pass. At the end of a run, when all are unwound and
// nothing is told any more, the cheaper forced unwinding does the same.
struct Crash {
  const Names* names;
  Address place;
};

// The part of the runtime's per-thread state that belongs to a stack: the exceptions being handled
// and the number in flight. Two fibers that wait inside a `catch` would otherwise swap exceptions.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

struct StepCount {
  std::uint32_t key = 0;  // index of the step's name; the highest bit: a message of that kind
  std::uint32_t count = 0;
};

// A window as its fiber carries it; WindowGuard says what the stages mean.
struct OpenWindow {
  enum class Stage : std::uint8_t { expected, open, closing };
  std::uint64_t id = 0;
  std::string name;
  Stage stage = Stage::open;
  std::optional<RequestAt> opens_with;
  std::optional<RequestAt> closes_with;
};

struct Fiber {
  enum class State : std::uint8_t {
    vacant,
    starting,  // its start is a pending event
    running,
    waiting,   // for a wake or its time-out
    held,      // by an order or a pause; wakes are remembered
    resuming,  // its resumption is a pending event
    finished,
  };

  // What each wait touches comes first, in few lines of the processor's cache.
  State state = State::vacant;
  bool dying = false;         // resumed only to unwind
  bool wake_pending = false;  // woken while held before its wait
  Woken woken = Woken::woken;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::optional<EventQueue::Alarm> alarm;  // for its time-outs; stays with the slot
  Timer timer;                             // of its time-out, start or resumption
  boost::context::fiber context;
  ExceptionState exceptions;
  Process* process = nullptr;
  Scope scope;
  Address waits_at;
  std::vector<StepCount> counts;  // of all scopes it is in, the innermost last
  std::size_t counts_from = 0;    // where those of the innermost begin

  Fiber* older = nullptr;  // of the same process, in order of creation
  Fiber* newer = nullptr;
  std::vector<OpenWindow> windows;
  std::function<void()> body;
  std::exception_ptr main_call_error;
  std::uint32_t waits_while_dying = 0;
  Duration rests_again;  // zero: the wait is no rest
  Instant rests_until;
  // For AddressSanitizer.
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;

  FiberReference reference() const { return {slot, generation}; }
  // The number of this pass of a step within the scope, from 1; `advance` counts it.
  std::uint32_t occurrence(std::uint32_t key, bool advance);
};

}  // namespace halfwrite::sim
