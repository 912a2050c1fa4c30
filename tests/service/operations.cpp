// What operations do while nothing fails but the flow itself.
#include "models/database/client.hpp"
#include "tests/service/shop.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace halfwrite;
using namespace halfwrite::service;
using namespace halfwrite::test;
using Texts = std::vector<std::string>;

namespace {

NamedValues order_arguments() {
  return {{"order", Sequence{"order-"}},
          {"customer", Pick{{sql::Value::text("ada")}}},
          {"amount", Between{1, 400}}};
}

void place_orders(Shop& shop, std::uint64_t count) {
  shop.operation(
      "place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, :customer, :amount)")});
  Load& load = shop.load("orders", "order.place");
  load.count = count;
  load.interval = sim::Duration::milliseconds(10);
  load.arguments = order_arguments();
}

}  // namespace

TEST_CASE("a request runs its operation, commits and is answered ok") {
  Shop shop;
  place_orders(shop, 3);
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(shop.rows("orders").size() == 3);
  CHECK(shop.answers() == Texts{"ok", "ok", "ok"});
  const auto commits = shop.facts().all<history::CommitLogged>();
  REQUIRE(commits.size() == 3);
  CHECK(shop.name(commits[1].operation) == "order.place");
  CHECK(shop.name(commits[1].actor) == "order.1");
  CHECK(shop.name(commits[1].intent.source) == "orders");
  CHECK(commits[1].intent.number == 2);
  CHECK(commits[1].rows_changed == 1);
}

TEST_CASE("the arguments of a request are drawn by its key, the same in every run") {
  Shop shop;
  place_orders(shop, 3);
  shop.run();
  Shop again;
  place_orders(again, 2);
  again.run();
  const auto invoked = shop.facts().all<history::RequestInvoked>();
  const auto invoked_again = again.facts().all<history::RequestInvoked>();
  REQUIRE(invoked.size() == 3);
  REQUIRE(invoked_again.size() == 2);
  CHECK(invoked[0].arguments == invoked_again[0].arguments);
  CHECK(invoked[1].arguments == invoked_again[1].arguments);
  CHECK(invoked[0].arguments.find("order: order-1, customer: ada, amount: ") == 0);
}

TEST_CASE("two runs with one seed have one trace hash") {
  Shop shop;
  place_orders(shop, 20);
  shop.run();
  Shop again;
  place_orders(again, 20);
  again.run();
  CHECK(shop.simulation().trace().hash() == again.simulation().trace().hash());
}

TEST_CASE("a business failure rolls back what the operation did") {
  Shop shop;
  SqlStep take;
  take.statement = shop.sql(
      "UPDATE stock SET quantity = quantity - 4 WHERE sku = 'book' AND "
      "quantity >= 4");
  take.expect_rows = 1;
  take.or_fail = "sold_out";
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, 'ada', 1)"),
                           step("take", take)});
  shop.load("orders", "order.place").arguments = {{"order", Sequence{"order-"}}};
  shop.run();
  CHECK(shop.rows("orders").empty());
  CHECK(shop.rows("stock") == Texts{"book,3"});
  CHECK(shop.answers() == Texts{"fail: business failure sold_out"});
  CHECK(shop.facts().all<history::CommitLogged>().empty());
  CHECK(shop.facts().all<history::TransactionAborted>().size() == 1);
}

TEST_CASE("a violated CHECK fails the operation with its SQLSTATE") {
  Shop shop;
  place_orders(shop, 1);
  shop.settings.operations["place"].steps.front() =
      shop.sql_step("insert", "INSERT INTO orders VALUES (:order, :customer, 500)");
  shop.run();
  CHECK(shop.rows("orders").empty());
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("fail: 23514") == 0);
}

