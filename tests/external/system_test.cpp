// What a system outside does with requests: effects, keys, declines, callbacks; and what the
// service that asks may know of it.
#include "tests/external/shop.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using halfwrite::tests::answers_of;
using halfwrite::tests::CardShop;
using halfwrite::tests::commits_of;
using halfwrite::tests::ledger_of;
using Texts = std::vector<std::string>;

namespace {

const char* const keyed =
    R"({ "name": "charge", "external": "card_network.charge", "idempotency_key": ":order",
         "retry": { "attempts": 3 } })";
const char* const not_keyed =
    R"({ "name": "charge", "external": "card_network.charge", "retry": { "attempts": 3 } })";
const char* const with_keys =
    R"("idempotency": {}, "operations": { "charge": { "inverse": "refund" }, "refund": {} })";
const char* const slow_with_keys =
    R"("time": "2s", "idempotency": {}, "operations": { "charge": {} })";

}  // namespace

TEST_CASE("what is asked for takes effect once and stands on the ledger") {
  const auto outcome = CardShop().run();
  CHECK(ledger_of(outcome) ==
        Texts{"charge order-1: applied", "charge order-2: applied", "charge order-3: applied"});
  CHECK(answers_of(outcome) == Texts{"orders#1 ok", "orders#2 ok", "orders#3 ok"});
  CHECK(commits_of(outcome, "payment.charge") == 3);
}

TEST_CASE("a retry after a lost reply charges twice without a key and once with it") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.plan = R"({ "lose_reply": "payment.charge/charge" })";
  shop.steps = not_keyed;
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "charge order-1: applied"});
  shop.steps = keyed;
  shop.network = with_keys;
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied", "charge order-1: repeated"});
  CHECK(answers_of(outcome) == Texts{"orders#1 ok"});
}

TEST_CASE("a lost request took no effect, and its retry is the first one") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.plan = R"({ "lose_request": "card_network.charge/request" })";
  shop.steps = not_keyed;
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied"});
}

TEST_CASE("a key is of one operation: a charge and its refund may share one") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = with_keys;
  shop.steps = std::string(keyed) +
               R"(, { "external": "card_network.refund", "idempotency_key": ":order" },
                    { "external": "card_network.refund", "idempotency_key": ":order" })";
  CHECK(ledger_of(shop.run()) ==
        Texts{"charge order-1: applied", "refund order-1: applied", "refund order-1: repeated"});
}

TEST_CASE("what takes back names what stands: a refund of nothing is declined and moves no money") {
  const std::string charge = R"({ "external": "card_network.charge" }, )";
  const std::string refund =
      R"({ "external": "card_network.refund", "on_error": [{ "sql": "SELECT 1" }] }, )";
  const std::string refund_of = R"({ "external": "card_network.refund",
      "arguments": { "order": ":order", "amount": 40 }, "on_error": [{ "sql": "SELECT 1" }] }, )";
  const std::string refund_of_other = R"({ "external": "card_network.refund",
      "arguments": { "order": "order-2" }, "on_error": [{ "sql": "SELECT 1" }] }, )";
  const std::string refund_of_all = R"({ "external": "card_network.refund", "arguments": { "n": 1 },
      "on_error": [{ "sql": "SELECT 1" }] }, )";
  const std::string nothing = "refund order-1: nothing_to_take_back";
  const std::string per_order =
      R"("operations": { "charge": { "inverse": "refund", "per": "order" }, "refund": {} })";
  const std::string no_inverse = R"("operations": { "charge": {}, "refund": {} })";
  const struct {
    const char* about;
    std::string network;
    std::string steps;
    Texts ledger;
  } cases[] = {
      {"before the charge", "", refund + charge, {nothing, "charge order-1: applied"}},
      {"after it", "", charge + refund, {"charge order-1: applied", "refund order-1: applied"}},
      {"once for each charge",
       "",
       charge + charge + refund + refund + refund,
       {"charge order-1: applied", "charge order-1: applied", "refund order-1: applied",
        "refund order-1: applied", nothing}},
      {"a charge after a refund can be refunded",
       "",
       charge + refund + charge + refund,
       {"charge order-1: applied", "refund order-1: applied", "charge order-1: applied",
        "refund order-1: applied"}},
      {"of another order",
       "",
       charge + refund_of_other,
       {"charge order-1: applied", "refund order-2: nothing_to_take_back"}},
      {"an argument that both have differs",
       "",
       charge + refund_of,
       {"charge order-1: applied", nothing}},
      {"the system says which argument counts",
       per_order,
       charge + refund_of,
       {"charge order-1: applied", "refund order-1: applied"}},
      {"no argument in common",
       "",
       charge + refund_of_all,
       {"charge order-1: applied", "refund : nothing_to_take_back"}},
      {"a system that does not know what takes back what",
       no_inverse,
       refund,
       {"refund order-1: applied"}},
  };
  for (const auto& test : cases) {
    INFO(test.about);
    CardShop shop;
    shop.load = R"("count": 1)";
    if (!test.network.empty()) shop.network = test.network;
    shop.steps = test.steps + R"({ "sql": "SELECT 1" })";
    const auto outcome = shop.run();
    CHECK(ledger_of(outcome) == test.ledger);
    CHECK(answers_of(outcome) == Texts{"orders#1 ok"});
  }
}

