#include "scenarios/plan_text.hpp"

#include "tests/language/support.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace halfwrite::scenarios {
namespace {

using sim::Duration;
using sim::FaultKind;
using sim::When;

sim::Point point(const std::string& text) {
  auto read = sim::parse_point(text);
  REQUIRE(read.has_value());
  return read.value();
}

sim::Fault at_point(FaultKind kind, const std::string& text, When when = When::during) {
  sim::Fault fault;
  fault.kind = kind;
  fault.anchor.when = when;
  fault.anchor.point = point(text);
  return fault;
}
sim::Fault at_instant(FaultKind kind, std::vector<std::string> targets) {
  sim::Fault fault;
  fault.kind = kind;
  fault.anchor.at = sim::Instant::at(Duration::nanoseconds(1'234'567'891));
  fault.targets = std::move(targets);
  return fault;
}

// Every kind with every field it has, at points as landed faults carry them.
sim::FaultPlan everything() {
  const std::string landed =
      "order.place/commit/logged#2 of orders#17, attempt 3, asked by order.1/commit, pass 2, "
      "on order_db";
  sim::FaultPlan plan;
  for (const When when : {When::before, When::during, When::after}) {
    sim::Fault crash = at_point(FaultKind::crash, landed, when);
    crash.targets = {"here"};
    crash.lasting = Duration::milliseconds(250);
    crash.machine = true;
    crash.disk_lost = true;
    plan.faults.push_back(crash);
    sim::Fault reset = at_point(FaultKind::reset, landed, when);
    reset.targets = {"order -> kafka", "kafka.1"};
    plan.faults.push_back(reset);
  }
  sim::Fault down = at_instant(FaultKind::crash, {"order", "kafka.2"});
  down.for_ever = true;
  plan.faults.push_back(down);
  sim::Fault pause = at_instant(FaultKind::pause, {"order.1"});
  pause.lasting = Duration::microseconds(1500);
  plan.faults.push_back(pause);
  sim::Fault partition = at_instant(FaultKind::partition, {});
  partition.groups = {{"order", "shipping"}, {"kafka.1"}};
  partition.lasting = Duration::seconds(1);
  partition.one_way = true;
  plan.faults.push_back(partition);
  sim::Fault slow = at_instant(FaultKind::slow, {"order -> kafka"});
  slow.by = Duration::milliseconds(3);
  slow.lasting = Duration::seconds(2);
  plan.faults.push_back(slow);
  sim::Fault clock = at_instant(FaultKind::clock, {"order_db"});
  clock.by = -Duration::milliseconds(7);
  plan.faults.push_back(clock);
  plan.faults.push_back(at_instant(FaultKind::disconnect, {"order"}));
  plan.faults.push_back(at_instant(FaultKind::rebalance, {"shipping"}));
  plan.faults.push_back(at_instant(FaultKind::promote, {"order_db.standby_1"}));
  plan.faults.push_back(plan.faults.back());
  plan.faults.back().fenced = false;
  plan.faults.push_back(at_instant(FaultKind::lose_request, {}));
  plan.faults.push_back(at_point(FaultKind::lose_request, "orders#17/commit"));
  plan.faults.push_back(at_point(FaultKind::lose_reply, "OrderCreated/published#3"));
  plan.faults.push_back(at_point(FaultKind::cancel, "a/commit"));
  sim::Fault delay = at_point(FaultKind::delay, "orders#3/commit", When::after);
  delay.by = Duration::seconds(31);
  delay.blocking = false;
  plan.faults.push_back(delay);
  sim::Fault duplicate = at_point(FaultKind::duplicate, "OrderCreated/delivered");
  duplicate.by = Duration::milliseconds(5);
  plan.faults.push_back(duplicate);
  sim::Fault refuse = at_point(FaultKind::refuse, "OrderCreated/published");
  refuse.error = "a \"quoted\" reason";
  refuse.times = 4;
  refuse.lasting = Duration::seconds(1);
  plan.faults.push_back(refuse);
  refuse.times = std::numeric_limits<std::uint64_t>::max();
  refuse.error = "";
  plan.faults.push_back(refuse);
  sim::Fault full = at_point(FaultKind::disk_full, "orders#3/1");
  full.times = 3;
  plan.faults.push_back(full);
  full = at_instant(FaultKind::disk_full, {"order_db"});
  full.lasting = Duration::seconds(2);
  plan.faults.push_back(full);
  plan.faults.push_back(at_point(FaultKind::fail_sync, "orders#3/commit"));
  plan.faults.push_back(plan.faults.back());
  plan.faults.back().unsynced_lost = true;
  plan.orders.push_back(
      {{point("early/outbox"), point("late/commit/visible#2"), point("OrderPlaced/published")},
       Duration::seconds(5)});
  plan.orders.push_back({{point("a/1"), point("b/2")}, Duration::seconds(30)});
  return plan;
}

TEST_CASE("a written plan reads back equal, field by field") {
  const sim::FaultPlan plan = everything();
  const std::string text = write_plan(plan);
  INFO(text);
  const auto read = parse_plan(text);
  if (!read) FAIL(all_of(read.error()));
  REQUIRE(read.value().faults.size() == plan.faults.size());
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    INFO(write_fault(plan.faults[i]) << " became " << write_fault(read.value().faults[i]));
    CHECK(read.value().faults[i] == plan.faults[i]);
  }
  CHECK(read.value() == plan);
  CHECK(parse_plan(write_plan({})).value() == sim::FaultPlan{});
}

TEST_CASE("what a plan leaves out is what the language says") {
  const auto crash = parse_fault(R"({ "crash": "here", "before": "OrderCreated/published#17" })");
  REQUIRE(crash.has_value());
  CHECK(crash.value().lasting == Duration::milliseconds(200));
  CHECK(crash.value().targets == std::vector<std::string>{"here"});
  CHECK(crash.value().anchor.when == When::before);
  CHECK(crash.value().anchor.point.nth == 17);
  const auto refuse = parse_fault(R"({ "refuse": "OrderCreated/published" })");
  REQUIRE(refuse.has_value());
  CHECK(refuse.value().error == "unavailable");
  CHECK(refuse.value().times == 1);
}

TEST_CASE("a plan on the command line is refused like one in a file") {
  const std::vector<std::pair<std::string, std::string>> table{
      {R"([{ "crash": "order" }])", "--plan:1:13: error: this crash does not say when [plan]"},
      {R"([{ "crash": "order", "at": 5 }])",
       "--plan:1:28: error: a duration needs a unit, found the number 5 [duration]"},
      {R"({ "crash": "order", "at": "5s" })",
       "--plan:1:1: error: a plan is a list of items, found an object [type]"},
      {R"([{ "crush": "order" }])", "--plan:1:4: error: a verb is missing here [verb]"},
      {R"([{ "delay": "orders/commit" }])", "--plan:1:2: error: `by` is missing [missing-key]"},
      {R"([{ "reset": "anywhere" }])", "--plan:1:13: error: \"anywhere\" needs an instant [plan]"},
      {R"([{ "promote": "db.standby_1", "machine": true, "at": "1s" }])",
       "--plan:1:31: error: unknown key \"machine\" [unknown-key]"},
  };
  for (const auto& [text, expected] : table) {
    INFO(text);
    const auto plan = parse_plan(text);
    REQUIRE_FALSE(plan.has_value());
    const std::string errors = all_of(plan.error());
    CHECK(errors.substr(0, errors.find('\n')) == expected);
  }
}

TEST_CASE("durations are written as short as they read back exactly") {
  CHECK(write_duration(Duration::milliseconds(1500)) == "1500ms");
  CHECK(write_duration(Duration::seconds(3600)) == "1h");
  CHECK(write_duration(Duration::nanoseconds(1'234'567)) == "1234567ns");
  CHECK(write_duration(-Duration::milliseconds(5)) == "-5ms");
  CHECK(write_duration(Duration()) == "0s");
}

}  // namespace
}  // namespace halfwrite::scenarios
