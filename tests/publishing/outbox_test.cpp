// The outbox with its relays: what each way to mark lets through, and that nothing else does.
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using service::Mark;
using service::Relay;
using sim::Duration;
using sim::When;

namespace {

// The right way to do it, in bad weather; `large`: several instances, replicas and partitions.
Flow stormy(Relay relay, bool large, std::uint64_t seed) {
  Flow flow;
  flow.relay(relay);
  flow.load.count = 10;
  flow.subscription().deduplicate = service::Deduplicate::inbox;
  flow.subscription().retry.attempts = std::nullopt;
  flow.subscription().retry.max_delay = Duration::seconds(1);
  if (large) {
    flow.order.instances = flow.shipping.instances = 2;
    flow.order.outbox.own_node = true;
    flow.kafka.replicas = 3;
    flow.kafka.min_insync_replicas = 2;
    flow.kafka.topics = {{"orders", 3, {}}};
  }
  return flow.storm_over(seed);
}

}  // namespace

TEST_CASE("a polling relay publishes each row once and in order when nothing fails") {
  for (const bool own_node : {false, true}) {
    Flow flow;
    flow.relay(Relay::polling).order.outbox.own_node = own_node;
    const Ending ending = run(flow);
    CHECK(ending.orders == all_orders);
    CHECK(ending.published == all_events);
    CHECK(ending.parcels == all_orders);
    CHECK(ending.outbox == all_events);
  }
}

TEST_CASE("a row is there if and only if its order is") {
  Flow flow;
  flow.order_schema = {
      "CREATE TABLE orders (id TEXT PRIMARY KEY CHECK (id <> 'order-2'), amount INTEGER)"};
  flow.order_steps["place"] = {"emit OrderCreated", "INSERT INTO orders VALUES (:order, :amount)"};
  flow.relay(Relay::polling);
  const Ending ending = run(flow);
  CHECK(ending.outbox == Texts{"orders-1-1", "orders-3-1", "orders-4-1", "orders-5-1"});
  CHECK(ending.published == ending.outbox);
}

TEST_CASE("a crash of the writer loses no event that was committed") {
  for (const char* point : {"order.place/2", "order.place/commit", "order.place/reply"}) {
    Flow flow;
    flow.relay(Relay::polling).crash(When::after, std::string(point) + "#2");
    const Ending ending = run(flow);
    INFO(point);
    CHECK(ending.landed == 1);
    CHECK(ending.published.size() == ending.orders.size());
    CHECK(ending.parcels == ending.orders);
  }
}

TEST_CASE("a crash between publish and mark sends the row again with the same event id") {
  Flow flow;
  flow.relay(Relay::polling).crash(When::before, "order.relay/mark#2");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(count(ending.published, "orders-2-1") == 2);
  CHECK(distinct(ending.published) == all_events);
  CHECK(count(ending.parcels, "order-2") == 2);
  CHECK(ending.windows.at("between publish and mark") == 1);
}

TEST_CASE("an inbox absorbs what the relay sends again") {
  Flow flow;
  flow.relay(Relay::polling).crash(When::before, "order.relay/mark#2");
  flow.subscription().deduplicate = service::Deduplicate::inbox;
  const Ending ending = run(flow);
  CHECK(count(ending.published, "orders-2-1") == 2);
  CHECK(ending.parcels == all_orders);
  CHECK(count(ending.handled, "orders-2-1 repeated") == 1);
}

TEST_CASE("marking before publishing loses the row when the process dies between the two") {
  Flow flow;
  flow.relay(Relay::polling).order.outbox.mark = Mark::before_publish;
  flow.crash(When::before, "order.relay/publish#2");
  const Ending ending = run(flow);
  CHECK(ending.orders == all_orders);
  CHECK(ending.published == Texts{"orders-1-1", "orders-3-1", "orders-4-1", "orders-5-1"});
  CHECK(ending.windows.at("between mark and publish") == 1);
}

TEST_CASE("erasing leaves an empty outbox and loses nothing") {
  Flow flow;
  flow.relay(Relay::polling).order.outbox.mark = Mark::erase;
  flow.crash(When::after, "order.relay/publish#3");
  const Ending ending = run(flow);
  CHECK(ending.outbox.empty());
  CHECK(distinct(ending.published) == all_events);
}

TEST_CASE("a polling relay waits for a broker that is away and then sends everything") {
  Flow flow;
  flow.relay(Relay::polling);
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(5));
  const Ending ending = run(flow);
  CHECK(distinct(ending.published) == all_events);
}