TEST_CASE("steps read rows into variables, decide by them and give them back") {
  Shop shop;
  IfStep condition;
  condition.condition = shop.sql("SELECT :quantity >= 3 AND :row_count = 1");
  condition.then = steps({shop.sql_step("many",
                                        "INSERT INTO orders VALUES ('many', :label, "
                                        ":quantity)")});
  condition.otherwise = steps({shop.sql_step("few", "INSERT INTO orders VALUES ('few', '', 0)")});
  SetStep set;
  set.values = {{"label", Expression{shop.sql("SELECT 'left: ' || :quantity")}}};
  shop.operation("count", {shop.sql_step("read", "SELECT quantity FROM stock WHERE sku = 'book'",
                                         {"quantity"}),
                           step("label", set), step("decide", condition),
                           step("done", ReturnStep{{{"left", variable("quantity")}}}),
                           step("never", FailStep{"unreachable"})});
  shop.load("counts", "order.count");
  shop.run();
  CHECK(shop.answers() == Texts{"ok"});
  CHECK(shop.rows("orders") == Texts{"many,left: 3,3"});
}

TEST_CASE("variables that are always there have the values of this node and request") {
  Shop shop;
  shop.settings.instances = 2;
  shop.settings.clock.offset = sim::Duration::seconds(3600);
  shop.operation("note", {shop.sql_step("insert",
                                        "INSERT INTO orders VALUES (:request, :instance || ' ' || "
                                        "(CAST(:now AS timestamptz) > now()), 0)")});
  Load& load = shop.load("notes", "order.note");
  load.count = 6;
  shop.run();
  CHECK(shop.answers().size() == 6);
  const Texts rows = shop.rows("orders");
  REQUIRE(rows.size() == 6);
  std::map<std::string, int> instances;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string request = "notes#" + std::to_string(i + 1) + ",";
    CHECK(rows[i].find(request) == 0);
    CHECK(rows[i].find(" true,0") != std::string::npos);
    ++instances[rows[i].substr(request.size(), 1)];
  }
  CHECK(instances.size() == 2);  // the keyed draw sends them to both
}

TEST_CASE("a for_each reads its rows in full and runs its steps for each of them") {
  ShopOptions options;
  options.data = {"INSERT INTO stock VALUES ('a', 1), ('b', 2), ('c', 3)"};
  Shop shop(options);
  ForEachStep loop;
  loop.select = shop.sql("SELECT sku, quantity FROM stock ORDER BY sku");
  loop.steps = steps({shop.sql_step("copy", "INSERT INTO orders VALUES (:sku, 'copy', :quantity)"),
                      shop.sql_step("clear", "DELETE FROM stock WHERE sku = :sku")});
  shop.operation("move", {step("each", loop)});
  shop.load("moves", "order.move");
  shop.run();
  CHECK(shop.answers() == Texts{"ok"});
  CHECK(shop.rows("orders") == Texts{"a,copy,1", "b,copy,2", "c,copy,3"});
  CHECK(shop.rows("stock").empty());
  CHECK(shop.facts().all<history::CommitLogged>().size() == 1);
}

TEST_CASE(
    "without a transaction each statement commits alone and a failure keeps the earlier ones") {
  Shop shop;
  Operation& place = shop.operation(
      "place", {shop.sql_step("insert", "INSERT INTO orders VALUES ('o', 'ada', 1)"),
                shop.sql_step("again", "INSERT INTO orders VALUES ('o', 'ada', 1)")});
  place.transaction = false;
  shop.load("orders", "order.place");
  shop.run();
  CHECK(shop.rows("orders") == Texts{"o,ada,1"});
  REQUIRE(shop.answers().size() == 1);
  // The caller cannot be told that nothing happened.
  CHECK(shop.answers().front().find("unknown: 23505") == 0);
  CHECK(shop.facts().all<history::CommitLogged>().size() == 1);
}

