// Shrinking the leading scenario's finds, and against every smaller plan where there are few enough
// to try them all.
#include "campaign/shrinking.hpp"

#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

campaign::ShrinkRequest request_for(const scenarios::ScenarioFile& file, const char* variant,
                                    std::uint64_t seed, const char* invariant) {
  campaign::ShrinkRequest request;
  request.variant = &tests::variant_of(file, variant);
  request.seed = seed;
  request.invariant = invariant;
  return request;
}

}  // namespace

TEST_CASE("a storm over 400 requests that loses an event shrinks to one fault and one order") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto shrunk =
        campaign::shrink(request_for(file, "database_first/storm", seed, "no_lost_event"));
    INFO("seed " << seed);
    REQUIRE(shrunk);
    CHECK(shrunk->faults_before > 10);
    CHECK(shrunk->requests_before == 400);
    CHECK(shrunk->plan.faults.size() == 1);
    // A payment that is lost needs its order.
    CHECK(shrunk->requests <= 2);
    CHECK(shrunk->minimal);
    CHECK(tests::violates(shrunk->outcome, "no_lost_event"));
  }
}

TEST_CASE("what is left of a plan breaks the invariant, and without any one part it does not") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  for (const auto& [variant, invariant] :
       {std::pair{"broker_first/storm", "no_phantom_event"},
        std::pair{"database_first_retry/storm", "no_lost_event"}}) {
    INFO(variant);
    const auto request = request_for(file, variant, 3, invariant);
    const auto shrunk = campaign::shrink(request);
    REQUIRE(shrunk);
    REQUIRE(shrunk->minimal);
    scenarios::Runner runner;
    const scenarios::Scenario less = reduced(request.variant->scenario, shrunk->reduction);
    scenarios::RunRequest run;
    run.scenario = &less;
    run.seed = request.seed;
    run.plan = shrunk->plan;
    CHECK(tests::violates(runner.run(run), invariant));
    for (const auto& [load, numbers] : shrunk->reduction.requests) {
      for (const std::uint64_t number : numbers) {
        scenarios::Reduction one_less = shrunk->reduction;
        std::erase(one_less.requests[load], number);
        const scenarios::Scenario smaller = reduced(request.variant->scenario, one_less);
        scenarios::RunRequest smaller_run = run;
        smaller_run.scenario = &smaller;
        CHECK_FALSE(tests::violates(runner.run(smaller_run), invariant));
      }
    }
    for (std::size_t fault = 0; fault < shrunk->plan.faults.size(); ++fault) {
      run.plan = shrunk->plan;
      run.plan->faults.erase(run.plan->faults.begin() + static_cast<std::ptrdiff_t>(fault));
      CHECK_FALSE(tests::violates(runner.run(run), invariant));
    }
  }
}

TEST_CASE("a run that holds has nothing to shrink") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  CHECK_FALSE(campaign::shrink(request_for(file, "outbox_cdc/storm", 1, "no_lost_event")));
  CHECK_FALSE(campaign::shrink(request_for(file, "database_first/quiet", 1, "")));
}
