#include "sim/stack_pool.hpp"

#include "sim/assert.hpp"
#include "sim/sanitizers.hpp"

#include <sys/mman.h>

namespace halfwrite::sim {

namespace {

constexpr std::size_t page = 4096;
#ifdef HALFWRITE_ADDRESS_SANITIZER
constexpr std::size_t usable = 256 * 1024;  // red zones make frames several times larger
#else
constexpr std::size_t usable = 64 * 1024;  // only pages that are touched count
#endif
constexpr std::size_t slot = usable + page;
constexpr std::size_t stacks_per_arena = 256;
constexpr std::size_t arena = slot * stacks_per_arena;

}  // namespace

std::size_t StackPool::stack_size() {
  return usable;
}

StackPool::~StackPool() {
  for (char* start : arenas_) munmap(start, arena);
}

boost::context::stack_context StackPool::allocate() {
  char* bottom = nullptr;
  if (!free_.empty()) {
    bottom = free_.back();
    free_.pop_back();
  } else {
    if (fresh_ == end_) {
      void* mapped = mmap(nullptr, arena, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      HALFWRITE_ASSERT(mapped != MAP_FAILED, "no memory is left for the stacks of fibers");
      fresh_ = static_cast<char*>(mapped);
      end_ = fresh_ + arena;
      arenas_.push_back(fresh_);
    }
    const int guarded = mprotect(fresh_, page, PROT_NONE);
    HALFWRITE_ASSERT(guarded == 0, "the guard page of a fiber's stack could not be set");
    bottom = fresh_ + page;
    fresh_ += slot;
  }
  boost::context::stack_context stack;
  stack.size = usable;
  stack.sp = bottom + usable;
  return stack;
}

void StackPool::release(boost::context::stack_context& stack) {
  char* bottom = static_cast<char*>(stack.sp) - usable;
  forget_stack(bottom, usable);
  free_.push_back(bottom);
}

}  // namespace halfwrite::sim
