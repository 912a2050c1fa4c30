// Runs a piece of work in a process of its own, so that its memory is its own, and says what it
// took.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace halfwrite::bench {

struct Usage {
  double cpu_seconds = 0;
  std::uint64_t peak_bytes = 0;  // resident, of the whole child
  std::uint64_t result = 0;      // what the work returned
};

// Nothing when the child could not be started or did not end in order.
std::optional<Usage> in_child_process(const std::function<std::uint64_t()>& work);

}  // namespace halfwrite::bench
