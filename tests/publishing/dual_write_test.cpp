// The dual writes: each loses or invents what its window lets through, and nothing without a fault.
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using service::Publishing;
using sim::Duration;
using sim::When;

namespace {

service::Retry retry(std::uint32_t attempts) {
  service::Retry made;
  made.attempts = attempts;
  return made;
}

}  // namespace

TEST_CASE("without a fault every dual write publishes each order once, in order") {
  for (const Publishing publishing :
       {Publishing::database_first, Publishing::broker_first, Publishing::inside_transaction}) {
    Flow flow;
    flow.publish(publishing);
    const Ending ending = run(flow);
    CHECK(ending.orders == all_orders);
    CHECK(ending.published == all_events);
    CHECK(ending.parcels == all_orders);
  }
}

TEST_CASE("a service that publishes with none emits into the void") {
  const Ending ending = run(Flow());
  CHECK(ending.orders == all_orders);
  CHECK(ending.published.empty());
}

TEST_CASE("database_first loses the event when the process dies between commit and publish") {
  Flow flow;
  flow.publish(Publishing::database_first).crash(When::before, "OrderCreated/published#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.orders == all_orders);
  CHECK(ending.published == Texts{"orders-1-1", "orders-3-1", "orders-4-1", "orders-5-1"});
  CHECK(ending.windows.at("between commit and publish") == 1);
}

TEST_CASE("a crash just after the commit is a hit of the window between commit and publish") {
  Flow flow;
  flow.publish(Publishing::database_first).crash(When::after, "order.place/commit");
  const Ending ending = run(flow);
  CHECK(ending.windows.at("between commit and publish") == 1);
  CHECK(ending.published.size() == 4);
}

TEST_CASE("database_first loses the event when the broker stays away, and the operation fails") {
  Flow flow;
  flow.publish(Publishing::database_first);
  flow.load.count = 1;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(3));
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1"});
  CHECK(ending.published.empty());
  CHECK(ending.answers == Texts{"orders#1 unknown"});
}

TEST_CASE("a retry in memory survives a broker that stays away") {
  Flow flow;
  flow.publish(Publishing::database_first);
  flow.order.direct.retry = retry(20);
  flow.load.count = 1;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(3));
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1"});
  CHECK(ending.parcels == Texts{"order-1"});
}

TEST_CASE("a retry in memory dies with its process") {
  Flow flow;
  flow.publish(Publishing::database_first);
  flow.order.direct.retry = retry(20);
  flow.load.count = 1;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(3));
  flow.crash(When::before, "order.place/retry");
  const Ending ending = run(flow);
  CHECK(ending.landed == 2);
  CHECK(ending.orders == Texts{"order-1"});
  CHECK(ending.published.empty());
}

TEST_CASE("without await the operation does not hear that its event was not published") {
  Flow flow;
  flow.publish(Publishing::database_first);
  flow.order.direct.await = false;
  flow.load.count = 1;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(3));
  const Ending ending = run(flow);
  CHECK(ending.published.empty());
  CHECK(ending.answers == Texts{"orders#1 ok"});
}

TEST_CASE("broker_first invents an event when the insert fails") {
  Flow flow;
  flow.order_schema = {
      "CREATE TABLE orders (id TEXT PRIMARY KEY CHECK (id <> 'order-2'), amount INTEGER)"};
  flow.publish(Publishing::broker_first);
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1", "order-3", "order-4", "order-5"});
  CHECK(ending.published == all_events);
  CHECK(ending.parcels == all_orders);
}

TEST_CASE("broker_first invents an event when the process dies before the commit") {
  Flow flow;
  flow.publish(Publishing::broker_first).crash(When::before, "order.place/commit#3");
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1", "order-2", "order-4", "order-5"});
  CHECK(ending.published == all_events);
  CHECK(ending.windows.at("between publish and commit") == 1);
}

TEST_CASE("broker_first writes nothing when the broker is away") {
  Flow flow;
  flow.publish(Publishing::broker_first);
  flow.load.count = 1;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(3));
  const Ending ending = run(flow);
  CHECK(ending.orders.empty());
  CHECK(ending.published.empty());
}

TEST_CASE("inside_transaction invents an event when the process dies before the commit") {
  Flow flow;
  flow.publish(Publishing::inside_transaction).crash(When::before, "order.place/commit#3");
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1", "order-2", "order-4", "order-5"});
  CHECK(ending.published == all_events);
  CHECK(ending.windows.at("between publish and commit") == 1);
}

TEST_CASE("inside_transaction invents an event when a later step fails") {
  Flow flow;
  flow.order_steps["place"] = {"emit OrderCreated", "INSERT INTO orders VALUES (:order, :amount)"};
  flow.order_schema = {
      "CREATE TABLE orders (id TEXT PRIMARY KEY CHECK (id <> 'order-2'), amount INTEGER)"};
  flow.publish(Publishing::inside_transaction);
  const Ending ending = run(flow);
  CHECK(ending.orders == Texts{"order-1", "order-3", "order-4", "order-5"});
  CHECK(ending.published == all_events);
}

TEST_CASE("an operation that fails by business rule publishes nothing with database_first") {
  Flow flow;
  flow.order_steps["place"] = {"INSERT INTO orders VALUES (:order, :amount)", "emit OrderCreated",
                               "fail sold_out"};
  flow.publish(Publishing::database_first);
  const Ending ending = run(flow);
  CHECK(ending.orders.empty());
  CHECK(ending.published.empty());
  CHECK(ending.answers.size() == 5);
}

TEST_CASE("no dual write comes through storms: some order or event is alone in the end") {
  for (const Publishing publishing :
       {Publishing::database_first, Publishing::broker_first, Publishing::inside_transaction}) {
    std::size_t runs_apart = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Flow flow;
      flow.publish(publishing);
      flow.load.count = 10;
      const Ending ending = run(flow.storm_over(seed));
      const std::set<std::string> events(ending.published.begin(), ending.published.end());
      if (events.size() != ending.orders.size()) ++runs_apart;
    }
    CHECK(runs_apart > 0);
  }
}
