#include "scenarios/scenario.hpp"

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/statement.hpp"
#include "scenarios/plan_text.hpp"
#include "tests/language/support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace halfwrite::scenarios {
namespace {

ScenarioFile loaded(const std::string& path) {
  auto file = load(source_path(path), read_from_disk);
  if (!file) FAIL(all_of(file.error()));
  return std::move(file).value();
}
ScenarioFile loaded_text(const std::string& text) {
  auto file = load("a.json", only("a.json", text));
  if (!file) FAIL(all_of(file.error()));
  return std::move(file).value();
}
const Scenario& scenario_of(const ScenarioFile& file, const std::string& variant) {
  const Variant* found = file.find_variant(variant);
  REQUIRE(found != nullptr);
  return found->scenario;
}

// Around one service with a database and a broker.
std::string small(const std::string& service, const std::string& rest) {
  return R"j({ "format": 1, "name": "a",
    "databases": { "db": { "schema": ["CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER)"]
}
}
, "brokers" : {"kafka" : {"type" : "log", "topics" : {"things" : {}}}},
              "events" : {"Made" : {"topic" : "things", "key" : "id", "payload" : ["id"]}},
                         "services" : {
  "maker" : { "database": "db", "broker": "kafka", )j" +
         service + " } }, " + rest + " }";
}

TEST_CASE("the shipped order_created is read whole") {
  const ScenarioFile file = loaded("scenarios/library/order_created.json");
  CHECK(file.name == "order_created");
  REQUIRE(file.variants.size() == 30);
  CHECK(file.variants.front().name == "database_first/quiet");
  CHECK(file.variants.back().name == "outbox_cdc/storm");

  const Scenario& direct = scenario_of(file, "database_first/crash_between");
  REQUIRE(direct.services.size() == 2);
  CHECK(direct.services[0].publishing == service::Publishing::database_first);
  CHECK(direct.services[0].producer.delivery_timeout == sim::Duration::milliseconds(500));
  CHECK(direct.services[0].operations.at("place").inputs ==
        std::vector<std::string>{"order", "customer", "amount"});
  CHECK(direct.services[0].operations.at("pay").inputs == std::vector<std::string>{"order"});
  REQUIRE(direct.plan);
  CHECK(direct.plan->faults.size() == 2);
  CHECK(direct.passed_over.empty());
  // The connector of outbox_cdc is a node of its own, which other variants have not.
  CHECK(scenario_of(file, "broker_first/broker_away").passed_over ==
        std::vector<std::string>{"order.relay"});
  CHECK(scenario_of(file, "outbox_cdc/broker_away").passed_over.empty());
  CHECK(direct.databases[0].catalog->find_table("outbox") == nullptr);
  CHECK(direct.databases[1].bookkeeping_tables == std::vector<std::string>{"inbox"});
  CHECK(direct.databases[1].catalog->find_table("inbox") != nullptr);

  const Scenario& polling = scenario_of(file, "outbox_polling/storm");
  CHECK(polling.services[0].outbox.every == sim::Duration::seconds(1));
  CHECK_FALSE(polling.services[0].outbox.retry.attempts.has_value());
  CHECK(polling.databases[0].catalog->find_table("outbox") != nullptr);
  CHECK(polling.publishing_statements.count("order") == 1);
  CHECK_FALSE(polling.plan);
  REQUIRE(polling.storm.rules.size() == 2);
  CHECK(polling.storm.until == sim::Instant::at(sim::Duration::seconds(9)));
  CHECK(polling.storm.rules[0].kind == sim::FaultKind::crash);
  CHECK(polling.storm.rules[0].lasting ==
        sim::DurationRange::exactly(sim::Duration::milliseconds(200)));
  CHECK(polling.storm.rules[1].chance == sim::Ratio{1, 100});
  CHECK(polling.workload[0].interval == sim::Duration::milliseconds(10));
  CHECK(polling.invariants.size() == 5);
}

TEST_CASE("the contract says what the flow owes before a pattern is chosen") {
  const ScenarioFile file = loaded("scenarios/library/order_created.json");
  const contract::Contract& contract = scenario_of(file, "broker_first/quiet").contract;
  CHECK(contract.events == std::vector<std::string>{"OrderCreated", "OrderPaid"});
  REQUIRE(contract.obligations.size() == 2);
  CHECK(contract.obligations[0].event == "OrderCreated");
  CHECK(contract.obligations[0].consumer == "shipping");
  CHECK(contract.obligations[0].operation == "shipping.prepare");
  CHECK(contract.obligations[0].from_the_start);
  CHECK(contract.databases == std::vector<std::string>{"order_db", "shipping_db"});
}

TEST_CASE("a relay written by hand is read with its plan of points") {
  const ScenarioFile file = loaded("scenarios/library/late_commit.jsonc");
  REQUIRE(file.variants.size() == 2);
  CHECK(file.seeds == 1);
  const Scenario& scenario = scenario_of(file, "cursor_on_xid");
  REQUIRE(scenario.services[0].jobs.size() == 1);
  CHECK(scenario.services[0].jobs[0].run == "drain_settled");
  CHECK(scenario.services[0].operations.at("drain").inputs.empty());
  REQUIRE(scenario.plan);
  REQUIRE(scenario.plan->orders.size() == 1);
  CHECK(scenario.plan->orders[0].points.size() == 5);
  CHECK(scenario.services[0].outbox.relay == service::Relay::none);
}

TEST_CASE("later lines of expect win, and what a line does not name stays") {
  const ScenarioFile file = loaded("scenarios/library/order_created.json");
  const auto verdict = [&](const std::string& variant, const std::string& invariant) {
    return std::string(to_text(file.find_variant(variant)->expectation.about(invariant).verdict));
  };
  CHECK(verdict("outbox_cdc/quiet", "no_lost_event") == "holds");
  CHECK(verdict("outbox_cdc/storm", "published_soon") == "any");
  CHECK(verdict("outbox_cdc/storm", "no_lost_event") == "holds");
  CHECK(verdict("outbox_polling/storm", "published_soon") == "violated");
  CHECK(verdict("database_first/storm", "no_lost_event") == "violated");
  CHECK(verdict("database_first/storm", "no_phantom_event") == "holds");
  CHECK(file.find_variant("outbox_polling/storm")->expectation.about("published_soon").place.line >
        0);
}

TEST_CASE("an invariant that no line names may do anything, until a star closes the list") {
  const std::string body = small(
      R"j("operations": { "make": { "steps": [{ "sql": "INSERT INTO t VALUES (:id, 1)" }, { "emit": "Made" }]
}
})j",
      R"j("workload": { "l": { "run": "maker.make", "arguments": { "id": { "uuid": true } } } },
                                    "invariants": ["no_lost_event", "no_phantom_event"],
                                    "variants": { "x": {}, "y": {}, "z": {} },
                                    "expect": { "x": { "no_lost_event": "violated", "windows": { "between commit and publish": 100 } },
                                                "y": { "no_lost_event": "violated" }, "*": { "*": "any", "no_phantom_event": "holds" }, "z": "holds" })j");
  const ScenarioFile file = loaded_text(body);
  const auto verdict = [&](const std::string& variant, const std::string& invariant) {
    return std::string(to_text(file.find_variant(variant)->expectation.about(invariant).verdict));
  };
  CHECK(verdict("x", "no_lost_event") == "any");
  CHECK(verdict("x", "no_phantom_event") == "holds");
  CHECK(verdict("z", "no_lost_event") == "holds");
  CHECK(file.find_variant("x")->expectation.windows.at(0).at_least == 100);
  CHECK(file.find_variant("x")->expectation.others.has_value());
}

