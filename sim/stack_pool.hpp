// Stacks for fibers: cut from mapped arenas, each with a guard page below it that is set once, and
// handed out again and again. Boost's pooled stacks have no guard and its protected ones cost nine
// microseconds each. A pool may serve one simulation after another on one thread (a campaign's
// worker keeps one); it holds nothing that a run could observe and must not be shared by threads.
#pragma once

#include <boost/context/stack_context.hpp>

#include <cstddef>
#include <vector>

namespace halfwrite::sim {

class StackPool {
 public:
  StackPool() = default;
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  boost::context::stack_context allocate();
  void release(boost::context::stack_context& stack);

  // Usable bytes of one stack.
  static std::size_t stack_size();

 private:
  std::vector<char*> arenas_;
  std::vector<char*> free_;  // lowest usable byte of each
  char* fresh_ = nullptr;    // the next stack of the newest arena that was never used
  char* end_ = nullptr;
};

}  // namespace halfwrite::sim
