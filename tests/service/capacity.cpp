// Workers, pools, jobs and sends: what a process has only so much of, and what it starts by itself.
#include "models/broker/cluster.hpp"
#include "tests/service/shop.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite;
using namespace halfwrite::service;
using namespace halfwrite::test;
using Texts = std::vector<std::string>;

namespace {

// Each request holds a worker and a session for a tenth of a second.
void slow_orders(Shop& shop, std::uint64_t count) {
  SleepStep nap;
  nap.fixed = sim::DurationRange::exactly(sim::Duration::milliseconds(100));
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)"),
                           step("nap", nap)});
  Load& load = shop.load("orders", "order.place");
  load.count = count;
  load.interval = sim::Duration::milliseconds(5);
  load.arguments = {{"order", Sequence{"order-"}}};
}

sim::Instant last_answer(const Shop& shop) {
  return shop.facts().facts_of<history::RequestAnswered>().back().at;
}

std::vector<std::uint64_t> commit_order(const Shop& shop) {
  std::vector<std::uint64_t> numbers;
  for (const auto& commit : shop.facts().all<history::CommitLogged>()) {
    numbers.push_back(commit.intent.number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("requests beyond the workers wait and are served first come, first served") {
  Shop shop;
  slow_orders(shop, 6);
  shop.settings.workers = 1;
  shop.run();
  CHECK(shop.rows("orders").size() == 6);
  CHECK(commit_order(shop) == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6});
  CHECK(last_answer(shop) > sim::Instant::at(sim::Duration::milliseconds(600)));
}

TEST_CASE("with workers enough nobody waits") {
  Shop shop;
  slow_orders(shop, 6);
  shop.run();
  CHECK(last_answer(shop) < sim::Instant::at(sim::Duration::milliseconds(200)));
}

TEST_CASE("operations beyond the sessions of the pool wait for one") {
  Shop shop;
  slow_orders(shop, 6);
  shop.settings.pool = 2;
  shop.run();
  CHECK(shop.rows("orders").size() == 6);
  CHECK(last_answer(shop) > sim::Instant::at(sim::Duration::milliseconds(300)));
  CHECK(last_answer(shop) < sim::Instant::at(sim::Duration::milliseconds(500)));
}

TEST_CASE("a crash of the database breaks the sessions and the pool opens new ones") {
  ShopOptions options;
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor.when = sim::When::at;
  fault.anchor.at = sim::Instant::at(sim::Duration::milliseconds(50));
  fault.targets = {"order_db"};
  fault.lasting = sim::Duration::milliseconds(100);
  options.plan.faults.push_back(fault);
  Shop shop(options);
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)")});
  Load& load = shop.load("orders", "order.place");
  load.count = 40;
  load.interval = sim::Duration::milliseconds(10);
  load.arguments = {{"order", Sequence{"order-"}}};
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  const Texts answers = shop.answers();
  CHECK(answers.size() == 40);
  CHECK(std::count(answers.begin(), answers.end(), "ok") >= 20);
  CHECK(std::count(answers.begin(), answers.end(), "ok") < 40);
  CHECK(answers.back() == "ok");
}

TEST_CASE("a job runs so long after the end of its last run and lets the run become quiet") {
  Shop shop;
  shop.operation("place",
                 {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, 'new', 1)")});
  ForEachStep loop;
  loop.select = shop.sql("SELECT id FROM orders WHERE customer = 'new'");
  loop.steps = steps({shop.sql_step("mark", "UPDATE orders SET customer = 'seen' WHERE id = :id")});
  shop.operation("sweep", {step("each", loop)});
  Job job;
  job.name = "sweeper";
  job.run = "sweep";
  job.every = sim::DurationRange::exactly(sim::Duration::seconds(1));
  shop.settings.jobs.push_back(job);
  Load& load = shop.load("orders", "order.place");
  load.count = 5;
  load.interval = sim::Duration::milliseconds(700);
  load.arguments = {{"order", Sequence{"order-"}}};
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  for (const std::string& row : shop.rows("orders")) {
    CHECK(row.find(",seen,") != std::string::npos);
  }
  const auto runs = shop.facts().facts_of<history::JobRan>();
  REQUIRE(runs.size() >= 3);
  CHECK(runs[0].at >= sim::Instant::at(sim::Duration::seconds(1)));
  CHECK(runs[1].at >= runs[0].at + sim::Duration::seconds(1));
  CHECK(runs.back().at < sim::Instant::at(sim::Duration::seconds(10)));
  const auto commits = shop.facts().all<history::CommitLogged>();
  CHECK(std::any_of(commits.begin(), commits.end(), [&](const history::CommitLogged& commit) {
    return shop.name(commit.operation) == "order.sweeper" &&
           shop.name(commit.intent.source) == "order.1.sweeper";
  }));
}

TEST_CASE("a job at the start runs before the process takes requests, also after a crash") {
  ShopOptions options;
  options.plan.faults.push_back(crash_here(sim::When::after, "order.place", "commit"));
  Shop shop(options);
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)")});
  shop.operation("recover", {shop.sql_step("add", "UPDATE stock SET quantity = quantity + 1")});
  Job job;
  job.name = "recover";
  job.run = "recover";
  job.at_start = true;
  shop.settings.jobs.push_back(job);
  Load& load = shop.load("orders", "order.place");
  load.at = sim::Duration::milliseconds(100);
  load.arguments = {{"order", Sequence{"order-"}}};
  shop.run();
  CHECK(shop.rows("stock") == Texts{"book,5"});
  CHECK(shop.facts().all<history::JobRan>().size() == 2);
}

TEST_CASE("a job on a node of its own crashes alone") {
  ShopOptions options;
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor.when = sim::When::at;
  fault.anchor.at = sim::Instant::at(sim::Duration::milliseconds(1500));
  fault.targets = {"order.sweep"};
  fault.for_ever = true;
  options.plan.faults.push_back(fault);
  Shop shop(options);
  shop.operation("place",
                 {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, 'new', 1)")});
  shop.operation("sweep", {shop.sql_step("mark", "UPDATE orders SET customer = 'seen'")});
  Job job;
  job.name = "sweep";
  job.run = "sweep";
  job.every = sim::DurationRange::exactly(sim::Duration::seconds(1));
  job.own_node = true;
  shop.settings.jobs.push_back(job);
  Load& load = shop.load("orders", "order.place");
  load.count = 2;
  load.interval = sim::Duration::seconds(3);
  load.arguments = {{"order", Sequence{"order-"}}};
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(shop.answers() == Texts{"ok", "ok"});
  CHECK(shop.rows("orders") == Texts{"order-1,seen,1", "order-2,new,1"});
}

TEST_CASE("a publish step sends whatever becomes of the transaction") {
  ShopOptions options;
  options.with_broker = true;
  Shop shop(options);
  shop.event("OrderCreated", "order", {"order"});
  PublishStep publish;
  publish.event = sql::Value::text("OrderCreated");
  shop.operation("place", {shop.sql_step("insert", "INSERT INTO orders VALUES (:order, '', 1)"),
                           step("announce", publish), step("no", FailStep{"changed_my_mind"})});
  Load& load = shop.load("orders", "order.place");
  load.arguments = {{"order", Sequence{"order-"}}};
  load.at = sim::Duration::seconds(1);
  const sim::RunEnd end = shop.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(shop.answers() == Texts{"fail: business failure changed_my_mind"});
  CHECK(shop.rows("orders").empty());
  const auto published = shop.facts().all<history::Published>();
  REQUIRE(published.size() == 1);
  CHECK(published.front().event_id == "orders-1-send-1");
  CHECK(published.front().key == "order-1");
  CHECK(published.front().payload == R"({"order":"order-1"})");
  CHECK(shop.cluster().event_ids("orders", 0) == Texts{"orders-1-send-1"});
}

TEST_CASE("a publish step fulfils an emitted event under its id") {
  ShopOptions options;
  options.with_broker = true;
  options.plan.faults.push_back(crash_here(sim::When::after, "OrderCreated", "published"));
  Shop shop(options);
  shop.event("OrderCreated", "order", {"order"});
  PublishStep publish;
  publish.event = sql::Value::text("OrderCreated");
  publish.event_id = variable("id");
  publish.payload_text = variable("content");
  shop.operation("send", {step("announce", publish)});
  Load& load = shop.load("sends", "order.send");
  load.arguments = {{"id", ValueSource(sql::Value::text("orders-9-1"))},
                    {"content", ValueSource(sql::Value::text(R"({"order":"order-9"})"))}};
  load.at = sim::Duration::seconds(1);
  shop.run();
  const auto published = shop.facts().all<history::Published>();
  REQUIRE(published.size() == 1);
  CHECK(published.front().event_id == "orders-9-1");
  CHECK(published.front().key == "order-9");
  CHECK(shop.simulation().faults().landed().size() == 1);
  REQUIRE(shop.answers().size() == 1);
  CHECK(shop.answers().front().find("unknown: ") == 0);
}
