// What a crash leaves: at each moment of a commit, with asynchronous commit, of open transactions,
// of sequences. Every transaction that was logged has exactly one fate.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

struct Moment {
  const char* name;
  bool machine;
  bool survives;
};

}  // namespace

TEST_CASE("a crash before the flush loses the commit, one after it does not") {
  const Moment moments[] = {{"logged", false, false},  {"logged", true, false},
                            {"flushed", false, true},  {"flushed", true, true},
                            {"visible", false, true},  {"visible", true, true},
                            {"answered", false, true}, {"answered", true, true}};
  for (const Moment& moment : moments) {
    INFO(moment.name << (moment.machine ? " machine" : " process"));
    World::Options options = two_rows();
    options.plan.faults = {crash_of_database("commit", moment.name, moment.machine)};
    World world(std::move(options));
    std::string answer;
    std::string after;
    world.client("a", [&](Client& a) {
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      answer = a.run("commit");
      after = a.run("select value from test where id = 1");
    });
    const sim::RunEnd end = world.run();
    CHECK(end.kind == sim::RunEnd::Kind::quiet);
    CHECK(answer.starts_with("UNKNOWN"));
    CHECK(after == (moment.survives ? "SELECT 1 (11)" : "SELECT 1 (10)"));
    const TransactionToken token{7};
    CHECK(world.facts.count<history::CommitLogged>(token) == 1);
    CHECK(world.facts.count<history::CommitLost>(token) == (moment.survives ? 0u : 1u));
    CHECK(world.facts.count<history::CommitVisible>(token) == (moment.survives ? 1u : 0u));
    CHECK(world.facts.count<history::TransactionAborted>(token) == 0);
    REQUIRE(world.facts.count<history::CommitAnswered>(token) == 1);
    CHECK(world.facts.of<history::CommitAnswered>()[0].answer == history::Answer::unknown);
  }
}

TEST_CASE("a server that crashes for ever leaves no commit without its fate") {
  const Moment moments[] = {{"logged", false, false}, {"logged", true, false},
                            {"flushed", false, true}, {"flushed", true, true},
                            {"visible", false, true}, {"answered", true, true}};
  for (const Moment& moment : moments) {
    INFO(moment.name << (moment.machine ? " machine" : " process"));
    World::Options options = two_rows();
    sim::Fault fault = crash_of_database("commit", moment.name, moment.machine);
    fault.for_ever = true;
    options.plan.faults = {fault};
    World world(std::move(options));
    std::string answer;
    world.client("a", [&](Client& a) {
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      answer = a.run("commit");
    });
    world.client("b", [&](Client& b) {
      b.run("begin", 8);
      b.run("update test set value = 21 where id = 2");
      b.sleep(sim::Duration::seconds(1));
    });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(answer.starts_with("UNKNOWN"));
    CHECK(world.facts.count<history::CommitLost>({7}) == (moment.survives ? 0u : 1u));
    CHECK(world.facts.count<history::CommitVisible>({7}) == (moment.survives ? 1u : 0u));
    CHECK(world.facts.count<history::TransactionAborted>({8}) == 1);
    CHECK(world.table("test") == (moment.survives ? "(1, 11) (2, 20)" : "(1, 10) (2, 20)"));
  }
}

TEST_CASE("a disk that is lost for ever takes every commit with it, and is told at once") {
  World::Options options = two_rows();
  sim::Fault fault;
  fault.anchor.at = sim::Instant::at(sim::Duration::seconds(1));
  fault.targets = {"db"};
  fault.machine = true;
  fault.disk_lost = true;
  fault.for_ever = true;
  options.plan.faults = {fault};
  World world(std::move(options));
  world.client("a", [&](Client& a) { a.run("update test set value = 11 where id = 1", 7); });
  world.simulation->keep_busy_until(sim::Instant::at(sim::Duration::seconds(2)));
  world.run();
  CHECK(world.facts.count<history::CommitVisible>({7}) == 1);
  CHECK(world.facts.count<history::CommitLost>({7}) == 1);
  CHECK(world.table("test").empty());
}

TEST_CASE("nobody sees a commit or gets its locks before it is flushed") {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) {
    settings.sync_time = sim::DurationRange::exactly(sim::Duration::seconds(1));
  };
  World world(std::move(options));
  std::string early;
  std::string locked;
  std::string late;
  world.client("a", [&](Client& a) { a.run("update test set value = 11 where id = 1", 7); });
  world.client(
      "b",
      [&](Client& b) {
        early = b.run("select value from test where id = 1");
        locked = b.run("select value from test where id = 1 for update nowait");
        b.sleep(sim::Duration::seconds(1));
        late = b.run("select value from test where id = 1");
      },
      sim::Duration::milliseconds(500));
  world.run();
  CHECK(early == "SELECT 1 (10)");
  CHECK(locked.find("55P03") != std::string::npos);
  CHECK(late == "SELECT 1 (11)");
}

TEST_CASE("a lost acknowledgement leaves a commit that its client does not know of") {
  World::Options options = two_rows();
  sim::Fault fault = crash_of_database("commit", "");
  fault.kind = sim::FaultKind::lose_reply;
  fault.anchor.when = sim::When::during;
  fault.targets.clear();
  options.plan.faults = {fault};
  World world(std::move(options));
  std::string answer;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("update test set value = 11 where id = 1");
    answer = a.run("commit");
  });
  world.run();
  CHECK(answer.starts_with("UNKNOWN"));
  CHECK(world.table("test") == "(1, 11) (2, 20)");
  CHECK(world.facts.count<history::CommitVisible>({7}) == 1);
}

