// Sessions: what their end does to transactions and locks, limits, what is counted as a change, and
// that a run repeats itself.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

TEST_CASE("a client that dies before COMMIT is rolled back, and who waited goes on") {
  for (const bool machine : {false, true}) {
    INFO(machine);
    World world(two_rows());
    sim::Instant freed;
    std::string answer;
    world.client("a", [&](Client& a) {
      if (world.simulation->current_process().incarnation() > 1) return;
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      world.simulation->crash(*world.simulation->find_node("a"), machine, false,
                              sim::Duration::seconds(300));
      a.sleep(sim::Duration::seconds(1));
    });
    world.client(
        "b",
        [&](Client& b) {
          answer = b.run("update test set value = value + 1 where id = 1 returning value");
          freed = world.simulation->now();
        },
        sim::Duration::milliseconds(100));
    world.run();
    CHECK(answer == "UPDATE 1 (11)");
    CHECK(world.facts.count<history::TransactionAborted>({7}) == 1);
    // A process that dies is noticed at once, a machine only by the keepalive.
    const bool late = freed > sim::Instant::at(sim::Duration::seconds(30));
    CHECK(late == machine);
  }
}

TEST_CASE("the end of a session gives back its advisory locks, and a crash forgets them all") {
  for (const bool server_crashes : {false, true}) {
    INFO(server_crashes);
    World world(two_rows());
    std::string early;
    std::string answer;
    world.client("a", [&](Client& a) {
      if (world.simulation->current_process().incarnation() > 1) return;
      a.run("select pg_advisory_lock(1)");
      a.run("begin", 7);
      a.run("select pg_advisory_xact_lock(2)");
      a.sleep(sim::Duration::seconds(1));
      const char* victim = server_crashes ? "db" : "a";
      world.simulation->crash(*world.simulation->find_node(victim), false, false,
                              sim::Duration::seconds(1));
      a.sleep(sim::Duration::seconds(1));
    });
    world.client(
        "b",
        [&](Client& b) {
          early = b.run("select pg_try_advisory_xact_lock_shared(1)");
          b.run("select pg_advisory_lock(2)");  // waits, or its server is gone
          b.run("select pg_advisory_lock(2)");
          answer = b.run("select pg_advisory_lock(1)");
        },
        sim::Duration::milliseconds(100));
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(early == "SELECT 1 (f)");
    CHECK(answer == "SELECT 1 ()");
  }
}

TEST_CASE("a silent open transaction is ended by idle_in_transaction_session_timeout") {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) {
    settings.idle_in_transaction_session_timeout = sim::Duration::milliseconds(300);
  };
  World world(std::move(options));
  std::string commit;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("update test set value = 11 where id = 1");
    a.sleep(sim::Duration::seconds(1));
    commit = a.run("commit");
  });
  world.run();
  CHECK(commit == "ERROR 25P03 terminating connection due to idle-in-transaction timeout");
  CHECK(world.table("test") == "(1, 10) (2, 20)");
  CHECK(world.facts.count<history::TransactionAborted>({7}) == 1);
}

TEST_CASE("the server takes only so many connections") {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) { settings.connections = 1; };
  World world(std::move(options));
  std::string refusal;
  world.client("a", [&](Client& a) {
    a.run("select 1");
    a.sleep(sim::Duration::milliseconds(500));
    a.disconnect();
  });
  world.client(
      "b",
      [&](Client&) {
        const sim::Place place{world.simulation->names().of("connect")};
        const auto opened = Session::open(*world.simulation, *world.recorder, "db", place);
        refusal = opened ? "connected" : to_text(opened.error());
      },
      sim::Duration::milliseconds(100));
  world.run();
  CHECK(refusal == "53300 sorry, too many clients already");
}

TEST_CASE("only business rows whose image differs count as changed") {
  World::Options options = two_rows();
  options.schema.push_back("create table outbox(id int primary key)");
  options.adjust = [](Settings& settings) { settings.bookkeeping_tables = {"outbox"}; };
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.run("update test set value = value", 1);
    a.run("insert into outbox values (1)", 2);
    a.run("update test set value = value + 1", 3);
    a.run("begin", 4);
    a.run("update test set value = value + 5 where id = 1");
    a.run("update test set value = value - 5 where id = 1");
    a.run("insert into test values (3, 3)");
    a.run("delete from test where id = 3");
    a.run("commit");
    a.run("select * from test", 5);
  });
  world.run();
  const auto commits = world.facts.of<history::CommitLogged>();
  REQUIRE(commits.size() == 4);  // the last only read
  CHECK(commits[0].rows_changed == 0);
  CHECK(commits[1].rows_changed == 0);
  CHECK(commits[2].rows_changed == 2);
  CHECK(commits[3].rows_changed == 0);
}

TEST_CASE("two statements that lock many rows in opposite orders deadlock") {
  World::Options options;
  options.schema = {"create table test(id int primary key, value int)"};
  std::string rows = "insert into test values (0, 0)";
  for (int i = 1; i < 400; ++i) rows += ", (" + std::to_string(i) + ", 0)";
  options.data = {rows};
  World world(std::move(options));
  std::string answers[2];
  world.client("a", [&](Client& a) {
    a.run("select 1");
    answers[0] = a.run("select * from test order by id for update").substr(0, 11);
  });
  world.client("b", [&](Client& b) {
    b.run("select 1");
    answers[1] = b.run("select * from test order by id desc for update").substr(0, 11);
  });
  world.run();
  const bool first_dies = answers[0] == "ERROR 40P01" && answers[1] == "SELECT 400 ";
  const bool second_dies = answers[1] == "ERROR 40P01" && answers[0] == "SELECT 400 ";
  CHECK((first_dies || second_dies));
}

TEST_CASE("drawn uuids have the shape of version 4 and differ") {
  World world(two_rows());
  std::string first;
  std::string second;
  world.client("a", [&](Client& a) {
    first = a.run("select gen_random_uuid()");
    second = a.run("select gen_random_uuid()");
  });
  world.run();
  REQUIRE(first.size() == std::string("SELECT 1 ()").size() + 36);
  CHECK(first[10 + 14] == '4');
  CHECK(std::string("89ab").find(first[10 + 19]) != std::string::npos);
  CHECK(first != second);
}

TEST_CASE("a run repeats itself bit for bit") {
  std::uint64_t hashes[2] = {};
  for (std::uint64_t& hash : hashes) {
    World::Options options = two_rows();
    options.plan.faults = {crash_of_database("commit", "flushed")};
    World world(std::move(options));
    for (const std::string name : {"a", "b", "c"}) {
      world.client(name, [&](Client& client) {
        for (int i = 0; i < 5; ++i) {
          client.run("begin");
          client.run("update test set value = value + 1 where id = 1");
          client.run("commit");
        }
      });
    }
    world.run();
    hash = world.simulation->trace().hash();
  }
  CHECK(hashes[0] == hashes[1]);
}

}  // namespace halfwrite::database::tests
