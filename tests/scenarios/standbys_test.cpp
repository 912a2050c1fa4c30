// Standbys on their way through the language: settings, reads on them, promotions by a plan and by
// a manager, and what the invariants see of the timeline that survives.
#include "scenarios/plan_text.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite;

namespace {

// Each order is placed, and then counted on the standby; what was seen is kept.
std::string orders(const std::string& database, const std::string& more) {
  return R"X({ "format": 1, "name": "standbys",
    "databases": {
      "order_db": { "schema": ["CREATE TABLE orders (id TEXT PRIMARY KEY)",
        "CREATE TABLE seen (id TEXT PRIMARY KEY, count INTEGER NOT NULL)"], )X" +
         database + R"X( },
      "shipping_db": { "schema": ["CREATE TABLE parcels (order_id TEXT PRIMARY KEY)"] } },
    "brokers": { "kafka": { "type": "log", "topics": { "orders": {} } } },
    "events": { "OrderPlaced": { "topic": "orders", "key": "order", "payload": ["order"] } },
    "services": {
      "order": { "database": "order_db", "broker": "kafka", "publishing": "outbox",
        "operations": {
          "place": { "steps": [{ "name": "insert", "sql": "INSERT INTO orders VALUES (:order)" },
            { "emit": "OrderPlaced" }], "retry": { "attempts": 20, "delay": "200ms" } },
          "show": { "steps": [
            { "name": "look", "sql": "SELECT count(*) FROM orders WHERE id = :order",
              "on": "order_db.standby_1", "into": "count" },
            { "sql": "INSERT INTO seen VALUES (:order, :count)" }] } } },
      "shipping": { "database": "shipping_db", "broker": "kafka",
        "operations": { "prepare": { "steps": [{ "sql": "INSERT INTO parcels VALUES (:order)" }] } },
        "subscriptions": { "prepare": { "event": "OrderPlaced", "deduplicate": "inbox" } } } },
    "invariants": ["no_lost_commit", "no_lost_event", "no_phantom_event",
      { "name": "clients_follow", "at_end": "SELECT 1 WHERE (SELECT count(*) FROM order_db.orders) < 30" },
      { "name": "reads_own_write", "at_end": "SELECT id FROM order_db.seen WHERE count = 0" }], )X" +
         more + " }";
}

const char* one_order = R"("workload": {
  "place": { "run": "order.place", "at": "4s", "arguments": { "order": "order-1" } },
  "show": { "run": "order.show", "at": "4100ms", "arguments": { "order": "order-1" } } })";
const char* many_orders = R"("workload": {
  "place": { "run": "order.place", "at": "4s", "count": 40, "rate": "20/s",
             "arguments": { "order": { "sequence": "order-" } } } })";

scenarios::RunOutcome run(const scenarios::ScenarioFile& file, std::uint64_t seed = 1,
                          std::optional<sim::FaultPlan> plan = {}) {
  scenarios::RunRequest request;
  request.scenario = &file.variants.front().scenario;
  request.seed = seed;
  request.plan = std::move(plan);
  scenarios::Runner runner;
  return runner.run(request);
}

}  // namespace

TEST_CASE("a step that reads from a lagging standby finds what was, with remote_apply what is") {
  struct Case {
    const char* database;
    bool stale;
  };
  const Case cases[] = {{R"("standbys": 1, "replication_delay": "300ms")", true},
                        {R"("standbys": 1, "replication_delay": "10ms")", false},
                        {R"("standbys": 1, "replication_delay": "300ms", "replication": "sync",
          "synchronous_commit": "remote_apply")",
                         false}};
  for (const Case& c : cases) {
    INFO(c.database);
    // With remote_apply the read is asked for before the commit is answered, so it comes later.
    std::string load = one_order;
    if (std::string(c.database).find("remote_apply") != std::string::npos) {
      load.replace(load.find("4100ms"), 6, "4900ms");
    }
    const auto file = tests::load_scenario_text("standbys", orders(c.database, load));
    const scenarios::RunOutcome outcome = run(file);
    CHECK(outcome.end.kind == sim::RunEnd::Kind::quiet);
    CHECK(tests::violates(outcome, "reads_own_write") == c.stale);
    CHECK_FALSE(tests::violates(outcome, "no_lost_event"));
  }
}

