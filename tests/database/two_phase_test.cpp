// Prepared transactions and crashes: what is in doubt stays so, with its writes and locks, until
// somebody decides; its one fate is recorded then. What needs no crash is in isolation/.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

void crash_server(World& world, bool machine) {
  world.simulation->crash(*world.simulation->find_node("db"), machine, false,
                          sim::Duration::seconds(1));
}

// How often it was logged, became visible, was aborted and was lost.
std::string fates(const World& world, TransactionToken token) {
  return std::to_string(world.facts.count<history::CommitLogged>(token)) + " " +
         std::to_string(world.facts.count<history::CommitVisible>(token)) + " " +
         std::to_string(world.facts.count<history::TransactionAborted>(token)) + " " +
         std::to_string(world.facts.count<history::CommitLost>(token));
}
constexpr const char* kUndecided = "0 0 0 0";
constexpr const char* kCommitted = "1 1 0 0";
constexpr const char* kAborted = "0 0 1 0";

void prepare(Client& a) {
  a.run("begin", 7);
  a.run("update test set value = 11 where id = 1");
  a.run("insert into test values (3, 30)");
  a.run("select pg_advisory_xact_lock(5)");
  a.run("prepare transaction 'g'");
}

// PREPARE passes the moments of a commit first, the decision second.
sim::Fault crash_at(const char* moment, std::uint64_t nth) {
  sim::Fault fault = crash_of_database("commit", moment);
  fault.anchor.point.nth = nth;
  return fault;
}

struct Moment {
  const char* name;
  bool reaches_disk;
};
constexpr Moment kMoments[] = {{"logged", false}, {"flushed", true}};

}  // namespace

// What a PostgreSQL 15 did after kill -9.
TEST_CASE("a transaction prepared at serializable ends who reads past its writes after a crash") {
  World world(two_rows());
  std::vector<std::string> answers;
  world.client("a", [&](Client& a) {
    a.run("begin isolation level serializable", 7);
    a.run("select value from test where id = 2");
    a.run("update test set value = 11 where id = 1");
    a.run("prepare transaction 'p'");
    crash_server(world, false);
    a.sleep(sim::Duration::seconds(3));
    for (const char* begin :
         {"begin isolation level serializable", "begin isolation level serializable read only"}) {
      a.run(begin);
      answers.push_back(a.run("select value from test where id = 1"));
      a.run("rollback");
    }
    a.run("begin isolation level serializable");
    answers.push_back(a.run("update test set value = 21 where id = 2"));
    answers.push_back(a.run("commit"));
    answers.push_back(a.run("commit prepared 'p'"));
    a.run("begin isolation level serializable");
    answers.push_back(a.run("select * from test order by id"));
    answers.push_back(a.run("commit"));
  });
  world.run();
  const std::string ended =
      "ERROR 40001 could not serialize access due to read/write dependencies among transactions "
      "[Reason code: Canceled on conflict out to old pivot.]";
  CHECK(answers == std::vector<std::string>{ended, ended, "UPDATE 1", "COMMIT", "COMMIT PREPARED",
                                            "SELECT 2 (1, 11) (2, 21)", "COMMIT"});
}

TEST_CASE("a prepared transaction survives crashes with its writes, its locks and its id") {
  for (const bool machine : {false, true}) {
    INFO(machine);
    World world(two_rows());
    std::string before;
    std::string seen;
    std::string answer;
    std::string advisory;
    std::string guarded;
    sim::Instant decided;
    sim::Instant freed;
    world.client("a", [&](Client& a) {
      prepare(a);
      crash_server(world, machine);
      a.run("select 1");  // its connection is gone
      before = a.run("select * from test order by id");
      crash_server(world, machine);
      a.run("select 1");
      seen = a.run("select * from test order by id");
      advisory = a.run("select pg_try_advisory_lock(5)");
      guarded = a.run("select pg_current_xact_id() > pg_snapshot_xmin(pg_current_snapshot())");
      a.sleep(sim::Duration::seconds(2));
      CHECK(fates(world, {7}) == kUndecided);
      decided = world.simulation->now();
      a.run("commit prepared 'g'");
      advisory += "; " + a.run("select pg_try_advisory_lock(5)");
    });
    world.client(
        "b",
        [&](Client& b) {
          answer = b.run("update test set value = value + 1 where id = 1 returning value");
          freed = world.simulation->now();
        },
        sim::Duration::seconds(4));
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(before == "SELECT 2 (1, 10) (2, 20)");
    CHECK(seen == before);
    CHECK(advisory == "SELECT 1 (f); SELECT 1 (t)");
    CHECK(guarded == "SELECT 1 (t)");
    CHECK(answer == "UPDATE 1 (12)");
    CHECK(freed > decided);
    CHECK(world.table("test") == "(1, 12) (2, 20) (3, 30)");
    CHECK(fates(world, {7}) == kCommitted);
    REQUIRE(world.facts.count<history::CommitAnswered>({7}) == 1);
  }
}

TEST_CASE("a crash before PREPARE is flushed loses the transaction, one after it does not") {
  for (const Moment& moment : kMoments) {
    INFO(moment.name);
    World::Options options = two_rows();
    options.plan.faults = {crash_at(moment.name, 1)};
    World world(std::move(options));
    std::string answer;
    std::string locked;
    world.client("a", [&](Client& a) {
      prepare(a);
      locked = a.run("select value from test where id = 1 for update nowait");
      answer = a.run("rollback prepared 'g'");
    });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(locked.starts_with("ERROR 55P03") == moment.reaches_disk);
    CHECK(answer ==
          (moment.reaches_disk
               ? "ROLLBACK PREPARED"
               : "ERROR 42704 prepared transaction with identifier \"g\" does not exist"));
    CHECK(world.table("test") == "(1, 10) (2, 20)");
    CHECK(fates(world, {7}) == kAborted);
  }
}

