#include "sim/assert.hpp"
#include "sim/kernel.hpp"
#include "sim/network.hpp"

#include <utility>

namespace halfwrite::sim {

Process::Process(Simulation& simulation, Node& node, Name name, std::uint32_t incarnation)
    : simulation_(simulation),
      node_(node),
      name_(name),
      incarnation_(incarnation),
      state_(std::make_unique<ProcessState>()) {}

Process::~Process() = default;

FiberReference Process::spawn(Scope scope, std::function<void()> body) {
  return Kernel::of(simulation_).spawn(*this, scope, std::move(body));
}

Timer Process::after(Duration delay, Activity activity, std::function<void()> callback) {
  if (simulation_.inert() || !alive_) return {};
  return Kernel::of(simulation_)
      .call_at(simulation_.now() + delay, activity, this, std::move(callback));
}

Node::Node(Simulation& simulation, NodeOptions options)
    : simulation_(simulation), state_(std::make_unique<NodeState>()) {
  state_->name = simulation.names().of(options.name);
  state_->options = std::move(options);
}

Node::~Node() = default;

std::string_view Node::name() const {
  return state_->options.name;
}
std::string_view Node::group() const {
  return state_->options.group;
}
bool Node::is_up() const {
  return state_->process != nullptr;
}
bool Node::is_paused() const {
  return state_->process != nullptr && Kernel::state(*state_->process).paused;
}
Process* Node::process() const {
  return state_->process;
}
Disk& Node::disk() const {
  return state_->disk;
}

Instant Node::clock() const {
  return state_->options.clock.reads(simulation_.now(), state_->clock_fault);
}
Duration Node::truly(Duration measured) const {
  return state_->options.clock.truly(measured);
}

void Kernel::start(Node& node) {
  call_at(state(node).options.starts, Activity::work, nullptr, [this, &node] { boot(node); });
}

void Kernel::boot(Node& node) {
  NodeState& machine = state(node);
  if (machine.process != nullptr) return;
  if (std::exchange(machine.coming_up, false)) --coming_up;
  machine.crashed = false;
  const bool rebooted = std::exchange(machine.machine_down, false);
  machine.lives.push_back(
      std::unique_ptr<Process>(new Process(simulation, node, machine.name, ++machine.incarnation)));
  Process& process = *machine.lives.back();
  machine.process = &process;
  Address address;
  address.actor = machine.name;
  record(TraceKind::booted, address, machine.incarnation);
  if (rebooted) network().machine_is_up(node);
  if (!machine.options.main) return;
  Scope scope;
  scope.operation = machine.name;
  spawn(process, scope, [&process, &machine] { machine.options.main(process); });
}

// Instead of what was to bring it up before.
void Kernel::boot_after(Node& node, std::optional<Duration> down) {
  NodeState& box = state(node);
  cancel(box.comes_up);
  if (box.coming_up != down.has_value()) coming_up = down ? coming_up + 1 : coming_up - 1;
  box.coming_up = down.has_value();
  if (!down) return;
  box.comes_up = call_at(now() + *down, Activity::work, nullptr, [this, &node] { boot(node); });
}

void Kernel::crash(Node& node, bool machine, bool disk_lost, std::optional<Duration> down) {
  if (simulation.inert_) return;
  as_kernel([this, &node, machine, disk_lost, down] {
    NodeState& box = state(node);
    Process* const process = box.process;
    if (process != nullptr) {
      Address address;
      address.actor = box.name;
      record(TraceKind::crashed, address, (machine ? 1u : 0u) | (disk_lost ? 2u : 0u));
      ProcessState& life = state(*process);
      for (Fiber* fiber = life.oldest; fiber != nullptr; fiber = fiber->newer)
        hit_windows(*fiber, Hit::process);
      process->alive_ = false;
      box.process = nullptr;
      box.crashed = true;
      box.machine_down = machine;
      life.paused = false;
      cancel(life.resume);
      life.held.clear();
      set_inert(true);
      unwind(*process);
      for (const Timer timer : queue.owned_by(*process)) cancel(timer);
      life.listener = {};
      set_inert(false);
      simulation.network_->process_stopped(*process, machine);
      boot_after(node, down);
    } else if (machine || !down) {
      // Its process was down already; now it comes up with its machine, or never.
      boot_after(node, down);
    }
    if (machine) {
      box.crashed = true;
      box.machine_down = true;
      box.disk.machine_crashed();
    }
    if (disk_lost) box.disk.lost();
    if (!down) box.disk.abandoned();
  });
}

void Kernel::pause(Node& node, Duration lasting) {
  Process* const process = state(node).process;
  if (simulation.inert_ || process == nullptr) return;
  ProcessState& life = state(*process);
  for (Fiber* fiber = life.oldest; fiber != nullptr; fiber = fiber->newer)
    hit_windows(*fiber, Hit::process);
  const Instant until = now() + lasting;
  if (!life.paused || until > life.paused_until) {
    cancel(life.resume);
    life.paused = true;
    life.paused_until = until;
    life.resume = call_at(until, Activity::work, nullptr, [this, process] { end_pause(*process); });
  }
  if (current != nullptr && current->process == process) {
    HALFWRITE_ASSERT(!on_main_call_, "a process was paused by work on the worker's own stack");
    // Its going on is the first of the events that the pause holds back. A fiber that already
    // waits is left to its wait.
    Fiber& fiber = *current;
    if (fiber.state == Fiber::State::running) {
      release(fiber);
      hold(fiber, "paused");
    }
  }
}

void Kernel::end_pause(Process& process) {
  ProcessState& life = state(process);
  if (!process.alive_) return;
  life.paused = false;
  for (const Timer timer : life.held) {
    if (queue.find(timer) != nullptr) queue.put_back(timer, now(), next_sequence_++);
  }
  life.held.clear();
}

}  // namespace halfwrite::sim
