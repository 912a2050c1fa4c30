// A disk that is full or cannot sync: which statements fail, what becomes of a commit whose sync
// has failed, and of those beside it.
#include "sim/fault_injection.hpp"
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

sim::Fault fault_of(sim::FaultKind kind, const std::string& step) {
  sim::Fault fault = crash_of_database(step, "");
  fault.kind = kind;
  fault.anchor.when = sim::When::during;
  fault.targets.clear();
  return fault;
}

sim::Fault disk_full_from_the_start() {
  sim::Fault fault;
  fault.kind = sim::FaultKind::disk_full;
  fault.lasting = sim::Duration::seconds(10);
  return fault;
}

// Two rows; a sync that is under way lasts long enough for others to come.
World::Options slow_syncs() {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) {
    settings.sync_time = sim::DurationRange::exactly(sim::Duration::milliseconds(100));
  };
  return options;
}

}  // namespace

TEST_CASE("a full disk refuses what writes a row, and nothing else") {
  struct Row {
    const char* statement;
    const char* answer;
  };
  const std::string full =
      "ERROR 53100 could not extend file \"base/5/16384\": No space left on device";
  const Row rows[] = {
      {"insert into test values (3, 30)", nullptr},
      {"update test set value = 11 where id = 1", nullptr},
      {"insert into test values (1, 11) on conflict (id) do update set value = 11", nullptr},
      {"with n as (insert into test values (3, 30) returning id) select id from n", nullptr},
      {"update test set value = 11 where id = 9", "UPDATE 0"},
      {"insert into test select 3, 30 where false", "INSERT 0 0"},
      {"insert into test values (1, 11) on conflict (id) do nothing", "INSERT 0 0"},
      {"select value from test where id = 1", "SELECT 1 (10)"},
      {"select value from test where id = 1 for update", "SELECT 1 (10)"},
      {"delete from test where id = 2", "DELETE 1"},
  };
  for (const Row& row : rows) {
    INFO(row.statement);
    World::Options options = two_rows();
    options.plan.faults = {disk_full_from_the_start()};
    World world(std::move(options));
    std::string answer;
    std::string after;
    world.client("a", [&](Client& a) {
      answer = a.run(row.statement);
      after = a.run("select 1");
    });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    if (row.answer == nullptr) {
      CHECK(answer.starts_with(full));
      CHECK(world.table("test") == "(1, 10) (2, 20)");
      CHECK(world.simulation->faults().landed().size() == 1);
    } else {
      CHECK(answer == row.answer);
      CHECK(world.simulation->faults().landed().empty());
    }
    CHECK(after == "SELECT 1 (1)");
  }
}

TEST_CASE("a full disk fails a transaction, and leaves the one beside it alone") {
  World::Options options = two_rows();
  options.plan.faults = {fault_of(sim::FaultKind::disk_full, "second")};
  World world(std::move(options));
  std::string second;
  std::string third;
  std::string end;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("update test set value = 11 where id = 1");
    second = a.run("update test set value = 21 where id = 2", 0, "second");
    third = a.run("select 1");
    end = a.run("commit");
  });
  world.client("b", [&](Client& b) { b.run("insert into test values (3, 30)", 8); });
  world.run();
  CHECK(second.starts_with("ERROR 53100"));
  CHECK(third.starts_with("ERROR 25P02"));
  CHECK(end == "ROLLBACK");
  CHECK(world.table("test") == "(1, 10) (2, 20) (3, 30)");
  CHECK(world.facts.count<history::TransactionAborted>({7}) == 1);
  CHECK(world.facts.count<history::CommitVisible>({8}) == 1);
}

TEST_CASE("a savepoint survives a full disk as it survives any error") {
  World::Options options = two_rows();
  options.plan.faults = {fault_of(sim::FaultKind::disk_full, "second")};
  World world(std::move(options));
  std::string end;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("update test set value = 11 where id = 1");
    a.run("savepoint here");
    a.run("update test set value = 21 where id = 2", 0, "second");
    a.run("rollback to savepoint here");
    end = a.run("commit");
  });
  world.run();
  CHECK(end == "COMMIT");
  CHECK(world.table("test") == "(1, 11) (2, 20)");
}

TEST_CASE("a failed sync stops the server, and the commit is lost or found again") {
  for (const bool kept : {false, true}) {
    INFO((kept ? "kept" : "lost"));
    World::Options options = two_rows();
    sim::Fault fault = fault_of(sim::FaultKind::fail_sync, "commit");
    fault.unsynced_lost = !kept;
    options.plan.faults = {fault};
    World world(std::move(options));
    std::string answer;
    std::string after;
    std::string later;
    world.client("a", [&](Client& a) {
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      answer = a.run("commit");
      a.sleep(sim::Duration::seconds(1));
      after = a.run("select value from test where id = 1");
      later = a.run("update test set value = 22 where id = 2", 8);
    });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(answer.starts_with("UNKNOWN"));
    CHECK(after == (kept ? "SELECT 1 (11)" : "SELECT 1 (10)"));
    CHECK(later == "UPDATE 1");
    CHECK(world.facts.count<history::CommitLogged>({7}) == 1);
    CHECK(world.facts.count<history::CommitFlushed>({7}) == (kept ? 1u : 0u));
    CHECK(world.facts.count<history::CommitVisible>({7}) == (kept ? 1u : 0u));
    CHECK(world.facts.count<history::CommitLost>({7}) == (kept ? 0u : 1u));
    for (const history::CommitLost& lost : world.facts.of<history::CommitLost>()) {
      CHECK_FALSE(lost.allowed_by_config);
    }
  }
}