TEST_CASE("a relay that does not await the confirmation marks rows that were never sent") {
  Flow flow;
  flow.relay(Relay::polling).order.outbox.await = false;
  flow.partition(Duration::milliseconds(900), {"order"}, {"kafka"}, Duration::seconds(5));
  const Ending ending = run(flow);
  CHECK(ending.orders == all_orders);
  CHECK(ending.published.empty());
}

TEST_CASE("two relays know nothing of each other and send rows twice") {
  Flow flow;
  flow.relay(Relay::polling).order.outbox.instances = 2;
  const Ending ending = run(flow);
  CHECK(distinct(ending.published) == all_events);
  CHECK(ending.published.size() > all_events.size());
}

TEST_CASE("a crash of the database between publish and mark repeats and loses nothing") {
  Flow flow;
  flow.relay(Relay::polling).crash(When::before, "order.relay/mark#2");
  flow.plan.faults.back().targets = {"order_db"};
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.published.size() >= ending.orders.size());
  CHECK(distinct(ending.published).size() == ending.orders.size());
}

TEST_CASE("further columns of the outbox are filled by their expressions") {
  Flow flow;
  flow.relay(Relay::polling).order.outbox.columns = {{"doubled", ":amount * 2"},
                                                     {"xid", "pg_current_xact_id()"}};
  const Ending ending = run(flow);
  CHECK(ending.published == all_events);
}

TEST_CASE("the connector publishes each commit once and in order when nothing fails") {
  Flow flow;
  flow.relay(Relay::cdc);
  const Ending ending = run(flow);
  CHECK(ending.published == all_events);
  CHECK(ending.parcels == all_orders);
}

TEST_CASE("a connector that dies before it stored its position repeats and loses nothing") {
  Flow flow;
  flow.relay(Relay::cdc).crash(When::before, "order.relay/store");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.published.size() > all_events.size());
  CHECK(distinct(ending.published) == all_events);
  CHECK(ending.windows.at("between read and store") == 1);
}

TEST_CASE("a connector that dies after it stored its position repeats nothing") {
  Flow flow;
  flow.relay(Relay::cdc).crash(When::after, "order.relay/store");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.published == all_events);
}

TEST_CASE("a connector's repeats are absorbed by an inbox") {
  Flow flow;
  flow.relay(Relay::cdc).crash(When::before, "order.relay/store");
  flow.subscription().deduplicate = service::Deduplicate::inbox;
  const Ending ending = run(flow);
  CHECK(ending.parcels == all_orders);
}

TEST_CASE("a connector sends inserted rows only, and those that were deleted in the meantime too") {
  Flow flow;
  flow.relay(Relay::cdc);
  flow.order_steps["place"] = {"INSERT INTO orders VALUES (:order, :amount)", "emit OrderCreated",
                               "UPDATE outbox SET payload = payload", "DELETE FROM outbox"};
  const Ending ending = run(flow);
  CHECK(ending.outbox.empty());
  CHECK(ending.published == all_events);
}

TEST_CASE("a connector goes on after its database and its broker were away") {
  Flow flow;
  flow.relay(Relay::cdc);
  flow.partition(Duration::milliseconds(1050), {"order.relay"}, {"kafka", "order_db"},
                 Duration::seconds(90));
  const Ending ending = run(flow);
  CHECK(distinct(ending.published) == all_events);
}

TEST_CASE("a run does not rest while a connector has not heard that its connection is gone") {
  for (const bool database_restarts : {false, true}) {
    for (int tenths = 5; tenths <= 80; tenths += 5) {
      INFO(database_restarts << " " << tenths);
      Flow flow;
      flow.relay(Relay::cdc);
      flow.partition(Duration::milliseconds(1050), {"order.relay"}, {"order_db"},
                     Duration::milliseconds(tenths * 100));
      if (database_restarts) {
        flow.crash(When::after, "order.place/begin of orders#3");
        flow.plan.faults.back().targets = {"order_db"};
      }
      const Ending ending = run(flow);
      CHECK(ending.orders.size() >= 4);
      CHECK(distinct(ending.published).size() == ending.orders.size());
    }
  }
}

