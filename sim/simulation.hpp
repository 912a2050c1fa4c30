// The kernel of one run: virtual clock, event queue ordered by (time, sequence), fibers, nodes and
// their processes. It owns everything that happens in a run and nothing of what it means: no
// database, broker or order is known here. One thread runs one simulation; simulations share
// nothing. Service code is straight-line code on a fiber: every wait goes through `suspend` or what
// is built on it, has an address, and is a crash point.
//
// The dead do nothing: when a process crashes, its fibers are resumed only to unwind (by an
// exception that is no std::exception), and while they do the kernel is inert: sends, wake-ups,
// timers, facts and durable changes are dropped. Swallowing that exception, or waiting in a
// noexcept function, is an assertion that names the place.
#pragma once

#include "sim/address.hpp"
#include "sim/clock.hpp"
#include "sim/draw.hpp"
#include "sim/fault.hpp"
#include "sim/fiber_reference.hpp"
#include "sim/quiescence.hpp"
#include "sim/time.hpp"
#include "sim/trace.hpp"
#include "sim/windows.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sim {

class Disk;
class FaultInjection;
class Kernel;
class Network;
class Node;
class Process;
class Simulation;
class StackPool;
struct NodeState;
struct ProcessState;

// Why a wait ended.
enum class Woken : std::uint8_t { woken, timed_out };

// A pending callback; cancelling one that has fired or died does nothing.
struct Timer {
  std::uint32_t slot = ~0u;
  std::uint32_t generation = 0;
};

// A node that can take over from another: what a promote fault means is the business of its model.
class Promotable {
 public:
  virtual ~Promotable() = default;
  virtual bool can_be_promoted() const = 0;
  // Must not wait. `fenced`: who it takes over from is shut off, whatever parts them.
  virtual void promote(bool fenced) = 0;
};

struct NodeOptions {
  std::string name;   // "order.1"
  std::string group;  // "order": what `at_most_down` counts over and what a fault may name
  Clock clock;
  // Started when the node first comes up and after each restart, as the body of the process's first
  // fiber.
  std::function<void(Process&)> main;
  Instant starts;  // when it first comes up
  Promotable* promotable = nullptr;
};

struct SimulationOptions {
  std::uint64_t seed = 1;
  DurationRange latency{Duration::microseconds(500), Duration::milliseconds(2)};
  Duration keepalive = Duration::seconds(60);
  FaultPlan plan;
  Storm storm;  // its chances are asked; its rhythms must already be in `plan`
  Duration settle_at_most = Duration::seconds(3600);
  TraceSink* trace_sink = nullptr;
  StackPool* stacks = nullptr;  // of the worker, for run after run; nullptr: the simulation's own
};

// How a run ended.
struct RunEnd {
  enum class Kind : std::uint8_t { quiet, stuck } kind = Kind::quiet;
  Instant at;
  Instant calm_since;                // end of the storm and of the workload
  std::vector<std::string> waiting;  // stuck: what waits for what
};

// A process: one life of the software on a node. Dies by a crash; the node starts another with the
// next incarnation.
class Process {
 public:
  ~Process();
  Simulation& simulation() const { return simulation_; }
  Node& node() const { return node_; }
  Name name() const { return name_; }  // "order.1"
  std::uint32_t incarnation() const { return incarnation_; }
  bool alive() const { return alive_; }

  // Starts a fiber of this process at this instant, after the events already due. Dies with the
  // process.
  FiberReference spawn(Scope scope, std::function<void()> body);
  // Calls back on the kernel's stack (the callback must not wait). Dies with the process; held back
  // while it is paused.
  Timer after(Duration delay, Activity activity, std::function<void()> callback);

 private:
  friend class Simulation;
  friend class Node;
  friend class Kernel;
  Process(Simulation& simulation, Node& node, Name name, std::uint32_t incarnation);
  Simulation& simulation_;
  Node& node_;
  Name name_;
  std::uint32_t incarnation_;
  bool alive_ = true;
  std::unique_ptr<ProcessState> state_;
};

// A machine: one disk, one clock, at most one living process. Owned by the simulation; never moves.
class Node {
 public:
  ~Node();
  Simulation& simulation() const { return simulation_; }
  std::string_view name() const;
  std::string_view group() const;
  bool is_up() const;  // has a living process
  bool is_paused() const;
  Process* process() const;  // the living one, or nullptr
  Disk& disk() const;
  Instant clock() const;  // what its clock shows now, with the steps that faults have made
  // How long it truly takes until its clock has gone on by `measured`.
  Duration truly(Duration measured) const;

