// Failover: what a promoted standby has and has not, who follows it, what becomes of the old
// primary.
#include "tests/database/failover.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

TEST_CASE(
    "an asynchronous failover loses the suffix that had not arrived, acknowledged or not, with "
    "the slot, and what the slot had handed out stays out") {
  World::Options options = one_table();
  options.plan.faults = {
      partition_at(Duration::milliseconds(200), Duration::seconds(5), {"db"}, {standby_node}),
      promotion_at(Duration::milliseconds(600), true)};
  World world(std::move(options));
  world.server->create_slot("slot");
  std::vector<std::string> answers;
  std::string read;
  std::string after;
  std::string slot_after;
  world.client("a", [&](Client& a) {
    answers.push_back(a.run("insert into t values (3, 30)", 33));
    a.sleep(Duration::milliseconds(300));
    answers.push_back(a.run("insert into t values (4, 40)", 44));
    a.sleep(Duration::milliseconds(500));
    after = a.run("select id from t order by id");
    answers.push_back(a.run("insert into t values (5, 50)", 55));
  });
  world.client("consumer", [&](Client& consumer) {
    const sim::Place place{world.simulation->names().of("receive")};
    auto stream = ReplicationStream::open(*world.simulation, "db", "slot", {}, {"t"}, place);
    REQUIRE(stream.has_value());
    while (true) {
      auto changes = stream->receive(place);
      if (!changes) break;
      for (const Change& change : *changes) read += "+" + sql::to_text(change.row[0]);
    }
    consumer.sleep(Duration::milliseconds(100));
    const auto again = ReplicationStream::open(*world.simulation, "db", "slot", {}, {"t"}, place);
    slot_after = again ? "open" : to_text(again.error());
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(answers == std::vector<std::string>{"INSERT 0 1", "INSERT 0 1", "INSERT 0 1"});
  CHECK(read == "+3+4");
  CHECK(after == "SELECT 3 (1) (2) (3)");
  CHECK(slot_after == "42704 replication slot \"slot\" does not exist");
  CHECK(world.server->primary() == standby_node);
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (5, 50)");
  CHECK(world.facts.count<history::CommitLost>({33}) == 0);
  CHECK(world.facts.count<history::CommitLost>({44}) == 1);
  CHECK(world.facts.count<history::CommitLost>({55}) == 0);
  CHECK(world.facts.of<history::CommitLost>().front().allowed_by_config);
  REQUIRE(world.facts.of<history::Promoted>().size() == 1);
}

TEST_CASE("what a synchronous commit has acknowledged survives a failover to that standby") {
  std::size_t lost = 0;
  std::size_t unanswered = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World::Options options = one_table(synchronous);
    options.seed = seed;
    options.plan.faults = {crash_at(Duration::milliseconds(120), "db", std::nullopt, true),
                           promotion_at(Duration::milliseconds(400), true)};
    World world(std::move(options));
    std::vector<std::uint64_t> acknowledged;
    for (int client = 0; client < 4; ++client) {
      world.client("a" + std::to_string(client), [&, client](Client& a) {
        for (int i = 0; i < 30; ++i) {
          const std::uint64_t number = static_cast<std::uint64_t>(100 * (client + 1) + i);
          const sim::Place place{world.simulation->names().of("insert")};
          const auto result = a.session().execute_alone(
              {number}, world.statement("insert into t values (" + std::to_string(number) + ", 0)"),
              {}, place, Duration::milliseconds(100));
          if (result) acknowledged.push_back(number);
          if (!result) ++unanswered;
          if (!result) return;
        }
      });
    }
    world.run();
    for (const std::uint64_t number : acknowledged) {
      lost += world.facts.count<history::CommitLost>({number});
      INFO(number);
      CHECK(world.table("t").find("(" + std::to_string(number) + ", 0)") != std::string::npos);
    }
    for (const history::CommitLost& fact : world.facts.of<history::CommitLost>()) {
      CHECK_FALSE(fact.allowed_by_config);
    }
  }
  CHECK(lost == 0);
  CHECK(unanswered > 20);
}

TEST_CASE(
    "the surviving timeline is what the views show and the facts say, whatever the failover") {
  for (const bool sync : {false, true}) {
    for (const bool fenced : {false, true}) {
      for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        World::Options options = one_table([sync](Settings& settings) {
          settings.synchronous_replication = sync;
          settings.reroute = Duration::milliseconds(150);
          settings.replication_delay = {Duration::milliseconds(5), Duration::milliseconds(40)};
        });
        options.seed = seed;
        options.plan.faults = {promotion_at(Duration::milliseconds(100 + 7 * seed), fenced)};
        World world(std::move(options));
        for (int client = 0; client < 3; ++client) {
          world.client("a" + std::to_string(client), [&, client](Client& a) {
            for (int i = 0; i < 40; ++i) {
              const std::uint64_t number = static_cast<std::uint64_t>(100 * (client + 1) + i);
              const sim::Place place{world.simulation->names().of("insert")};
              (void)a.session().execute_alone(
                  {number},
                  world.statement("insert into t values (" + std::to_string(number) + ", 0)"), {},
                  place, Duration::milliseconds(300));
              if (!a.session().is_current()) a.disconnect();
              a.sleep(Duration::milliseconds(3));
            }
          });
        }
        const sim::RunEnd end = world.run();
        INFO("sync " << sync << ", fenced " << fenced << ", seed " << seed);
        CHECK(end.kind == sim::RunEnd::Kind::quiet);
        const std::string table = world.table("t");
        for (const history::CommitLogged& commit : world.facts.of<history::CommitLogged>()) {
          const std::uint64_t number = commit.transaction.value;
          const bool is_there =
              table.find("(" + std::to_string(number) + ", 0)") != std::string::npos;
          const std::size_t lost = world.facts.count<history::CommitLost>({number});
          INFO(number);
          CHECK(lost <= 1);
          CHECK(is_there == (lost == 0));
          CHECK(world.facts.count<history::CommitVisible>({number}) <= 1);
          if (is_there) CHECK(world.facts.count<history::CommitVisible>({number}) == 1);
        }
      }
    }
  }
}

