#include "sim/simulation.hpp"

#include "sim/assert.hpp"
#include "sim/fault_injection.hpp"
#include "sim/kernel.hpp"
#include "sim/network.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

namespace halfwrite::sim {

namespace {

// Sequences below are the faults' own: at one instant they come before everything else, so that a
// fault which did not land leaves no gap.
constexpr std::uint64_t first_sequence = 1ull << 32;
const Duration idle_patience = Duration::seconds(600);

// A crash that reaches a noexcept function ends here, and can still say where.
[[noreturn]] void ended_by_exception() {
  try {
    if (std::current_exception()) throw;
    // What unwinds at the end of a run is no exception that could be asked.
    assertion_failed("no wait in noexcept",
                     "a process waited in a noexcept function, where the end of the run cannot "
                     "unwind it; or std::terminate was called outright",
                     __FILE__, __LINE__);
  } catch (const Crash& crash) {
    const std::string sentence =
        "a process waited in a noexcept function, where a crash cannot unwind it: " +
        to_text(*crash.names, crash.place);
    assertion_failed("no wait in noexcept", sentence.c_str(), __FILE__, __LINE__);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "halfwrite: internal error: an exception was not caught: %s\n",
                 error.what());
  } catch (...) {
    std::fprintf(stderr, "halfwrite: internal error: an exception was not caught\n");
  }
  std::abort();
}

}  // namespace

Kernel::Kernel(Simulation& owner)
    : simulation(owner),
      stacks_(owner.options_.stacks != nullptr ? owner.options_.stacks : &own_stacks_),
      next_sequence_(first_sequence) {}

Kernel::~Kernel() = default;

Timer Kernel::schedule(Instant at, const Event& event, std::function<void()> callback) {
  if (event.activity == Activity::work) simulation.quiescence_.work_added();
  return queue.add(at < now() ? now() : at, next_sequence_++, event, std::move(callback));
}

Timer Kernel::arm_time_out(Fiber& fiber, Instant at) {
  Event event;
  event.kind = Event::Kind::time_out;
  event.activity = fiber.scope.activity;
  event.owner = fiber.process;
  event.fiber = &fiber;
  if (!fiber.alarm) fiber.alarm = queue.make_alarm();
  if (event.activity == Activity::work) simulation.quiescence_.work_added();
  return queue.arm(*fiber.alarm, at < now() ? now() : at, next_sequence_++, event);
}

void Kernel::schedule_fault(Instant at, std::uint64_t order, std::function<void()> strike) {
  Event event;
  event.activity = Activity::idle;
  queue.add(at, order, event, std::move(strike));
}

Timer Kernel::call_at(Instant at, Activity activity, Process* owner,
                      std::function<void()> callback) {
  Event event;
  event.activity = activity;
  event.owner = owner;
  return schedule(at, event, std::move(callback));
}

void Kernel::cancel(Timer timer) {
  const Event* event = queue.find(timer);
  if (event == nullptr) return;
  if (event->activity == Activity::work) simulation.quiescence_.work_removed();
  queue.cancel(timer);
}

void Kernel::fire(Timer timer) {
  std::function<void()> callback;
  const Event event = queue.take(timer, callback);
  if (event.activity == Activity::work) simulation.quiescence_.work_done();
  switch (event.kind) {
    case Event::Kind::callback:
      callback();
      return;
    case Event::Kind::arrival:
      event.arrival->arrive();
      return;
    case Event::Kind::start:
    case Event::Kind::resume:
    case Event::Kind::time_out:
      break;
  }
  Fiber* const fiber = event.fiber;
  HALFWRITE_ASSERT(fiber->state != Fiber::State::vacant, "an event came for a fiber that is gone");
  fiber->timer = {};
  if (event.kind == Event::Kind::time_out) {
    if (rests_on(*fiber)) return;
    fiber->woken = Woken::timed_out;
  }
  next_ = fiber;
}

