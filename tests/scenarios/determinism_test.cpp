// A run is a pure function of scenario, variant, seed and plan.

#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace halfwrite;

namespace {

// Sanitizers watch memory and make a run slower by an order of magnitude: what goes wrong in memory
// does so in the first seeds, and the whole number is run by every other build.
#ifdef HALFWRITE_SANITIZERS
constexpr std::uint64_t many_seeds = 100;
#else
constexpr std::uint64_t many_seeds = 1000;
#endif

scenarios::RunOutcome run(scenarios::Runner& runner, const scenarios::Scenario& scenario,
                          std::uint64_t seed, std::optional<sim::FaultPlan> plan = std::nullopt) {
  scenarios::RunRequest request;
  request.scenario = &scenario;
  request.seed = seed;
  request.plan = std::move(plan);
  return runner.run(request);
}

bool same_verdicts(const scenarios::RunOutcome& a, const scenarios::RunOutcome& b) {
  if (a.verdicts.size() != b.verdicts.size()) return false;
  for (std::size_t i = 0; i < a.verdicts.size(); ++i)
    if (a.verdicts[i].outcome != b.verdicts[i].outcome) return false;
  return true;
}

// The variants of the storm take turns.
void replay_storms(std::uint64_t seeds) {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  std::vector<const scenarios::Variant*> storms;
  for (const auto& variant : file.variants)
    if (variant.name.ends_with("/storm")) storms.push_back(&variant);
  REQUIRE(storms.size() == 6);
  scenarios::Runner runner;
  std::uint64_t faults = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const scenarios::Variant& variant = *storms[seed % storms.size()];
    INFO(variant.name << " seed " << seed);
    const auto first = run(runner, variant.scenario, seed);
    const auto replay = run(runner, variant.scenario, seed, first.landed_plan);
    REQUIRE(first.trace_hash == replay.trace_hash);
    REQUIRE(same_verdicts(first, replay));
    REQUIRE(replay.never_reached.empty());
    faults += first.landed.size();
  }
  CHECK(faults > seeds);
}

}  // namespace

TEST_CASE(
    "a run and the replay of the plan it printed have one trace hash, over 1,000 seeds "
    "(sanitizers: "
    "100)") {
  replay_storms(many_seeds);
}

TEST_CASE("a run and the replay of the plan it printed have one trace hash, over 10,000 seeds",
          "[.long]") {
  replay_storms(10'000);
}

TEST_CASE("a run is the same first in the process and after many other runs") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  const auto& variant = tests::variant_of(file, "outbox_polling/storm");
  const auto& other = tests::variant_of(file, "database_first_retry/storm");
  std::uint64_t first = 0;
  {
    scenarios::Runner runner;
    first = run(runner, variant.scenario, 7).trace_hash;
  }
  scenarios::Runner runner;
  for (std::uint64_t seed = 1; seed <= many_seeds; ++seed) (void)run(runner, other.scenario, seed);
  CHECK(run(runner, variant.scenario, 7).trace_hash == first);
}

TEST_CASE("another seed is another run") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  const auto& variant = tests::variant_of(file, "outbox_cdc/storm");
  scenarios::Runner runner;
  CHECK(run(runner, variant.scenario, 1).trace_hash != run(runner, variant.scenario, 2).trace_hash);
}

TEST_CASE("the waits in a trace and the addresses listed are equal in number") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  scenarios::Runner runner;
  for (const char* name : {"database_first/quiet", "outbox_polling/storm", "outbox_cdc/storm"}) {
    scenarios::RunRequest request;
    request.scenario = &tests::variant_of(file, name).scenario;
    request.seed = 3;
    request.keep_addresses = true;
    const auto outcome = runner.run(request);
    INFO(name);
    CHECK(outcome.waits > 1000);
    CHECK(outcome.addresses.size() == outcome.waits);
  }
}

TEST_CASE("this build has the trace hashes that were approved") {
  // One line per variant and seed: "variant seed hash". Rewritten by `./dev approve` alone.
  const std::string path =
      std::string(HALFWRITE_SOURCE_DIRECTORY) + "/tests/golden/trace_hashes.txt";
  std::string now;
  scenarios::Runner runner;
  for (const char* scenario :
       {"scenarios/library/order_created.json", "scenarios/library/late_commit.jsonc"}) {
    const auto file = tests::load_scenario(scenario);
    for (const auto& variant : file.variants)
      for (const std::uint64_t seed : {1, 17})
        now += fmt::format("{} {} {} {:016x}\n", file.name, variant.name, seed,
                           run(runner, variant.scenario, seed).trace_hash);
  }
  if (std::getenv("HALFWRITE_APPROVE") != nullptr) {
    std::ofstream(path) << now;
    return;
  }
  std::ifstream in(path);
  const std::string approved((std::istreambuf_iterator<char>(in)),
                             std::istreambuf_iterator<char>());
  CHECK(now == approved);
}
