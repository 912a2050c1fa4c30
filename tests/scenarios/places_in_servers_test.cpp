// Law 4 in servers: what one operation asks for after another has places of its own there, so that
// chance and exploration tell them apart.
#include "sim/exact_point.hpp"
#include "tests/scenarios/scenario_file.hpp"
#include "tests/scenarios/small_world.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

using namespace halfwrite;

namespace {

// How often each wait was begun, by the text that a plan would name it by.
class Waits : public sim::TraceSink {
 public:
  void on_record(const sim::TraceRecord& record, const sim::Names& names) override {
    if (record.kind != sim::TraceKind::wait) return;
    ++count_[to_text(sim::exact_point(names, record.address))];
  }
  const std::map<std::string, int>& count() const { return count_; }

 private:
  std::map<std::string, int> count_;
};

scenarios::RunOutcome run(const scenarios::Scenario& scenario, std::uint64_t seed,
                          sim::TraceSink* sink = nullptr,
                          std::optional<sim::FaultPlan> plan = std::nullopt) {
  scenarios::RunRequest request;
  request.scenario = &scenario;
  request.seed = seed;
  request.trace_sink = sink;
  request.plan = std::move(plan);
  scenarios::Runner runner;
  return runner.run(request);
}

// An operation of five statements, two of them passes of one step.
const char* const five_statements = R"file({
  "format": 1, "name": "five_statements", "seeds": 1,
  "databases": { "order_db": { "schema": ["CREATE TABLE parts (id TEXT PRIMARY KEY)"] } },
  "brokers": { "kafka": { "type": "log", "topics": { "orders": { "partitions": 1 } } } },
  "events": { "OrderPlaced": { "topic": "orders", "key": "order", "payload": ["order"] } },
  "services": { "order": { "database": "order_db", "broker": "kafka", "publishing": "outbox",
    "operations": { "place": { "steps": [
      { "name": "first",  "sql": "INSERT INTO parts VALUES (:order || '-1')" },
      { "name": "second", "sql": "INSERT INTO parts VALUES (:order || '-2')" },
      { "name": "all", "for_each": "SELECT id FROM parts WHERE id LIKE :order || '-%' ORDER BY id",
        "steps": [{ "name": "third", "sql": "UPDATE parts SET id = :id || '+' WHERE id = :id" }] },
      { "emit": "OrderPlaced" }
    ] } } } },
  "workload": { "orders": { "run": "order.place", "at": "4s", "count": 20, "rate": "10/s",
                            "arguments": { "order": { "sequence": "order-" } } } },
  "faults": { "until": "20s", "crash": { "targets": ["order_db"], "probability": "1/60", "down": "100ms" } },
  "invariants": ["no_lost_event"]
})file";

}  // namespace

TEST_CASE("every wait of a run has an address of its own") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  std::size_t servers = 0;
  for (const char* name : {"database_first/quiet", "broker_first/quiet", "outbox_polling/quiet",
                           "outbox_cdc/quiet", "inside_transaction/quiet"}) {
    Waits waits;
    (void)run(tests::variant_of(file, name).scenario, 3, &waits);
    INFO(name);
    for (const auto& [point, count] : waits.count()) {
      INFO(point);
      CHECK(count == 1);
      servers += point.find("asked by") == std::string::npos ? 0 : 1;
    }
  }
  CHECK(servers > 10'000);
}

TEST_CASE("a chance at the database strikes every statement of a transaction, and replays") {
  const auto file = tests::load_scenario_text("five_statements", five_statements);
  const scenarios::Scenario& scenario = file.variants.front().scenario;
  std::map<std::string, int> struck;  // by the step that asked
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO(seed);
    const auto outcome = run(scenario, seed);
    for (const sim::Fault& fault : outcome.landed_plan.faults) {
      const sim::Point& point = fault.anchor.point;
      if (point.step == "statement") ++struck[point.asked_by];
    }
    const auto again = run(scenario, seed, nullptr, outcome.landed_plan);
    REQUIRE(again.trace_hash == outcome.trace_hash);
    REQUIRE(again.never_reached.empty());
  }
  for (const char* step : {"first", "second", "all", "third", "third#2"}) {
    INFO(step);
    CHECK(struck["order.1/" + std::string(step)] > 0);
  }
}