TEST_CASE("points that only other variants have are passed over and said") {
  const std::string body = small(
      R"j("operations": { "make": { "steps": [{ "sql": "INSERT INTO t VALUES (:id, 1)" }, { "emit": "Made" }]
}
})j",
      R"j("workload": { "l": { "run": "maker.make", "count": 3, "arguments": { "id": { "sequence": "t-" } } } },
                                    "plan": [{ "crash": "here", "after": "maker.relay/mark" }, { "in_order": ["l#1/commit", "maker.relay/read", "l#2/commit"] }],
                                    "variants": { "outbox": { "services": { "maker": { "publishing": "outbox" } } },
                                                  "direct": { "services": { "maker": { "publishing": "database_first" } } } })j");
  const ScenarioFile file = loaded_text(body);
  CHECK(scenario_of(file, "outbox").plan->faults.size() == 1);
  CHECK(scenario_of(file, "outbox").passed_over.empty());
  const Scenario& direct = scenario_of(file, "direct");
  CHECK(direct.plan->faults.empty());
  REQUIRE(direct.plan->orders.size() == 1);
  CHECK(direct.plan->orders[0].points.size() == 2);
  CHECK(direct.passed_over == std::vector<std::string>{"maker.relay/mark", "maker.relay/read"});
  CHECK(check_points(*scenario_of(file, "outbox").plan, direct).size() == 2);
}