TEST_CASE("a fenced old primary comes back as a standby, without what the new one does not have") {
  for (const bool was_up : {false, true}) {
    World::Options options = one_table();
    options.plan.faults = {
        partition_at(Duration::milliseconds(200), Duration::seconds(2), {"db"}, {standby_node}),
        promotion_at(Duration::milliseconds(700), true)};
    if (!was_up) {
      options.plan.faults.push_back(
          crash_at(Duration::milliseconds(500), "db", Duration::seconds(3)));
    }
    World world(std::move(options));
    std::string refused;
    world.client("a", [&](Client& a) {
      a.sleep(Duration::milliseconds(300));
      a.run("insert into t values (3, 30)", 33);  // lost
      a.run("update t set v = 11 where id = 1", 34);
      a.run("delete from t where id = 2", 35);
      a.sleep(Duration::milliseconds(1000));
      a.run("insert into t values (3, 31)", 36);
      a.run("update t set v = 21 where id = 2", 37);
      a.sleep(Duration::seconds(20));
      a.run("insert into t values (6, 60)", 38);
      a.sleep(Duration::milliseconds(100));
      world.simulation->network().redirect("db", *world.simulation->find_node("db"));
      a.disconnect();
      refused = a.run("insert into t values (7, 70)", 39);
    });
    CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
    CHECK(world.table("t", standby_node) == "(1, 10) (2, 21) (3, 31) (6, 60)");
    CHECK(world.table("t", "db") == world.table("t", standby_node));
    CHECK(refused.starts_with("ERROR 25006"));
  }
}

