// Swarm sampling: each seed another part of the storm, the same part each time.
#include "sim/search/swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace halfwrite::sim;
using search::draw_swarm;
using search::Swarm;

namespace {

const std::vector<NodeName> nodes{
    {"order.1", "order"}, {"order.2", "order"}, {"kafka.1", "kafka"}, {"order_db", ""}};

StormRule rhythm(FaultKind kind, std::vector<std::string> targets) {
  StormRule rule;
  rule.kind = kind;
  rule.targets = std::move(targets);
  rule.every = DurationRange{Duration::seconds(1), Duration::seconds(2)};
  rule.lasting = DurationRange::exactly(Duration::milliseconds(200));
  return rule;
}
StormRule chance(FaultKind kind) {
  StormRule rule;
  rule.kind = kind;
  rule.chance = {1, 100};
  return rule;
}

Storm everything() {
  Storm storm;
  storm.rules = {rhythm(FaultKind::crash, {"order", "kafka", "order_db"}),
                 rhythm(FaultKind::pause, {}), chance(FaultKind::reset),
                 chance(FaultKind::lose_reply)};
  storm.until = Instant::at(Duration::seconds(8));
  return storm;
}

Swarm swarm_of(const Storm& storm, std::uint64_t seed) {
  return draw_swarm(storm, nodes, Instant(), Draws(seed).key());
}

}  // namespace

TEST_CASE("the same seed draws the same swarm, and seeds differ") {
  std::set<std::string> all;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Swarm swarm = swarm_of(everything(), seed);
    CHECK(swarm.drawn == swarm_of(everything(), seed).drawn);
    CHECK(swarm.drawn.size() == 5);
    std::string text;
    for (const std::string& line : swarm.drawn) text += line + "\n";
    all.insert(text);
  }
  CHECK(all.size() > 150);
}

TEST_CASE("every kind is missing in about half of the seeds, and no seed is without any") {
  std::map<FaultKind, int> on;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Swarm swarm = swarm_of(everything(), seed);
    REQUIRE_FALSE(swarm.storm.rules.empty());
    for (const StormRule& rule : swarm.storm.rules) ++on[rule.kind];
  }
  CHECK(on.size() == 4);
  for (const auto& [kind, seeds] : on) {
    INFO(to_text(kind));
    CHECK(seeds > 430);
    CHECK(seeds < 600);
  }
}

TEST_CASE("targets, density, length and end are drawn within the storm's own") {
  std::set<std::vector<std::string>> crash_targets;
  std::set<std::int64_t> untils;
  std::set<std::uint64_t> denominators;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Swarm swarm = swarm_of(everything(), seed);
    untils.insert(swarm.storm.until.since_start().in_nanoseconds());
    CHECK(swarm.storm.until <= everything().until);
    for (const StormRule& rule : swarm.storm.rules) {
      if (rule.kind == FaultKind::crash) {
        crash_targets.insert(rule.targets);
        CHECK_FALSE(rule.targets.empty());
        for (const std::string& target : rule.targets)
          CHECK((target == "order" || target == "kafka" || target == "order_db"));
      }
      if (rule.kind == FaultKind::pause)
        for (const std::string& target : rule.targets)
          CHECK((target == "order" || target == "kafka" || target == "order_db"));
      if (rule.every) {
        CHECK(rule.every->least >= Duration::milliseconds(250));
        CHECK(rule.every->most <= Duration::seconds(8));
      }
      if (rule.kind == FaultKind::reset)
        denominators.insert(rule.chance.denominator / rule.chance.numerator);
    }
  }
  CHECK(crash_targets.size() == 7);
  CHECK(untils.size() == 4);
  CHECK(denominators.size() == 5);
}

TEST_CASE("another rule in the storm leaves what is drawn for the others as it was") {
  Storm larger = everything();
  larger.rules.insert(larger.rules.begin() + 1, chance(FaultKind::delay));
  int same = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Swarm small = swarm_of(everything(), seed);
    Swarm large = swarm_of(larger, seed);
    large.drawn.erase(large.drawn.begin() + 1);
    // Where the coins kept nothing one rule is kept all the same, and that may now be the new one.
    same += large.drawn == small.drawn ? 1 : 0;
  }
  CHECK(same > 180);
}

TEST_CASE("no storm ends before the work has begun, and what is drawn says when it ends") {
  std::set<std::string> ends;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Swarm swarm =
        draw_swarm(everything(), nodes, Instant::at(Duration::seconds(4)), Draws(seed).key());
    CHECK(swarm.storm.until >= Instant::at(Duration::seconds(5)));
    ends.insert(swarm.drawn.back());
  }
  CHECK(ends == std::set<std::string>{"until 5 s", "until 6 s", "until 7 s", "until 8 s"});
  // A workload that begins after the storm has no say in it.
  const Swarm late =
      draw_swarm(everything(), nodes, Instant::at(Duration::seconds(9)), Draws(1).key());
  CHECK(late.storm.until <= everything().until);
  CHECK(late.storm.until > Instant());
}

TEST_CASE("a calm sea stays calm") {
  Storm calm;
  CHECK(swarm_of(calm, 1).storm.rules.empty());
  CHECK(swarm_of(calm, 1).drawn.empty());
}
