// The kernel's inside, shared by the sources of this room and by nobody else: the queue, the fibers
// and how they are switched, the lives of processes. Simulation, Process and Node are its public
// face.
#pragma once

#include "sim/assert.hpp"
#include "sim/disk.hpp"
#include "sim/event_queue.hpp"
#include "sim/fault_state.hpp"
#include "sim/fiber.hpp"
#include "sim/network_state.hpp"
#include "sim/sanitizers.hpp"
#include "sim/simulation.hpp"
#include "sim/stack_pool.hpp"

#include <boost/context/fiber.hpp>
#include <unwind.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::sim {

struct ProcessState {
  Fiber* oldest = nullptr;
  Fiber* newest = nullptr;
  bool paused = false;
  Instant paused_until;
  Timer resume;
  std::vector<Timer> held;  // events that came due during the pause, in order
  Listener listener;
  std::map<std::uint64_t, std::shared_ptr<Channel>> channels;  // by end, in order of opening
};

struct NodeState {
  NodeOptions options;
  Name name;
  std::uint32_t index = 0;
  Disk disk;
  Duration clock_fault;  // how far faults have set the clock ahead
  Duration slow;         // added to each of its messages by faults
  std::uint32_t incarnation = 0;
  Process* process = nullptr;
  bool machine_down = false;  // silent: nobody answers, not even with a refusal
  bool crashed = false;       // down by a crash; what `at_most_down` counts
  bool coming_up = false;
  Timer comes_up;                               // with coming_up
  std::vector<std::unique_ptr<Process>> lives;  // kept: ends of old connections point to them
};

class Kernel {
 public:
  explicit Kernel(Simulation& owner);
  ~Kernel();

  static Kernel& of(const Simulation& simulation) { return *simulation.kernel_; }
  static ProcessState& state(const Process& process) { return *process.state_; }
  static NodeState& state(const Node& node) { return *node.state_; }
  FaultState& faults() { return *simulation.faults_->state_; }
  NetworkState& network() { return *simulation.network_->state_; }
  Instant now() const { return simulation.now_; }

  // --- Events
  Timer schedule(Instant at, const Event& event, std::function<void()> callback = {});
  // The end of the fiber's wait if nothing else ends it.
  Timer arm_time_out(Fiber& fiber, Instant at);
  // In the space of faults, before every other event of the instant, and idle.
  void schedule_fault(Instant at, std::uint64_t order, std::function<void()> strike);
  Timer call_at(Instant at, Activity activity, Process* owner, std::function<void()> callback);
  void cancel(Timer timer);
  RunEnd run();

  // --- Fibers (fiber.cpp)
  FiberReference spawn(Process& process, const Scope& scope, std::function<void()> body);
  Fiber* find(FiberReference reference);
  Fiber& running(const char* sentence);
  // Runs a fiber until it gives the stack back.
  void resume(Fiber& fiber);
  // From the running fiber: gives the stack back to the kernel and comes back when resumed.
  [[gnu::always_inline]] void switch_out(Fiber& fiber);
  // Runs `work` on the kernel's stack, for the running fiber.
  void call_on_main(const std::function<void()>& work);
  // The same, with no fiber running: for what resumes other fibers.
  // It must hold by value what it needs: it may end the fiber that asks.
  void as_kernel(std::function<void()> work);
  bool on_main_call() const { return on_main_call_; }
  // Resumes every fiber of the process to unwind, the newest first, as a stack unwinds: a fiber may
  // refer to what the frames of the one that started it own.
  void unwind(Process& process);
  void set_inert(bool inert);
  void unwind_all();