TEST_CASE("a plan promotes a standby, and what landed replays the run") {
  for (const char* item :
       {R"({ "promote": "order_db.standby_1", "at": "4500ms" })",
        R"({ "promote": "order_db.standby_1", "at": "4500ms", "fenced": false })",
        R"({ "promote": "order_db.standby_1", "after": "place#9/commit/flushed" })",
        R"({ "promote": "order_db.standby_1", "before": "OrderPlaced/published#5" })"}) {
    INFO(item);
    const auto file = tests::load_scenario_text(
        "standbys", orders(R"("standbys": 1, "replication_delay": "20ms..40ms",
                               "failover": { "reroute": "50ms", "timeout": "60s" })",
                           std::string(many_orders) + R"(, "plan": [)" + item + "]"));
    const scenarios::RunOutcome outcome = run(file);
    CHECK(outcome.end.kind == sim::RunEnd::Kind::quiet);
    REQUIRE(outcome.landed.size() == 1);
    CHECK(outcome.landed.front().target == "order_db.standby_1");
    CHECK_FALSE(tests::violates(outcome, "no_lost_event"));
    CHECK_FALSE(tests::violates(outcome, "clients_follow"));
    const auto plan = scenarios::parse_plan(scenarios::write_plan(outcome.landed_plan));
    REQUIRE(plan.has_value());
    CHECK(scenarios::check_points(plan.value(), file.variants.front().scenario, "--plan").empty());
    CHECK(run(file, 1, plan.value()).trace_hash == outcome.trace_hash);
  }
}

TEST_CASE(
    "a manager takes over from a primary that is gone: asynchronously with losses that the "
    "configuration allows, synchronously without") {
  for (const bool synchronous : {false, true}) {
    std::size_t lost = 0;
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
      const auto file = tests::load_scenario_text(
          "standbys",
          orders(std::string(R"("standbys": 1, "replication_delay": "20ms..60ms",
                                "failover": { "timeout": "1s", "reroute": "200ms" })") +
                     (synchronous ? R"(, "replication": "sync")" : ""),
                 std::string(many_orders) +
                     R"(, "plan": [{ "crash": "order_db", "after": "place#20/commit/visible",
                                     "machine": true, "down": "for_ever" }])"));
      const scenarios::RunOutcome outcome = run(file, seed);
      INFO(synchronous << " " << seed);
      CHECK(outcome.end.kind == sim::RunEnd::Kind::quiet);
      CHECK_FALSE(tests::violates(outcome, "no_lost_event"));
      CHECK_FALSE((synchronous && tests::violates(outcome, "no_phantom_event")));
      const auto verdict = std::find_if(
          outcome.verdicts.begin(), outcome.verdicts.end(),
          [](const invariants::Verdict& v) { return v.invariant == "no_lost_commit"; });
      const bool violated = tests::violates(outcome, "no_lost_commit");
      if (violated) CHECK(verdict->allowed_by_config);
      lost += violated ? 1 : 0;
    }
    INFO(synchronous);
    CHECK((lost > 0) == !synchronous);
  }
}

TEST_CASE("a run does not rest before the standby that a slot waits for has told what it has") {
  std::string text = orders(
      R"("standbys": 2, "replication": "sync", "replication_delay": "20ms", "failover": {},
         "slots": { "outbox": { "failover": true, "wait_for_standby": true } })",
      std::string(one_order) + R"(, "plan": [
        { "promote": "order_db.standby_1", "at": "3s" },
        { "crash": "order.relay", "at": "3900ms", "down": "1s" },
        { "crash": "order_db.standby_1", "at": "4500ms" }])");
  const std::string publishing = R"("publishing": "outbox")";
  text.replace(text.find(publishing), publishing.size(),
               publishing + R"(, "outbox": { "relay": "cdc" })");
  const auto file = tests::load_scenario_text("standbys", text);
  const scenarios::RunOutcome outcome = run(file);
  CHECK(outcome.landed.size() == 3);
  CHECK(outcome.end.kind == sim::RunEnd::Kind::quiet);
  // Standbys connect again within wal_retrieve_retry_interval.
  CHECK(outcome.end.at > sim::Instant::at(sim::Duration::seconds(7)));
  CHECK_FALSE(tests::violates(outcome, "no_lost_event"));
}
