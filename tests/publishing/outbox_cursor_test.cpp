// The outbox read by a cursor: what each kind loses where ids are drawn in one order and committed
// in another, and what a crash at each of its steps does.
#include "models/publishing/outbox_gaps.hpp"
#include "tests/publishing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite;
using namespace halfwrite::publishing_tests;
using publishing::Gap;
using service::Mark;
using service::OnGap;
using service::OrderBy;
using service::Read;
using service::Relay;
using sim::Duration;
using sim::When;

namespace {

Flow reading(Read read, OnGap on_gap = OnGap::skip) {
  Flow flow;
  flow.relay(Relay::polling);
  flow.order.outbox.read = read;
  flow.order.outbox.on_gap = on_gap;
  return flow;
}

Flow& delay(Flow& flow, const std::string& point, Duration by) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::delay;
  fault.anchor = {When::before, {}, *sim::parse_point(point)};
  fault.by = by;
  flow.plan.faults.push_back(fault);
  return flow;
}

// The first order has the first id and commits after the third.
Flow late(Read read, OnGap on_gap = OnGap::skip) {
  Flow flow = reading(read, on_gap);
  delay(flow, "order.place/commit", Duration::milliseconds(750));
  return flow;
}

// The second order draws an id and is rolled back.
Flow rolled_back(OnGap on_gap) {
  Flow flow = reading(Read::id_cursor, on_gap);
  flow.order_schema = {
      "CREATE TABLE orders (id TEXT PRIMARY KEY CHECK (id <> 'order-2'), amount INTEGER)"};
  flow.order_steps["place"] = {"emit OrderCreated", "INSERT INTO orders VALUES (:order, :amount)"};
  return flow;
}

// Rows are published as early as they can be, so one that had to wait stands behind the others.
const Texts late_first{"orders-2-1", "orders-3-1", "orders-1-1", "orders-4-1", "orders-5-1"};
const Texts without_first{"orders-2-1", "orders-3-1", "orders-4-1", "orders-5-1"};
const Texts without_second{"orders-1-1", "orders-3-1", "orders-4-1", "orders-5-1"};

struct Way {
  Read read;
  OnGap on_gap;
};
// Those that lose nothing.
constexpr Way sound_ways[] = {{Read::id_cursor, OnGap::wait},
                              {Read::id_cursor, OnGap::remember},
                              {Read::xid_cursor, OnGap::skip}};

}  // namespace

TEST_CASE("where ids are committed in their order every cursor sends every row once") {
  for (const Read read : {Read::unpublished, Read::id_cursor, Read::xid_cursor}) {
    for (const OnGap on_gap : {OnGap::skip, OnGap::wait, OnGap::remember}) {
      for (const bool own_node : {false, true}) {
        Flow flow = reading(read, on_gap);
        flow.order.outbox.own_node = own_node;
        const Ending ending = run(flow);
        CHECK(ending.published == all_events);
        CHECK(ending.parcels == all_orders);
        CHECK(ending.outbox == all_events);
      }
    }
  }
}

TEST_CASE("a cursor on ids passes by a row that is committed late") {
  CHECK(run(late(Read::id_cursor)).published == without_first);
}

TEST_CASE("rows that are marked are found however late they are committed") {
  CHECK(run(late(Read::unpublished)).published == late_first);
}

TEST_CASE("a cursor that waits for a gap sends every row in the order of the ids") {
  CHECK(run(late(Read::id_cursor, OnGap::wait)).published == all_events);
}

TEST_CASE("a cursor that remembers a gap goes on and sends the late row when it comes") {
  CHECK(run(late(Read::id_cursor, OnGap::remember)).published == late_first);
}

TEST_CASE(
    "a cursor on transaction ids sends nothing younger than what is open, and loses nothing") {
  CHECK(run(late(Read::xid_cursor)).published == all_events);
}

TEST_CASE("a cursor on transaction ids sends rows as transactions were numbered, not as ids were") {
  for (const Read read : {Read::id_cursor, Read::xid_cursor}) {
    Flow flow = reading(read);
    // The first order's transaction has written and is the oldest when its row draws the third id.
    delay(flow, "order.place/2", Duration::milliseconds(750));
    CHECK(run(flow).published == (read == Read::id_cursor ? late_first : all_events));
  }
}