TEST_CASE(
    "a crash loses a suffix of asynchronous commits, and a synchronous one saves all before") {
  World::Options options;
  options.schema = {"create table w(i int)"};
  options.adjust = [](Settings& settings) {
    settings.wal_writer_delay = sim::Duration::seconds(10);
  };
  World world(std::move(options));
  std::string before;
  world.client("a", [&](Client& a) {
    a.run("set synchronous_commit = off");
    a.run("insert into w values (1)", 1);
    a.run("set synchronous_commit = on");
    a.run("insert into w values (2)", 2);
    a.run("set synchronous_commit = off");
    a.run("insert into w values (3)", 3);
    a.run("insert into w values (4)", 4);
    a.run("insert into w values (5)", 5);
    before = world.table("w");
    world.simulation->crash(*world.simulation->find_node("db"), false, false,
                            sim::Duration::seconds(1));
  });
  world.run();
  CHECK(before == "(1) (2) (3) (4) (5)");
  CHECK(world.table("w") == "(1) (2)");
  const auto lost = world.facts.of<history::CommitLost>();
  REQUIRE(lost.size() == 3);
  for (const history::CommitLost& fact : lost) CHECK(fact.allowed_by_config);
  CHECK(world.facts.count<history::CommitAnswered>({5}) == 1);
}

TEST_CASE("an asynchronous commit reaches the disk by itself") {
  World::Options options;
  options.schema = {"create table w(i int)"};
  options.adjust = [](Settings& settings) { settings.synchronous_commit = SynchronousCommit::off; };
  World world(std::move(options));
  world.client("a", [&](Client& a) { a.run("insert into w values (1)", 1); });
  const sim::RunEnd end = world.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(world.facts.count<history::CommitFlushed>({1}) == 1);
  CHECK(world.server->flushed_position() == world.server->logged_position());
}

TEST_CASE("an open transaction is undone by a crash, and its locks are gone") {
  World world(two_rows());
  std::string after;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("update test set value = 11 where id = 1");
    world.simulation->crash(*world.simulation->find_node("db"), false, false,
                            sim::Duration::seconds(1));
    after = a.run("select 1");
    after = a.run("update test set value = value + 1 where id = 1 returning value");
  });
  world.run();
  CHECK(after == "UPDATE 1 (11)");
  CHECK(world.facts.count<history::TransactionAborted>({7}) == 1);
}

TEST_CASE("a sequence jumps over what was logged ahead") {
  World::Options options;
  options.schema = {"create table o(id bigserial primary key, t text)"};
  World world(std::move(options));
  std::string ids;
  world.client("a", [&](Client& a) {
    ids += a.run("insert into o(t) values ('a') returning id") + "; ";
    ids += a.run("insert into o(t) values ('b') returning id") + "; ";
    world.simulation->crash(*world.simulation->find_node("db"), false, false,
                            sim::Duration::seconds(1));
    a.run("select 1");
    ids += a.run("insert into o(t) values ('c') returning id");
  });
  world.run();
  CHECK(ids == "INSERT 0 1 (1); INSERT 0 1 (2); INSERT 0 1 (34)");
}

TEST_CASE("a server whose disk is lost does not come back, and its commits are lost") {
  World world(two_rows());
  world.client("a", [&](Client& a) {
    a.run("update test set value = 11 where id = 1", 7);
    world.simulation->crash(*world.simulation->find_node("db"), true, true,
                            sim::Duration::seconds(1));
  });
  world.run();
  CHECK(world.facts.count<history::CommitLost>({7}) == 1);
  CHECK(world.table("test").empty());
}

TEST_CASE("a COMMIT that fails at serializable aborts once, and a crash forgets every conflict") {
  World world(two_rows());
  std::string failed;
  std::string after;
  const char* begin = "begin isolation level serializable";
  world.client("a", [&](Client& a) {
    for (int round = 0; round < 2; ++round) {
      a.run(begin, round == 0 ? 7 : 17);
      a.run("select * from test");
      a.sleep(sim::Duration::milliseconds(100));
      a.run("update test set value = value + 1 where id = 1");
      if (round == 0) {
        a.run("commit");
        a.sleep(sim::Duration::milliseconds(300));
      } else {
        world.simulation->crash(*world.simulation->find_node("db"), false, false,
                                sim::Duration::milliseconds(50));
        a.sleep(sim::Duration::seconds(1));
      }
    }
  });
  world.client("b", [&](Client& b) {
    b.run(begin, 8);
    b.run("select * from test");
    b.sleep(sim::Duration::milliseconds(100));
    b.run("update test set value = value + 1 where id = 2");
    b.sleep(sim::Duration::milliseconds(100));
    failed = b.run("commit");
    b.sleep(sim::Duration::seconds(2));
    b.run(begin, 18);
    b.run("select * from test");
    b.run("update test set value = 5 where id = 2");
    after = b.run("commit");
  });
  world.run();
  CHECK(failed.starts_with("ERROR 40001 could not serialize access due to read/write"));
  CHECK(world.facts.count<history::TransactionAborted>({8}) == 1);
  CHECK(world.facts.count<history::CommitLogged>({8}) == 0);
  CHECK(world.facts.count<history::TransactionAborted>({17}) == 1);
  CHECK(after == "COMMIT");
  CHECK(world.table("test") == "(1, 11) (2, 5)");
}

}  // namespace halfwrite::database::tests
