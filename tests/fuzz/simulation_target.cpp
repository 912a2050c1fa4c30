#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"
#include "sim/assert.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace halfwrite::fuzz {

namespace {

// Runs of hours are legal and slow; what is looked for does not need them.
bool is_small(const scenarios::Scenario& scenario) {
  constexpr std::uint64_t most_requests = 40;
  constexpr std::uint64_t most_instances = 8;
  std::uint64_t requests = 0;
  for (const service::Load& load : scenario.workload) requests += load.count * load.copies;
  std::uint64_t instances = 0;
  for (const service::Settings& service : scenario.services) instances += service.instances;
  for (const broker::Settings& broker : scenario.brokers) instances += broker.replicas;
  return requests <= most_requests && instances <= most_instances &&
         scenarios::end_of_workload(scenario.workload) <=
             sim::Instant::at(sim::Duration::seconds(60));
}

}  // namespace

void run_simulation(std::string_view input) {
  const std::string text(input);
  const auto file = scenarios::load("fuzz.json", [&](const std::string& path) {
    return path == "fuzz.json" ? std::optional<std::string>(text) : std::nullopt;
  });
  if (!file) return;
  scenarios::Runner runner;
  std::size_t left = 4;
  for (const scenarios::Variant& variant : file.value().variants) {
    if (!is_small(variant.scenario) || left == 0) continue;
    --left;
    scenarios::RunRequest request;
    request.scenario = &variant.scenario;
    request.seed = 7;
    const scenarios::RunOutcome first = runner.run(request);
    HALFWRITE_ASSERT(first.verdicts.size() == variant.scenario.invariants.size(),
                     "an invariant has no verdict");
    HALFWRITE_ASSERT(runner.run(request).trace_hash == first.trace_hash,
                     "two runs of one seed have different traces");
  }
}

}  // namespace halfwrite::fuzz
