#include "campaign/same_seed.hpp"

#include "campaign/swarm_sampling.hpp"
#include "scenarios/plan_text.hpp"

namespace halfwrite::campaign {

namespace {

constexpr std::size_t most_variants = 12;

std::string_view rest_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(slash);
}

bool has_points_of(const scenarios::Scenario& scenario, const SingleRunRequest& request) {
  sim::FaultPlan faults = request.plan.value_or(sim::FaultPlan{});
  faults.faults.insert(faults.faults.end(), request.further_faults.begin(),
                       request.further_faults.end());
  return scenarios::check_points(faults, scenario, "").empty();
}

}  // namespace

std::vector<SameSeed> under_same_seed(const SingleRunRequest& request) {
  std::vector<SameSeed> others;
  scenarios::Runner runner;
  for (const scenarios::Variant& variant : request.file->variants) {
    if (variant.name == request.variant->name ||
        rest_of(variant.name) != rest_of(request.variant->name) ||
        !has_points_of(variant.scenario, request))
      continue;
    if (others.size() == most_variants) break;
    scenarios::RunRequest run;
    run.scenario = &variant.scenario;
    run.seed = request.seed;
    run.plan = request.plan;
    run.further_faults = request.further_faults;
    if (request.swarm) (void)take_swarm(run);
    others.push_back({variant.name, runner.run(run).verdicts});
  }
  return others;
}

}  // namespace halfwrite::campaign
