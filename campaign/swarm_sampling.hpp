// The part of a scenario's storm that a seed has when seeds are swarm samples
// (sim/search/swarm.hpp). A pure function of scenario and seed, so that whoever knows both can make
// the run again; what landed in it replays as a plan of the scenario itself.
#pragma once

#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"
#include "sim/search/swarm.hpp"

#include <cstdint>

namespace halfwrite::campaign {

// Without rules where the scenario has a plan of its own, or no storm.
sim::search::Swarm swarm_of(const scenarios::Scenario& scenario, std::uint64_t seed);

// Gives a run its part of the storm; says what was drawn. A run that has a plan keeps it.
std::vector<std::string> take_swarm(scenarios::RunRequest& run);

}  // namespace halfwrite::campaign