namespace {

// Nobody emits but the first order and the last, and the log may keep less than those between take.
Flow flow_of_quiet_outbox() {
  Flow flow;
  flow.relay(Relay::cdc);
  flow.order_db.max_slot_wal_keep_bytes = 1500;
  flow.order_db.checkpoint_timeout = Duration::milliseconds(100);
  flow.order.outbox.offset_flush_interval = Duration::milliseconds(50);
  flow.load.count = 60;
  flow.order_steps["place"] = {
      "INSERT INTO orders VALUES (:order, :amount)",
      "INSERT INTO outbox (event_id, aggregate_type, aggregate_id, event_type, payload) "
      "SELECT :order, 'orders', :order, 'OrderCreated', '{\"order\": \"an order\", \"amount\": 1}' "
      "WHERE :order IN ('order-1', 'order-60')"};
  return flow;
}

}  // namespace

TEST_CASE("where others write a slot is lost beside its connector, unless that has a heartbeat") {
  Flow flow = flow_of_quiet_outbox();
  CHECK(run(flow).published == Texts{"order-1"});
  flow.order.outbox.heartbeat = Duration::milliseconds(200);
  CHECK(run(flow).published == Texts{"order-1", "order-60"});
}

TEST_CASE(
    "a heart that beats is sent to nobody, misses beats with its database, and lets a run rest") {
  Flow flow;
  // Quicker than the connector's own words are with the database.
  flow.relay(Relay::cdc).order.outbox.heartbeat = Duration::milliseconds(1);
  CHECK(run(flow).published == all_events);
  flow.order.outbox.heartbeat = Duration::milliseconds(20);
  CHECK(run(flow).published == all_events);
  for (const char* target : {"here", "order_db"}) {
    for (const When when : {When::before, When::during, When::after}) {
      Flow crashed = flow;
      crashed.crash(when, "order.relay/heartbeat#8");
      crashed.plan.faults.back().targets = {target};
      const Ending ending = run(crashed);
      CHECK(ending.landed == 1);
      CHECK(distinct(ending.published).size() == ending.orders.size());
    }
  }
}

namespace {

// While the connector is away the log grows beyond what its slot may keep.
Flow flow_with_lost_slot() {
  Flow flow;
  flow.relay(Relay::cdc);
  flow.order_db.max_slot_wal_keep_bytes = 400;
  flow.order_db.checkpoint_timeout = Duration::milliseconds(100);
  flow.order.outbox.offset_flush_interval = Duration::milliseconds(50);
  flow.partition(Duration::milliseconds(1450), {"order.relay"}, {"order_db"},
                 Duration::milliseconds(700));
  return flow;
}

}  // namespace

TEST_CASE("a connector whose slot was lost stops for good, and the run comes to rest") {
  const Ending ending = run(flow_with_lost_slot());
  CHECK(ending.end.kind == sim::RunEnd::Kind::quiet);
  CHECK(ending.orders == all_orders);
  CHECK(ending.published.size() < all_events.size());
  CHECK(count(ending.published, all_events.back()) == 0);
}

TEST_CASE("a connector that starts anew at the latest position has skipped what lies between") {
  Flow flow = flow_with_lost_slot();
  flow.order.outbox.on_unknown_position = service::UnknownPosition::latest;
  flow.load.count = 60;
  const Ending ending = run(flow);
  CHECK(count(ending.published, "orders-1-1") == 1);
  CHECK(count(ending.published, "orders-4-1") == 0);
  CHECK(count(ending.published, "orders-60-1") == 1);
}

TEST_CASE("a snapshot finds what a lost slot has skipped, and sends what was sent before again") {
  for (const bool when_needed : {false, true}) {
    INFO(when_needed);
    Flow flow = flow_with_lost_slot();
    if (when_needed) {
      flow.order.outbox.snapshot = service::Snapshot::when_needed;
    } else {
      flow.order.outbox.on_unknown_position = service::UnknownPosition::snapshot;
    }
    flow.subscription().deduplicate = service::Deduplicate::inbox;
    const Ending ending = run(flow);
    CHECK(distinct(ending.published) == all_events);
    CHECK(count(ending.published, all_events.front()) == 2);
    CHECK(count(ending.published, all_events.back()) == 1);
    CHECK(ending.parcels == all_orders);
  }
}

TEST_CASE("a snapshot cannot find rows that are deleted as soon as they are written") {
  Flow flow = flow_with_lost_slot();
  flow.order.outbox.snapshot = service::Snapshot::when_needed;
  flow.order_steps["place"] = {"INSERT INTO orders VALUES (:order, :amount)", "emit OrderCreated",
                               "DELETE FROM outbox"};
  const Ending ending = run(flow);
  CHECK(ending.orders == all_orders);
  CHECK(distinct(ending.published).size() < all_events.size());
}

