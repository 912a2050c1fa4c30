// The room under a storm: whatever crashes when, a run comes to rest and nobody is told a lie.
#include "tests/service/shop.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace halfwrite;
using namespace halfwrite::service;
using namespace halfwrite::test;

namespace {

sim::FaultPlan storm_of(std::uint64_t seed) {
  sim::Storm storm;
  sim::StormRule crash;
  crash.kind = sim::FaultKind::crash;
  crash.targets = {"order", "order_db"};
  crash.every =
      sim::DurationRange{sim::Duration::milliseconds(50), sim::Duration::milliseconds(400)};
  crash.lasting = {sim::Duration::milliseconds(10), sim::Duration::milliseconds(200)};
  storm.rules.push_back(crash);
  storm.until = sim::Instant::at(sim::Duration::seconds(2));
  sim::FaultPlan plan;
  plan.faults = sim::draw_rhythms(
      storm, {{"order_db", "order_db"}, {"order.1", "order"}, {"order.2", "order"}},
      sim::Draws(seed).key());
  return plan;
}

void fill(Shop& shop) {
  shop.settings.instances = 2;
  shop.settings.workers = 2;
  shop.settings.pool = 2;
  Operation& place = shop.operation(
      "place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, 'new', :amount)"),
                shop.sql_step("take", "UPDATE stock SET quantity = quantity + 1")});
  place.retry = Retry();
  place.retry->delay = sim::Duration::milliseconds(20);
  ForEachStep loop;
  loop.select = shop.sql("SELECT id FROM orders WHERE customer = 'new' LIMIT 5");
  loop.steps = steps({shop.sql_step("mark", "UPDATE orders SET customer = 'seen' WHERE id = :id")});
  shop.operation("sweep", {step("each", loop)}).transaction = false;
  Job job;
  job.name = "sweep";
  job.run = "sweep";
  job.every = sim::DurationRange::exactly(sim::Duration::milliseconds(100));
  shop.settings.jobs.push_back(job);
  Load& load = shop.load("orders", "order.place");
  load.count = 100;
  load.interval = sim::Duration::milliseconds(15);
  load.arguments = {{"order", Sequence{"order-"}}, {"amount", Between{1, 500}}};
  load.retry = Retry();
  load.retry->attempts = 5;
}

}  // namespace

TEST_CASE("in a storm of crashes every run comes to rest and what was answered ok is there") {
  std::size_t crashes = 0;
  std::size_t unknown = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    ShopOptions options;
    options.seed = seed;
    options.plan = storm_of(seed);
    Shop shop(options);
    fill(shop);
    const sim::RunEnd end = shop.run();
    CHECK(end.kind == sim::RunEnd::Kind::quiet);
    CHECK(end.at < sim::Instant::at(sim::Duration::seconds(120)));
    crashes += shop.simulation().faults().landed().size();

    std::set<std::string> there;
    for (const std::string& row : shop.rows("orders")) {
      there.insert(row.substr(0, row.find(',')));
      CHECK(row.find(",seen,") != std::string::npos);  // the job caught up with all of them
    }
    CHECK(shop.rows("stock").front() == "book," + std::to_string(3 + there.size()));
    for (const auto& answered : shop.facts().all<history::RequestAnswered>()) {
      if (answered.answer == history::Answer::unknown) ++unknown;
      if (answered.answer != history::Answer::ok) continue;
      CHECK(there.count("order-" + std::to_string(answered.request.number)) == 1);
    }
  }
  CHECK(crashes > 100);
  CHECK(unknown > 10);
}

TEST_CASE("a run and its replay with the plan that landed have one trace hash") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    ShopOptions options;
    options.seed = seed;
    options.plan = storm_of(seed);
    Shop shop(options);
    fill(shop);
    shop.run();
    ShopOptions replay;
    replay.seed = seed;
    replay.plan = shop.simulation().faults().landed_plan();
    Shop again(replay);
    fill(again);
    again.run();
    CHECK(shop.simulation().trace().hash() == again.simulation().trace().hash());
    CHECK(shop.simulation().trace().waits() == shop.simulation().faults().waits());
  }
}