TEST_CASE("a gap that is given up before it is filled loses its row, as if it had been skipped") {
  for (const OnGap on_gap : {OnGap::wait, OnGap::remember}) {
    Flow hasty = late(Read::id_cursor, on_gap);
    hasty.order.outbox.gap_timeout = Duration::milliseconds(150);
    CHECK(run(hasty).published == without_first);
    Flow patient = late(Read::id_cursor, on_gap);
    patient.order.outbox.gap_timeout = Duration::seconds(5);
    CHECK(distinct(run(patient).published) == all_events);
  }
}

TEST_CASE("an id that was rolled back stops only a cursor that waits for it for ever") {
  CHECK(run(rolled_back(OnGap::skip)).published == without_second);
  CHECK(run(rolled_back(OnGap::remember)).published == without_second);
  CHECK(run(rolled_back(OnGap::wait)).published == Texts{"orders-1-1"});
  Flow ends = rolled_back(OnGap::wait);
  ends.order.outbox.gap_timeout = Duration::milliseconds(500);
  CHECK(run(ends).published == without_second);
}

TEST_CASE("a run does not rest while a cursor waits for a gap that it will give up") {
  Flow flow = rolled_back(OnGap::wait);
  flow.load.count = 3;
  flow.order.outbox.gap_timeout = Duration::seconds(40);
  CHECK(run(flow).published == Texts{"orders-1-1", "orders-3-1"});
}

TEST_CASE("a crash of the database skips ids, and a cursor that waits for them waits for ever") {
  for (const bool ends : {false, true}) {
    Flow flow = reading(Read::id_cursor, OnGap::wait);
    flow.crash(When::after, "OrderCreated/published#2");
    flow.plan.faults.back().targets = {"order_db"};
    if (ends) flow.order.outbox.gap_timeout = Duration::seconds(1);
    const Ending ending = run(flow);
    CHECK(ending.landed == 1);
    CHECK(ending.orders.size() > 2);
    CHECK(distinct(ending.published).size() == (ends ? ending.orders.size() : 2));
  }
}

TEST_CASE("a crash at any step of a cursor that remembers or waits loses nothing") {
  for (const Way& way : sound_ways) {
    for (const char* point : {"read", "remember", "publish#1", "publish#3", "mark#1", "mark#3"}) {
      const bool is_reached = point != std::string("remember") || way.on_gap == OnGap::remember;
      if (!is_reached) continue;
      for (const When when : {When::before, When::during, When::after}) {
        for (const char* target : {"here", "order_db"}) {
          Flow flow = late(way.read, way.on_gap);
          flow.order.outbox.own_node = true;
          flow.order.outbox.gap_timeout = Duration::seconds(5);
          flow.crash(when, std::string("order.relay/") + point);
          flow.plan.faults.back().targets = {target};
          flow.subscription().deduplicate = service::Deduplicate::inbox;
          Ending ending = run(flow);
          INFO(point << " " << static_cast<int>(when) << " " << target);
          std::sort(ending.parcels.begin(), ending.parcels.end());
          std::sort(ending.orders.begin(), ending.orders.end());
          CHECK(ending.parcels == ending.orders);
        }
      }
    }
  }
}

TEST_CASE("a crash between publish and mark sends the row again, between mark and publish never") {
  for (const Read read : {Read::id_cursor, Read::xid_cursor}) {
    Flow after = reading(read);
    const Ending repeated = run(after.crash(When::before, "order.relay/mark#2"));
    CHECK(count(repeated.published, "orders-2-1") == 2);
    CHECK(distinct(repeated.published) == all_events);
    CHECK(repeated.windows.at("between publish and mark") == 1);
    Flow before = reading(read);
    before.order.outbox.mark = Mark::before_publish;
    const Ending lost = run(before.crash(When::before, "order.relay/publish#2"));
    CHECK(lost.published == without_second);
    CHECK(lost.windows.at("between mark and publish") == 1);
  }
}

TEST_CASE("rows sent at once move the position together, and one crash repeats all of them") {
  Flow flow = reading(Read::id_cursor);
  flow.order.outbox.concurrency = 5;
  flow.order.outbox.every = Duration::seconds(5);
  CHECK(run(flow).published.size() == 5);
  flow.crash(When::before, "order.relay/mark");
  flow.subscription().deduplicate = service::Deduplicate::inbox;
  Ending ending = run(flow);
  CHECK(ending.landed == 1);
  CHECK(ending.published.size() == 10);
  CHECK(ending.windows.at("between publish and mark") == 1);
  std::sort(ending.parcels.begin(), ending.parcels.end());
  CHECK(ending.parcels == all_orders);
}

