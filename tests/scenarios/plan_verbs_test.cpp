// Each verb of a plan, each word of a storm, each key of a clock or of the network: it is read, it
// lands, something other than the fault itself goes another way, and what landed replays.
#include "scenarios/plan_text.hpp"
#include "tests/scenarios/scenario_file.hpp"
#include "tests/scenarios/small_world.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;

namespace {

scenarios::RunOutcome run(const scenarios::Scenario& scenario,
                          std::optional<sim::FaultPlan> plan = std::nullopt) {
  scenarios::Runner runner;
  scenarios::RunRequest request;
  request.scenario = &scenario;
  request.plan = std::move(plan);
  request.keep_history = true;
  return runner.run(request);
}

// What happened, when and where, but for the faults themselves.
std::vector<std::string> course_of(const scenarios::RunOutcome& outcome) {
  std::vector<std::string> course;
  for (const history::Fact& fact : outcome.history->facts) {
    if (std::holds_alternative<history::FaultStruck>(fact.content)) continue;
    course.push_back(sim::to_text(fact.at) + " " + std::to_string(fact.content.index()) + " " +
                     std::string(outcome.history->names().text(fact.actor)));
  }
  course.push_back(sim::to_text(outcome.end.at));
  course.push_back(std::to_string(outcome.trace_records - outcome.landed.size() * 2));
  return course;
}

void replays(const scenarios::Scenario& scenario, const scenarios::RunOutcome& outcome) {
  const std::string text = scenarios::write_plan(outcome.landed_plan);
  INFO(text);
  auto plan = scenarios::parse_plan(text);
  REQUIRE(plan.has_value());
  CHECK(scenarios::check_points(plan.value(), scenario, "--plan").empty());
  const auto again = run(scenario, std::move(plan).value());
  CHECK(again.trace_hash == outcome.trace_hash);
  CHECK(again.landed_plan == outcome.landed_plan);
}

}  // namespace

