// Seeds as people type them, and the part of a storm that a seed has in a sweep.

#include "campaign/swarm_sampling.hpp"

#include "campaign/seed.hpp"
#include "campaign/shrinking.hpp"
#include "campaign/single_run.hpp"
#include "tests/campaign/sweeping.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace halfwrite;

namespace {

scenarios::RunOutcome run(const scenarios::Scenario& scenario, std::uint64_t seed, bool swarm,
                          const std::optional<sim::FaultPlan>& plan = std::nullopt) {
  scenarios::RunRequest request;
  request.scenario = &scenario;
  request.seed = seed;
  request.plan = plan;
  if (swarm) (void)campaign::take_swarm(request);
  scenarios::Runner runner;
  return runner.run(request);
}

}  // namespace

TEST_CASE("a number is a seed, any other text is its hash, and both are shown as typed") {
  CHECK(campaign::Seed::of("17").value() == 17);
  CHECK(campaign::Seed::of("17").text() == "17");
  CHECK(campaign::Seed::of("18446744073709551615").value() == 18446744073709551615ull);
  CHECK(campaign::Seed::of("007").value() == 7);
  CHECK(campaign::Seed::of("007").text() == "007");
  // Written down: a seed in somebody's notes stays the run it was.
  CHECK(campaign::Seed::of("nightly of monday").value() == 0x0eef771121bebc20ull);
  CHECK(campaign::Seed::of("nightly of monday").text() == "nightly of monday");
  CHECK(campaign::Seed::of("18446744073709551616").text() == "18446744073709551616");
  CHECK(campaign::Seed::of("-1").text() == "-1");
  CHECK(campaign::Seed(5).text() == "5");
}

TEST_CASE("what landed of a swarm is a plan of the scenario itself, with the same trace") {
  const auto& file = tests::sweeping::leading();
  for (const char* name : {"database_first/storm", "outbox_polling/storm", "outbox_cdc/storm"}) {
    const scenarios::Scenario& scenario = tests::variant_of(file, name).scenario;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      INFO(name << " seed " << seed);
      const auto swarmed = run(scenario, seed, true);
      const auto replayed = run(scenario, seed, false, swarmed.landed_plan);
      CHECK(replayed.trace_hash == swarmed.trace_hash);
      CHECK(replayed.windows_hit == swarmed.windows_hit);
    }
  }
}

TEST_CASE("a swarm is a part of the storm, and a scenario with its own plan has none") {
  const auto& file = tests::sweeping::leading();
  const auto& storm = tests::variant_of(file, "outbox_cdc/storm").scenario;
  std::set<std::size_t> rules;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    rules.insert(campaign::swarm_of(storm, seed).storm.rules.size());
  CHECK(rules == std::set<std::size_t>{1, 2});
  const auto& planned = tests::variant_of(file, "outbox_cdc/crash_between").scenario;
  CHECK(campaign::swarm_of(planned, 1).drawn.empty());
  CHECK(run(planned, 1, true).trace_hash == run(planned, 1, false).trace_hash);
}

TEST_CASE("a violation of a swarm shrinks to a run without one") {
  const auto& file = tests::sweeping::leading();
  campaign::ShrinkRequest request;
  request.variant = &tests::variant_of(file, "database_first/storm");
  request.seed = 1;
  request.swarm = true;
  request.invariant = "no_lost_event";
  const auto shrunk = campaign::shrink(request);
  REQUIRE(shrunk);
  CHECK(shrunk->plan.faults.size() == 1);
  CHECK(shrunk->requests == 1);
}

TEST_CASE("a single run with a swarm says what was drawn, and gives the others their own part") {
  const auto& file = tests::sweeping::leading();
  campaign::SingleRunRequest request;
  request.file = &file;
  request.variant = &tests::variant_of(file, "database_first/storm");
  request.swarm = true;
  request.seed = 1;
  const auto single = campaign::run_once(request);
  CHECK(single.drawn == campaign::swarm_of(request.variant->scenario, 1).drawn);
  CHECK(single.outcome.trace_hash == run(request.variant->scenario, 1, true).trace_hash);
  CHECK_FALSE(single.divergence);
}
