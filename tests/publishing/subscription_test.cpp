// Subscriptions: acknowledging, recognising repeats, failing and parking.
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using service::Acknowledge;
using service::Deduplicate;
using service::InboxWhen;
using sim::Duration;
using sim::When;

namespace {

Flow consuming() {
  Flow flow;
  flow.relay(service::Relay::polling);
  return flow;
}
Flow with_inbox(InboxWhen when) {
  Flow flow = consuming();
  flow.subscription().deduplicate = Deduplicate::inbox;
  flow.subscription().inbox_when = when;
  return flow;
}

}  // namespace

TEST_CASE("a consumer commits its offset behind the last record") {
  const Ending ending = run(consuming());
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
  CHECK(ending.deliveries == 5);
  CHECK(count(ending.handled, "orders-5-1 done") == 1);
}

TEST_CASE("a crash between effect and offset doubles the effect") {
  Flow flow = consuming();
  flow.crash(When::before, "OrderCreated/acknowledged#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(count(ending.parcels, "order-2") == 2);
  CHECK(ending.parcels.size() == 6);
  CHECK(ending.windows.at("between effect and offset") == 1);
}

TEST_CASE("an offset that could not be committed for a minute is no reason to skip the rest") {
  // Too few replicas for the offsets' topic, until the client gives up: the member stays one.
  Flow flow = consuming();
  flow.kafka.replicas = 3;
  flow.kafka.min_insync_replicas = 2;
  flow.subscription().consumer.session_timeout = Duration::seconds(600);
  flow.crash(When::before, "OrderCreated/acknowledged#2");
  sim::Fault& fault = flow.plan.faults.back();
  fault.targets = {"kafka.2", "kafka.3"};
  fault.lasting = Duration::seconds(100);
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(std::set<std::string>(ending.parcels.begin(), ending.parcels.end()).size() == 5);
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
}

TEST_CASE("an inbox in the transaction of the effect absorbs the redelivery") {
  Flow flow = with_inbox(InboxWhen::with_effect);
  flow.crash(When::before, "OrderCreated/acknowledged#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.parcels == all_orders);
  CHECK(count(ending.handled, "orders-2-1 repeated") == 1);
}

TEST_CASE("an inbox in the transaction of the effect loses nothing when the handler dies") {
  for (const char* point :
       {"shipping.prepare/inbox", "shipping.prepare/1", "OrderCreated/applied"}) {
    for (const When when : {When::before, When::after}) {
      Flow flow = with_inbox(InboxWhen::with_effect);
      flow.crash(when, std::string(point) + "#3");
      const Ending ending = run(flow);
      INFO(point);
      CHECK(ending.landed == 1);
      CHECK(ending.parcels == all_orders);
    }
  }
}

TEST_CASE("an inbox written before the effect loses it when the handler dies between the two") {
  Flow flow = with_inbox(InboxWhen::before_effect);
  flow.crash(When::before, "shipping.prepare/1#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.parcels == Texts{"order-1", "order-3", "order-4", "order-5"});
}

TEST_CASE("an inbox written after the effect doubles it when the handler dies between the two") {
  Flow flow = with_inbox(InboxWhen::after_effect);
  flow.crash(When::after, "shipping.prepare/commit#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(count(ending.parcels, "order-2") == 2);
}

TEST_CASE("acknowledging before the effect loses it when the handler dies") {
  Flow flow = consuming();
  flow.subscription().acknowledge = Acknowledge::before;
  flow.crash(When::before, "shipping.prepare/commit#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.parcels == Texts{"order-1", "order-3", "order-4", "order-5"});
  CHECK(ending.windows.at("between offset and effect") == 1);
}

TEST_CASE("a handler that always fails is tried ten times, parked, and the next one goes on") {
  Flow flow = consuming();
  flow.shipping_schema = {
      "CREATE TABLE parcels (order_id TEXT NOT NULL CHECK (order_id <> 'order-2'), amount "
      "INTEGER)"};
  const Ending ending = run(flow);
  CHECK(ending.parked == Texts{"orders-2-1"});
  CHECK(count(ending.handled, "orders-2-1 failed") == 10);
  CHECK(ending.parcels == Texts{"order-1", "order-3", "order-4", "order-5"});
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
}

TEST_CASE("a handler whose retry ends in fail stops consuming") {
  Flow flow = consuming();
  flow.subscription().retry.attempts = 2;
  flow.subscription().retry.then = service::Retry::Then::fail;
  flow.shipping_schema = {
      "CREATE TABLE parcels (order_id TEXT NOT NULL CHECK (order_id <> 'order-2'), amount "
      "INTEGER)"};
  const Ending ending = run(flow);
  CHECK(ending.parcels == Texts{"order-1"});
  CHECK(ending.committed == std::vector<std::uint64_t>{1});
}

TEST_CASE("a business failure is an answer: recorded as refused and acknowledged") {
  Flow flow = consuming();
  flow.shipping_steps["prepare"] = {"fail no_parcels"};
  const Ending ending = run(flow);
  CHECK(ending.parcels.empty());
  CHECK(ending.handled.size() == 5);
  CHECK(count(ending.handled, "orders-1-1 refused") == 1);
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
}

TEST_CASE("events of one key are applied in the order they were committed") {
  Flow flow = consuming();
  flow.kafka.topics = {{"orders", 3, {}}};
  flow.events["OrderCreated"].key = "amount";
  flow.order.outbox.own_node = true;
  flow.shipping.instances = 2;
  flow.crash(When::before, "shipping.prepare/commit#3");
  flow.crash(When::before, "order.relay/mark#4");
  const Ending ending = run(flow);
  Texts firsts;
  for (const std::string& order : ending.parcels) {
    if (count(firsts, order) == 0) firsts.push_back(order);
  }
  CHECK(firsts == all_orders);
}

TEST_CASE("a duplicated delivery reaches the handler twice") {
  Flow flow = consuming();
  sim::Fault twice;
  twice.kind = sim::FaultKind::duplicate;
  twice.anchor = {When::before, {}, *sim::parse_point("OrderCreated/delivered#2")};
  flow.plan.faults = {twice};
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(count(ending.parcels, "order-2") == 2);
  flow.subscription().deduplicate = Deduplicate::inbox;
  CHECK(run(flow).parcels == all_orders);
}

TEST_CASE("a handler sees the delivery as variables") {
  Flow flow = consuming();
  flow.shipping_schema = {
      "CREATE TABLE parcels (order_id TEXT NOT NULL, amount INTEGER NOT NULL)",
      "CREATE TABLE seen (event_id TEXT, event TEXT, version INTEGER, key TEXT, attempt INTEGER, "
      "redelivered BOOLEAN, part INTEGER, position BIGINT)"};
  flow.shipping_steps["prepare"] = {
      "INSERT INTO seen VALUES (:event_id, :event, :version, :key, :attempt, :redelivered, "
      ":partition, :offset)",
      "INSERT INTO parcels SELECT event_id || ' ' || event || ' ' || version || ' ' || key || ' ' "
      "|| attempt || ' ' || redelivered::text || ' ' || part || ' ' || position, 1 FROM seen "
      "WHERE event_id = :event_id"};
  flow.load.count = 2;
  const Ending ending = run(flow);
  CHECK(ending.parcels == Texts{"orders-1-1 OrderCreated 1 order-1 1 false 0 0",
                                "orders-2-1 OrderCreated 1 order-2 1 false 0 1"});
}

TEST_CASE("two subscriptions of one topic hand each record to the one that names its event") {
  Flow flow = consuming();
  flow.events["OrderCounted"] = {"OrderCounted", "orders", "order", {"order", "amount"}, 1};
  flow.order_steps["place"] = {"INSERT INTO orders VALUES (:order, :amount)", "emit OrderCreated",
                               "emit OrderCounted"};
  flow.shipping_steps["tally"] = {"INSERT INTO parcels VALUES ('counted ' || :order, :amount)"};
  service::Subscription tally = flow.subscription();
  tally.name = "tally";
  tally.event = "OrderCounted";
  flow.shipping.subscriptions.push_back(tally);
  flow.load.count = 2;
  const Ending ending = run(flow);
  CHECK(ending.parcels == Texts{"order-1", "counted order-1", "order-2", "counted order-2"});
}
