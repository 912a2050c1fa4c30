// When something became so, and the names that readings of facts use. Facts are compared by number,
// the total order of the history, never by a clock (semantics.md, U11). Values only.
#pragma once

#include "models/history/facts.hpp"

#include <cstdint>
#include <string>

namespace halfwrite::invariants {

using history::Identity;
using history::Instant;
using history::Name;
using history::TransactionToken;

struct Moment {
  Instant at;
  std::uint64_t number = 0;
  bool happened() const { return number != 0; }
};

// An instant in a sentence: "4.120 s".
inline std::string seconds(Instant instant) {
  return sim::to_text(instant) + " s";
}

}  // namespace halfwrite::invariants
