// The manager that promotes a standby by itself: when it does, whom, and when it must not.
#include "tests/database/failover.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

void in_half_a_second(Settings& settings) {
  settings.failover.emplace();
  settings.failover->timeout = Duration::milliseconds(500);
}

}  // namespace

TEST_CASE(
    "a manager promotes the first standby when it cannot reach the primary for the time-out, "
    "and not before") {
  struct Case {
    const char* how;
    sim::Fault fault;
    bool promotes;
  };
  sim::Fault pause;
  pause.kind = sim::FaultKind::pause;
  pause.anchor.at = sim::Instant::at(Duration::seconds(1));
  pause.targets = {"db"};
  pause.lasting = Duration::seconds(5);
  const std::vector<Case> cases{
      {"process down", crash_at(Duration::seconds(1), "db", Duration::seconds(30)), true},
      {"machine down", crash_at(Duration::seconds(1), "db", Duration::seconds(30), true), true},
      {"gone", crash_at(Duration::seconds(1), "db", std::nullopt), true},
      {"parted", partition_at(Duration::seconds(1), Duration::seconds(5), {"db"}, {standby_node}),
       true},
      {"standing still", pause, true},
      {"down shortly", crash_at(Duration::seconds(1), "db", Duration::seconds(1)), false},
      {"parted shortly",
       partition_at(Duration::seconds(1), Duration::seconds(1), {"db"}, {standby_node}), false},
      {"standby down", crash_at(Duration::seconds(1), standby_node, Duration::seconds(30)), false}};
  for (const Case& c : cases) {
    INFO(c.how);
    World::Options options = one_table([](Settings& settings) {
      settings.failover.emplace();
      settings.failover->timeout = Duration::seconds(2);
    });
    options.plan.faults = {c.fault};
    World world(std::move(options));
    world.client("a", [&](Client& a) {
      a.run("insert into t values (3, 30)", 33);
      a.disconnect();
      a.sleep(Duration::seconds(6));
      a.run("insert into t values (4, 40)", 44);
    });
    const sim::RunEnd end = world.run();
    CAPTURE(end.waiting);
    CHECK(end.kind == sim::RunEnd::Kind::quiet);
    CHECK((world.server->primary() == standby_node) == c.promotes);
    CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (4, 40)");
    for (const history::Fact& fact : world.facts.facts) {
      if (!std::holds_alternative<history::Promoted>(fact.content)) continue;
      CHECK(fact.at >= sim::Instant::at(Duration::seconds(3)));
      CHECK(fact.at < sim::Instant::at(Duration::seconds(4)));
    }
  }
}

TEST_CASE("a manager promotes the standby that commits wait for, whichever comes first in order") {
  World::Options options = one_table(
      [](Settings& settings) {
        settings.synchronous_replication = true;
        settings.failover.emplace();
        settings.failover->timeout = Duration::seconds(1);
      },
      2);
  options.plan.faults = {promotion_at(Duration::seconds(1), true),
                         crash_at(Duration::seconds(10), standby_node, std::nullopt)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.sleep(Duration::seconds(9));
    a.run("insert into t values (3, 30)", 33);
    a.disconnect();
    a.sleep(Duration::seconds(5));
    a.run("insert into t values (4, 40)", 44);
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.server->primary() == "db.standby_2");
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (4, 40)");
  CHECK(world.facts.of<history::CommitLost>().empty());
}

TEST_CASE("a healthy primary keeps its place, however long the log takes to its standby") {
  const std::vector<sim::DurationRange> ways{
      {Duration::milliseconds(20), Duration::milliseconds(60)},
      {Duration::milliseconds(100), Duration::milliseconds(200)},
      sim::DurationRange::exactly(Duration::seconds(2)),
      {Duration::seconds(0), Duration::seconds(1)}};
  for (const sim::DurationRange way : ways) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      World::Options options = one_table([way](Settings& settings) {
        in_half_a_second(settings);
        settings.replication_delay = way;
      });
      options.seed = seed;
      World world(std::move(options));
      world.client("a", [&](Client& a) {
        for (int i = 0; i < 30; ++i) {
          a.run("insert into u(v) values (1)");
          a.sleep(Duration::milliseconds(500));
        }
      });
      INFO("up to " << way.most.in_nanoseconds() << " ns, seed " << seed);
      CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
      CHECK(world.facts.of<history::Promoted>().empty());
    }
  }
}

TEST_CASE("a manager that stood still itself does not take that for the primary's silence") {
  for (int at = 0; at < 50; at += 5) {
    World::Options options = one_table(in_half_a_second);
    sim::Fault pause;
    pause.kind = sim::FaultKind::pause;
    pause.anchor.at = sim::Instant::at(Duration::milliseconds(1000 + at));
    pause.targets = {standby_node};
    pause.lasting = Duration::seconds(5);
    options.plan.faults = {pause};
    World world(std::move(options));
    world.client("a", [&](Client& a) { a.sleep(Duration::seconds(8)); });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(world.facts.of<history::Promoted>().empty());
  }
}

TEST_CASE("a run has not come to rest before the failover that is due") {
  for (const bool machine : {false, true}) {
    for (const int timeout : {1, 10, 700}) {
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        World::Options options = one_table([timeout](Settings& settings) {
          settings.failover.emplace();
          settings.failover->timeout = Duration::seconds(timeout);
          settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(80));
        });
        options.seed = seed;
        options.plan.faults = {crash_at(Duration::milliseconds(120), "db", std::nullopt, machine)};
        World world(std::move(options));
        world.client("a", [&](Client& a) {
          a.run("insert into t values (3, 30)", 33);
          a.sleep(Duration::milliseconds(50));
        });
        const sim::RunEnd end = world.run();
        CAPTURE(machine, timeout, seed, end.waiting);
        CHECK(end.kind == sim::RunEnd::Kind::quiet);
        CHECK(world.server->primary() == standby_node);
      }
    }
  }
}

TEST_CASE("nobody waits for an old primary whose disk is lost to catch up") {
  World::Options options = one_table(in_half_a_second);
  sim::Fault crash = crash_at(Duration::seconds(1), "db", Duration::seconds(5), true);
  crash.disk_lost = true;
  options.plan.faults = {crash};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.run("insert into t values (3, 30)", 33);
    a.disconnect();
    a.sleep(Duration::seconds(3));
    a.run("insert into t values (4, 40)", 44);
  });
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(world.server->primary() == standby_node);
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (4, 40)");
}

TEST_CASE("an old primary that is made to stay down does not come back as a standby") {
  World::Options options = one_table();
  options.plan.faults = {promotion_at(Duration::seconds(1), true),
                         crash_at(Duration::milliseconds(1300), "db", std::nullopt)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.sleep(Duration::seconds(6));
    a.run("insert into t values (3, 30)", 33);
  });
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK_FALSE(world.simulation->find_node("db")->is_up());
}

}  // namespace halfwrite::database::tests
