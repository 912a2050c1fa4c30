#include "sim/assert.hpp"
#include "sim/kernel.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace halfwrite::sim {

namespace {
constexpr std::uint32_t most_waits_while_dying = 1000;
}

void Kernel::record(TraceKind kind, const Address& address, std::uint64_t detail,
                    std::string_view note) {
  simulation.trace_.record(now(), sequence_, kind, address, detail, note);
}

namespace {
// Asked at each frame whether to go on; the bottom of the fiber catches what comes there.
_Unwind_Reason_Code go_on(int, _Unwind_Action, _Unwind_Exception_Class, _Unwind_Exception*,
                          _Unwind_Context*, void*) {
  return _URC_NO_REASON;
}
}  // namespace

// An exception looks for its handler first and then goes there, so that each frame is read twice;
// and dozens of fibers wait for ever in every run. At its end they are unwound as a cancelled
// thread is (Itanium C++ ABI, 1.3: _Unwind_ForcedUnwind), in one pass. Not where a handler waits:
// the runtime ends the program if what is no exception meets another handler above that one.
void Kernel::unwind_running(Fiber& fiber) {
  if (!ended_ || thread_exceptions_->caught != nullptr)
    throw Crash{&simulation.names_, fiber.waits_at};
  leave_frames();
  end_of_run_ = {};
  _Unwind_ForcedUnwind(&end_of_run_, &go_on, nullptr);
  assertion_failed("unwound", "a dead fiber could not be unwound at the end of the run", __FILE__,
                   __LINE__);
}

bool Kernel::may_wait(Fiber& fiber, Name step) {
  HALFWRITE_ASSERT(!on_main_call_, "work on the worker's own stack tried to wait");
  if (!fiber.dying) return true;
  // A destructor of the dead that waits is not its fault: nothing happens, and it goes on.
  const bool unwinds = ended_ || std::uncaught_exceptions() > 0;
  if (unwinds && ++fiber.waits_while_dying < most_waits_while_dying) return false;
  const std::string sentence =
      fmt::format("a crash was swallowed at {}: the dead process waits again at {}",
                  to_text(simulation.names_, fiber.waits_at), simulation.names_.text(step));
  assertion_failed("!fiber.dying", sentence.c_str(), __FILE__, __LINE__);
}

Address Kernel::next_address(Fiber& fiber, Name step) {
  return {fiber.process->name_, fiber.scope, step, fiber.occurrence(step.index(), true)};
}

void Kernel::begin_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases) {
  fiber.waits_at = address;
  fiber.wake_pending = false;
  FaultState& injection = faults();
  if (injection.watching) injection.passes(When::before, address, aliases, *fiber.process);
}

void Kernel::enter_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases,
                        Duration timeout, bool during_here) {
  FaultState& injection = faults();
  ++injection.waits;
  injection.keep(address);
  record(TraceKind::wait, address);
  // What is left of "for ever" after a stray wake is still for ever.
  if (timeout < Duration::for_ever() / 2) {
    fiber.timer = arm_time_out(fiber, now() + timeout);
  } else {
    fiber.timer = {};
  }
  fiber.state = Fiber::State::waiting;
  if (std::exchange(fiber.wake_pending, false)) wake(fiber.reference());
  if (during_here && injection.watching) {
    injection.passes(When::during, address, aliases, *fiber.process);
  }
}

Woken Kernel::leave_wait(Fiber& fiber, const Address& address, std::span<const Alias> aliases) {
  if (fiber.dying) unwind_running(fiber);
  const Woken woken = fiber.woken;
  record(TraceKind::woke, address, woken == Woken::timed_out ? 1 : 0);
  FaultState& injection = faults();
  if (injection.watching) injection.passes(When::after, address, aliases, *fiber.process);
  return woken;
}

void Kernel::pass(Fiber& fiber, const Address& address, std::span<const Alias> aliases) {
  FaultState& injection = faults();
  if (!injection.watching) return;
  fiber.waits_at = address;
  injection.keep_moment(address);
  injection.passes(When::before, address, aliases, *fiber.process);
  injection.passes(When::during, address, aliases, *fiber.process);
  injection.passes(When::after, address, aliases, *fiber.process);
}

void Kernel::hold(Fiber& fiber, const char* why) {
  const Address place = fiber.waits_at;
  Names& names = simulation.names_;
  const std::string step = fmt::format("{}/{}", names.text(place.step), why);
  const Address address = next_address(fiber, names.of(step));
  ++faults().waits;
  faults().keep(address);
  record(TraceKind::wait, address);
  if (fiber.state == Fiber::State::running) fiber.state = Fiber::State::held;
  switch_out(fiber);
  if (fiber.dying) unwind_running(fiber);
  record(TraceKind::woke, address);
}

