// The order placement under each way to coordinate it: forward, back at each step, and under faults
// at the places where patterns differ.
#include "tests/saga/flow.hpp"

#include "tests/saga/patches.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace halfwrite::saga_tests;

TEST_CASE("a saga that nothing goes wrong in completes, whoever coordinates it") {
  for (const std::string& style : styles) {
    INFO(style);
    const Ending ending = run(place_order({coordinated(style)}));
    CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
    CHECK(ending.ended.at("orders#1") == "completed");
    CHECK(ending.effects.at("orders#1") == "create charge reserve confirm mail");
    CHECK(ending.decisions.at("orders#1") == "commit");
    CHECK(ending.answers.at("orders#1") == "ok");
    CHECK(ending.started == std::vector<std::string>{"orders#1"});
    CHECK(ending.broken.empty());
  }
}

TEST_CASE("a refused step is not compensated itself, and what came before it is") {
  struct {
    std::string argument;
    const char* effects;
    const char* undone;
  } const cases[] = {
      {argument("amount", "401"), "create ~create", "the card is declined"},
      {argument("sku", "\"cup\""), "create charge ~charge ~create", "out of stock"},
  };
  for (const auto& test : cases) {
    for (const std::string& style : styles) {
      INFO(style << ": " << test.undone);
      const Ending ending = run(place_order({coordinated(style), test.argument}));
      CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
      CHECK(ending.ended.at("orders#1") == "compensated");
      const std::string effects = ending.effects.at("orders#1");
      // In choreography each takes back its own when it hears of the failure.
      if (style != "choreography") CHECK(effects == test.effects);
      CHECK(effects.size() == std::string(test.effects).size());
      CHECK(ending.decisions.at("orders#1") == "abort");
      CHECK(ending.broken.empty());
    }
  }
}

TEST_CASE("a service with two steps takes back both, whoever coordinates") {
  const std::string two = R"json({
    "databases": {"order_db": {"schema": ["CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER NOT NULL, status TEXT NOT NULL)",
      "CREATE TABLE holds (order_id TEXT PRIMARY KEY)"]}},
    "events": {"OrderHeld": {"topic": "orders", "key": "order"}},
    "services": {"order": {"operations": {
      "hold": {"steps": [{"sql": "INSERT INTO holds VALUES (:order)"}]},
      "free": {"steps": [{"sql": "DELETE FROM holds WHERE order_id = :order"}]}}}},
    "sagas": {"place_order": {"steps": [
      {"name": "create",  "do": "order.create",      "undo": "order.cancel",      "success": "OrderCreated"},
      {"name": "hold",    "do": "order.hold",        "undo": "order.free",        "success": "OrderHeld"},
      {"name": "reserve", "do": "inventory.reserve", "undo": "inventory.release", "success": "ItemsReserved", "failure": "ReservationFailed"},
      {"name": "confirm", "do": "order.confirm",     "pivot": true,               "success": "OrderConfirmed"}]}},
    "invariants": ["saga_all_or_compensated", "saga_finishes"]})json";
  for (const std::string& style : styles) {
    INFO(style);
    const Ending ending =
        run(place_order({coordinated(style), two, argument("sku", "\"cup\"")}));
    CHECK(ending.effects.at("orders#1").size() == std::string("create hold ~hold ~create").size());
    CHECK(ending.ended.at("orders#1") == "compensated");
    CHECK(ending.broken.empty());
  }
}

// --- The places where patterns differ (F01 to F08) ---

TEST_CASE("a reply that comes after the saga's time-out: what may be done is taken back, or left") {
  const std::string late =
      plan(R"({"delay": "place_order/reserve/reply", "by": "10s", "blocking": false})");
  const std::string timeout = R"({"sagas": {"place_order": {"timeout": "1s"}}})";
  const Ending careful = run(place_order({late, timeout}));
  CHECK(careful.effects.at("orders#1") == "create charge reserve ~reserve ~charge ~create");
  CHECK(careful.ended.at("orders#1") == "compensated");
  CHECK(careful.broken.empty());

  const std::string skip = R"({"sagas": {"place_order": {"compensation": {"unknown": "skip"}}}})";
  const Ending careless = run(place_order({late, timeout, skip}));
  CHECK(careless.effects.at("orders#1") == "create charge reserve ~charge ~create");
}