TEST_CASE("transaction steps and SQL BEGIN and COMMIT group statements") {
  Shop shop;
  TransactionStep own;
  own.steps = steps({shop.sql_step("one", "INSERT INTO orders VALUES ('one', '', 1)"),
                     step("no", FailStep{"not_this_one"})});
  Step group = step("group", own);
  group.on_error = steps({shop.sql_step("say", "INSERT INTO orders VALUES ('failed', :error, 0)")});
  Operation& both =
      shop.operation("both", {group, shop.sql_step("open", "BEGIN"),
                              shop.sql_step("two", "INSERT INTO orders VALUES ('two', '', 2)"),
                              shop.sql_step("three", "INSERT INTO orders VALUES ('three', '', 3)"),
                              shop.sql_step("close", "COMMIT"), shop.sql_step("again", "BEGIN"),
                              shop.sql_step("four", "INSERT INTO orders VALUES ('four', '', 4)"),
                              shop.sql_step("undo", "ROLLBACK")});
  both.transaction = false;
  shop.load("all", "order.both");
  shop.run();
  CHECK(shop.answers() == Texts{"ok"});
  CHECK(shop.rows("orders") == Texts{"failed,not_this_one,0", "three,,3", "two,,2"});
  CHECK(shop.facts().all<history::CommitLogged>().size() == 2);
}

TEST_CASE("a transaction that an operation leaves open is rolled back") {
  Shop shop;
  Operation& leave =
      shop.operation("leave", {shop.sql_step("open", "BEGIN"),
                               shop.sql_step("one", "INSERT INTO orders VALUES ('one', '', 1)")});
  leave.transaction = false;
  shop.load("leaves", "order.leave");
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(shop.answers() == Texts{"ok"});
  CHECK(shop.rows("orders").empty());
}

TEST_CASE("COMMIT of a transaction that had failed is an error, although PostgreSQL reports none") {
  Shop shop;
  Step wrong = shop.sql_step("wrong", "INSERT INTO orders VALUES ('o', '', 9999)");
  wrong.on_error = steps({});
  shop.operation("place", {wrong});
  shop.load("orders", "order.place");
  shop.run();
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("fail: COMMIT answered ROLLBACK") == 0);
  CHECK(shop.rows("orders").empty());
}

TEST_CASE("an emit is recorded in its transaction with a readable id, its key and its payload") {
  Shop shop;
  shop.event("OrderCreated", "order", {"order", "amount"});
  place_orders(shop, 2);
  EmitStep emit;
  emit.event = "OrderCreated";
  shop.settings.operations["place"].steps.push_back(step("announce", emit));
  shop.run();
  const auto emitted = shop.facts().all<history::Emitted>();
  REQUIRE(emitted.size() == 2);
  CHECK(emitted[1].event_id == "orders-2-1");
  CHECK(shop.name(emitted[1].event) == "OrderCreated");
  CHECK(emitted[1].key == "order-2");
  CHECK(emitted[1].payload.find(R"({"order":"order-2","amount":)") == 0);
  CHECK(emitted[1].ordinal == 1);
  CHECK(emitted[1].intent.number == 2);
  CHECK(shop.name(emitted[1].service) == "order");
  const auto commits = shop.facts().all<history::CommitLogged>();
  CHECK(emitted[1].transaction == commits[1].transaction);
}

TEST_CASE("an operation that takes longer than its time-out is cancelled and rolled back") {
  Shop shop;
  SleepStep nap;
  nap.duration_text = sql::Value::text("3s");
  Operation& place = shop.operation(
      "place",
      {shop.sql_step("insert", "INSERT INTO orders VALUES ('o', '', 1)"), step("nap", nap)});
  place.timeout = sim::Duration::milliseconds(500);
  shop.load("orders", "order.place");
  shop.run();
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("fail: the operation took longer") == 0);
  CHECK(shop.rows("orders").empty());
  const auto answered = shop.facts().facts_of<history::RequestAnswered>();
  CHECK(answered.front().at < sim::Instant::at(sim::Duration::milliseconds(600)));
}
