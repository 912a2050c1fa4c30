#include "campaign/swarm_sampling.hpp"

#include "scenarios/world.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::campaign {

sim::search::Swarm swarm_of(const scenarios::Scenario& scenario, std::uint64_t seed) {
  if (scenario.plan || scenario.storm.rules.empty()) return {};
  sim::Instant work_begins = scenario.storm.until;
  for (const service::Load& load : scenario.workload)
    work_begins = std::min(work_begins, sim::Instant::at(load.at));
  return sim::search::draw_swarm(scenario.storm, scenarios::nodes_of(scenario), work_begins,
                                 sim::Draws(seed).key());
}

std::vector<std::string> take_swarm(scenarios::RunRequest& run) {
  if (run.plan) return {};
  sim::search::Swarm swarm = swarm_of(*run.scenario, run.seed);
  if (!swarm.storm.rules.empty()) run.storm = std::move(swarm.storm);
  return std::move(swarm.drawn);
}

}  // namespace halfwrite::campaign
