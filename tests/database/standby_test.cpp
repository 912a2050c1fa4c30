// Standbys: the log that reaches them, reads there, commits that wait for them.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

using sim::Duration;

constexpr const char* kStandby = "db.standby_1";

World::Options one_table(bool synchronous, std::function<void(Settings&)> adjust = {}) {
  World::Options options;
  options.schema = {"create table t(id int primary key, v int, unique (v))",
                    "create table u(id serial primary key, v int)"};
  options.data = {"insert into t values (1, 10), (2, 20)"};
  options.adjust = [synchronous, adjust](Settings& settings) {
    settings.standbys = 1;
    settings.synchronous_replication = synchronous;
    if (adjust) adjust(settings);
  };
  return options;
}

sim::Fault partition_off(const char* node, Duration at, Duration lasting) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::partition;
  fault.anchor.at = sim::Instant::at(at);
  fault.groups = {{"db"}, {node}};
  fault.lasting = lasting;
  return fault;
}

sim::Fault at_point(sim::FaultKind kind, sim::When when, const char* point) {
  sim::Fault fault;
  fault.kind = kind;
  fault.anchor.when = when;
  fault.anchor.point = sim::parse_point(point).value();
  return fault;
}

}  // namespace

TEST_CASE("a standby has every kind of change of the primary, and the primary's order of rows") {
  World world(one_table(false));
  world.client("a", [&](Client& a) {
    a.run("begin");
    a.run("insert into t values (3, 30), (4, 40), (5, 50)");
    a.run("delete from t where id = 4");
    a.run("update t set id = 6 where id = 1");
    a.run("savepoint s");
    a.run("delete from t where id = 2");
    a.run("rollback to s");
    a.run("commit");
    a.run("begin");
    a.run("insert into t values (7, 70)");
    a.run("rollback");
    a.run("update t set v = 21 where id = 2");
    a.run("delete from t where id = 5");
    a.run("insert into u (v) values (1)");
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.table("t") == "(2, 21) (3, 30) (6, 10)");
  CHECK(world.table("t", kStandby) == world.table("t"));
  CHECK(world.table("u", kStandby) == "(1, 1)");
}

TEST_CASE("reads on a standby lag behind by the replication delay and find rows by their keys") {
  World world(one_table(false, [](Settings& settings) {
    settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(300));
  }));
  std::vector<std::string> seen;
  world.client("a", [&](Client& a) {
    a.sleep(Duration::seconds(1));
    a.run("update t set v = 11 where id = 1");
    a.use(kStandby);
    seen.push_back(a.run("select v from t where id = 1"));
    a.sleep(Duration::milliseconds(250));
    seen.push_back(a.run("select v from t where id = 1"));
    a.sleep(Duration::milliseconds(100));
    seen.push_back(a.run("select id from t where v = 11"));
    seen.push_back(a.run("select id from t where v = 10"));
  });
  world.run();
  CHECK(seen ==
        std::vector<std::string>{"SELECT 1 (10)", "SELECT 1 (10)", "SELECT 1 (1)", "SELECT 0"});
}

TEST_CASE("a repeatable-read transaction on a standby keeps its snapshot while the log goes on") {
  World world(one_table(false));
  std::vector<std::string> seen;
  world.client("reader", [&](Client& reader) {
    reader.use(kStandby);
    reader.run("begin");
    reader.run("set transaction isolation level repeatable read");
    seen.push_back(reader.run("select v from t where id = 1"));
    reader.sleep(Duration::milliseconds(200));
    seen.push_back(reader.run("select v from t where id = 1"));
    reader.run("commit");
    seen.push_back(reader.run("select v from t where id = 1"));
  });
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(50));
    a.run("update t set v = 11 where id = 1");
    a.run("update t set v = 12 where id = 1");
  });
  world.run();
  CHECK(seen == std::vector<std::string>{"SELECT 1 (10)", "SELECT 1 (10)", "SELECT 1 (12)"});
}