TEST_CASE("a connector that dies in its snapshot begins it anew") {
  Flow flow = flow_with_lost_slot();
  flow.order.outbox.snapshot = service::Snapshot::when_needed;
  flow.crash(When::after, "order.relay/snapshot");
  const Ending ending = run(flow);
  CHECK(ending.landed == 2);
  CHECK(distinct(ending.published) == all_events);
}

TEST_CASE("a connector that always takes a snapshot sends every row again at each start") {
  Flow flow;
  flow.relay(Relay::cdc).crash(When::after, "order.relay/store");
  flow.order.outbox.snapshot = service::Snapshot::always;
  flow.subscription().deduplicate = service::Deduplicate::inbox;
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(count(ending.published, all_events.front()) == 2);
  CHECK(count(ending.published, all_events.back()) == 1);
  CHECK(ending.parcels == all_orders);
}

TEST_CASE("a connector that confirms what it has received loses what it had not yet sent") {
  for (const auto confirm : {service::Confirm::stored, service::Confirm::received}) {
    Flow flow;
    flow.relay(Relay::cdc).crash(When::before, "order.relay/retry");
    flow.partition(Duration::milliseconds(1250), {"order.relay"}, {"kafka"},
                   Duration::seconds(200));
    flow.order.outbox.confirm = confirm;
    const Ending ending = run(flow);
    CHECK(ending.landed == 2);
    const bool received = confirm == service::Confirm::received;
    CHECK(distinct(ending.published).size() == all_events.size() - (received ? 1 : 0));
  }
}

TEST_CASE("a connector notices a database whose machine went without a word and came back") {
  Flow flow;
  flow.relay(Relay::cdc).crash(When::after, "order.relay/publish#2");
  flow.plan.faults.back().targets = {"order_db"};
  flow.plan.faults.back().machine = true;
  flow.order.publishing = service::Publishing::outbox;
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(distinct(ending.published).size() == ending.orders.size());
}

TEST_CASE("outbox and inbox lose, invent and double nothing in any storm") {
  for (const Relay relay : {Relay::polling, Relay::cdc}) {
    for (const bool large : {false, true}) {
      for (std::uint64_t seed = 1; seed <= 15; ++seed) {
        Ending ending = run(stormy(relay, large, seed));
        INFO("seed " << seed << (relay == Relay::cdc ? " cdc" : " polling"));
        CHECK(ending.landed > 0);
        CHECK_FALSE(ending.orders.empty());
        std::sort(ending.orders.begin(), ending.orders.end());
        std::sort(ending.parcels.begin(), ending.parcels.end());
        CHECK(ending.parcels == ending.orders);
      }
    }
  }
}

TEST_CASE("without an inbox some storm doubles an effect, and none loses one") {
  std::size_t doubled = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    Flow flow = stormy(Relay::polling, false, seed);
    flow.subscription().deduplicate = service::Deduplicate::none;
    const Ending ending = run(flow);
    CHECK(distinct(ending.parcels).size() == ending.orders.size());
    if (ending.parcels.size() > ending.orders.size()) ++doubled;
  }
  CHECK(doubled > 0);
}

TEST_CASE("without a relay the rows stay in the outbox") {
  Flow flow;
  flow.relay(Relay::none);
  const Ending ending = run(flow);
  CHECK(ending.outbox == all_events);
  CHECK(ending.published.empty());
}

TEST_CASE("the same seed and plan give the same run") {
  for (const Relay relay : {Relay::polling, Relay::cdc}) {
    Flow flow;
    flow.relay(relay).crash(When::before, "OrderCreated/published#3");
    const Ending first = run(flow);
    const Ending second = run(flow);
    CHECK(first.trace_hash == second.trace_hash);
    flow.seed = 2;
    CHECK(run(flow).trace_hash != first.trace_hash);
  }
}

TEST_CASE("the faults that landed in a storm give the same run again as a plan") {
  for (const Relay relay : {Relay::polling, Relay::cdc}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Flow flow = stormy(relay, true, seed);
      const Ending drawn = run(flow);
      flow.plan = drawn.landed_plan;
      flow.storm = {};
      CHECK(run(flow).trace_hash == drawn.trace_hash);
    }
  }
}