void Kernel::release(Fiber& fiber) {
  Event event;
  event.kind = Event::Kind::resume;
  event.owner = fiber.process;
  event.fiber = &fiber;
  event.activity = fiber.scope.activity;
  fiber.state = Fiber::State::resuming;
  fiber.timer = schedule(now(), event);
}

void Kernel::wake(FiberReference reference) {
  if (simulation.inert_) return;
  Fiber* fiber = find(reference);
  if (fiber == nullptr) return;
  if (fiber->state == Fiber::State::waiting) {
    cancel(fiber->timer);
    fiber->woken = Woken::woken;
    release(*fiber);
  } else if (fiber->state == Fiber::State::held || fiber->state == Fiber::State::resuming) {
    fiber->wake_pending = true;
  }
}

void Kernel::wake_at_once(FiberReference reference) {
  if (current != nullptr) {
    wake(reference);
    return;
  }
  Fiber* fiber = find(reference);
  if (fiber == nullptr) return;
  if (fiber->state != Fiber::State::waiting) {
    wake(reference);
    return;
  }
  cancel(fiber->timer);
  fiber->woken = Woken::woken;
  HALFWRITE_ASSERT(next_ == nullptr, "an event wakes two fibers at once");
  fiber->state = Fiber::State::running;
  next_ = fiber;
}

const Scope& Simulation::scope() const {
  return kernel_->running("a scope was asked for outside a fiber").scope;
}

Process& Simulation::current_process() const {
  return *kernel_->running("a process was asked for outside a fiber").process;
}

FiberReference Simulation::current_fiber() const {
  return kernel_->running("a fiber was asked for outside one").reference();
}

bool Simulation::on_fiber() const {
  return kernel_->current != nullptr;
}

Woken Simulation::suspend(const Place& place, Duration timeout) {
  return kernel_->suspend(place, timeout);
}

void Simulation::wake(FiberReference fiber) {
  kernel_->wake(fiber);
}

void Simulation::sleep(Duration duration, const Place& place) {
  // A stray wake does not shorten a sleep: it is another turn of the same wait.
  const Instant until = now_ + duration;
  while (kernel_->suspend(place, until - now_) == Woken::woken && now_ < until) {
  }
}

Woken Simulation::rest(const Rest& rest, const Place& place) {
  HALFWRITE_ASSERT(rest.period > Duration(), "a rest has no period");
  Fiber& fiber = kernel_->running("a rest was tried outside a fiber");
  fiber.rests_again = rest.period;
  fiber.rests_until = now_ + rest.at_most;
  const Woken woken = kernel_->suspend(place, rest.timeout);
  fiber.rests_again = {};
  return woken;
}

bool Kernel::rests_on(Fiber& fiber) {
  if (fiber.rests_again.is_zero() || now() < calm_since || coming_up != 0) return false;
  if (now() + fiber.rests_again > fiber.rests_until) return false;
  if (!simulation.quiescence_.would_find_nothing(fiber.scope.loop)) return false;
  fiber.timer = arm_time_out(fiber, now() + fiber.rests_again);
  return true;
}

Duration Simulation::truly(Duration measured) const {
  const Fiber& fiber = kernel_->running("a timer was measured outside a fiber");
  return fiber.process->node().truly(measured);
}

void Simulation::pass(const Place& place) {
  Fiber& fiber = kernel_->running("a place was passed outside a fiber");
  if (fiber.dying) return;
  HALFWRITE_ASSERT(!place.step.empty(), "a place has no name");
  HALFWRITE_ASSERT(!kernel_->on_main_call(), "a place was passed on the worker's own stack");
  const Address address = kernel_->next_address(fiber, place.step);
  kernel_->pass(fiber, address, place.aliases);
}

Address Simulation::address(const Place& place) const {
  Fiber& fiber = kernel_->running("an address was asked for outside a fiber");
  return {fiber.process->name_, fiber.scope, place.step,
          fiber.occurrence(place.step.index(), false)};
}

void Simulation::on_main_stack(const std::function<void()>& work) {
  kernel_->call_on_main(work);
}

ScopeGuard::ScopeGuard(Simulation& simulation, Scope scope) : simulation_(simulation) {
  Fiber& fiber = Kernel::of(simulation).running("a scope was set outside a fiber");
  fiber_ = fiber.reference();
  scope_ = std::exchange(fiber.scope, scope);
  counts_from_ = std::exchange(fiber.counts_from, fiber.counts.size());
}

ScopeGuard::~ScopeGuard() {
  Fiber* fiber = Kernel::of(simulation_).find(fiber_);
  if (fiber == nullptr) return;
  fiber->scope = scope_;
  fiber->counts.resize(fiber->counts_from);
  fiber->counts_from = counts_from_;
}

}  // namespace halfwrite::sim
