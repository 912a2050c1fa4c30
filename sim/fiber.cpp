#include "sim/assert.hpp"
#include "sim/kernel.hpp"
#include "sim/sanitizers.hpp"

#include <cxxabi.h>

#include <exception>
#include <utility>

namespace halfwrite::sim {

namespace {

// Boost asks for an allocator it may copy.
struct PooledStacks {
  StackPool* pool;
  boost::context::stack_context allocate() { return pool->allocate(); }
  void deallocate(boost::context::stack_context& stack) { pool->release(stack); }
};

}  // namespace

std::uint32_t Fiber::occurrence(std::uint32_t key, bool advance) {
  for (std::size_t at = counts_from; at < counts.size(); ++at) {
    StepCount& step = counts[at];
    if (step.key == key) return advance ? ++step.count : step.count + 1;
  }
  if (advance) counts.push_back({key, 1});
  return 1;
}

FiberReference Kernel::spawn(Process& process, const Scope& scope, std::function<void()> body) {
  if (simulation.inert_ || !process.alive_ || ended_) return {};
  if (vacant_.empty()) {
    vacant_.push_back(static_cast<std::uint32_t>(fibers_.size()));
    fibers_.emplace_back().slot = vacant_.back();
  }
  Fiber& fiber = fibers_[vacant_.back()];
  vacant_.pop_back();
  fiber.state = Fiber::State::starting;
  fiber.process = &process;
  fiber.scope = scope;
  fiber.body = std::move(body);
  ProcessState& owner = state(process);
  fiber.older = owner.newest;
  fiber.newer = nullptr;
  (owner.newest == nullptr ? owner.oldest : owner.newest->newer) = &fiber;
  owner.newest = &fiber;
  Event event;
  event.kind = Event::Kind::start;
  event.activity = scope.activity;
  event.owner = &process;
  event.fiber = &fiber;
  fiber.timer = schedule(now(), event);
  return fiber.reference();
}

Fiber* Kernel::find(FiberReference reference) {
  if (reference.slot >= fibers_.size()) return nullptr;
  Fiber& fiber = fibers_[reference.slot];
  return fiber.generation == reference.generation && fiber.state != Fiber::State::vacant ? &fiber
                                                                                         : nullptr;
}

Fiber& Kernel::running(const char* sentence) {
  if (current == nullptr) assertion_failed("current != nullptr", sentence, __FILE__, __LINE__);
  return *current;
}

// First code on a new stack. What it leaves behind is an empty stack and the way back in main_.
void Kernel::enter(boost::context::fiber& main) {
  finish_stack_switch(nullptr, &main_bottom_, &main_size_);
  main_ = std::move(main);
  Fiber& fiber = *current;
  try {
    const std::function<void()> body = std::move(fiber.body);
    fiber.body = nullptr;
    body();
    if (fiber.dying) {
      const std::string sentence = "a crash was swallowed at " +
                                   to_text(simulation.names_, fiber.waits_at) +
                                   ": what unwinds a dead process must not be caught for good";
      assertion_failed("!fiber.dying", sentence.c_str(), __FILE__, __LINE__);
    }
  } catch (const Crash&) {
    // The process died; its frames are gone, and that was all there was to do.
  } catch (const std::exception& error) {
    const std::string sentence = std::string("an exception left the body of a fiber of ") +
                                 std::string(simulation.names_.text(fiber.process->name_)) + ": " +
                                 error.what();
    assertion_failed("no exception leaves a fiber", sentence.c_str(), __FILE__, __LINE__);
  } catch (...) {
    // What unwinds at the end of the run. It is not thrown on, as a thread's would be: this is its
    // bottom.
    HALFWRITE_ASSERT(ended_, "an exception that is no std::exception left the body of a fiber");
  }
  fiber.state = Fiber::State::finished;
  start_stack_switch(nullptr, main_bottom_, main_size_);
}

inline void Kernel::switch_in(Fiber& fiber) {
  const ExceptionState outer = std::exchange(*thread_exceptions_, fiber.exceptions);
  void* fake_stack = nullptr;
  start_stack_switch(&fake_stack, fiber.stack_bottom, fiber.stack_size);
  fiber.context = std::move(fiber.context).resume();
  finish_stack_switch(fake_stack, nullptr, nullptr);
  fiber.exceptions = std::exchange(*thread_exceptions_, outer);
}

void Kernel::resume(Fiber& fiber) {
  Fiber* const outer = current;
  const std::uint32_t generation = fiber.generation;
  if (!fiber.context) {
    PooledStacks allocator{stacks_};
    boost::context::stack_context stack = allocator.allocate();
    fiber.stack_bottom = static_cast<char*>(stack.sp) - stack.size;
    fiber.stack_size = stack.size;
    fiber.context = boost::context::fiber(std::allocator_arg,
                                          boost::context::preallocated(stack.sp, stack.size, stack),
                                          allocator, [this](boost::context::fiber&& main) {
                                            enter(main);
                                            return std::move(main_);
                                          });
  }
  fiber.state = Fiber::State::running;
  for (;;) {
    current = &fiber;
    switch_in(fiber);
    current = outer;
    if (fiber.state == Fiber::State::finished) {
      retire(fiber);
      return;
    }
    if (main_call_ != nullptr) {
      const std::function<void()>& work = *std::exchange(main_call_, nullptr);
      current = &fiber;
      const bool nested = std::exchange(on_main_call_, true);
      try {
        work();
      } catch (...) {
        fiber.main_call_error = std::current_exception();
      }
      on_main_call_ = nested;
      current = outer;
    } else if (kernel_call_) {
      // Owned here: it may end the fiber that asked for it, and all that lies on its stack.
      const std::function<void()> work = std::exchange(kernel_call_, nullptr);
      work();
    } else {
      return;
    }
    if (fiber.generation != generation) return;
  }
}

void Kernel::call_on_main(const std::function<void()>& work) {
  if (current == nullptr || on_main_call_) {
    work();
    return;
  }
  Fiber& fiber = *current;
  main_call_ = &work;
  switch_out(fiber);
  if (fiber.main_call_error) std::rethrow_exception(std::exchange(fiber.main_call_error, nullptr));
}

void Kernel::as_kernel(std::function<void()> work) {
  if (current == nullptr) {
    work();
    return;
  }
  HALFWRITE_ASSERT(!on_main_call_, "work on the worker's own stack tried to stop a process");
  Fiber& fiber = *current;
  const bool dying = fiber.dying;
  kernel_call_ = std::move(work);
  switch_out(fiber);
  if (fiber.dying && !dying) unwind_running(fiber);
}

// Gives a finished or never started fiber's slot back.
void Kernel::retire(Fiber& fiber) {
  ProcessState& owner = state(*fiber.process);
  (fiber.older == nullptr ? owner.oldest : fiber.older->newer) = fiber.newer;
  (fiber.newer == nullptr ? owner.newest : fiber.newer->older) = fiber.older;
  const std::uint32_t slot = fiber.slot;
  const std::uint32_t generation = fiber.generation + 1;
  std::vector<StepCount> counts = std::move(fiber.counts);  // keeps its memory
  counts.clear();
  const std::optional<EventQueue::Alarm> alarm = fiber.alarm;
  fiber = Fiber();
  fiber.counts = std::move(counts);
  fiber.alarm = alarm;
  fiber.slot = slot;
  fiber.generation = generation;
  vacant_.push_back(slot);
}

void Kernel::unwind(Process& process) {
  ProcessState& owner = state(process);
  while (owner.newest != nullptr) {
    Fiber& fiber = *owner.newest;
    cancel(fiber.timer);
    if (!fiber.context) {
      retire(fiber);
      continue;
    }
    fiber.dying = true;
    const std::uint32_t generation = fiber.generation;
    resume(fiber);
    HALFWRITE_ASSERT(fiber.generation != generation, "a dead fiber was unwound and is still there");
  }
}

// The Itanium C++ ABI (2.2.2) gives __cxa_eh_globals exactly the two members of ExceptionState.
void Kernel::enter_thread() {
  thread_exceptions_ = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

void Kernel::set_inert(bool inert) {
  simulation.inert_ = inert;
  simulation.trace_.inert_ = inert;
  simulation.quiescence_.inert_ = inert;
}

void Kernel::unwind_all() {
  ended_ = true;
  enter_thread();
  set_inert(true);
  for (std::size_t index = simulation.nodes_.size(); index-- > 0;) {
    auto& lives = state(*simulation.nodes_[index]).lives;
    for (std::size_t life = lives.size(); life-- > 0;) unwind(*lives[life]);
  }
  set_inert(false);
}

}  // namespace halfwrite::sim