TEST_CASE(
    "an old primary without a fence goes on taking commits that count nowhere, until clients "
    "follow") {
  World::Options options =
      one_table([](Settings& settings) { settings.reroute = Duration::milliseconds(500); });
  options.plan.faults = {promotion_at(Duration::milliseconds(300), false)};
  World world(std::move(options));
  std::vector<std::string> answers;
  std::vector<bool> current;
  world.client("a", [&](Client& a) {
    a.run("insert into t values (3, 30)", 33);
    a.sleep(Duration::milliseconds(500));
    answers.push_back(a.run("insert into t values (4, 40)", 44));
    answers.push_back(a.run("select count(*) from t"));
    current.push_back(a.session().is_current());
    a.sleep(Duration::milliseconds(500));
    answers.push_back(a.run("insert into t values (5, 50)", 55));  // the old session still
    current.push_back(a.session().is_current());
    a.disconnect();
    answers.push_back(a.run("insert into t values (6, 60)", 66));
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(answers ==
        std::vector<std::string>{"INSERT 0 1", "SELECT 1 (4)", "INSERT 0 1", "INSERT 0 1"});
  CHECK(current == std::vector<bool>{true, false});
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (6, 60)");
  CHECK(world.table("t", "db") == "(1, 10) (2, 20) (3, 30) (4, 40) (5, 50)");
  for (const std::uint64_t dead : {44, 55}) {
    CHECK(world.facts.count<history::CommitLost>({dead}) == 1);
    CHECK(world.facts.count<history::CommitVisible>({dead}) == 0);
  }
  CHECK(world.facts.count<history::CommitLost>({66}) == 0);
}

TEST_CASE("a slot that is kept at failover goes on where its consumer was, and misses nothing") {
  World::Options options = one_table();
  options.plan.faults = {promotion_at(Duration::milliseconds(1000), true)};
  World world(std::move(options));
  world.server->create_slot("slot", {true, true});
  std::string read;
  world.client("a", [&](Client& a) {
    for (int id = 3; id < 9; ++id) {
      a.run("insert into t values (" + std::to_string(id) + ", 0)");
      a.sleep(Duration::milliseconds(300));
    }
  });
  world.client("consumer", [&](Client& consumer) {
    const sim::Place place{world.simulation->names().of("receive")};
    std::uint64_t done = 0;
    for (int connection = 0; connection < 2; ++connection) {
      const auto from = done == 0 ? std::nullopt : std::optional<std::uint64_t>(done);
      auto stream = ReplicationStream::open(*world.simulation, "db", "slot", from, {"t"}, place);
      REQUIRE(stream.has_value());
      while (true) {
        auto changes = stream->receive(place, Duration::seconds(1));
        if (!changes || changes->empty()) break;
        for (const Change& change : *changes) {
          read += "+" + sql::to_text(change.row[0]);
          done = change.position;
        }
        stream->confirm(done);
      }
      consumer.sleep(Duration::milliseconds(20));
    }
  });
  world.run();
  CHECK(read == "+3+4+5+6+7+8");
}

TEST_CASE("sequences jump at a failover as they do after a crash") {
  World::Options options = one_table();
  options.plan.faults = {promotion_at(Duration::milliseconds(500), true)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.run("insert into u (v) values (1)");
    a.run("insert into u (v) values (2)");
    a.sleep(Duration::milliseconds(700));
    a.run("insert into u (v) values (3)");
  });
  world.run();
  CHECK(world.table("u") == "(1, 1) (2, 2) (34, 3)");
}

TEST_CASE("what was prepared and has arrived is in doubt on the promoted standby, with its locks") {
  World::Options options = one_table();
  options.plan.faults = {promotion_at(Duration::milliseconds(500), true)};
  World world(std::move(options));
  std::string blocked;
  std::string decided;
  world.client("a", [&](Client& a) {
    a.run("begin", 77);
    a.run("update t set v = 11 where id = 1");
    a.run("select * from t where id = 2 for update");
    a.run("prepare transaction 'g'");
    a.sleep(Duration::milliseconds(700));
    a.run("set lock_timeout = 50");
    blocked = a.run("update t set v = 12 where id = 1");
    CHECK(a.run("select * from t where id = 2 for update nowait").starts_with("ERROR 55P03"));
    decided = a.run("commit prepared 'g'");
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(blocked.starts_with("ERROR 55P03"));
  CHECK(decided == "COMMIT PREPARED");
  CHECK(world.table("t") == "(1, 11) (2, 20)");
  CHECK(world.facts.count<history::CommitVisible>({77}) == 1);
}

TEST_CASE("without a decision what was prepared stays in doubt on whoever is primary") {
  World::Options options = one_table();
  options.plan.faults = {promotion_at(Duration::milliseconds(500), true)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.run("begin", 77);
    a.run("update t set v = 11 where id = 1");
    a.run("prepare transaction 'g'");
    a.sleep(Duration::seconds(1));
  });
  const sim::RunEnd end = world.run();
  CHECK(end.kind == sim::RunEnd::Kind::stuck);
  REQUIRE(!end.waiting.empty());
  CHECK(end.waiting.front() == "transaction 'g' is prepared and in doubt in db.standby_1");
}

TEST_CASE("an old primary without a fence whose commits waited for the standby answers none") {
  World::Options options = one_table(synchronous);
  options.plan.faults = {promotion_at(Duration::milliseconds(500), false)};
  World world(std::move(options));
  std::string seen;
  bool answered = false;
  world.client("old", [&](Client& old) {
    old.run("insert into t values (3, 30)", 33);
    old.sleep(Duration::seconds(1));
    const sim::Place place{world.simulation->names().of("insert")};
    answered = old.session()
                   .execute_alone({44}, world.statement("insert into t values (4, 40)"), {}, place,
                                  Duration::seconds(5))
                   .has_value();
  });
  world.client("beside", [&](Client& beside) {
    beside.run("select 1");
    beside.sleep(Duration::seconds(3));
    seen = beside.run("select id from t order by id");
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK_FALSE(answered);
  CHECK(seen == "SELECT 3 (1) (2) (3)");
  CHECK(world.facts.count<history::CommitLost>({44}) == 1);
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30)");
}

TEST_CASE("what a standby had written is flushed when it is promoted") {
  World world(one_table([](Settings& settings) {
    settings.sync_time = sim::DurationRange::exactly(Duration::milliseconds(50));
    settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(100));
  }));
  world.client("a", [&](Client& a) {
    a.sleep(Duration::seconds(1));
    a.run("insert into t values (3, 30)", 33);
    a.sleep(Duration::milliseconds(70));
    world.server->promote(standby_node, true);
    world.simulation->crash(*world.simulation->find_node(standby_node), true, false,
                            Duration::milliseconds(100));
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.facts.count<history::CommitLost>({33}) == 0);
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30)");
  CHECK(world.table("t", "db") == world.table("t"));
}

TEST_CASE("another standby follows the new primary, and goes back where it was ahead") {
  World::Options options = one_table({}, 2);
  options.plan.faults = {partition_at(Duration::milliseconds(200), Duration::milliseconds(800),
                                      {"db"}, {standby_node}),
                         promotion_at(Duration::milliseconds(600), true)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.sleep(Duration::milliseconds(300));
    a.run("insert into t values (3, 30)", 33);
    a.sleep(Duration::milliseconds(100));
    CHECK(world.table("t", "db.standby_2") == "(1, 10) (2, 20) (3, 30)");
    a.sleep(Duration::milliseconds(400));
    a.run("insert into t values (4, 40)", 44);
    a.sleep(Duration::seconds(15));
  });
  world.run();
  CHECK(world.table("t") == "(1, 10) (2, 20) (4, 40)");
  CHECK(world.table("t", "db.standby_2") == world.table("t"));
  CHECK(world.table("t", "db") == world.table("t"));
}

TEST_CASE("roles can change back and forth, and synchronous commits wait for whoever follows") {
  World::Options options = one_table(synchronous);
  options.plan.faults = {promotion_at(Duration::seconds(2), true),
                         promotion_at(Duration::seconds(20), true, "db"),
                         promotion_at(Duration::seconds(40), true)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    for (int id = 3; id < 30; ++id) {
      const std::string insert = "insert into t values (" + std::to_string(id) + ", 0)";
      while (!a.run(insert, static_cast<std::uint64_t>(id)).starts_with("INSERT")) {
        a.disconnect();
        a.sleep(Duration::milliseconds(100));
      }
      a.sleep(Duration::milliseconds(1900));
    }
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.server->primary() == standby_node);
  CHECK(world.facts.of<history::Promoted>().size() == 3);
  CHECK(world.facts.of<history::CommitLost>().empty());
  CHECK(world.table("t", "db") == world.table("t"));
  CHECK(world.table("t").find("(29, 0)") != std::string::npos);
}

TEST_CASE("what a standby has written outlives its process, and what it has flushed its machine") {
  for (const char* level : {"remote_write", "on"}) {
    for (const bool machine : {false, true}) {
      INFO(level << ", machine " << machine);
      World world(one_table([](Settings& settings) {
        settings.synchronous_replication = true;
        settings.sync_time = sim::DurationRange::exactly(Duration::milliseconds(50));
        settings.replication_delay = sim::DurationRange::exactly(Duration::milliseconds(100));
      }));
      world.client("a", [&](Client& a) {
        a.sleep(Duration::seconds(1));
        a.run("set synchronous_commit = " + std::string(level));
        a.run("insert into t values (3, 30)", 33);
        sim::Simulation& simulation = *world.simulation;
        simulation.crash(*simulation.find_node("db"), true, false, std::nullopt);
        simulation.crash(*simulation.find_node(standby_node), machine, false,
                         Duration::milliseconds(100));
        a.sleep(Duration::milliseconds(500));
        world.server->promote(standby_node, true);
      });
      world.run();
      const bool kept = !machine || std::string(level) == "on";
      CHECK(world.table("t") == (kept ? "(1, 10) (2, 20) (3, 30)" : "(1, 10) (2, 20)"));
      const auto lost = world.facts.of<history::CommitLost>();
      REQUIRE(lost.size() == (kept ? 0 : 1));
      if (!kept) CHECK(lost.front().allowed_by_config);
    }
  }
}

TEST_CASE("a disk that is lost with the primary is no loss of what the standby has") {
  World::Options options = one_table();
  sim::Fault crash = crash_at(Duration::milliseconds(500), "db", Duration::milliseconds(200), true);
  crash.disk_lost = true;
  options.plan.faults = {crash, promotion_at(Duration::seconds(2), true)};
  World world(std::move(options));
  world.client("a", [&](Client& a) {
    a.run("insert into t values (3, 30)", 33);
    a.sleep(Duration::seconds(3));
    a.disconnect();
    a.run("insert into t values (4, 40)", 44);
  });
  CHECK(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.table("t") == "(1, 10) (2, 20) (3, 30) (4, 40)");
  // It was lost when the disk was, and is there again.
  CHECK(world.facts.count<history::CommitLost>({33}) == 1);
  CHECK(world.facts.count<history::CommitVisible>({33}) == 2);
}

TEST_CASE("a standby that is down, or a primary, cannot be promoted") {
  for (const char* target : {standby_node, "db"}) {
    World::Options options = one_table();
    options.plan.faults = {
        crash_at(Duration::milliseconds(100), standby_node, Duration::seconds(1)),
        promotion_at(Duration::milliseconds(300), true, target)};
    World world(std::move(options));
    world.client("a", [&](Client& a) { a.sleep(Duration::seconds(1)); });
    world.run();
    CHECK(world.server->primary() == "db");
    CHECK(world.facts.of<history::Promoted>().empty());
  }
}

}  // namespace halfwrite::database::tests