RunEnd Kernel::run() {
  HALFWRITE_ASSERT(!ended_, "a simulation is run once");
  enter_thread();
  faults().take_plan();
  for (const auto& node : simulation.nodes_) start(*node);
  Quiescence& quiescence = simulation.quiescence_;
  Instant progress;
  std::uint64_t changes = 0;
  EventQueue::Entry entry;
  while (queue.pop(entry)) {
    const Instant at = Instant::at(Duration::nanoseconds(entry.at));
    const Instant deadline = calm_since + simulation.options_.settle_at_most;
    if (at > deadline) return finish(RunEnd::Kind::stuck, deadline);
    simulation.now_ = at;
    queue.prefetch_next();
    const Event& event = *queue.find(entry.timer);
    if (event.owner != nullptr && state(*event.owner).paused) {
      state(*event.owner).held.push_back(entry.timer);
      continue;
    }
    sequence_ = entry.sequence < first_sequence ? 0 : entry.sequence;
    if (event.activity == Activity::work) progress = at;
    fire(entry.timer);
    if (Fiber* const fiber = std::exchange(next_, nullptr)) resume(*fiber);
    if (changes != quiescence.changes_) {
      changes = quiescence.changes_;
      progress = at;
    }
    if (quiescence.work_ != 0 || at < calm_since || coming_up != 0) continue;
    if (quiescence.is_quiet()) return finish(RunEnd::Kind::quiet, at);
    if (at - progress > idle_patience) return finish(RunEnd::Kind::stuck, at);
  }
  const bool quiet = coming_up == 0 && quiescence.is_quiet();
  return finish(quiet ? RunEnd::Kind::quiet : RunEnd::Kind::stuck, now());
}

RunEnd Kernel::finish(RunEnd::Kind kind, Instant at) {
  simulation.now_ = at;
  RunEnd end;
  end.kind = kind;
  end.at = at;
  end.calm_since = calm_since;
  if (kind == RunEnd::Kind::stuck) {
    end.waiting = simulation.quiescence_.waiting();
    for (const Fiber& fiber : fibers_) {
      const bool waits = fiber.state == Fiber::State::waiting || fiber.state == Fiber::State::held;
      if (!waits || fiber.scope.activity == Activity::idle || fiber.scope.identity.empty())
        continue;
      // A session that listens for its client's next request keeps nobody waiting.
      if (fiber.scope.operation == state(*fiber.process).listener.operation) continue;
      end.waiting.push_back(fmt::format("{} waits at {}",
                                        simulation.names_.text(fiber.process->name_),
                                        to_text(simulation.names_, fiber.waits_at)));
    }
  }
  record(TraceKind::quiet, Address(), kind == RunEnd::Kind::quiet ? 0 : 1);
  unwind_all();
  return end;
}

Simulation::Simulation(SimulationOptions options)
    : options_(std::move(options)),
      draws_(options_.seed),
      trace_(names_),
      kernel_(std::make_unique<Kernel>(*this)),
      network_(std::make_unique<Network>(*this)),
      faults_(std::make_unique<FaultInjection>(*this)) {
  std::set_terminate(&ended_by_exception);
  trace_.send_to(options_.trace_sink);
}

Simulation::~Simulation() {
  kernel_->unwind_all();
  // What pending callbacks hold goes while everything they may refer to is still there.
  inert_ = true;
  kernel_->queue = EventQueue();
  network_->state_->forget();
  network_.reset();
}

Node& Simulation::add_node(NodeOptions options) {
  HALFWRITE_ASSERT(kernel_->nodes_by_name.find(options.name) == kernel_->nodes_by_name.end(),
                   "two nodes have the same name");
  nodes_.push_back(std::unique_ptr<Node>(new Node(*this, std::move(options))));
  Node& node = *nodes_.back();
  Kernel::state(node).index = static_cast<std::uint32_t>(nodes_.size() - 1);
  kernel_->nodes_by_name.emplace(std::string(node.name()), &node);
  return node;
}

Node* Simulation::find_node(std::string_view name) {
  const auto found = kernel_->nodes_by_name.find(name);
  return found == kernel_->nodes_by_name.end() ? nullptr : found->second;
}

RunEnd Simulation::run() {
  return kernel_->run();
}

void Simulation::keep_busy_until(Instant instant) {
  if (inert_ || instant <= kernel_->calm_since) return;
  kernel_->calm_since = instant;
  kernel_->call_at(instant, Activity::work, nullptr, [] {});
}

Timer Simulation::at(Instant instant, Activity activity, std::function<void()> callback) {
  if (inert_) return {};
  return kernel_->call_at(instant, activity, nullptr, std::move(callback));
}

void Simulation::cancel(Timer timer) {
  if (!inert_) kernel_->cancel(timer);
}

void Simulation::crash(Node& node, bool machine, bool disk_lost, std::optional<Duration> down) {
  kernel_->crash(node, machine, disk_lost, down);
}

void Simulation::pause(Node& node, Duration lasting) {
  kernel_->pause(node, lasting);
}

}  // namespace halfwrite::sim
