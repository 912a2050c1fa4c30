// A bound on a figure, as an invariant: "publish_delay_p99 at most 200ms". Measured over one run; a
// run in which nothing was measured says nothing about the bound and is vacuous.
#pragma once

#include "models/invariants/figures.hpp"
#include "models/invariants/invariant.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace halfwrite::invariants {

// A duration bounds the delays and latencies, a ratio ("99/100", 3) everything else.
using Limit = std::variant<sim::Duration, sim::Ratio>;

struct FigureBound {
  std::string name;    // the scenario's: "published_soon"
  std::string figure;  // one of figure_names()
  std::string of;      // see figure()
  std::optional<Limit> at_most;
  std::optional<Limit> at_least;
};

// Nothing, or why this bound is wrong: an unknown or unmeasured figure, no limit, or a limit of the
// wrong kind.
std::optional<std::string> problem_of(const FigureBound& bound);

// Requires that there is no problem. `names` outlives the invariant.
std::unique_ptr<Invariant> make_figure_bound(FigureBound bound, const sim::Names& names,
                                             std::shared_ptr<Ledger> ledger = nullptr);

// The value as people read it: "38 ms", "0.94", "4.2", "3.1 per second".
std::string to_text(const FigureValue& value);

}  // namespace halfwrite::invariants