TEST_CASE("a standby refuses what PostgreSQL refuses during recovery") {
  struct Case {
    const char* statement;
    const char* answer;
  };
  const std::vector<Case> cases{
      {"insert into t values (3, 30)", "25006 cannot execute INSERT in a read-only transaction"},
      {"update t set v = 1", "25006 cannot execute UPDATE in a read-only transaction"},
      {"delete from t", "25006 cannot execute DELETE in a read-only transaction"},
      {"select * from t for update",
       "25006 cannot execute SELECT FOR UPDATE in a read-only transaction"},
      {"select nextval('u_id_seq')", "25006 cannot execute nextval() in a read-only transaction"},
      {"select pg_current_xact_id()", "25006 cannot execute pg_current_xact_id() during recovery"},
      {"select pg_current_wal_lsn()", "55000 recovery is in progress"},
      {"select pg_create_logical_replication_slot('s', 'pgoutput')",
       "55000 logical decoding cannot be used while in recovery"},
      {"commit prepared 'g'", "25006 cannot execute COMMIT PREPARED during recovery"},
      {"vacuum", "25006 cannot execute VACUUM during recovery"},
      {"select v from t where id = 1", "SELECT 1 (10)"},
      {"checkpoint", "CHECKPOINT"}};
  World world(one_table(false));
  world.client("a", [&](Client& a) {
    a.use(kStandby);
    for (const Case& c : cases) {
      INFO(c.statement);
      CHECK(a.run(c.statement).find(c.answer) != std::string::npos);
    }
    a.run("begin");
    CHECK(a.run("set transaction read write").find("0A000") != std::string::npos);
    a.run("rollback");
    a.run("begin");
    a.run("set transaction isolation level serializable");
    CHECK(a.run("select 1").find("0A000 cannot use serializable mode in a hot standby") !=
          std::string::npos);
    a.run("rollback");
  });
  world.run();
}

TEST_CASE("a standby that was away catches up, and one that crashed goes on where it was") {
  for (const bool machine : {false, true}) {
    INFO(machine);
    World::Options options = one_table(false);
    sim::Fault crash;
    crash.kind = sim::FaultKind::crash;
    crash.anchor.at = sim::Instant::at(Duration::milliseconds(100));
    crash.targets = {kStandby};
    crash.machine = machine;
    crash.lasting = Duration::seconds(3);
    options.plan.faults = {crash};
    World world(std::move(options));
    world.client("a", [&](Client& a) {
      for (int id = 3; id < 40; ++id) {
        a.run("insert into t values (" + std::to_string(id) + ", " + std::to_string(id * 10) + ")");
        a.sleep(Duration::milliseconds(7));
        if (id == 20) a.run("delete from t where id < 10");
      }
      a.sleep(Duration::seconds(12));
    });
    world.run();
    CHECK(world.table("t").find("(39, 390)") != std::string::npos);
    CHECK(world.table("t", kStandby) == world.table("t"));
  }
}

TEST_CASE(
    "a standby sees commits in the order of the log, the primary in the order they became so") {
  // The long fork: two writers that touch nothing in common; the first in the log waits for the
  // standby, the second does not and is visible here first.
  World::Options options = one_table(true, [](Settings& settings) {
    settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(100));
  });
  World world(std::move(options));
  std::string on_primary;
  std::string on_standby;
  world.client(
      "a", [&](Client& a) { a.run("update t set v = 11 where id = 1"); },
      Duration::milliseconds(1020));
  world.client(
      "b",
      [&](Client& b) {
        b.run("set synchronous_commit = local");
        b.sleep(Duration::milliseconds(50));
        b.run("update t set v = 22 where id = 2");
        on_primary = b.run("select v from t order by id");
        b.use(kStandby);
        while (on_standby.empty() || on_standby == "SELECT 2 (10) (20)") {
          on_standby = b.run("select v from t order by id");
          b.sleep(Duration::milliseconds(1));
        }
      },
      Duration::milliseconds(1000));
  world.run();
  CHECK(on_primary == "SELECT 2 (10) (22)");
  CHECK(on_standby == "SELECT 2 (11) (20)");
}

TEST_CASE("a commit waits for as much of the standby as synchronous_commit says") {
  struct Case {
    const char* level;
    bool reaches_other_end;   // of the way there
    bool visible_on_standby;  // at once, to who was answered
  };
  const std::vector<Case> cases{{"off", false, false},
                                {"local", false, false},
                                {"remote_write", true, false},
                                {"on", true, false},
                                {"remote_apply", true, true}};
  std::vector<Duration> took;
  for (const Case& c : cases) {
    INFO(c.level);
    World world(one_table(true, [](Settings& settings) {
      settings.sync_time = sim::DurationRange::exactly(Duration::milliseconds(20));
      settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(120));
    }));
    world.client("a", [&](Client& a) {
      a.run("set synchronous_commit = " + std::string(c.level));
      CHECK(a.run("show synchronous_commit") == "SHOW (" + std::string(c.level) + ")");
      const sim::Instant asked = world.simulation->now();
      a.run("update t set v = 11 where id = 1");
      took.push_back(world.simulation->now() - asked);
      CHECK((took.back() > Duration::milliseconds(110)) == c.reaches_other_end);
    });
    world.run();
    CHECK(world.table("t", kStandby) == "(1, 11) (2, 20)");
  }
  CHECK(took[0] < took[1]);
  CHECK(took[1] + Duration::milliseconds(90) < took[2]);
  CHECK(took[2] + Duration::milliseconds(15) < took[3]);
  CHECK(took[3] < took[4]);
}

