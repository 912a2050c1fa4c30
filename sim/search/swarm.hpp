// Swarm sampling: instead of the same storm for every seed, each seed has a part of it, some kinds
// of faults without the others, on some targets only, denser or thinner, longer or shorter, earlier
// or later. A storm of everything at once hides what shows only when one kind is missing. Source:
// Groce et al., "Swarm testing" (2012). A pure function of the storm and the key; draws are keyed
// by the kind of fault, so that adding a rule leaves the others as they were.
#pragma once

#include "sim/draw.hpp"
#include "sim/fault.hpp"

#include <string>
#include <vector>

namespace halfwrite::sim::search {

struct Swarm {
  Storm storm;  // never empty where the whole was not
  // A line for each rule of the whole, in its order: what became of it; last, when it ends.
  std::vector<std::string> drawn;
};

// `nodes` lists every (node, group) in the order of the scenario: what a rule without targets may
// be narrowed to. The storm ends a quarter, a half, three quarters or all of the way from
// `work_begins` to its own end: an end before there is anything to disturb would be a wasted seed.
Swarm draw_swarm(const Storm& whole, const std::vector<NodeName>& nodes, Instant work_begins,
                 Key key);

}  // namespace halfwrite::sim::search
