// "acknowledge": "auto" from end to end: what is repeated, and what is not lost.
#include "models/publishing/refusals.hpp"
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using service::Acknowledge;
using service::Deduplicate;
using sim::Duration;
using sim::When;

namespace {

constexpr std::size_t orders = 40;

// Forty orders in twelve seconds.
Flow automatic() {
  Flow flow;
  flow.relay(service::Relay::polling);
  flow.subscription().acknowledge = Acknowledge::automatic;
  flow.load.count = orders;
  return flow;
}

std::size_t different(const Texts& texts) {
  return std::set<std::string>(texts.begin(), texts.end()).size();
}

}  // namespace

TEST_CASE("with acknowledge auto the polls commit, and no record has a commit of its own") {
  Flow flow = automatic();
  // Nobody passes this point.
  flow.crash(When::before, "OrderCreated/acknowledged#1");
  const Ending ending = run(flow);
  CHECK(ending.landed == 0);
  CHECK(ending.parcels.size() == orders);
  CHECK(ending.committed == std::vector<std::uint64_t>{orders});
  CHECK(ending.windows.at("between effect and offset") == 0);
}

TEST_CASE("with acknowledge auto a crash repeats at most an interval's worth and loses nothing") {
  Flow flow = automatic();
  flow.crash(When::after, "shipping.prepare/commit#35");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(different(ending.parcels) == orders);
  CHECK(ending.parcels.size() > orders);
  CHECK(ending.parcels.size() <= orders + 18);  // 5 s at 300 ms, and the poll that is under way
  CHECK(ending.windows.at("between effect and offset") == 1);
  flow.subscription().deduplicate = Deduplicate::inbox;
  const Ending absorbed = run(flow);
  CHECK(absorbed.landed == 1);
  CHECK(different(absorbed.parcels) == orders);
  CHECK(absorbed.parcels.size() == orders);
}

TEST_CASE("with acknowledge auto the interval says how much a crash repeats") {
  const auto repeated = [](Duration interval) {
    Flow flow = automatic();
    flow.subscription().consumer.auto_commit_interval = interval;
    flow.crash(When::after, "shipping.prepare/commit#35");
    const Ending ending = run(flow);
    CHECK(different(ending.parcels) == orders);
    return ending.parcels.size() - orders;
  };
  CHECK(repeated(Duration::milliseconds(500)) <= 3);
  CHECK(repeated(Duration::seconds(600)) == 35);
}

TEST_CASE("a crash before the first automatic commit repeats everything, one after it does not") {
  Flow flow = automatic();
  flow.crash(When::before, "shipping.prepare/acknowledge#1");
  const Ending before = run(flow);
  CHECK(before.landed == 1);
  CHECK(different(before.parcels) == orders);
  CHECK(count(before.parcels, "order-1") == 2);
  flow.plan.faults.clear();
  flow.crash(When::after, "shipping.prepare/acknowledge#1");
  const Ending after = run(flow);
  CHECK(after.landed == 1);
  CHECK(different(after.parcels) == orders);
  CHECK(count(after.parcels, "order-1") == 1);
  CHECK(after.windows.at("between effect and offset") == 0);
}

TEST_CASE("with acknowledge auto deliveries handled at once are all handled before the next poll") {
  for (const char* point :
       {"shipping.prepare/commit#5", "shipping.prepare/1#20", "shipping.prepare/acknowledge#1"}) {
    for (const When when : {When::before, When::after}) {
      Flow flow = automatic();
      flow.subscription().concurrency = 4;
      flow.load.interval = Duration::milliseconds(150);
      flow.crash(when, point);
      const Ending ending = run(flow);
      INFO(point);
      CHECK(ending.landed == 1);
      CHECK(different(ending.parcels) == orders);
    }
  }
}

TEST_CASE("with acknowledge auto storms repeat, and lose nothing") {
  std::size_t repeated = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    Flow flow = automatic();
    flow.load.count = 15;
    flow.shipping.instances = 2;
    flow.kafka.topics = {{"orders", 2, {}}};
    flow.subscription().consumer.auto_commit_interval = Duration::seconds(1);
    flow.storm_over(seed);
    const Ending ending = run(flow);
    INFO(seed);
    CHECK(different(ending.parcels) == ending.orders.size());
    repeated += ending.parcels.size() - different(ending.parcels);
  }
  CHECK(repeated > 0);
}

TEST_CASE("a member that leaves at a failure has committed past it with auto, and not with after") {
  Flow flow = automatic();
  flow.load.count = 5;
  flow.subscription().retry.attempts = 2;
  flow.subscription().retry.then = service::Retry::Then::fail;
  flow.shipping_schema = {
      "CREATE TABLE parcels (order_id TEXT NOT NULL CHECK (order_id <> 'order-2'), amount "
      "INTEGER)"};
  flow.load.interval = Duration::milliseconds(1);  // one poll returns all
  const Ending ending = run(flow);
  CHECK(ending.parcels == Texts{"order-1"});
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
  flow.subscription().acknowledge = Acknowledge::after;
  CHECK(run(flow).committed == std::vector<std::uint64_t>{1});
}

TEST_CASE("with acknowledge auto a message that waits for its retry is not committed meanwhile") {
  Flow flow = automatic();
  flow.load.count = 5;
  flow.subscription().retry.delay = Duration::seconds(8);
  flow.subscription().retry.attempts = 3;
  flow.shipping_schema = {
      "CREATE TABLE parcels (order_id TEXT NOT NULL CHECK (order_id <> 'order-2'), amount "
      "INTEGER)"};
  // The third try of the second order, long after the interval: nothing behind it is lost.
  flow.crash(When::before, "shipping.prepare/1#4");
  const Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.parked == Texts{"orders-2-1"});
  CHECK(different(ending.parcels) == 4);
  CHECK(ending.committed == std::vector<std::uint64_t>{5});
}

TEST_CASE("one member of a group commits automatically for all its subscriptions or for none") {
  Flow flow = automatic();
  service::Subscription tally = flow.subscription();
  tally.name = "tally";
  tally.event = "OrderCounted";
  flow.shipping.subscriptions.push_back(tally);
  CHECK(publishing::refusals(flow.shipping, flow.events).empty());
  flow.shipping.subscriptions.back().acknowledge = Acknowledge::after;
  const auto refusals = publishing::refusals(flow.shipping, flow.events);
  REQUIRE(refusals.size() == 1);
  CHECK(refusals.front().path == "subscriptions.tally.acknowledge");
  flow.shipping.subscriptions.back().acknowledge = Acknowledge::automatic;
  flow.shipping.subscriptions.back().consumer.auto_commit_interval = Duration::seconds(1);
  CHECK(publishing::refusals(flow.shipping, flow.events).size() == 1);
}
