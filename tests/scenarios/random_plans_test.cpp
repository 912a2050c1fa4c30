// The replay law against everything at once: plans of all verbs at points and instants, beside
// storms of all words, drawn by seed.
#include "scenarios/plan_text.hpp"
#include "tests/scenarios/scenario_file.hpp"
#include "tests/scenarios/small_world.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace halfwrite;
using sim::Draws;
using sim::Duration;
using sim::FaultKind;
using sim::Key;

namespace {

constexpr std::uint64_t kinds = static_cast<std::uint64_t>(FaultKind::fail_sync) + 1;
constexpr std::uint64_t kinds_of_a_storm = static_cast<std::uint64_t>(FaultKind::refuse) + 3;

// Places, nodes and links that a plan may name, of one variant.
struct Vocabulary {
  std::vector<std::string> points;
  std::vector<std::string> nodes{"order",   "order.1",     "order_db", "kafka",
                                 "kafka.2", "shipping_db", "shipping", "client"};
  std::vector<std::string> links{"order -> order_db", "order_db -> order", "order -> kafka",
                                 "kafka.1 -> shipping", "client -> order"};
};

Vocabulary vocabulary_of(scenarios::Runner& runner, const scenarios::Variant& variant) {
  scenarios::RunRequest request;
  request.scenario = &variant.scenario;
  request.plan = sim::FaultPlan();
  request.keep_history = true;
  request.keep_addresses = true;
  const auto outcome = runner.run(request);
  const sim::Names& names = outcome.history->names();
  std::set<std::string> points{"OrderCreated/published", "OrderCreated/applied",
                               "OrderCreated/delivered", "order.place/commit/logged",
                               "orders#2/commit",        "orders#3/insert"};
  for (const sim::Address& address : outcome.addresses) {
    points.insert(std::string(names.text(address.scope.operation)) + "/" +
                  std::string(names.text(address.step)));
  }
  Vocabulary vocabulary;
  for (const std::string& point : points)
    if (sim::parse_point(point)) vocabulary.points.push_back(point);
  if (variant.name != "direct") vocabulary.nodes.push_back("order.relay");
  return vocabulary;
}

template <class T>
const T& pick(const std::vector<T>& words, Key key) {
  return words[Draws::below(key, words.size())];
}
bool coin(Key key) {
  return Draws::below(key, 2) == 0;
}
Duration some_time(Key key) {
  return Draws::between(key, {Duration::milliseconds(1), Duration::milliseconds(700)});
}

sim::Anchor some_anchor(const Vocabulary& vocabulary, FaultKind kind, Key key) {
  sim::Anchor anchor;
  if (Draws::below(key.with("at"), 3) == 0) {
    anchor.at = sim::Instant::at(Draws::between(
        key.with("instant"), {Duration::milliseconds(3500), Duration::milliseconds(6500)}));
    return anchor;
  }
  anchor.when = static_cast<sim::When>(1 + Draws::below(key.with("when"), 3));
  std::string point = pick(vocabulary.points, key.with("point"));
  // Kinds that few places ask for.
  if (coin(key.with("fitting"))) {
    if (kind == FaultKind::duplicate) point = "OrderCreated/delivered";
    if (kind == FaultKind::rebalance) point = "OrderCreated/acknowledged";
    if (kind == FaultKind::cancel) point = "orders#3/insert";
    if (kind == FaultKind::disk_full) point = "orders#2/insert";
    if (kind == FaultKind::fail_sync) point = "orders#2/commit";
  }
  anchor.point = sim::parse_point(point).value();
  anchor.point.nth = Draws::below(key.with("nth"), 3);
  return anchor;
}

void aim(sim::Fault& fault, const Vocabulary& vocabulary, Key key) {
  const bool at_point = fault.anchor.when != sim::When::at;
  const auto node = [&](const char* which) {
    if (at_point && coin(key.with(which).with("here"))) return std::string("here");
    return pick(vocabulary.nodes, key.with(which));
  };
  const std::string link = pick(vocabulary.links, key.with("link"));
  switch (fault.kind) {
    case FaultKind::crash:
      fault.targets = {node("one")};
      if (coin(key.with("several")) && node("two") != node("one"))
        fault.targets.push_back(node("two"));
      break;
    case FaultKind::pause:
    case FaultKind::disconnect:
    case FaultKind::clock:
      fault.targets = {node("one")};
      break;
    case FaultKind::partition:
      fault.groups = {{node("one"), node("three")}, {node("two")}};
      if (coin(key.with("several"))) fault.groups.push_back({node("four"), node("one")});
      break;
    case FaultKind::slow:
      fault.targets = {coin(key.with("node")) ? node("one") : link};
      break;
    case FaultKind::rebalance:
      fault.targets = {"shipping"};
      break;
    case FaultKind::promote:  // no database here has a standby
      break;
    case FaultKind::reset:
    case FaultKind::lose_request:
    case FaultKind::lose_reply:
    case FaultKind::delay:
      if (!at_point && coin(key.with("narrow"))) fault.targets = {link};
      break;
    case FaultKind::duplicate:
    case FaultKind::refuse:
    case FaultKind::cancel:
    case FaultKind::disk_full:
    case FaultKind::fail_sync:
      break;
  }
}

// Sets the details that the kind has, and no others: a plan's text holds no more.
sim::Fault some_fault(const Vocabulary& vocabulary, Key key) {
  sim::Fault fault;
  fault.kind = static_cast<FaultKind>(Draws::below(key.with("kind"), kinds));
  if (fault.kind == FaultKind::promote) fault.kind = FaultKind::crash;
  fault.anchor = some_anchor(vocabulary, fault.kind, key.with("anchor"));
  aim(fault, vocabulary, key.with("aim"));
  const Duration time = some_time(key.with("time"));
  switch (fault.kind) {
    case FaultKind::crash:
      fault.machine = coin(key.with("machine"));
      fault.disk_lost = fault.machine && Draws::below(key.with("disk"), 4) == 0;
      fault.for_ever = Draws::below(key.with("for ever"), 8) == 0;
      if (!fault.for_ever) fault.lasting = time;
      break;
    case FaultKind::pause:
      fault.lasting = time;
      break;
    case FaultKind::partition:
      fault.one_way = coin(key.with("one way"));
      fault.lasting = time;
      break;
    case FaultKind::slow:
      fault.by = time / 20;
      fault.lasting = time * 2;
      break;
    case FaultKind::clock:
      fault.by = time - Duration::milliseconds(300);
      break;
    case FaultKind::delay:
      fault.by = time;
      fault.blocking = coin(key.with("blocking"));
      break;
    case FaultKind::duplicate:
      fault.by = time;
      break;
    case FaultKind::refuse:
      fault.error = "40001";
      fault.times = 1 + Draws::below(key.with("times"), 3);
      if (fault.anchor.when == sim::When::at) fault.lasting = time;
      break;
    case FaultKind::disk_full:
      if (fault.anchor.when == sim::When::at) {
        fault.lasting = time;
      } else {
        fault.times = 1 + Draws::below(key.with("times"), 3);
      }
      break;
    case FaultKind::fail_sync:
      fault.unsynced_lost = coin(key.with("unsynced"));
      break;
    default:
      break;
  }
  return fault;
}

sim::Storm some_storm(Key key) {
  sim::Storm storm;
  storm.until = sim::Instant::at(Duration::milliseconds(5500));
  storm.at_most_down = 1 + static_cast<std::uint32_t>(Draws::below(key.with("down"), 2));
  const std::uint64_t rules = Draws::below(key.with("rules"), 5);
  for (std::uint64_t number = 0; number < rules; ++number) {
    const Key one = key.with(number);
    sim::StormRule& rule = storm.rules.emplace_back();
    rule.kind = static_cast<FaultKind>(Draws::below(one.with("kind"), kinds_of_a_storm));
    if (rule.kind > FaultKind::refuse) {
      rule.kind = coin(one.with("disk")) ? FaultKind::disk_full : FaultKind::fail_sync;
    }
    const Duration longest = some_time(one.with("longest"));
    const FaultKind kind = rule.kind;
    if (kind <= FaultKind::slow || kind == FaultKind::refuse || kind == FaultKind::disk_full)
      rule.lasting = {Duration::milliseconds(1), longest};
    if (kind == FaultKind::slow || kind == FaultKind::clock || kind == FaultKind::delay)
      rule.by = {Duration::milliseconds(1), longest / 10 + Duration::milliseconds(1)};
    rule.machine = kind == FaultKind::crash && coin(one.with("machine"));
    rule.one_way = kind == FaultKind::partition && coin(one.with("one way"));
    if (kind == FaultKind::refuse) rule.error = "unavailable";
    if (coin(one.with("rhythm"))) {
      rule.every = sim::DurationRange::exactly(some_time(one.with("every")));
    } else {
      rule.chance = {1, 20 + Draws::below(one.with("chance"), 200)};
    }
  }
  return storm;
}

sim::FaultPlan read_back(const sim::FaultPlan& plan) {
  const std::string text = scenarios::write_plan(plan);
  auto read = scenarios::parse_plan(text);
  INFO(text);
  REQUIRE(read.has_value());
  return std::move(read).value();
}

void replay_random_plans(std::uint64_t seeds) {
  const auto file = tests::small_world();
  scenarios::Runner runner;
  std::vector<Vocabulary> vocabularies;
  for (const auto& variant : file.variants) vocabularies.push_back(vocabulary_of(runner, variant));
  std::set<std::uint64_t> hashes;
  std::map<FaultKind, std::uint64_t> landed;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::size_t chosen = seed % file.variants.size();
    const Key key = Draws(seed).key().with("plan");
    scenarios::Scenario scenario = file.variants[chosen].scenario;
    scenario.storm = some_storm(key.with("storm"));
    scenarios::RunRequest request;
    request.scenario = &scenario;
    request.seed = seed;
    const std::uint64_t faults = 1 + Draws::below(key.with("faults"), 5);
    for (std::uint64_t number = 0; number < faults; ++number)
      request.further_faults.push_back(some_fault(vocabularies[chosen], key.with(number)));
    const auto first = runner.run(request);
    INFO(file.variants[chosen].name << " seed " << seed << "\n"
                                    << scenarios::write_plan(first.landed_plan));
    scenarios::RunRequest again;
    again.scenario = &scenario;
    again.seed = seed;
    again.plan = read_back(first.landed_plan);
    const auto second = runner.run(again);
    REQUIRE(second.trace_hash == first.trace_hash);
    REQUIRE(second.landed_plan == first.landed_plan);
    REQUIRE(second.end.kind == first.end.kind);
    REQUIRE(second.windows_hit == first.windows_hit);
    hashes.insert(first.trace_hash);
    for (const sim::LandedFault& fault : first.landed) ++landed[fault.fault.kind];
  }
  CHECK(hashes.size() == seeds);
  CHECK(landed.size() == kinds - 1);  // no database here has a standby to promote
  for (const auto& [kind, times] : landed) {
    INFO(sim::to_text(kind) << " landed " << times << " times");
    CHECK(times >= seeds / 100);
  }
}

}  // namespace

TEST_CASE("what landed of random plans and storms replays to the same trace, for 1,000 seeds") {
  replay_random_plans(1'000);
}

TEST_CASE("what landed of random plans and storms replays to the same trace, for 20,000 seeds",
          "[.long]") {
  replay_random_plans(20'000);
}