TEST_CASE("who was answered with remote_apply reads his write on the standby") {
  for (const char* level : {"on", "remote_apply"}) {
    std::size_t stale = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      World::Options options = one_table(true);
      options.seed = seed;
      World world(std::move(options));
      world.simulation->network().set_latency(
          "reader", kStandby, sim::DurationRange::exactly(Duration::microseconds(1)));
      world.simulation->network().set_latency(
          "db", "a", sim::DurationRange::exactly(Duration::microseconds(1)));
      bool answered = false;
      world.client("a", [&](Client& a) {
        a.run("set synchronous_commit = " + std::string(level));
        a.run("update t set v = 11 where id = 1");
        answered = true;
      });
      world.client("reader", [&](Client& reader) {
        reader.use(kStandby);
        reader.run("select 1");
        while (!answered) reader.sleep(Duration::microseconds(10));
        if (reader.run("select v from t where id = 1") != "SELECT 1 (11)") ++stale;
      });
      world.run();
    }
    INFO(level << ": " << stale);
    CHECK((stale == 0) == (std::string(level) == "remote_apply"));
  }
}

TEST_CASE(
    "while a commit waits for its standby others see nothing and wait for its rows, and the "
    "slot hands it out") {
  World::Options options = one_table(true);
  options.plan.faults = {partition_off(kStandby, Duration::milliseconds(50), Duration::seconds(2))};
  World world(std::move(options));
  world.server->create_slot("slot");
  std::string seen;
  Duration other_waited;
  bool early = false;
  bool answered = false;
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(100));
    a.run("update t set v = 11 where id = 1");
    answered = true;
  });
  world.client("b", [&](Client& b) {
    b.sleep(Duration::milliseconds(300));
    seen = b.run("select v from t where id = 1");
    const sim::Instant asked = world.simulation->now();
    b.run("begin");
    b.run("update t set v = 12 where id = 1");
    other_waited = world.simulation->now() - asked;
    b.run("commit");
  });
  world.client("consumer", [&](Client&) {
    const sim::Place place{world.simulation->names().of("receive")};
    auto stream = ReplicationStream::open(*world.simulation, "db", "slot", {}, {"t"}, place);
    REQUIRE(stream.has_value());
    auto changes = stream->receive(place);
    early = changes && !changes->empty() && !answered;
  });
  world.run();
  CHECK(seen == "SELECT 1 (10)");
  CHECK(other_waited > Duration::milliseconds(1500));
  CHECK(early);
  CHECK(world.table("t") == "(1, 12) (2, 20)");
}

TEST_CASE("a slot that waits for the standby hands out nothing that is not flushed there") {
  for (const bool waits : {false, true}) {
    World::Options options = one_table(false);
    options.plan.faults = {
        partition_off(kStandby, Duration::milliseconds(50), Duration::seconds(2))};
    World world(std::move(options));
    world.server->create_slot("slot", {waits, waits});
    sim::Instant arrived;
    world.client("a", [&](Client& a) {
      a.sleep(Duration::milliseconds(100));
      a.run("insert into t values (3, 30)");
    });
    world.client("consumer", [&](Client&) {
      const sim::Place place{world.simulation->names().of("receive")};
      auto stream = ReplicationStream::open(*world.simulation, "db", "slot", {}, {"t"}, place);
      REQUIRE(stream.has_value());
      (void)stream->receive(place);
      arrived = world.simulation->now();
    });
    world.run();
    CHECK((arrived > sim::Instant::at(Duration::seconds(2))) == waits);
  }
}

TEST_CASE("a commit whose standby is missing hangs, and the run says what waits for what") {
  World::Options options = one_table(true);
  sim::Fault crash;
  crash.kind = sim::FaultKind::crash;
  crash.anchor.at = sim::Instant::at(Duration::milliseconds(50));
  crash.targets = {kStandby};
  crash.for_ever = true;
  options.plan.faults = {crash};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(100));
    a.run("set statement_timeout = 500");
    a.run("update t set v = 11 where id = 1");
  });
  const sim::RunEnd end = world.run();
  CHECK(end.kind == sim::RunEnd::Kind::stuck);
  REQUIRE(!end.waiting.empty());
  CHECK(end.waiting.front() == "a commit in db waits for db.standby_1");
}