  // --- Waiting (wait.cpp)
  // False: the fiber is dead and a destructor waits; nothing is to be done.
  bool may_wait(Fiber& fiber, Name step);
  Address next_address(Fiber& fiber, Name step);
  // Passes the point before a wait: faults may strike, an order may hold the fiber.
  void begin_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases);
  // The wait itself and the point after it. `during_here`: the point during the wait is passed as
  // it begins; a request passes it when it arrives at its peer instead.
  // Nothing but the switch itself stands between a wait and its caller: the processor foretells
  // returns by the calls before them, and after a switch of stacks all of those are wrong.
  [[gnu::always_inline]] Woken finish_wait(Fiber& fiber, const Address& address,
                                           std::span<const Alias> aliases, Duration timeout,
                                           bool during_here) {
    enter_wait(fiber, address, aliases, timeout, during_here);
    switch_out(fiber);
    return leave_wait(fiber, address, aliases);
  }
  // The whole wait, from the place of the running fiber.
  [[gnu::always_inline]] Woken suspend(const Place& place, Duration timeout) {
    Fiber& fiber = running("a wait was tried outside a fiber");
    HALFWRITE_ASSERT(!place.step.empty(), "a wait has no name");
    if (!may_wait(fiber, place.step)) return Woken::timed_out;
    const Address address = next_address(fiber, place.step);
    begin_wait(fiber, address, place.aliases);
    return finish_wait(fiber, address, place.aliases, timeout, true);
  }
  // A place that is passed without waiting.
  void pass(Fiber& fiber, const Address& address, std::span<const Alias> aliases);
  // Stands still without being woken by `wake`: an order or a pause holds the fiber.
  void hold(Fiber& fiber, const char* why);
  void release(Fiber& fiber);
  void wake(FiberReference reference);
  // From a kernel event, as the last thing it does: wakes the fiber and runs it at once.
  void wake_at_once(FiberReference reference);
  // Unwinds the running fiber, which is dead, to its bottom.
  [[noreturn]] void unwind_running(Fiber& fiber);
  void record(TraceKind kind, const Address& address, std::uint64_t detail = 0,
              std::string_view note = {});

  // --- Windows (windows.cpp)
  // A request of this fiber has reached its server, and: has been answered or given up.
  void request_arrived(Fiber& fiber, Name step);
  void request_over(Fiber& fiber);
  // What a fault hits of a fiber: its process, or the connection it waits on.
  enum class Hit : std::uint8_t { process, connection };
  void hit_windows(const Fiber& fiber, Hit hit);

  // --- Lives of processes (lifecycle.cpp)
  void start(Node& node);
  void crash(Node& node, bool machine, bool disk_lost, std::optional<Duration> down);
  void pause(Node& node, Duration lasting);
  void end_pause(Process& process);

  Simulation& simulation;
  EventQueue queue;
  std::map<std::string, Node*, std::less<>> nodes_by_name;
  Instant calm_since;
  std::uint32_t coming_up = 0;  // nodes that are down and will be back
  Fiber* current = nullptr;

 private:
  void fire(Timer timer);
  void enter_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases,
                  Duration timeout, bool during_here);
  // Its rest is over, and begins again where there is nothing to look for.
  bool rests_on(Fiber& fiber);
  Woken leave_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases);
  void boot(Node& node);
  void boot_after(Node& node, std::optional<Duration> down);
  void enter(boost::context::fiber& main);
  void switch_in(Fiber& fiber);
  // Fibers are switched on the calling thread from now on.
  void enter_thread();
  void retire(Fiber& fiber);
  RunEnd finish(RunEnd::Kind kind, Instant at);

  StackPool own_stacks_;
  StackPool* stacks_;
  std::deque<Fiber> fibers_;  // never move
  std::vector<std::uint32_t> vacant_;
  boost::context::fiber main_;
  ExceptionState* thread_exceptions_ = nullptr;
  Fiber* next_ = nullptr;  // runs when the event being fired has returned to the loop
  const std::function<void()>* main_call_ = nullptr;
  std::function<void()> kernel_call_;
  bool on_main_call_ = false;
  bool ended_ = false;
  _Unwind_Exception end_of_run_;  // what unwinds a fiber then, one after the other
  std::uint64_t next_sequence_;
  std::uint64_t sequence_ = 0;  // of the event being fired, as the trace shows it
  const void* main_bottom_ = nullptr;
  std::size_t main_size_ = 0;
};

inline void Kernel::switch_out(Fiber& fiber) {
  start_stack_switch(&fiber.fake_stack, main_bottom_, main_size_);
  main_ = std::move(main_).resume();
  finish_stack_switch(fiber.fake_stack, &main_bottom_, &main_size_);
}

}  // namespace halfwrite::sim