TEST_CASE("a crash before the decision is flushed leaves the transaction in doubt") {
  for (const char* decision : {"commit", "rollback"}) {
    for (const Moment& moment : kMoments) {
      INFO(decision << " " << moment.name);
      World::Options options = two_rows();
      options.plan.faults = {crash_at(moment.name, 2)};
      World world(std::move(options));
      const bool commits = decision == std::string("commit");
      std::string first;
      std::string again;
      std::string after;
      world.client("a", [&](Client& a) {
        prepare(a);
        const std::string sql = std::string(decision) + " prepared 'g'";
        first = a.run(sql);
        a.run("select 1");
        after = fates(world, {7});
        again = a.run(sql);
      });
      CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
      CHECK(first.starts_with("UNKNOWN"));
      const char* const fate = commits ? kCommitted : kAborted;
      CHECK(after == (moment.reaches_disk ? fate : kUndecided));
      CHECK(again.starts_with("ERROR 42704") == moment.reaches_disk);
      CHECK(fates(world, {7}) == fate);
      CHECK(world.table("test") == (commits ? "(1, 11) (2, 20) (3, 30)" : "(1, 10) (2, 20)"));
    }
  }
}

TEST_CASE("two sessions cannot decide at once") {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) {
    settings.sync_time = sim::DurationRange::exactly(sim::Duration::seconds(1));
  };
  World world(std::move(options));
  std::string early;
  std::string busy;
  std::string late;
  world.client("a", [&](Client& a) {
    prepare(a);
    a.run("commit prepared 'g'");
  });
  world.client("b", [&](Client& b) {
    b.sleep(sim::Duration::milliseconds(500));
    early = b.run("commit prepared 'g'");
    b.sleep(sim::Duration::seconds(1));
    busy = b.run("rollback prepared 'g'");
    b.sleep(sim::Duration::seconds(1));
    late = b.run("rollback prepared 'g'");
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(early.starts_with("ERROR 42704"));
  CHECK(busy == "ERROR 55000 prepared transaction with identifier \"g\" is busy");
  CHECK(late.starts_with("ERROR 42704"));
  CHECK(fates(world, {7}) == kCommitted);
}

TEST_CASE("a slot hands a prepared transaction out at its commit, in commit order") {
  for (const bool crashes : {false, true}) {
    INFO(crashes);
    World::Options options = two_rows();
    if (crashes) options.plan.faults = {crash_at("logged", 3)};
    World world(std::move(options));
    world.server->create_slot("slot");
    world.client("a", [&](Client& a) {
      prepare(a);
      a.run("insert into test values (4, 40)");
      if (crashes) CHECK(a.run("commit prepared 'g'").starts_with("UNKNOWN"));
      a.run("commit prepared 'g'");
      a.run("insert into test values (5, 50)");
    });
    std::string order;
    world.client(
        "consumer",
        [&](Client&) {
          const sim::Place place{world.simulation->names().of("receive")};
          auto stream = ReplicationStream::open(*world.simulation, "db", "slot", {}, {}, place);
          REQUIRE(stream.has_value());
          while (true) {
            auto changes = stream->receive(place, sim::Duration::milliseconds(200));
            if (!changes || changes->empty()) return;
            for (const Change& change : *changes) order += sql::to_text(change.row[0]) + " ";
          }
        },
        sim::Duration::seconds(3));
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(order == "4 1 3 5 ");
  }
}

TEST_CASE("a run that ends in doubt is stuck and says so, unless the server is gone for ever") {
  for (const bool gone : {false, true}) {
    INFO(gone);
    World::Options options = two_rows();
    if (gone) {
      sim::Fault fault = crash_of_database("commit", "logged");
      fault.anchor = {};
      fault.anchor.at = sim::Instant::at(sim::Duration::seconds(1));
      fault.for_ever = true;
      options.plan.faults = {fault};
    }
    World world(std::move(options));
    std::string waiting;
    world.client("a", [&](Client& a) {
      prepare(a);
      for (const std::string& line : world.simulation->quiescence().waiting()) waiting += line;
    });
    std::string behind;
    world.client(
        "b",
        [&](Client& b) {
          if (gone) return;
          b.run("set statement_timeout = '300ms'");
          b.run("update test set value = 12 where id = 1");
        },
        sim::Duration::seconds(1));
    world.client(
        "watch",
        [&](Client& watch) {
          watch.sleep(sim::Duration::milliseconds(1));
          for (const std::string& line : world.simulation->quiescence().waiting()) behind += line;
        },
        sim::Duration::milliseconds(1200));
    world.simulation->keep_busy_until(sim::Instant::at(sim::Duration::seconds(2)));
    const sim::RunEnd end = world.run();
    CHECK(waiting.find("transaction 'g' is prepared and in doubt in db") != std::string::npos);
    CHECK(gone == (behind.find("held by prepared transaction 'g'") == std::string::npos));
    CHECK((end.kind == sim::RunEnd::Kind::quiet) == gone);
    CHECK(fates(world, {7}) == kUndecided);
    CHECK(world.table("test") == "(1, 10) (2, 20)");
  }
}

TEST_CASE("what was prepared goes with a lost disk") {
  World world(two_rows());
  world.client("a", [&](Client& a) {
    prepare(a);
    world.simulation->crash(*world.simulation->find_node("db"), true, true,
                            sim::Duration::seconds(1));
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(fates(world, {7}) == kAborted);
  CHECK(world.table("test").empty());
}

}  // namespace halfwrite::database::tests