TEST_CASE(
    "canceled while it waits for the standby, a commit has succeeded with a warning; "
    "terminated or crashed, its client is told nothing and it is committed all the same") {
  enum class End { cancel, terminate, crash };
  for (const End how : {End::cancel, End::terminate, End::crash}) {
    for (const bool block : {false, true}) {
      // Outside a block a cancel request ends the statement before it takes effect.
      if (how == End::cancel && !block) continue;
      World::Options options = one_table(true);
      options.plan.faults = {
          partition_off(kStandby, Duration::milliseconds(50), Duration::seconds(20))};
      const char* point = block ? "test/commit" : "test/update";
      if (how == End::cancel) {
        options.plan.faults.push_back(at_point(sim::FaultKind::cancel, sim::When::during, point));
      } else {
        sim::Fault ends;
        ends.kind = how == End::terminate ? sim::FaultKind::disconnect : sim::FaultKind::crash;
        ends.anchor.at = sim::Instant::at(Duration::seconds(1));
        ends.targets = {how == End::terminate ? "a" : "db"};
        ends.lasting = how == End::terminate ? Duration() : Duration::milliseconds(500);
        options.plan.faults.push_back(ends);
      }
      World world(std::move(options));
      std::string answer;
      std::string warning;
      std::string seen_by_other;
      world.client("a", [&](Client& a) {
        a.sleep(Duration::milliseconds(100));
        if (block) a.run("begin", 77);
        const sim::Place place{world.simulation->names().of(block ? "commit" : "update")};
        if (block) a.run("update t set v = 11 where id = 1");
        auto result =
            block ? a.session().commit(place)
                  : a.session().execute_alone(
                        {77}, world.statement("update t set v = 11 where id = 1"), {}, place);
        answer = line_of(result);
        if (result) warning = result->warning;
      });
      world.client("b", [&](Client& b) {
        b.sleep(Duration::milliseconds(3000));
        seen_by_other = b.run("select v from t where id = 1");
      });
      world.run();
      INFO(static_cast<int>(how) << " " << block << " " << answer);
      CHECK(seen_by_other == "SELECT 1 (11)");
      CHECK(world.facts.count<history::CommitVisible>({77}) == 1);
      CHECK(world.facts.count<history::CommitLost>({77}) == 0);
      if (how == End::cancel) {
        CHECK(answer == (block ? "COMMIT" : "UPDATE 1"));
        CHECK(warning.starts_with("canceling wait for synchronous replication"));
      } else {
        CHECK(answer.starts_with("UNKNOWN"));
      }
    }
  }
}

TEST_CASE("a session may choose for itself or for one transaction not to wait for the standby") {
  World::Options options = one_table(true);
  options.plan.faults = {partition_off(kStandby, Duration::milliseconds(50), Duration::seconds(3))};
  World world(std::move(options));
  std::vector<bool> waited;
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(100));
    const auto timed = [&](auto&& work) {
      const sim::Instant asked = world.simulation->now();
      work();
      waited.push_back(world.simulation->now() - asked > Duration::milliseconds(500));
    };
    timed([&] {
      a.run("begin");
      a.run("set local synchronous_commit = local");
      a.run("update t set v = 11 where id = 1");
      a.run("commit");
    });
    timed([&] { a.run("update t set v = 12 where id = 1"); });
  });
  const sim::RunEnd end = world.run();
  for (const std::string& what : end.waiting) INFO(what);
  CAPTURE(end.waiting, end.at.since_start().in_nanoseconds());
  CHECK(waited == std::vector<bool>{false, true});
}

TEST_CASE("a prepared transaction is held in doubt on the standby and decided there by the log") {
  World world(one_table(false));
  std::vector<std::string> seen;
  world.client("a", [&](Client& a) {
    a.run("begin");
    a.run("insert into t values (3, 30)");
    a.run("prepare transaction 'kept'");
    a.run("begin");
    a.run("insert into t values (4, 40)");
    a.run("prepare transaction 'undone'");
    a.sleep(Duration::milliseconds(100));
    seen.push_back(world.table("t", kStandby));
    a.run("commit prepared 'kept'");
    a.run("rollback prepared 'undone'");
    a.sleep(Duration::milliseconds(100));
    seen.push_back(world.table("t", kStandby));
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(seen == std::vector<std::string>{"(1, 10) (2, 20)", "(1, 10) (2, 20) (3, 30)"});
}

TEST_CASE("a snapshot on a standby names the transactions that ran on the primary") {
  World world(one_table(false));
  std::string on_standby;
  std::string own;
  world.client("open", [&](Client& open) {
    open.run("begin");
    own = open.run("select pg_current_xact_id()");
    open.run("insert into t values (3, 30)");
    open.sleep(Duration::milliseconds(500));
    open.run("commit");
  });
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(100));
    a.run("insert into t values (4, 40)");
    a.sleep(Duration::milliseconds(50));
    a.use(kStandby);
    on_standby = a.run("select pg_snapshot_xmin(pg_current_snapshot())");
  });
  world.run();
  CHECK(on_standby == own);
}

}  // namespace halfwrite::database::tests