TEST_CASE("each verb of a plan lands, changes the run, and replays") {
  struct Row {
    const char* variant;
    const char* item;
  };
  const Row rows[] = {
      {"direct", R"({ "crash": "order.1", "at": "4150ms" })"},
      {"direct", R"({ "crash": "here", "before": "order.place/commit" })"},
      {"direct", R"({ "crash": "here", "during": "OrderCreated/published#2", "down": "1s" })"},
      {"direct", R"({ "crash": "here", "after": "orders#3/insert", "machine": true })"},
      {"direct", R"({ "crash": "order_db", "at": "4150ms", "machine": true, "disk": "lost" })"},
      {"direct", R"({ "crash": "order", "at": "4150ms", "down": "for_ever" })"},
      {"direct",
       R"({ "crash": ["order_db", "kafka.1", "shipping_db"], "at": "4150ms", "machine": true, "down": "2s" })"},
      {"direct",
       R"({ "crash": "kafka", "at": "4150ms", "machine": true, "disk": "lost", "down": "1s" })"},
      {"polling", R"({ "crash": "order.relay", "during": "order.relay/mark" })"},
      {"cdc", R"({ "crash": "order.relay", "before": "order.relay/store" })"},
      {"direct", R"({ "pause": "shipping", "at": "4150ms", "for": "2s" })"},
      {"direct", R"({ "pause": "here", "before": "shipping.prepare/pack", "for": "300ms" })"},
      {"direct", R"({ "partition": [["order"], ["kafka"]], "at": "4150ms", "for": "400ms" })"},
      {"direct",
       R"({ "partition": [["order"], ["kafka"]], "at": "4150ms", "for": "400ms", "one_way": true })"},
      {"direct",
       R"({ "partition": [["kafka"], ["order"]], "at": "4150ms", "for": "400ms", "one_way": true })"},
      {"direct",
       R"({ "partition": [["here"], ["order_db"]], "before": "orders#2/commit", "for": "400ms" })"},
      {"direct",
       R"({ "partition": [["order", "order_db"], ["order_db", "kafka"]], "at": "4150ms", "for": "400ms" })"},
      {"direct",
       R"({ "partition": [["order"], ["kafka.1"], ["kafka.2"], ["shipping"]], "at": "4150ms", "for": "400ms" })"},
      {"direct", R"({ "slow": "kafka", "by": "20ms", "at": "4s", "for": "1s" })"},
      {"direct", R"({ "slow": "order -> order_db", "by": "20ms", "at": "4s", "for": "1s" })"},
      {"direct",
       R"({ "slow": ["order_db -> order", "kafka.1"], "by": "20ms", "at": "4s", "for": "1s" })"},
      {"direct",
       R"({ "slow": "here -> order_db", "by": "20ms", "before": "orders#2/insert", "for": "1s" })"},
      {"direct", R"({ "disconnect": "order", "at": "4150ms" })"},
      {"direct", R"({ "disconnect": "here", "before": "orders#2/commit" })"},
      {"direct", R"({ "rebalance": "shipping", "at": "4150ms" })"},
      {"direct", R"({ "rebalance": "shipping", "during": "OrderCreated/acknowledged#2" })"},
      {"direct", R"({ "reset": "orders#2/commit" })"},
      {"direct", R"({ "reset": "orders#2/commit", "when": "after" })"},
      {"direct", R"({ "reset": "anywhere", "at": "4150ms", "targets": ["order -> kafka"] })"},
      {"direct", R"({ "lose_request": "orders#2/insert" })"},
      {"direct", R"({ "lose_request": "anywhere", "at": "4150ms" })"},
      {"direct", R"({ "lose_reply": "OrderCreated/published" })"},
      {"direct", R"({ "lose_reply": "anywhere", "at": "4150ms", "targets": ["kafka"] })"},
      {"direct", R"({ "delay": "orders#2/commit", "by": "500ms" })"},
      {"direct",
       R"({ "delay": "orders#2/commit", "by": "500ms", "when": "after", "blocking": false })"},
      {"direct", R"({ "delay": "anywhere", "by": "500ms", "at": "4150ms" })"},
      {"direct", R"({ "duplicate": "OrderCreated/delivered#2" })"},
      {"direct",
       R"({ "duplicate": "anywhere", "later": "100ms", "at": "4150ms", "targets": ["shipping"] })"},
      {"direct", R"({ "refuse": "OrderCreated/published", "error": "quota" })"},
      {"direct", R"({ "refuse": "OrderCreated/committed", "error": "40001" })"},
      {"direct", R"({ "refuse": "order.place/insert", "times": 2 })"},
      {"direct", R"({ "refuse": "order.place/insert", "times": "for_ever" })"},
      {"direct",
       R"({ "refuse": "anywhere", "at": "4150ms", "for": "200ms", "targets": ["order_db"] })"},
      {"direct", R"({ "disk_full": "orders#2/insert" })"},
      {"direct", R"({ "disk_full": "order.place/insert", "times": 2 })"},
      {"direct", R"({ "disk_full": "order.place/insert", "times": "for_ever" })"},
      {"polling", R"({ "disk_full": "order.relay/mark" })"},
      {"direct",
       R"({ "disk_full": "anywhere", "at": "4150ms", "for": "200ms", "targets": ["order_db"] })"},
      {"direct", R"({ "fail_sync": "orders#2/commit" })"},
      {"direct", R"({ "fail_sync": "orders#2/commit", "unsynced": "lost" })"},
      {"polling", R"({ "fail_sync": "order.relay/mark" })"},
      {"direct", R"({ "fail_sync": "anywhere", "at": "4150ms", "targets": ["shipping_db"] })"},
      {"direct", R"({ "cancel": "orders#2/insert" })"},
      {"direct", R"({ "cancel": "anywhere", "at": "4150ms", "targets": ["order_db"] })"},
  };
  for (const Row& row : rows) {
    INFO(row.variant << ": " << row.item);
    const auto file = tests::small_world(std::string(R"("plan": [)") + row.item + "]");
    const scenarios::Scenario& scenario = tests::variant_of(file, row.variant).scenario;
    const auto outcome = run(scenario);
    CHECK(outcome.landed.size() >= 1);
    CHECK(outcome.never_reached.empty());
    CHECK(course_of(outcome) != course_of(run(scenario, sim::FaultPlan())));
    replays(scenario, outcome);
  }
}

TEST_CASE("a step of the clock shows in now(), in whatever the server dates") {
  const auto file = tests::small_world(
      R"("plan": [{ "clock": "order_db", "offset": "1h", "before": "orders#3/insert" }])",
      R"({ "name": "no_jump",
           "at_end": "SELECT 1 FROM order_db.orders WHERE placed > '2026-01-01 00:59:00+00'" })");
  const scenarios::Scenario& scenario = tests::variant_of(file, "direct").scenario;
  const auto outcome = run(scenario);
  REQUIRE(outcome.landed.size() == 1);
  CHECK(outcome.verdicts[0].outcome == invariants::Outcome::violated);
  CHECK(run(scenario, sim::FaultPlan()).verdicts[0].outcome != invariants::Outcome::violated);
  replays(scenario, outcome);
}

TEST_CASE("clocks that run fast show in now(), and their node's timers come early") {
  const std::string clock =
      R"("clock": { "drift": "100000ppm", "offset": "1s", "resolution": "1s" })";
  const std::string dated = R"text({ "name": "as_the_clock_says", "at_end": [
    "SELECT 1 FROM order_db.orders",
    "WHERE placed NOT IN ('2026-01-01 00:00:05+00', '2026-01-01 00:00:06+00')"] })text";
  const auto fifth_run = [](const scenarios::RunOutcome& outcome) {
    std::vector<sim::Instant> runs;
    for (const history::Fact& fact : outcome.history->facts)
      if (std::holds_alternative<history::JobRan>(fact.content)) runs.push_back(fact.at);
    REQUIRE(runs.size() > 5);
    return runs[4];
  };
  const auto plain = tests::small_world("", dated);
  const auto before = run(tests::variant_of(plain, "direct").scenario);
  CHECK(before.verdicts[0].outcome == invariants::Outcome::violated);
  const auto fast = tests::small_world(
      R"("defaults": { "databases": { )" + clock + R"( }, "services": { )" + clock + " } }", dated);
  const scenarios::Scenario& scenario = tests::variant_of(fast, "direct").scenario;
  const auto after = run(scenario);
  CHECK(after.verdicts[0].outcome != invariants::Outcome::violated);
  // Five turns of 300 ms by a clock that gains a tenth: 136 ms less.
  const sim::Duration earlier = fifth_run(before) - fifth_run(after);
  CHECK(earlier > sim::Duration::milliseconds(120));
  CHECK(earlier < sim::Duration::milliseconds(150));
  replays(scenario, after);
}

TEST_CASE(
    "points are passed in the order of a plan, in spite of what they would do by themselves") {
  const auto file = tests::small_world(
      R"("plan": [{ "in_order": ["orders#2/commit", "orders#1/commit"], "patience": "5s" }])");
  const scenarios::Scenario& scenario = tests::variant_of(file, "direct").scenario;
  const auto outcome = run(scenario);
  REQUIRE(outcome.orders.size() == 1);
  CHECK(outcome.orders[0].passed == 2);
  CHECK_FALSE(outcome.orders[0].prevented);
  CHECK(course_of(outcome) != course_of(run(scenario, sim::FaultPlan())));
  replays(scenario, outcome);
}

TEST_CASE("what a plan names and never comes, or finds nothing, is said") {
  struct Row {
    const char* item;
    std::size_t never_reached;
    std::size_t found_nothing;
    bool delays_calm = false;  // in which idle fetches are not repeated
  };
  const Row rows[] = {
      {R"({ "crash": "here", "before": "order.place/insert#9" })", 1, 0},
      {R"({ "delay": "orders#2/commit#2", "by": "5ms" })", 1, 0},
      {R"({ "duplicate": "anywhere", "at": "6s" })", 1, 0, true},
      {R"({ "disconnect": "order_db", "at": "4150ms" })", 0, 1},
      {R"({ "partition": [["here"], ["order"]], "before": "orders#2/commit", "for": "1s" })", 0, 1},
  };
  for (const Row& row : rows) {
    INFO(row.item);
    const auto file = tests::small_world(std::string(R"("plan": [)") + row.item + "]");
    const scenarios::Scenario& scenario = tests::variant_of(file, "direct").scenario;
    const auto outcome = run(scenario);
    CHECK(outcome.landed.empty());
    CHECK(outcome.never_reached.size() == row.never_reached);
    CHECK(outcome.found_nothing.size() == row.found_nothing);
    std::vector<std::string> course = course_of(outcome);
    std::vector<std::string> without_plan = course_of(run(scenario, sim::FaultPlan()));
    if (row.delays_calm) {
      course.pop_back();  // how many trace records
      without_plan.pop_back();
    }
    CHECK(course == without_plan);
  }
}

TEST_CASE("each word of a storm lands, by a rhythm or a chance, and replays") {
  const std::string rules[] = {
      R"("crash": { "every": "300ms", "down": "100ms" })",
      R"("crash": { "probability": "1/50", "machine": true })",
      R"("crash": { "probability": "1/2", "targets": ["order.place/commit"] })",
      R"("pause": { "every": "300ms", "for": "10ms..100ms" })",
      R"("pause": { "probability": "1/50" })",
      R"("partition": { "every": "300ms", "for": "200ms" })",
      R"("partition": { "every": "300ms", "one_way": true, "targets": ["order -> kafka"] })",
      R"("partition": { "probability": "1/50", "for": "200ms" })",
      R"("slow": { "every": "300ms", "by": "5ms", "targets": ["order_db", "order -> kafka"] })",
      R"("slow": { "probability": "1/20" })",
      R"("clock": { "every": "200ms", "offset": "-1s..1s", "targets": ["order_db"] })",
      R"("clock": { "probability": "1/20" })",
      R"("reset": { "every": "300ms" })",
      R"("reset": { "probability": "1/20" })",
      R"("lose_request": { "probability": "1/20" })",
      R"("lose_reply": { "probability": "1/20" })",
      R"("delay": { "probability": "1/10", "by": "1ms..50ms" })",
      R"("delay": { "every": "200ms" })",
      R"("duplicate": { "probability": "1/2" })",
      R"("refuse": { "probability": "1/10", "error": "quota" })",
      R"("refuse": { "every": "300ms", "for": "100ms", "targets": ["order_db"] })",
      R"("disk_full": { "every": "300ms", "for": "100ms", "targets": ["order_db"] })",
      R"("disk_full": { "probability": "1/10" })",
      R"("fail_sync": { "every": "400ms" })",
      R"("fail_sync": { "probability": "1/2", "unsynced": "lost", "targets": ["shipping_db"] })",
  };
  for (const std::string& rule : rules) {
    INFO(rule);
    const auto file = tests::small_world(R"("faults": { "until": "6s", )" + rule + " }");
    const scenarios::Scenario& scenario = tests::variant_of(file, "polling").scenario;
    const auto outcome = run(scenario);
    CHECK(outcome.landed.size() >= 1);
    replays(scenario, outcome);
  }
}