TEST_CASE("that there is nothing to take back is a business failure, under the name a step gives") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.steps = R"({ "external": "card_network.refund" })";
  CHECK(answers_of(shop.run()) ==
        Texts{"orders#1 fail: card_network declined: nothing_to_take_back"});
  shop.steps = R"({ "external": "card_network.refund", "or_fail": "NotCharged",
      "on_error": [{ "if": ":error = 'NotCharged'", "then": [{ "fail": "Right" }] }] })";
  CHECK(answers_of(shop.run()) == Texts{"orders#1 fail: business failure Right"});
}

TEST_CASE("a refund that found nothing leaves its key free, a crash of the system what stands") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = with_keys;
  const std::string refund = R"({ "external": "card_network.refund", "idempotency_key": ":order",
      "on_error": [{ "sql": "SELECT 1" }] })";
  shop.steps = refund + ", " + keyed + ", " + refund + ", " + refund;
  CHECK(ledger_of(shop.run()) == Texts{"refund order-1: nothing_to_take_back",
                                       "charge order-1: applied", "refund order-1: applied",
                                       "refund order-1: repeated"});
  shop.steps = std::string(keyed) + R"(, { "sleep": "5s" }, )" + refund;
  shop.plan = R"({ "crash": "card_network", "at": "2s", "machine": true, "disk": "lost" })";
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "refund order-1: applied"});
}

TEST_CASE("a key that comes with other arguments is an error, and nothing is done") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = with_keys;
  shop.steps = std::string(keyed) +
               R"(, { "external": "card_network.charge", "idempotency_key": ":order",
                      "arguments": { "order": ":order", "amount": 1 } })";
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
  CHECK(answers_of(outcome) ==
        Texts{"orders#1 unknown: card_network knows this idempotency key with other arguments"});
  CHECK(commits_of(outcome, "payment.charge") == 0);
}

TEST_CASE("after its retention a key is new, and so is what it asks for") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.steps = std::string(keyed) + R"(, { "sleep": "2s" }, )" +
               R"({ "external": "card_network.charge", "idempotency_key": ":order" })";
  shop.network = R"("idempotency": { "retention": "1s" }, "operations": { "charge": {} })";
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "charge order-1: applied"});
  shop.network = R"("idempotency": { "retention": "3s" }, "operations": { "charge": {} })";
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "charge order-1: repeated"});
}

TEST_CASE("two requests with one key at once: the second is in conflict, or waits for the first") {
  CardShop shop;
  shop.load = R"("count": 1, "copies": 2)";
  shop.steps =
      R"({ "name": "charge", "external": "card_network.charge", "idempotency_key": ":order" })";
  shop.network = slow_with_keys;
  auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
  CHECK(answers_of(outcome) ==
        Texts{"orders#1 unknown: card_network is still at work on a request with this idempotency "
              "key",
              "orders#1 ok"});
  shop.network =
      R"("time": "2s", "idempotency": { "concurrent": "wait" }, "operations": { "charge": {} })";
  outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied", "charge order-1: repeated"});
  CHECK(answers_of(outcome) == Texts{"orders#1 ok", "orders#1 ok"});
}

TEST_CASE("what it declines has no effect, is a business failure, and stays declined") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = R"("idempotency": {}, "operations": { "charge": {
      "declines": { "with": "CardDeclined", "if": ":amount > 50" } } })";
  shop.steps = keyed;
  auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: CardDeclined"});
  CHECK(answers_of(outcome) == Texts{"orders#1 fail: card_network declined: CardDeclined"});
  CHECK(commits_of(outcome, "payment.charge") == 0);
  // Tried again because the answer was lost: the same no, from memory.
  shop.plan = R"({ "lose_reply": "payment.charge/charge" })";
  outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: CardDeclined", "charge order-1: repeated"});
  CHECK(answers_of(outcome) == Texts{"orders#1 fail: card_network declined: CardDeclined"});
}

