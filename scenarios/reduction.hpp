// A scenario with less in it: fewer requests, fewer instances, nothing else changed. What stays
// keeps its numbers, instants and draws, so that a smaller run is a part of the larger one as far
// as nobody waits for what is gone. A value.
#pragma once

#include "scenarios/scenario.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

struct Reduction {
  // By load, ascending numbers of the requests that are made; a load that is not named makes all of
  // its own.
  std::map<std::string, std::vector<std::uint64_t>> requests;
  // By service, at least 1; a service that is not named has as many as the scenario says.
  std::map<std::string, std::uint32_t> instances;
  friend bool operator==(const Reduction&, const Reduction&) = default;
  bool empty() const { return requests.empty() && instances.empty(); }
};

// Names that the scenario does not have, and more instances than it has, are ignored.
Scenario reduced(const Scenario& scenario, const Reduction& reduction);

// The first requests of each load, at most so many of each.
Reduction first_requests(const Scenario& scenario, std::uint64_t at_most);

}  // namespace halfwrite::scenarios