TEST_CASE("two relays that share a cursor send rows twice and lose none") {
  for (const Read read : {Read::id_cursor, Read::xid_cursor}) {
    Flow flow = reading(read, OnGap::remember);
    flow.order.outbox.instances = 2;
    CHECK(distinct(run(flow).published) == all_events);
  }
}

TEST_CASE("rows that are not marked are read in the order that was asked for") {
  struct Row {
    OrderBy order_by;
    const char* delayed;  // request of the first order
    const Texts& published;
  };
  // One transaction begins first, has its transaction id first or last, and its row's id last.
  const Texts last{"orders-2-1", "orders-3-1", "orders-1-1"};
  const Texts first{"orders-1-1", "orders-2-1", "orders-3-1"};
  const Row rows[] = {{OrderBy::id, "order.place/2", last},
                      {OrderBy::created_at, "order.place/2", first},
                      {OrderBy::xid, "order.place/2", first},
                      {OrderBy::created_at, "order.place/1", first},
                      {OrderBy::xid, "order.place/1", last}};
  for (const Row& row : rows) {
    INFO(static_cast<int>(row.order_by) << " " << row.delayed);
    Flow flow = reading(Read::unpublished);
    flow.load.count = 3;
    flow.order.outbox.order_by = row.order_by;
    flow.order.outbox.every = Duration::seconds(5);
    delay(flow, row.delayed, Duration::milliseconds(750));
    CHECK(run(flow).published == row.published);
  }
}

TEST_CASE("cursors that wait, remember or go by transaction ids lose nothing in any storm") {
  for (const Way& way : sound_ways) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Flow flow = reading(way.read, way.on_gap);
      flow.load.count = 10;
      flow.load.interval = Duration::milliseconds(20);
      flow.order.outbox.gap_timeout = Duration::seconds(60);
      flow.order.outbox.own_node = true;
      flow.subscription().deduplicate = service::Deduplicate::inbox;
      flow.subscription().retry.attempts = std::nullopt;
      flow.subscription().retry.max_delay = Duration::seconds(1);
      Ending ending = run(flow.storm_over(seed));
      INFO("seed " << seed << " way " << static_cast<int>(way.on_gap));
      std::sort(ending.orders.begin(), ending.orders.end());
      std::sort(ending.parcels.begin(), ending.parcels.end());
      CHECK(ending.parcels == ending.orders);
    }
  }
}

TEST_CASE("gaps are the ids before and between rows") {
  CHECK(publishing::gaps_between(0, {}).empty());
  CHECK(publishing::gaps_between(0, {1, 2, 3}).empty());
  CHECK(publishing::gaps_between(4, {6, 7, 40}) == std::vector<Gap>{{5, 5}, {8, 39}});
}

TEST_CASE("a gap is as old as the first sight of a row behind it") {
  const auto at = [](std::int64_t seconds) { return sim::Instant::at(Duration::seconds(seconds)); };
  publishing::GapWait wait(Duration::seconds(10));
  CHECK(wait.ready(0, {1, 2, 4}, at(1)) == 2);
  // 3 has been missing since 1 s; 5 to 36 since 8 s.
  CHECK(wait.ready(2, {4, 37}, at(8)) == 0);
  CHECK(wait.ready(2, {4, 37}, at(11)) == 1);
  CHECK(wait.ready(4, {37}, at(17)) == 0);
  CHECK(wait.ready(4, {37}, at(18)) == 1);
  // Of two gaps behind each other the younger one is known by the rows behind both.
  CHECK(wait.ready(37, {40}, at(20)) == 0);
  CHECK(wait.ready(37, {39, 40}, at(29)) == 0);
  CHECK(wait.ready(37, {39, 40}, at(30)) == 2);
  publishing::GapWait for_ever(std::nullopt);
  CHECK(for_ever.ready(0, {2}, at(1)) == 0);
  CHECK(for_ever.ready(0, {2}, at(1'000'000)) == 0);
  CHECK(for_ever.ready(0, {1, 2}, at(1'000'001)) == 2);
}
