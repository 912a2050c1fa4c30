// What operations and clients do when processes crash, connections break and attempts are repeated.
#include "tests/service/shop.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using namespace halfwrite::service;
using namespace halfwrite::test;
using Texts = std::vector<std::string>;

namespace {

void place_one(Shop& shop) {
  shop.operation("place",
                 {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, 'ada', 1)")});
  shop.load("orders", "order.place").arguments = {{"order", Sequence{"order-"}}};
}

ShopOptions with(sim::Fault fault) {
  ShopOptions options;
  options.plan.faults.push_back(std::move(fault));
  return options;
}

}  // namespace

TEST_CASE("a crash before the commit leaves nothing and the client without an answer") {
  Shop shop(with(crash_here(sim::When::before, "order.place", "commit")));
  place_one(shop);
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(shop.simulation().faults().landed().size() == 1);
  CHECK(shop.rows("orders").empty());
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("unknown: ") == 0);
  CHECK(shop.facts().all<history::TransactionAborted>().size() == 1);
}

TEST_CASE("a crash after the commit keeps the row and leaves the client without an answer") {
  Shop shop(with(crash_here(sim::When::after, "order.place", "commit")));
  place_one(shop);
  shop.run();
  CHECK(shop.simulation().faults().landed().size() == 1);
  CHECK(shop.rows("orders") == Texts{"order-1,ada,1"});
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("unknown: ") == 0);
  CHECK(shop.facts().all<history::CommitLogged>().size() == 1);
}

TEST_CASE("each point of an operation is a place where its process can crash") {
  for (const char* point :
       {"queue", "cpu", "pool", "connect", "begin", "insert", "commit", "reply"}) {
    CAPTURE(point);
    Shop shop(with(crash_here(sim::When::before, "order.place", point)));
    place_one(shop);
    const sim::RunEnd end = shop.run();
    CHECK(end.kind == sim::RunEnd::Kind::quiet);
    CHECK(shop.simulation().faults().landed().size() == 1);
    CHECK(shop.rows("orders").size() == (std::string(point) == "reply" ? 1 : 0));
  }
}

TEST_CASE("a lost answer of the commit leaves the service without knowing, and it says so") {
  sim::Fault fault;
  fault.kind = sim::FaultKind::lose_reply;
  fault.anchor.when = sim::When::after;
  fault.anchor.point.subject = "order.place";
  fault.anchor.point.step = "commit";
  Shop shop(with(fault));
  place_one(shop);
  shop.run();
  CHECK(shop.simulation().faults().landed().size() == 1);
  CHECK(shop.rows("orders") == Texts{"order-1,ada,1"});
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("unknown: ") == 0);
  const auto answered = shop.facts().all<history::CommitAnswered>();
  REQUIRE(answered.size() == 1);
  CHECK(answered.front().answer == history::Answer::unknown);
}

TEST_CASE("a client's retry keeps its intent and raises the attempt") {
  Shop shop(with(crash_here(sim::When::after, "order.place", "commit")));
  shop.operation("place", {shop.sql_step("insert",
                                         "INSERT INTO orders VALUES (:request || now(), 'ada', "
                                         "1)")});
  Load& load = shop.load("orders", "order.place");
  load.retry = Retry();
  load.retry->delay = sim::Duration::milliseconds(500);
  shop.run();
  const auto invoked = shop.facts().all<history::RequestInvoked>();
  REQUIRE(invoked.size() == 2);
  CHECK(invoked[0].request == invoked[1].request);
  CHECK(invoked[1].attempt == 2);
  const auto commits = shop.facts().all<history::CommitLogged>();
  REQUIRE(commits.size() == 2);
  CHECK(commits[0].intent == commits[1].intent);
  CHECK(commits[1].attempt == 2);
  CHECK(commits[0].transaction != commits[1].transaction);
  CHECK(shop.answers().back() == "ok");
  CHECK(shop.rows("orders").size() == 2);  // no idempotence, so it happened twice
}

TEST_CASE("a client knows that a refused connection left nothing") {
  Shop shop;
  place_one(shop);
  shop.settings.starts = sim::Duration::seconds(5);
  shop.run();
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("fail: ") == 0);
}

TEST_CASE("a client that hears nothing in time does not know, and the service goes on") {
  Shop shop;
  place_one(shop);
  SleepStep nap;
  nap.fixed = sim::DurationRange::exactly(sim::Duration::seconds(20));
  shop.settings.operations["place"].steps.push_back(step("nap", nap));
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front() == "unknown: timed out");
  CHECK(shop.rows("orders") == Texts{"order-1,ada,1"});
}

TEST_CASE("a double click is two requests of one intent") {
  Shop shop;
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)")});
  Load& load = shop.load("orders", "order.place");
  load.arguments = {{"order", Sequence{"order-"}}};
  load.copies = 2;
  shop.run();
  const auto invoked = shop.facts().all<history::RequestInvoked>();
  REQUIRE(invoked.size() == 2);
  CHECK(invoked[0].request == invoked[1].request);
  CHECK(invoked[0].attempt == 1);
  CHECK(invoked[1].attempt == 2);
  CHECK(shop.rows("orders") == Texts{"order-1,,1"});
  CHECK(shop.answers().size() == 2);
}

TEST_CASE("an operation with retry runs again from its inputs under a higher attempt") {
  Shop shop;
  // The first attempt fails because the row is there; on_error of nobody, the operation tries again
  // until somebody has taken it away.
  ForEachStep loop;
  Operation& place = shop.operation(
      "place", {shop.sql_step("take",
                              "UPDATE stock SET quantity = quantity - 1 WHERE sku = 'book' "
                              "RETURNING quantity",
                              {"left"}),
                shop.sql_step("insert", "INSERT INTO orders VALUES ('o', '', :left)")});
  place.retry = Retry();
  place.retry->attempts = 20;
  place.retry->errors = {"23505"};
  shop.operation("clear", {shop.sql_step("delete", "DELETE FROM orders")});
  shop.load("first", "order.place");
  Load& second = shop.load("second", "order.place");
  second.at = sim::Duration::milliseconds(100);
  Load& clear = shop.load("third", "order.clear");
  clear.at = sim::Duration::milliseconds(450);
  shop.run();
  CHECK(shop.answers() == Texts{"ok", "ok", "ok"});
  CHECK(shop.rows("orders") == Texts{"o,,1"});
  CHECK(shop.rows("stock") == Texts{"book,1"});
  const auto commits = shop.facts().all<history::CommitLogged>();
  REQUIRE(commits.size() == 3);
  CHECK(commits.back().attempt > 2);
  CHECK(shop.name(commits.back().intent.source) == "second");
}

TEST_CASE("a step with retry is tried again by itself, and on_error has the last word") {
  Shop shop;
  Step insert = shop.sql_step("insert", "INSERT INTO stock VALUES ('book', 1)");
  insert.retry = Retry();
  insert.on_error = steps({shop.sql_step("note", "INSERT INTO orders VALUES ('note', :error, 0)")});
  Operation& place = shop.operation("place", {insert});
  place.transaction = false;
  shop.load("orders", "order.place");
  shop.run();
  CHECK(shop.answers() == Texts{"ok"});
  CHECK(shop.rows("orders") == Texts{"note,23505,0"});
  int tries = 0;
  for (const auto& executed : shop.facts().all<history::StatementExecuted>()) {
    if (!executed.error.empty()) ++tries;
  }
  CHECK(tries == 3);
}
