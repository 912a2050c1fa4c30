#include "scenarios/reduction.hpp"

#include <algorithm>
#include <numeric>

namespace halfwrite::scenarios {

Scenario reduced(const Scenario& scenario, const Reduction& reduction) {
  Scenario less = scenario;
  for (service::Load& load : less.workload) {
    const auto only = reduction.requests.find(load.name);
    if (only != reduction.requests.end()) load.only = only->second;
  }
  for (service::Settings& service : less.services) {
    const auto instances = reduction.instances.find(service.name);
    if (instances != reduction.instances.end())
      service.instances = std::clamp<std::uint32_t>(instances->second, 1, service.instances);
  }
  return less;
}

Reduction first_requests(const Scenario& scenario, std::uint64_t at_most) {
  Reduction reduction;
  for (const service::Load& load : scenario.workload) {
    if (load.count <= at_most) continue;
    std::vector<std::uint64_t>& numbers = reduction.requests[load.name];
    numbers.resize(at_most);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
  }
  return reduction;
}

}  // namespace halfwrite::scenarios
