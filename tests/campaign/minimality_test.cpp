// For small scenarios the shrinker's result is minimal in the strong sense: no plan made of fewer
// of what was there breaks the invariant, whichever parts are left out together.
#include "campaign/shrinking.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

using namespace halfwrite;

namespace {

using Request = std::pair<std::string, std::uint64_t>;

// The plan with the faults, and the reduction with the requests, whose bits are set.
struct Subset {
  sim::FaultPlan plan;
  scenarios::Reduction reduction;
  std::size_t size = 0;
};
Subset subset_of(const sim::FaultPlan& whole, const scenarios::Scenario& scenario,
                 const std::vector<Request>& requests, std::uint64_t bits) {
  Subset subset;
  subset.plan.orders = whole.orders;
  std::size_t bit = 0;
  for (const sim::Fault& fault : whole.faults)
    if ((bits >> bit++ & 1) != 0) subset.plan.faults.push_back(fault), ++subset.size;
  for (const service::Load& load : scenario.workload) subset.reduction.requests[load.name];
  for (const auto& [load, number] : requests)
    if ((bits >> bit++ & 1) != 0) subset.reduction.requests[load].push_back(number), ++subset.size;
  return subset;
}

std::vector<Request> requests_of(const scenarios::Scenario& scenario) {
  std::vector<Request> requests;
  for (const service::Load& load : scenario.workload)
    for (std::uint64_t number = 1; number <= load.count; ++number)
      if (load.makes(number)) requests.emplace_back(load.name, number);
  return requests;
}

}  // namespace

TEST_CASE("of a small scenario with three faults nothing smaller than what is left breaks it") {
  const auto file = tests::load_scenario("tests/scenarios/defects/lost_event.json");
  const scenarios::Variant& variant = tests::variant_of(file, "database_first");
  sim::FaultPlan plan = *variant.scenario.plan;
  // Two that have nothing to do with it.
  for (const std::int64_t at : {1, 1500}) {
    sim::Fault idle = plan.faults.front();
    idle.anchor = {sim::When::at, sim::Instant::at(sim::Duration::milliseconds(at)), {}};
    idle.targets = {"shipping"};
    plan.faults.push_back(idle);
  }
  campaign::ShrinkRequest request;
  request.variant = &variant;
  request.invariant = "no_lost_event";
  request.plan = plan;
  const auto shrunk = campaign::shrink(request);
  REQUIRE(shrunk);
  const std::size_t left = shrunk->plan.faults.size() + shrunk->requests;
  CHECK(left == 2);

  scenarios::Runner runner;
  const auto breaks = [&](const Subset& subset) {
    const scenarios::Scenario less = reduced(variant.scenario, subset.reduction);
    scenarios::RunRequest run;
    run.scenario = &less;
    run.seed = request.seed;
    run.plan = subset.plan;
    return tests::violates(runner.run(run), request.invariant);
  };
  const std::vector<Request> requests = requests_of(variant.scenario);
  const std::uint64_t all = std::uint64_t{1} << (plan.faults.size() + requests.size());
  std::size_t smaller = 0;
  std::size_t breaking = 0;
  for (std::uint64_t bits = 0; bits < all; ++bits) {
    const Subset subset = subset_of(plan, variant.scenario, requests, bits);
    if (subset.size < left) {
      ++smaller;
      CHECK_FALSE(breaks(subset));
    } else {
      breaking += breaks(subset) ? 1 : 0;
    }
  }
  CHECK(smaller == 1 + plan.faults.size() + requests.size());
  CHECK(breaking > 0);  // the trying itself can find
}
