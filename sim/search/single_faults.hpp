// Every single fault of a schedule, by kinds: what can happen at each of its places, each once. A
// pure list; nothing here knows what came of a fault.
#pragma once

#include "sim/fault.hpp"
#include "sim/search/places.hpp"

#include <string>
#include <vector>

namespace halfwrite::sim::search {

struct SingleFaultOptions {
  Duration down = Duration::milliseconds(200);  // of a crash
  Duration delay = Duration::seconds(30);       // longer than the time-outs
  Duration pause = Duration::seconds(60);       // longer than leases and sessions
  std::vector<Duration> partitions{Duration::milliseconds(200), Duration::seconds(1),
                                   Duration::seconds(5)};
};

// One row of what was tried: "crash of the process".
struct FaultGroup {
  std::string kind;
  std::vector<Fault> faults;  // in the order of the places
};

// `nodes`: all of them; a partition cuts the place's own off from the others.
std::vector<FaultGroup> single_faults(const std::vector<Place>& places,
                                      const std::vector<NodeName>& nodes,
                                      const SingleFaultOptions& options);

}  // namespace halfwrite::sim::search
