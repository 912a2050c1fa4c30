// Clocks that run fast or slow, and what they make of timers.
#include "sim/clock.hpp"
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

Clock drifting(std::int64_t ppm) {
  Clock clock;
  clock.drift_ppm = ppm;
  clock.resolution = Duration::nanoseconds(1);
  return clock;
}
Instant at_s(std::int64_t seconds) {
  return Instant::at(Duration::seconds(seconds));
}

}  // namespace

TEST_CASE("a clock gains its drift in each second, on top of its offset and its steps") {
  struct Row {
    std::int64_t ppm;
    Duration offset;
    Duration stepped;
    std::int64_t true_s;
    Duration shows;
  };
  const Row rows[] = {
      {0, {}, {}, 100, Duration::seconds(100)},
      {50, {}, {}, 100, Duration::seconds(100) + Duration::microseconds(5'000)},
      {-50, {}, {}, 100, Duration::seconds(100) - Duration::microseconds(5'000)},
      {1, {}, {}, 1, Duration::seconds(1) + Duration::microseconds(1)},
      {50, ms(-2), ms(30), 100, Duration::seconds(100) + ms(33)},
      // Twenty years, and a clock that is off by a tenth: no overflow.
      {100'000, {}, {}, 630'720'000, Duration::seconds(693'792'000)},
      {-100'000, {}, {}, 630'720'000, Duration::seconds(567'648'000)},
  };
  for (const Row& row : rows) {
    INFO(row.ppm << " ppm after " << row.true_s << " s");
    Clock clock = drifting(row.ppm);
    clock.offset = row.offset;
    CHECK(clock.reads(at_s(row.true_s), row.stepped) == Instant::at(row.shows));
  }
}

TEST_CASE("what a clock reads is rounded down, before the epoch too") {
  Clock clock;
  clock.resolution = ms(10);
  clock.offset = ms(-25);
  CHECK(clock.reads(at_ms(0)) == at_ms(-30));
  CHECK(clock.reads(at_ms(34)) == at_ms(0));
  CHECK(clock.reads(at_ms(44)) == at_ms(10));
}

TEST_CASE("a timer takes as long as its clock measures, and never fires early") {
  for (const std::int64_t ppm : {-100'000, -333, -1, 0, 1, 50, 7'777, 100'000}) {
    const Clock clock = drifting(ppm);
    for (const std::int64_t nanoseconds : {0L, 1L, 999L, 1'000'003L, 86'400'000'000'000L}) {
      INFO(ppm << " ppm, " << nanoseconds << " ns");
      const Duration measured = Duration::nanoseconds(nanoseconds);
      const Duration truly = clock.truly(measured);
      const Duration shown = clock.reads(Instant::at(truly)) - Instant();
      // The gain is rounded towards zero, so that a slow clock may show one more.
      CHECK(shown >= measured - Duration::nanoseconds(ppm > 0 ? 1 : 0));
      CHECK(shown <= measured + Duration::nanoseconds(2));
    }
    CHECK(clock.truly(Duration::for_ever()) == Duration::for_ever());
  }
}

TEST_CASE("a fiber's timers go by the clock of its node") {
  Simulation simulation({});
  std::vector<Instant> woke;
  for (const auto& [name, ppm] : {std::pair("fast", 1'000), std::pair("slow", -1'000)}) {
    NodeOptions options = node(name, "", [&](Process&) {
      simulation.sleep(simulation.truly(Duration::seconds(10)), {simulation.names().of("tick")});
      woke.push_back(simulation.now());
    });
    options.clock.drift_ppm = ppm;
    simulation.add_node(std::move(options));
  }
  simulation.run();
  REQUIRE(woke.size() == 2);
  CHECK(woke[0] == Instant::at(Duration::nanoseconds(9'990'009'991)));
  CHECK(woke[1] == Instant::at(Duration::nanoseconds(10'010'010'011)));
}

TEST_CASE("a fault's step moves what a clock shows and no timer") {
  SimulationOptions options;
  Fault step;
  step.kind = FaultKind::clock;
  step.anchor.at = at_ms(1);
  step.targets = {"a"};
  step.by = Duration::seconds(3600);
  options.plan.faults = {step};
  Simulation simulation(std::move(options));
  Instant shown;
  NodeOptions made = node("a", "", [&](Process& process) {
    simulation.sleep(simulation.truly(ms(1000)), {simulation.names().of("tick")});
    shown = process.node().clock();
  });
  made.clock.drift_ppm = 100'000;
  simulation.add_node(std::move(made));
  simulation.run();
  CHECK(simulation.now() < at_ms(910));
  CHECK(shown == Instant::at(Duration::seconds(3601)));
}