TEST_CASE("a chance to decline says the same to every attempt of a request") {
  CardShop shop;
  shop.load = R"("count": 40, "rate": "10/s")";
  shop.network = R"("operations": { "charge": {
      "declines": { "with": "CardDeclined", "probability": "1/2" } } })";
  shop.steps = R"({ "name": "charge", "external": "card_network.charge", "into": "how",
      "on_error": [{ "external": "card_network.charge", "on_error": [{ "set": { "how": "no" } }] }] })";
  const auto outcome = shop.run();
  std::size_t applied = 0;
  std::size_t declined = 0;
  for (const std::string& entry : ledger_of(outcome)) {
    if (entry.ends_with("applied")) ++applied;
    if (entry.ends_with("CardDeclined")) ++declined;
  }
  CHECK(applied > 8);
  CHECK(declined > 16);
  CHECK(applied + declined / 2 == 40);
  CHECK(declined % 2 == 0);
}

TEST_CASE("the name that a step gives a decline is what the operation sees") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = R"("operations": { "charge": { "declines": { "with": "CardDeclined" } } })";
  shop.steps = R"({ "external": "card_network.charge", "or_fail": "NoMoney",
      "on_error": [{ "if": ":error = 'NoMoney'", "then": [{ "fail": "Right" }] }] })";
  CHECK(answers_of(shop.run()) == Texts{"orders#1 fail: business failure Right"});
}

TEST_CASE("a time-out leaves the outcome unknown, and what was sent still takes effect") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = R"("operations": { "charge": { "time": "3s" } })";
  shop.steps = R"({ "name": "charge", "external": "card_network.charge", "timeout": "1s" })";
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
  CHECK(answers_of(outcome) == Texts{"orders#1 unknown: no answer from card_network: timed out"});
  CHECK(commits_of(outcome, "payment.charge") == 0);
}

TEST_CASE(
    "a request held back by a partition takes effect when it heals, after its caller gave up") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.steps = R"({ "name": "charge", "external": "card_network.charge", "timeout": "1s" })";
  shop.plan =
      R"({ "partition": [["payment"], ["card_network"]], "before": "payment.charge/charge", "for": "4s" })";
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
  CHECK(answers_of(outcome) == Texts{"orders#1 unknown: no answer from card_network: timed out"});
}

TEST_CASE("a crash of the system loses what was under way and nothing that was done") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = with_keys;
  shop.steps = keyed;
  shop.plan = R"({ "crash": "here", "before": "card_network.charge/effect" })";
  auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
  CHECK(answers_of(outcome) == Texts{"orders#1 ok"});
  shop.plan = R"({ "crash": "here", "after": "card_network.charge/effect", "machine": true })";
  outcome = shop.run();
  // After its effect and before its answer nothing is left to strike but the answer.
  CHECK(ledger_of(outcome).front() == "charge order-1: applied");
  shop.plan =
      R"({ "crash": "card_network", "after": "payment.charge/charge", "machine": true, "disk": "lost" },
                 { "lose_reply": "payment.charge/charge" })";
  outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied", "charge order-1: repeated"});
}

TEST_CASE(
    "a refused request had no effect; a duplicated one has two without a key and one with it") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.plan = R"({ "refuse": "payment.charge/charge", "error": "rate_limit" })";
  auto outcome = shop.run();
  CHECK(ledger_of(outcome).empty());
  CHECK(answers_of(outcome) ==
        Texts{"orders#1 fail: card_network refused the request: rate_limit"});
  shop.plan = R"({ "duplicate": "card_network.charge/request", "later": "5s" })";
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "charge order-1: applied"});
  shop.network = with_keys;
  shop.steps = keyed;
  CHECK(ledger_of(shop.run()) == Texts{"charge order-1: applied", "charge order-1: repeated"});
}

TEST_CASE("a system that is paused, slow or parted answers late and does not forget") {
  for (
      const char* item :
      {R"({ "pause": "card_network", "before": "payment.charge/charge", "for": "2s" })",
       R"({ "slow": "card_network", "by": "1s", "at": "0s", "for": "10s" })",
       R"({ "delay": "payment.charge/charge", "by": "2s" })",
       R"({ "delay": "payment.charge/charge", "by": "2s", "when": "after" })",
       R"({ "partition": [["payment"], ["card_network"]], "during": "payment.charge/charge", "for": "2s" })"}) {
    INFO(item);
    CardShop shop;
    shop.load = R"("count": 1)";
    shop.plan = item;
    const auto outcome = shop.run();
    CHECK(outcome.landed.size() == 1);
    CHECK(ledger_of(outcome) == Texts{"charge order-1: applied"});
    CHECK(answers_of(outcome) == Texts{"orders#1 ok"});
    CHECK(outcome.end.at > halfwrite::sim::Instant::at(halfwrite::sim::Duration::seconds(1)));
  }
}

TEST_CASE("nobody can reach a system that is down, and whoever asks knows that") {
  CardShop shop;
  shop.load = R"("count": 1, "at": "1s")";
  shop.plan = R"({ "crash": "card_network", "at": "500ms", "down": "10s" })";
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome).empty());
  CHECK(answers_of(outcome) == Texts{"orders#1 fail: card_network could not be reached: refused"});
}

