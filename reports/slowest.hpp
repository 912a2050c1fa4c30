// Behind a figure: of a delay or latency that broke its bound, the one event or request that took
// longest. All other figures are of the whole run and have no single event.
#pragma once

#include "models/history/facts.hpp"
#include "models/invariants/invariant.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::reports {

struct Slowest {
  invariants::Violation whose;  // names the event or the request; no more
  std::string sentence;         // "the slowest: OrderCreated of order-9, after 2.3 s"
};

// `figure` and `of` as in models/invariants/figures.hpp. Nothing for a figure that is no delay and
// no latency, and where nothing was measured.
std::optional<Slowest> slowest_of(const std::vector<history::Fact>& facts, std::string_view figure,
                                  std::string_view of, const sim::Names& names);

}  // namespace halfwrite::reports
