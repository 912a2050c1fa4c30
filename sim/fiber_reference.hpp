// Names one life of a fiber: safe to keep after the fiber is gone, then waking it does nothing. A
// value; it owns nothing.
#pragma once

#include <cstdint>

namespace halfwrite::sim {

struct FiberReference {
  std::uint32_t slot = ~0u;
  std::uint32_t generation = 0;
};

}  // namespace halfwrite::sim