TEST_CASE("a result that comes later is brought to an operation, as often as the system says") {
  CardShop shop;
  shop.load = R"("count": 2, "rate": "1/s")";
  shop.network = R"("operations": { "charge": {
      "declines": { "with": "CardDeclined", "if": ":order = 'order-2'" },
      "callback": { "run": "payment.charged", "delay": "2s..3s", "times": 2 } } })";
  shop.steps = R"({ "name": "charge", "external": "card_network.charge", "into": "how" },
      { "if": ":how <> 'pending'", "then": [{ "fail": "NotPending" }] })";
  const auto outcome = shop.run();
  CHECK(ledger_of(outcome) == Texts{"charge order-1: applied", "charge order-2: CardDeclined"});
  CHECK(answers_of(outcome) == Texts{"orders#1 ok", "orders#2 ok"});
  CHECK(commits_of(outcome, "payment.charged") == 4);
  CHECK(outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
}

TEST_CASE("a callback that nobody took is brought again, after crashes of either side") {
  for (const char* item : {R"({ "crash": "payment", "at": "1s", "down": "20s" })",
                           R"({ "lose_request": "card_network.charge/callback" })",
                           R"({ "crash": "here", "after": "payment.charged/commit" })",
                           R"({ "crash": "card_network", "at": "1s", "down": "20s" })",
                           R"({ "crash": "here", "before": "card_network.charge/callback" })",
                           R"({ "crash": "here", "before": "payment.charged/insert" })"}) {
    INFO(item);
    CardShop shop;
    shop.load = R"("count": 1)";
    shop.network = R"("operations": { "charge": { "callback": { "run": "payment.charged" } } })";
    shop.plan = item;
    const auto outcome = shop.run();
    CHECK(outcome.landed.size() == 1);
    const bool was_done = std::string(item).find("commit") != std::string::npos;
    CHECK(commits_of(outcome, "payment.charged") == (was_done ? 2 : 1));
    CHECK(outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
  }
}

TEST_CASE("an answer is lost at the place that asked: of a client, and of a callback") {
  for (const bool of_callback : {false, true}) {
    INFO(of_callback);
    CardShop shop;
    shop.load = R"("count": 1, "retry": { "attempts": 3 })";
    shop.network = R"("operations": { "charge": { "callback": { "run": "payment.charged" } } })";
    shop.plan = of_callback ? R"({ "lose_reply": "card_network.charge/callback" })"
                            : R"({ "lose_reply": "client/request" })";
    const auto outcome = shop.run();
    REQUIRE(outcome.landed.size() == 1);
    // It took effect, the answer is lost, and it is asked for again.
    CHECK(commits_of(outcome, "payment.charge") == (of_callback ? 1 : 2));
    CHECK(commits_of(outcome, "payment.charged") == 2);
    CHECK(answers_of(outcome).back() == "orders#1 ok");
    CHECK(outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
  }
}

TEST_CASE("a run whose callback nobody ever takes is stuck, and says what is owed") {
  CardShop shop;
  shop.load = R"("count": 1)";
  shop.network = R"("operations": { "charge": { "callback": { "run": "payment.charged" } } })";
  shop.plan = R"({ "refuse": "payment.charged/begin", "error": "53300", "times": "for_ever" })";
  const auto outcome = shop.run();
  CHECK(outcome.end.kind == halfwrite::sim::RunEnd::Kind::stuck);
  REQUIRE_FALSE(outcome.end.waiting.empty());
  CHECK(std::any_of(outcome.end.waiting.begin(), outcome.end.waiting.end(), [](const auto& line) {
    return line == "card_network owes payment.charged the result of charge of orders#1";
  }));
}

TEST_CASE("an effect outside is known to the author's own SQL as history.external") {
  CardShop shop;
  shop.network = with_keys;
  std::string text = shop.text();
  const std::string end = R"("plan": [])";
  text.replace(text.find(end), end.size(), R"json("invariants": [{ "name": "all_charged", "at_end":
      ["SELECT p.order_id FROM payment_db.payments AS p WHERE NOT EXISTS (SELECT 1 FROM history.external AS e",
       "WHERE e.system = 'card_network' AND e.operation = 'charge' AND e.effect",
       "AND e.arguments LIKE '%order: ' || p.order_id)"] }])json");
  const auto file = halfwrite::tests::load_scenario_text("shop", text);
  halfwrite::scenarios::Runner runner;
  halfwrite::scenarios::RunRequest request;
  request.scenario = &file.variants.front().scenario;
  const auto outcome = runner.run(request);
  REQUIRE(outcome.verdicts.size() == 1);
  CHECK(outcome.verdicts.front().outcome == halfwrite::invariants::Outcome::holds);
}