 private:
  friend class Simulation;
  friend class Kernel;
  Node(Simulation& simulation, NodeOptions options);
  Simulation& simulation_;
  std::unique_ptr<NodeState> state_;
};

class Simulation {
 public:
  explicit Simulation(SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Instant now() const { return now_; }
  const SimulationOptions& options() const { return options_; }
  Draws draws() const { return draws_; }
  Names& names() { return names_; }
  Trace& trace() { return trace_; }
  Quiescence& quiescence() { return quiescence_; }
  Windows& windows() { return windows_; }
  Network& network() { return *network_; }
  FaultInjection& faults() { return *faults_; }

  // Nodes are added before `run`, in the order of the scenario; that order is part of a run's
  // identity.
  Node& add_node(NodeOptions options);
  Node* find_node(std::string_view name);
  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }

  // Runs until quiet, or until `settle_at_most` after the calm began; stuck already when for ten
  // minutes of virtual time nothing but idle events happened. `calm_since` is the latest instant
  // announced by `keep_busy_until`. At its end all fibers are unwound, inert, so that what they
  // refer to may be destroyed before the simulation. Called once.
  RunEnd run();
  // The calm does not begin before this instant (workload and storm announce their ends).
  void keep_busy_until(Instant instant);

  // A callback outside every process (workload clock, plans). Events at one instant run in the
  // order they were asked for.
  Timer at(Instant instant, Activity activity, std::function<void()> callback);
  void cancel(Timer timer);

  // --- For code on a fiber ---

  // The scope of the running fiber. Outside a fiber: an assertion.
  const Scope& scope() const;
  Process& current_process() const;
  FiberReference current_fiber() const;
  bool on_fiber() const;
  // True while a dead fiber unwinds: everything it calls is dropped.
  bool inert() const { return inert_; }

  // The one wait everything is built on: until `wake` or the time-out. Its pending time-out counts
  // as work or idle by the fiber's scope. Passes the fault points before and after; a crash unwinds
  // from here.
  Woken suspend(const Place& place, Duration timeout = Duration::for_ever());
  // Wakes a waiting fiber at this instant, after the events already due. A fiber that is gone, or
  // not waiting, is left alone.
  void wake(FiberReference fiber);
  void sleep(Duration duration, const Place& place);
  // The pause of an idle loop between two cycles, or of who keeps its request until there is
  // something to tell (Scope::loop says whose): until `wake` or the time-out. In the calm, behind
  // the storm and the workload, it goes on by whole periods while the loop would find nothing
  // (Quiescence::would_find_nothing), and ends before `at_most` is exceeded: what is left out are
  // cycles that change nothing and meet nothing.
  struct Rest {
    Duration timeout;  // of the first period: what is left of it
    Duration period;
    Duration at_most = Duration::for_ever();
  };
  Woken rest(const Rest& rest, const Place& place);
  // A time-out, interval or back-off of the running fiber's node, which its own clock measures: how
  // long it truly takes. Waits take true durations; what a disk or a processor needs is no timer.
  Duration truly(Duration measured) const;
  // Passes a place without waiting there: a server-side moment such as "logged". Faults may strike,
  // orders may hold it.
  void pass(const Place& place);
  // The address the running fiber would have at this step.
  Address address(const Place& place) const;
  // Runs on the worker's own stack and comes back: for SQL and whatever needs more stack than a
  // fiber has. Must not wait.
  void on_main_stack(const std::function<void()>& work);

  void crash(Node& node, bool machine, bool disk_lost, std::optional<Duration> down);
  void pause(Node& node, Duration lasting);

 private:
  friend class Process;
  friend class Node;
  friend class ScopeGuard;
  friend class WindowGuard;
  friend class Kernel;

  SimulationOptions options_;
  Instant now_;
  bool inert_ = false;
  Draws draws_;
  Names names_;
  Trace trace_;
  Quiescence quiescence_;
  Windows windows_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<FaultInjection> faults_;
};

// Changes the running fiber's scope for a block: a server takes the scope of the message it
// handles, an operation that of its request. Occurrence counts start anew inside and the outer ones
// come back after it.
class [[nodiscard]] ScopeGuard {
 public:
  ScopeGuard(Simulation& simulation, Scope scope);
  ~ScopeGuard();
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

 private:
  Simulation& simulation_;
  FiberReference fiber_;
  Scope scope_;  // the outer one, and where its counts begin
  std::size_t counts_from_ = 0;
};

}  // namespace halfwrite::sim
