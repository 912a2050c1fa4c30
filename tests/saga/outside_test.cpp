// Steps that ask systems outside: what they did there stays when their transaction does not, so it
// has to be taken back, and only what stands can be.
#include "tests/saga/flow.hpp"
#include "tests/saga/patches.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace halfwrite::saga_tests;

namespace {

// The card is charged at a network, above 500 it declines; what we insert into our own table above
// 400 is refused after that.
const std::string by_card = R"json({
  "externals": {"card_network": {"idempotency": {}, "operations": {
    "charge": {"inverse": "refund", "declines": {"if": ":amount > 500", "with": "CardDeclined"}},
    "refund": {}}}},
  "services": {"payment": {"operations": {
    "charge": {"steps": [{"name": "ask", "external": "card_network.charge", "idempotency_key": ":order"},
      {"sql": "INSERT INTO payments (order_id, amount) SELECT :order, :amount WHERE :amount <= 400", "expect_rows": 1, "or_fail": "LimitExceeded"}]},
    "refund": {"steps": [{"external": "card_network.refund", "idempotency_key": ":order"},
      {"sql": "INSERT INTO payments (order_id, amount) SELECT :order, -:amount WHERE EXISTS (SELECT 1 FROM payments WHERE order_id = :order)"}]}}}},
  "sagas": {"place_order": {"compensation": {"retry": {"attempts": "unlimited", "delay": "500ms"}}}},
  "invariants": ["saga_all_or_compensated", "saga_finishes", "compensated_at_most_once", "no_compensation_without_action",
    {"name": "charged_once", "external": "card_network.charge", "per": "order"},
    {"name": "nothing_pending", "at_end": "SELECT id FROM order_db.orders WHERE status = 'PENDING'"}]})json";

// The network, and nobody behind it who would refuse.
const std::string only_charged =
    R"json({"services": {"payment": {"operations": {"charge": {"steps": [
      {"name": "ask", "external": "card_network.charge", "idempotency_key": ":order"},
      {"name": "insert", "sql": "INSERT INTO payments (order_id, amount) VALUES (:order, :amount)"}]}}}}})json";

}  // namespace

TEST_CASE("a step that is refused after it charged outside is compensated, whoever coordinates") {
  for (const std::string& style : styles) {
    INFO(style);
    const Ending ending =
        run(place_order({coordinated(style), by_card, argument("amount", "401")}));
    CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
    CHECK(ending.outside.at("orders#1") == "charge refund");
    CHECK(ending.ended.at("orders#1") == "compensated");
    CHECK(ending.decisions.at("orders#1") == "abort");
    CHECK(ending.broken.empty());
  }
}

TEST_CASE("a coordinator that skips what it does not know leaves such a charge where it is") {
  for (const std::string& style : styles) {
    INFO(style);
    const std::string skip = saga(R"({"compensation": {"unknown": "skip"}})");
    const Ending ending =
        run(place_order({coordinated(style), by_card, skip, argument("amount", "401")}));
    CHECK(ending.outside.at("orders#1") == "charge");
    REQUIRE_FALSE(ending.broken.empty());
    CHECK(ending.broken.front() == "saga_all_or_compensated");
  }
}

TEST_CASE("what the system outside declines left nothing, and is not compensated") {
  for (const std::string& style : styles) {
    INFO(style);
    const Ending ending =
        run(place_order({coordinated(style), by_card, argument("amount", "501")}));
    CHECK(ending.outside.at("orders#1") == "charge(CardDeclined)");
    CHECK(ending.effects.at("orders#1") == "create ~create");
    CHECK(ending.ended.at("orders#1") == "compensated");
    CHECK(ending.broken.empty());
  }
}

TEST_CASE("a first step that is refused after it charged outside is compensated too") {
  const std::string first = R"json({"sagas": {"place_order": {"steps": [
    {"name": "charge",  "do": "payment.charge",    "undo": "payment.refund",    "success": "PaymentProcessed", "failure": "PaymentFailed"},
    {"name": "reserve", "do": "inventory.reserve", "undo": "inventory.release", "success": "ItemsReserved",    "failure": "ReservationFailed"}]}}})json";
  for (const std::string& style : styles) {
    INFO(style);
    const Ending ending =
        run(place_order({coordinated(style), by_card, first, argument("amount", "401")}));
    CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
    CHECK(ending.outside.at("orders#1") == "charge refund");
    CHECK(ending.ended.at("orders#1") == "compensated");
    CHECK(ending.broken.empty());
    const Ending through = run(place_order({coordinated(style), by_card, first}));
    CHECK(through.outside.at("orders#1") == "charge");
    CHECK(through.ended.at("orders#1") == "completed");
    CHECK(through.broken.empty());
  }
}

