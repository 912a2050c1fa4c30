// Laws 1 and 3: a run is a function of its inputs, and what it printed as its plan replays it.
#include "sim/stack_pool.hpp"
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

struct Outcome {
  std::uint64_t hash = 0;
  std::uint64_t records = 0;
  std::uint64_t answered = 0;
  RunEnd end;
  FaultPlan landed;
  std::size_t planned = 0;
  std::uint64_t waits = 0;
  std::uint64_t waits_passed = 0;
};

Outcome run(SimulationOptions options) {
  Outcome outcome;
  outcome.planned = options.plan.faults.size();
  World world(std::move(options));
  outcome.end = world.run();
  outcome.hash = world.simulation().trace().hash();
  outcome.records = world.simulation().trace().records();
  outcome.waits = world.simulation().trace().waits();
  outcome.waits_passed = world.simulation().faults().waits();
  outcome.answered = world.answered();
  outcome.landed = world.simulation().faults().landed_plan();
  return outcome;
}

SimulationOptions replay(std::uint64_t seed, const FaultPlan& plan) {
  SimulationOptions options;
  options.seed = seed;
  options.plan = plan;
  return options;
}

}  // namespace

TEST_CASE("the landed plan of a storm replays the run, for 1,000 seeds") {
  std::set<std::uint64_t> hashes;
  std::size_t landed = 0;
  std::size_t quiet = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Outcome first = run(stormy(seed));
    const Outcome second = run(replay(seed, first.landed));
    INFO("seed " << seed << ", " << first.landed.faults.size() << " faults landed");
    REQUIRE(first.records == second.records);
    REQUIRE(first.hash == second.hash);
    REQUIRE(second.landed == first.landed);
    REQUIRE(first.waits == first.waits_passed);
    hashes.insert(first.hash);
    landed += first.landed.faults.size();
    if (first.end.kind == RunEnd::Kind::quiet) ++quiet;
  }
  CHECK(hashes.size() == 1000);
  CHECK(landed > 10'000);
  CHECK(quiet == 1000);
}

TEST_CASE("a run has the same hash first in the process and after a hundred others") {
  const std::uint64_t before = run(stormy(7)).hash;
  for (std::uint64_t seed = 100; seed < 200; ++seed) run(stormy(seed));
  CHECK(run(stormy(7)).hash == before);
}

// For every compiler and build: who changes what a run does changes these, and says so.
TEST_CASE("runs have the hashes they were committed with") {
  CHECK(run(stormy(1)).hash == 0x987ee8e10e567edeull);
  CHECK(run(stormy(7)).hash == 0x4dfc7dcfebf1704bull);
  CHECK(run(stormy(1000)).hash == 0xc2057ee5330243f0ull);
}

TEST_CASE("a run that shares its stacks with others has the hash it has alone") {
  StackPool stacks;
  SimulationOptions options = stormy(9);
  options.stacks = &stacks;
  const std::uint64_t alone = run(stormy(9)).hash;
  CHECK(run(options).hash == alone);
  CHECK(run(options).hash == alone);
}

TEST_CASE("points of a landed plan survive being written and read") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome first = run(stormy(seed));
    FaultPlan read = first.landed;
    for (Fault& fault : read.faults) {
      if (fault.anchor.when == When::at) continue;
      const auto point = parse_point(to_text(fault.anchor.point));
      REQUIRE(point);
      REQUIRE(*point == fault.anchor.point);
    }
  }
}
