// Delta debugging: of a whole that fails, the parts without which it would not. Parts are numbers;
// what they stand for and how a try is made is the caller's business. Source: Zeller and
// Hildebrandt, "Simplifying and isolating failure-inducing input" (2002), algorithm ddmin, with a
// last pass that makes the result minimal whatever the order of the cuts was. It owns nothing and
// remembers nothing between calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace halfwrite::sim::search {

// Indices of parts, ascending.
using Parts = std::vector<std::size_t>;

struct Reduction {
  Parts kept;               // ascending; it fails
  std::uint64_t tries = 0;  // how often the caller was asked
  bool minimal =
      true;  // without any one of the parts kept it does not fail; false: tries ran out before
};

// Does it still fail with these parts alone? Must give the same answer to the same parts.
using StillFails = std::function<bool(const Parts& parts)>;

// Requires that all parts together fail: the caller has seen it. Never asks twice about the same
// parts, nor about all of them. Asks at most `most_tries` times. `guess`: parts that are likely to
// be enough, asked about first.
Reduction reduce(std::size_t parts, const StillFails& still_fails, std::uint64_t most_tries,
                 const Parts& guess = {});

}  // namespace halfwrite::sim::search