TEST_CASE("a compensation that finds nothing outside to take back is through, and moves no money") {
  // Nobody can be asked, so nothing was; whoever asks knows that, and still takes it back.
  const std::string nobody =
      plan(R"({"crash": "payment", "before": "payment.charge/ask", "down": "1s"})");
  const std::string once = saga(R"({"retry": {"attempts": 1}})");
  const std::string called = coordinated("synchronous");
  const Ending careful = run(place_order({called, by_card, nobody, once}));
  CHECK(careful.outside.at("orders#1") == "refund(nothing_to_take_back)");
  CHECK(careful.ended.at("orders#1") == "compensated");
  CHECK(careful.broken.empty());

  // A network that does not ask what a refund is for pays out what nobody paid in.
  const std::string generous =
      R"json({"externals": {"card_network": {"operations": {"charge": {"inverse": null}}}},
        "invariants": [{"name": "nothing_given_away", "at_end":
          "SELECT e.intent FROM history.external AS e WHERE e.operation = 'refund' AND e.effect AND NOT EXISTS (SELECT 1 FROM history.external AS c WHERE c.operation = 'charge' AND c.effect AND c.intent = e.intent)"}]})json";
  const Ending careless = run(place_order({called, by_card, nobody, once, generous}));
  CHECK(careless.outside.at("orders#1") == "refund");
  CHECK(careless.broken == std::vector<std::string>{"nothing_given_away"});
}

TEST_CASE("a compensation that names the decline wants it as a failure") {
  const std::string nobody =
      plan(R"({"crash": "payment", "before": "payment.charge/ask", "down": "1s"})");
  const std::string named = R"json({"services": {"payment": {"operations": {"refund": {"steps": [
      {"external": "card_network.refund", "idempotency_key": ":order", "or_fail": "NothingThere"}]}}}}})json";
  const std::string once = saga(R"({"retry": {"attempts": 1}})");
  const Ending ending =
      run(place_order({coordinated("synchronous"), by_card, nobody, once, named}));
  CHECK(ending.outside.at("orders#1") == "refund(nothing_to_take_back)");
  CHECK(ending.ended.at("orders#1") == "parked");
}

TEST_CASE("every attempt of a step asks systems outside with the same arguments") {
  // The answer is lost, the step is tried again under another attempt, and the key is the same.
  const std::string lost = plan(R"({"lose_reply": "payment.charge/ask"})");
  for (const char* style : {"synchronous", "orchestration"}) {
    INFO(style);
    const Ending ending = run(place_order({coordinated(style), by_card, only_charged, lost}));
    CHECK(ending.outside.at("orders#1") == "charge charge(repeated)");
    CHECK(ending.ended.at("orders#1") == "completed");
    CHECK(ending.broken.empty());
    for (const halfwrite::history::Fact& fact : ending.outcome.history->facts) {
      const auto* effect = std::get_if<halfwrite::history::ExternalEffect>(&fact.content);
      if (effect == nullptr) continue;
      for (const halfwrite::history::Argument& argument : effect->arguments) {
        CHECK(argument.name != "saga_attempt");
        CHECK(argument.name != "saga_id");
      }
    }
  }
}

TEST_CASE("each attempt of a chain has chances of its own") {
  // Half of all answers are lost. Were it the same half in every attempt, half of the sagas would
  // ask for ever.
  const std::string storm = R"json({
    "faults": {"until": "1h", "lose_reply": {"targets": ["payment.charge/ask"], "probability": "1/2"}},
    "workload": {"orders": {"count": 20, "rate": "10/s"}},
    "databases": {"inventory_db": {"data": ["INSERT INTO stock VALUES ('tea', 40)"]}},
    "sagas": {"place_order": {"retry": {"attempts": 30, "delay": "10ms"}}},
    "invariants": ["saga_finishes"]})json";
  const Ending ending =
      run(place_order({coordinated("synchronous"), by_card, only_charged, storm}));
  std::size_t completed = 0;
  std::size_t repeated = 0;
  for (const auto& [saga_of, end] : ending.ended) completed += end == "completed" ? 1u : 0u;
  for (const auto& [saga_of, asked] : ending.outside)
    repeated += asked.find("repeated") != std::string::npos ? 1u : 0u;
  CHECK(completed == 20);
  CHECK(repeated > 4);
  CHECK(repeated < 16);
}
