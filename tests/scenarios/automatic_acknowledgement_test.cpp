// The control of automatic commits: faults land where they matter, and what is no loss is not
// called one.
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

scenarios::RunOutcome run(scenarios::Runner& runner, const scenarios::ScenarioFile& file,
                          const char* variant, std::uint64_t seed) {
  scenarios::RunRequest request;
  request.scenario = &tests::variant_of(file, variant).scenario;
  request.seed = seed;
  return runner.run(request);
}

}  // namespace

TEST_CASE("automatic commits under planned faults: all of them land, repeats are no losses") {
  const auto file = tests::load_scenario("scenarios/controls/commit_at_next_poll.json");
  scenarios::Runner runner;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const char* variant : {"inbox", "no_inbox"}) {
      INFO(variant << " " << seed);
      const scenarios::RunOutcome outcome = run(runner, file, variant, seed);
      CHECK(outcome.landed.size() == 4);
      CHECK(outcome.never_reached.empty());
      CHECK(outcome.found_nothing.empty());
      CHECK(outcome.windows_hit.at("between effect and offset") >= 1);
      CHECK_FALSE(tests::violates(outcome, "no_lost_event"));
      CHECK(tests::violates(outcome, "no_duplicate_effect") ==
            (variant == std::string("no_inbox")));
    }
  }
}

TEST_CASE("a position committed past a failed message loses it, which is told of the application") {
  const auto file = tests::load_scenario("scenarios/controls/commit_at_next_poll.json");
  scenarios::Runner runner;
  std::size_t landed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO(seed);
    const auto lossy = run(runner, file, "leaves_at_a_failure", seed);
    const auto careful = run(runner, file, "leaves_at_a_failure_acknowledging_after", seed);
    CHECK(lossy.landed.size() == 2);
    CHECK(careful.landed.size() == 2);
    CHECK_FALSE(tests::violates(careful, "no_lost_event"));
    if (tests::violates(lossy, "no_lost_event")) ++landed;
  }
  CHECK(landed > 0);
}