TEST_CASE("who waits for the same sync goes down with it, what an earlier one saved does not") {
  World::Options options = slow_syncs();
  sim::Fault fault = fault_of(sim::FaultKind::fail_sync, "second");
  fault.unsynced_lost = true;
  options.plan.faults = {fault};
  World world(std::move(options));
  std::string first;
  std::string second;
  std::string third;
  // The sync for the first is under way when the others come: they wait for the next.
  world.client("a", [&](Client& a) { first = a.run("insert into test values (3, 30)", 7); });
  world.client(
      "b", [&](Client& b) { second = b.run("insert into test values (4, 40)", 8, "second"); },
      sim::Duration::milliseconds(40));
  world.client(
      "c", [&](Client& c) { third = c.run("insert into test values (5, 50)", 9); },
      sim::Duration::milliseconds(50));
  world.run();
  CHECK(world.simulation->faults().landed().size() == 1);
  CHECK(first == "INSERT 0 1");
  CHECK(second.starts_with("UNKNOWN"));
  CHECK(third.starts_with("UNKNOWN"));
  CHECK(world.table("test") == "(1, 10) (2, 20) (3, 30)");
  CHECK(world.facts.count<history::CommitLost>({8}) == 1);
  CHECK(world.facts.count<history::CommitLost>({9}) == 1);
}

TEST_CASE("the first of two syncs that fail decides what recovery finds") {
  World::Options options = slow_syncs();
  sim::Fault kept = fault_of(sim::FaultKind::fail_sync, "first");
  sim::Fault lost = fault_of(sim::FaultKind::fail_sync, "second");
  lost.unsynced_lost = true;
  options.plan.faults = {kept, lost};
  World world(std::move(options));
  world.client("a", [&](Client& a) { a.run("insert into test values (3, 30)", 7, "first"); });
  world.client(
      "b", [&](Client& b) { b.run("insert into test values (4, 40)", 8, "second"); },
      sim::Duration::milliseconds(40));
  world.run();
  CHECK(world.simulation->faults().landed().size() == 2);
  CHECK(world.table("test") == "(1, 10) (2, 20) (3, 30)");
}

TEST_CASE("an asynchronous commit is told of success before its sync fails") {
  for (const bool kept : {false, true}) {
    INFO((kept ? "kept" : "lost"));
    World::Options options = two_rows();
    sim::Fault fault = fault_of(sim::FaultKind::fail_sync, "commit");
    fault.unsynced_lost = !kept;
    options.plan.faults = {fault};
    World world(std::move(options));
    std::string answer;
    world.client("a", [&](Client& a) {
      a.run("set synchronous_commit = off");
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      answer = a.run("commit");
    });
    world.run();
    CHECK(answer == "COMMIT");
    CHECK(world.table("test") == (kept ? "(1, 11) (2, 20)" : "(1, 10) (2, 20)"));
    const auto lost = world.facts.of<history::CommitLost>();
    CHECK(lost.size() == (kept ? 0u : 1u));
    for (const history::CommitLost& fact : lost) CHECK(fact.allowed_by_config);
  }
}

TEST_CASE("a transaction that leaves nothing to sync meets no sync that fails") {
  World::Options options = two_rows();
  options.plan.faults = {fault_of(sim::FaultKind::fail_sync, "commit")};
  World world(std::move(options));
  std::string answer;
  world.client("a", [&](Client& a) {
    a.run("begin", 7);
    a.run("select value from test");
    answer = a.run("commit");
  });
  world.run();
  CHECK(answer == "COMMIT");
  CHECK(world.simulation->faults().landed().empty());
}

TEST_CASE("PREPARE and COMMIT PREPARED wait for a sync that can fail as well") {
  struct Row {
    const char* step;
    bool kept;
    const char* table;
  };
  const Row rows[] = {{"prepare", false, "(1, 10) (2, 20)"},
                      {"prepare", true, "(1, 11) (2, 20)"},
                      {"decide", false, "(1, 11) (2, 20)"},
                      {"decide", true, "(1, 11) (2, 20)"}};
  for (const Row& row : rows) {
    INFO(row.step << (row.kept ? " kept" : " lost"));
    World::Options options = two_rows();
    sim::Fault fault = fault_of(sim::FaultKind::fail_sync, row.step);
    fault.unsynced_lost = !row.kept;
    options.plan.faults = {fault};
    World world(std::move(options));
    world.client("a", [&](Client& a) {
      a.run("begin", 7);
      a.run("update test set value = 11 where id = 1");
      a.run("prepare transaction 't'", 0, "prepare");
      a.sleep(sim::Duration::seconds(1));
      a.run("commit prepared 't'", 0, "decide");
      a.sleep(sim::Duration::seconds(1));
      a.run("commit prepared 't'");
    });
    world.run();
    CHECK(world.simulation->faults().landed().size() == 1);
    CHECK(world.table("test") == row.table);
  }
}

}  // namespace halfwrite::database::tests