TEST_CASE("extends takes the world and not the claims") {
  const std::string base = small(
      R"j("publishing": "outbox", "operations": { "make": { "steps": [{ "sql": "INSERT INTO t VALUES (:id, 1)" }, { "emit": "Made" }]
}
})j",
      R"j("workload": { "l": { "run": "maker.make", "arguments": { "id": "x" } } }, "invariants": ["no_lost_event"],
                                    "variants": { "old": {} }, "expect": { "old": "holds" })j");
  const std::string extending = R"j({ "format": 1, "name": "b", "extends": "a.json", "seeds": 7,
    "services": { "maker": { "outbox": { "every": "5s" } } }, "variants": { "new": { "services": { "maker": { "instances": 2 } } } } })j";
  const auto read = [&](const std::string& path) -> std::optional<std::string> {
    if (path == "dir/a.json") return base;
    if (path == "dir/b.json") return extending;
    return std::nullopt;
  };
  auto file = load("dir/b.json", read);
  if (!file) FAIL(all_of(file.error()));
  REQUIRE(file.value().variants.size() == 1);
  const Variant& variant = file.value().variants[0];
  CHECK(variant.name == "new");
  CHECK(variant.scenario.seeds == 7);
  CHECK(variant.scenario.services[0].instances == 2);
  CHECK(variant.scenario.services[0].outbox.every == sim::Duration::seconds(5));
  CHECK_FALSE(variant.expectation.others.has_value());
}

TEST_CASE("what a variant takes out with null is taken out of what the file extends") {
  const std::string base = small(
      R"j("publishing": "outbox", "outbox": { "every": "5s", "batch": 7 }, "operations": { "make": { "steps": [{ "sql": "INSERT INTO t VALUES (:id, 1)" }, { "emit": "Made" }] } })j",
      R"j("workload": { "l": { "run": "maker.make", "arguments": { "id": "x" } } }, "invariants": ["no_lost_event"])j");
  const std::string extending = R"j({ "format": 1, "name": "b", "extends": "a.json",
    "variants": { "as_it_was": {}, "bare": { "services": { "maker": { "outbox": { "every": null } } } } },
    "matrix": { "outbox": { "none": { "services": { "maker": { "outbox": null } } } } } })j";
  const auto file = load("b.json", [&](const std::string& path) -> std::optional<std::string> {
    return path == "a.json" ? base : extending;
  });
  if (!file) FAIL(all_of(file.error()));
  const auto outbox_of = [&](const char* variant) {
    return scenario_of(file.value(), variant).services[0].outbox;
  };
  CHECK(outbox_of("as_it_was").every == sim::Duration::seconds(5));
  CHECK(outbox_of("bare").every == service::Outbox{}.every);
  CHECK(outbox_of("bare").batch == 7);
  CHECK(outbox_of("none").batch == service::Outbox{}.batch);
}