TEST_CASE("a compensation that overtakes its action: the fence refuses the action") {
  const std::string late =
      plan(R"({"delay": "place_order/reserve/send", "by": "5s", "blocking": false})");
  // Sent from the memory of the process: a relay would hold back what follows. The commands of this
  // request lie in different partitions.
  const std::string direct = R"({
    "sagas": {"place_order": {"timeout": "1s", "orchestrator": {"publishing": "database_first"}}},
    "workload": {"orders": null, "shop": {"run": "place_order", "at": "4s",
      "arguments": {"order": "order-1", "amount": 100, "sku": "tea"}}}})";
  const Ending fenced = run(place_order({late, direct}));
  CHECK(fenced.effects.at("shop#1") == "create charge ~reserve(empty) ~charge ~create");
  CHECK(fenced.ended.at("shop#1") == "compensated");
  CHECK(fenced.broken.empty());

  const std::string none = R"({"sagas": {"place_order": {"participants": {"fence": "none"}}}})";
  const Ending open = run(place_order({late, direct, none}));
  // Its compensation found nothing to undo and said so; the reservation came after it and stays.
  CHECK(open.effects.at("shop#1") == "create charge reserve ~charge ~create");
  CHECK(open.ended.at("shop#1") == "compensated");
}

TEST_CASE("a compensation whose action left no row is carried out where the action asks outside") {
  const std::string crash =
      plan(R"({"crash": "payment", "before": "payment.charge/commit", "down": "1s"})");
  // Called, not sent: nobody brings the action a second time.
  const std::string called = coordinated("synchronous");
  const std::string once = R"({"sagas": {"place_order": {"retry": {"attempts": 1},
    "compensation": {"retry": {"attempts": 20, "delay": "500ms"}}}}})";
  const std::string outside = R"json({
    "externals": {"card_network": {"idempotency": {},
      "operations": {"charge": {"inverse": "refund"}, "refund": {}}}},
    "services": {"payment": {"operations": {
      "charge": {"steps": [{"external": "card_network.charge", "idempotency_key": ":order"},
        {"sql": "INSERT INTO payments (order_id, amount) VALUES (:order, :amount)"}]},
      "refund": {"steps": [{"external": "card_network.refund", "idempotency_key": ":order"},
        {"sql": "INSERT INTO payments (order_id, amount) VALUES (:order, 0)"}]}}}},
    "invariants": ["saga_all_or_compensated", "compensated_at_most_once",
      {"name": "charged_once", "external": "card_network.charge", "per": "order"}]})json";
  const Ending charged = run(place_order({called, crash, once, outside}));
  CHECK(charged.effects.at("orders#1") == "create ~charge ~create");
  CHECK(charged.ended.at("orders#1") == "compensated");
  CHECK(charged.broken.empty());

  const Ending in_rows = run(place_order({called, crash, once}));
  CHECK(in_rows.effects.at("orders#1") == "create ~charge(empty) ~create");
  CHECK(in_rows.ended.at("orders#1") == "compensated");
}

TEST_CASE("a compensation that is delivered twice is done once with an inbox, twice without") {
  const std::string twice = plan(R"({"duplicate": "place_order.charge.undo/delivered"})");
  const std::string no_stock = argument("sku", "\"cup\"");
  CHECK(run(place_order({twice, no_stock})).effects.at("orders#1") ==
        "create charge ~charge ~create");
  const std::string none =
      R"({"sagas": {"place_order": {"participants": {"deduplicate": "none"}}}})";
  const Ending ending = run(place_order({twice, no_stock, none}));
  CHECK(ending.effects.at("orders#1") == "create charge ~charge ~charge ~create");
  CHECK(ending.broken == std::vector<std::string>{"money_back"});
}

TEST_CASE(
    "a crash between the state saved and the command sent loses the command, unless one "
    "transaction holds both") {
  const std::string crash = plan(R"({"crash": "order", "after": "place_order/charge/save"})");
  const Ending outbox = run(place_order({crash}));
  CHECK(outbox.ended.at("orders#1") == "completed");
  const Ending direct =
      run(place_order({crash, orchestrator(R"({"publishing": "database_first"})")}));
  CHECK(direct.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
  CHECK(direct.ended.count("orders#1") == 0);
  CHECK(direct.effects.at("orders#1") == "create");
}

TEST_CASE("an orchestrator that crashes at any of its places goes on when it is back") {
  for (const char* anchor :
       {R"("after": "place_order/start")", R"("before": "place_order/start")",
        R"("before": "place_order/create/reply")", R"("after": "place_order/create/reply")",
        R"("before": "place_order/charge/save")", R"("during": "place_order/charge/save")",
        R"("before": "place_order/charge/send")", R"("after": "place_order/charge/send")",
        R"("before": "place_order/finish")", R"("after": "place_order/finish")"}) {
    INFO(anchor);
    const std::string retry =
        R"({"workload": {"orders": {"retry": {"attempts": 5, "delay": "500ms"}}}})";
    const Ending ending =
        run(place_order({plan(std::string(R"({"crash": "order", )") + anchor + "}"), retry}));
    CHECK(ending.ended.at("orders#1") == "completed");
    CHECK(ending.effects.at("orders#1") == "create charge reserve confirm mail");
    CHECK(ending.started.size() == 1);
    CHECK(ending.broken.empty());
  }
}

TEST_CASE("a chain of calls is left where it is when its caller crashes") {
  const std::string crash = plan(R"({"crash": "order", "during": "place_order/reserve/send"})");
  const Ending ending = run(place_order({coordinated("synchronous"), crash}));
  CHECK(ending.outcome.end.kind == halfwrite::sim::RunEnd::Kind::quiet);
  CHECK(ending.ended.empty());
  CHECK(ending.effects.at("orders#1") == "create charge reserve");
  CHECK(ending.broken == std::vector<std::string>{"confirmed_iff_paid", "nothing_pending"});
}

TEST_CASE("a choreographed saga stands still when an event is lost, and nobody sees it") {
  const std::string crash = plan(R"({"crash": "order", "after": "OrderCreated/committed"})");
  const std::string direct =
      R"({"defaults": {"services": {"publishing": "database_first", "outbox": null}}})";
  const std::string style = coordinated("choreography");
  CHECK(run(place_order({style, crash})).ended.at("orders#1") == "completed");
  const Ending ending = run(place_order({style, crash, direct}));
  CHECK(ending.ended.empty());
  CHECK(ending.effects.at("orders#1") == "create");
}

TEST_CASE("a compensation that fails for good parks the saga") {
  const std::string failing =
      R"({"services": {"payment": {"operations": {"refund": {"steps": [{"fail": "Locked"}]}}}}})";
  const Ending ending = run(place_order({failing, argument("sku", "\"cup\"")}));
  CHECK(ending.ended.at("orders#1") == "parked");
  CHECK(ending.effects.at("orders#1") == "create charge");
}

TEST_CASE("a reply that finds no saga: forgotten, tried again, or the saga begins with it") {
  const std::string race = plan(
      R"({"in_order": ["place_order/create/send", "place_order/create/reply", "place_order/create/save"]})");
  struct {
    const char* unmatched;
    bool completes;
  } const cases[] = {{"discard", false}, {"retry", true}, {"start", true}};
  for (const auto& test : cases) {
    INFO(test.unmatched);
    const std::string settings =
        orchestrator(std::string(R"({"publishing": "broker_first", "unmatched_reply": ")") +
                     test.unmatched + "\"}");
    const Ending ending = run(place_order({race, settings}));
    CHECK((ending.ended.count("orders#1") > 0) == test.completes);
    CHECK(ending.started.size() == 1);
  }
}

TEST_CASE("a reply that comes twice counts for the next step where replies have no inbox") {
  const std::string twice = plan(R"({"duplicate": "place_order.charge.reply/delivered"})");
  const std::string no_stock = argument("sku", "\"cup\"");
  CHECK(run(place_order({twice, no_stock})).ended.at("orders#1") == "compensated");
  const Ending careless =
      run(place_order({twice, no_stock, orchestrator(R"({"deduplicate": "none"})")}));
  CHECK(careless.effects.at("orders#1") == "create charge confirm mail");
}

TEST_CASE("the same seed is the same run, and a double click is one saga") {
  for (const std::string& style : styles) {
    INFO(style);
    const std::string copies = R"({"workload": {"orders": {"copies": 3, "count": 2}}})";
    const std::string file = place_order({coordinated(style), copies});
    const Ending one = run(file, 7);
    const Ending other = run(file, 7);
    CHECK(one.outcome.trace_hash == other.outcome.trace_hash);
    if (style == "synchronous") continue;
    CHECK(one.started.size() == 2);
    CHECK(one.broken.empty());
  }
}