TEST_CASE("steps become programs with names, values and nested steps") {
  const std::string body = small(
      R"j("operations": { "make": { "transaction": false, "retry": { "attempts": "unlimited", "multiplier": 1.5, "errors": ["40001"] }, "steps": [
          { "set": { "twice": { "sql": ":n * 2" }, "label": "x", "none": null } },
          { "sql": ["SELECT n", "FROM t WHERE id = :id"], "into": ["found"], "on_error": [{ "fail": "Gone" }] },
          { "if": ":found > :twice", "then": [{ "sleep": "1ms..2ms" }, { "return": { "n": ":found" } }], "else": [{ "name": "nap", "sleep": ":pause" }] },
          { "transaction": [{ "sql": "UPDATE t SET n = 1 WHERE id = :id", "expect_rows": 1, "or_fail": "Missing" }, { "emit": "Made", "payload": { "id": ":id", "label": ":label" } }], "isolation": "serializable" },
          { "name": "each", "for_each": "SELECT id AS row_id FROM t", "steps": [{ "publish": "Made", "payload": { "id": ":row_id" }, "await": false, "producer": { "acks": 0 } }] }
        ] } })j",
      R"j("workload": { "l": { "run": "maker.make", "copies": 2, "retry": { "attempts": 2 }, "arguments": { "id": { "pick": ["a", 2] }, "n": { "between": [-3, 9] }, "pause": "5ms" } },
                       "m": { "run": "maker.make", "rate": "1/m", "count": 2, "arguments": { "id": { "pick": { "from": "l.id" } }, "n": 1, "pause": "5ms" } } })j");
  const ScenarioFile file = loaded_text(body);
  const Scenario& scenario = file.variants.front().scenario;
  const service::Operation& make = scenario.services[0].operations.at("make");
  CHECK(make.inputs == std::vector<std::string>{"n", "id", "pause"});
  CHECK(make.retry->multiplier == sim::Ratio{3, 2});
  CHECK_FALSE(make.retry->attempts.has_value());
  REQUIRE(make.steps.size() == 5);
  CHECK(make.steps[1].name == "2");
  CHECK(std::get<service::SqlStep>(make.steps[1].verb).statement->parameters ==
        std::vector<std::string>{"id"});
  REQUIRE(make.steps[1].on_error != nullptr);
  const auto& condition = std::get<service::IfStep>(make.steps[2].verb);
  CHECK((*condition.then)[0].name == "3.1");
  CHECK((*condition.otherwise)[0].name == "nap");
  CHECK(std::get<service::SleepStep>((*condition.then)[0].verb).fixed->most ==
        sim::Duration::milliseconds(2));
  CHECK(std::get<service::TransactionStep>(make.steps[3].verb).isolation ==
        database::Isolation::serializable);
  const auto& each = std::get<service::ForEachStep>(make.steps[4].verb);
  const auto& publish = std::get<service::PublishStep>((*each.steps)[0].verb);
  CHECK_FALSE(publish.await);
  CHECK(publish.producer->acks == broker::Acknowledgements::none);
  CHECK(scenario.workload[0].copies == 2);
  CHECK(std::get<service::PickFrom>(scenario.workload[1].arguments[0].second).load == "l");
  CHECK(scenario.storm.until == sim::Instant::at(sim::Duration::seconds(120)));
}

TEST_CASE("defaults stand where the file says nothing") {
  const std::string body = small(
      R"j("operations": { "make": { "steps": [] } }, "subscriptions": { "make": { "event": "Made" } })j",
      R"j("seeds": 3)j");
  const ScenarioFile file = loaded_text(body);
  const Scenario& scenario = file.variants.front().scenario;
  CHECK(file.variants.front().name == "default");
  const service::Subscription& subscription = scenario.services[0].subscriptions.at(0);
  CHECK(subscription.retry.attempts == 10u);
  CHECK(subscription.retry.then == service::Retry::Then::dead_letter);
  CHECK(subscription.consumer.group == "maker");
  CHECK(subscription.topic == "things");
  CHECK(subscription.acknowledge == service::Acknowledge::after);
  CHECK(scenario.latency.most == sim::Duration::milliseconds(2));
  CHECK(scenario.settle_at_most == sim::Duration::seconds(3600));
  CHECK(scenario.brokers[0].flush_interval == sim::Duration::seconds(30));
  CHECK_FALSE(scenario.plan);
  CHECK(scenario.storm.rules.empty());
}

}  // namespace
}  // namespace halfwrite::scenarios
