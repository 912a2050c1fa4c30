// LISTEN and NOTIFY where time passes: waiting for a notification, listeners that are gone,
// crashes, commits that go one after the other. What PostgreSQL answers is in isolation/.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

// "channel payload", "nothing" or why the session is over.
std::string awaited(World& world, Client& client, sim::Duration timeout) {
  const sim::Place place{world.simulation->names().of("await")};
  const auto told = client.session().await_notification(place, timeout);
  if (!told) return to_text(told.error());
  if (!told->has_value()) return "nothing";
  return (*told)->channel + " " + (*told)->payload;
}

}  // namespace

TEST_CASE("a listener that waits is told after the commit, and a time-out leaves it usable") {
  World world(two_rows());
  std::vector<std::string> told;
  sim::Instant committed;
  sim::Instant woken;
  world.client("listener", [&](Client& listener) {
    listener.run("listen jobs");
    told.push_back(awaited(world, listener, sim::Duration::milliseconds(10)));
    told.push_back(awaited(world, listener, sim::Duration::for_ever()));
    woken = world.simulation->now();
    told.push_back(listener.run("select 1"));
    told.push_back(awaited(world, listener, sim::Duration::milliseconds(10)));
  });
  world.client("teller", [&](Client& teller) {
    teller.sleep(sim::Duration::milliseconds(100));
    teller.run("begin");
    teller.run("notify jobs, 'one'");
    teller.sleep(sim::Duration::milliseconds(100));
    teller.run("commit");
    committed = world.simulation->now();
  });
  world.run();
  CHECK(told == std::vector<std::string>{"nothing", "jobs one", "SELECT 1 (1)", "nothing"});
  CHECK(woken >= sim::Instant::at(sim::Duration::milliseconds(200)));
}

TEST_CASE("a notification that crosses a statement is kept, and no answer is taken for another") {
  World world(two_rows());
  std::vector<std::string> told;
  std::size_t heard = 0;
  world.client("listener", [&](Client& listener) {
    listener.run("listen jobs");
    for (int i = 0; i < 60; ++i) {
      if (listener.run("select " + std::to_string(i)) != "SELECT 1 (" + std::to_string(i) + ")") {
        told.push_back("a wrong answer");
      }
    }
    listener.sleep(sim::Duration::milliseconds(50));
    const sim::Place place{world.simulation->names().of("take")};
    heard = listener.session().take_notifications(place).size();
  });
  world.client("teller", [&](Client& teller) {
    teller.sleep(sim::Duration::milliseconds(3));
    for (int i = 0; i < 20; ++i) teller.run("notify jobs, '" + std::to_string(i) + "'");
  });
  world.run();
  CHECK(told.empty());
  CHECK(heard == 20);
}

TEST_CASE("who was not connected is told nothing, and a crash of the server forgets who listens") {
  World world(two_rows());
  std::vector<std::string> told;
  world.client("listener", [&](Client& listener) {
    listener.run("listen jobs");
    listener.disconnect();
    listener.sleep(sim::Duration::milliseconds(50));  // meanwhile 'lost'
    listener.run("listen jobs");
    told.push_back(awaited(world, listener, sim::Duration::milliseconds(100)));
    world.simulation->crash(*world.simulation->find_node("db"), false, false,
                            sim::Duration::milliseconds(200));
    told.push_back(awaited(world, listener, sim::Duration::for_ever()).substr(0, 5));
    told.push_back(listener.run("select pg_listening_channels()"));
    told.push_back(awaited(world, listener, sim::Duration::seconds(2)));
  });
  world.client("teller", [&](Client& teller) {
    teller.sleep(sim::Duration::milliseconds(30));
    teller.run("notify jobs, 'lost'");
    teller.sleep(sim::Duration::seconds(1));
    teller.run("notify jobs, 'lost as well'");
  });
  world.run();
  CHECK(told == std::vector<std::string>{"nothing", "08006", "SELECT 0", "nothing"});
}

TEST_CASE("a crash before the flush of its commit tells nobody") {
  World::Options options = two_rows();
  options.plan.faults = {crash_of_database("commit", "logged")};
  World world(std::move(options));
  std::string told;
  world.client("listener", [&](Client& listener) {
    listener.run("listen jobs");
    told = awaited(world, listener, sim::Duration::for_ever()).substr(0, 5);
  });
  world.client("teller", [&](Client& teller) {
    teller.sleep(sim::Duration::milliseconds(30));
    teller.run("begin");
    teller.run("update test set value = 11 where id = 1");
    teller.run("notify jobs, 'lost'");
    teller.run("commit");
  });
  world.run();
  CHECK(told == "08006");
  CHECK(world.table("test") == "(1, 10) (2, 20)");
}

// PreCommit_Notify locks the database until the transaction has ended: no group commit for them.
TEST_CASE("transactions that notify commit one after the other") {
  World::Options options = two_rows();
  options.adjust = [](Settings& settings) {
    settings.sync_time = {sim::Duration::milliseconds(10), sim::Duration::milliseconds(10)};
  };
  World world(std::move(options));
  std::vector<std::string> told;
  std::vector<std::string> committed;
  world.client("listener", [&](Client& listener) {
    listener.run("listen jobs");
    for (int i = 0; i < 3; ++i) {
      told.push_back(awaited(world, listener, sim::Duration::seconds(1)));
    }
  });
  for (const std::string name : {"a", "b", "c"}) {
    world.client(name, [&, name](Client& client) {
      client.sleep(sim::Duration::milliseconds(20));
      client.run("begin");
      client.run("insert into test values (" + std::to_string(name[0]) + ", 1)");
      client.run("notify jobs, '" + name + "'");
      client.run("commit");
      committed.push_back("jobs " + name);
    });
  }
  world.run();
  CHECK(told == committed);
  CHECK(world.simulation->now() >= sim::Instant::at(sim::Duration::milliseconds(50)));
}

TEST_CASE("statement_timeout ends a statement between its rows as well") {
  World::Options options = two_rows();
  for (int i = 3; i < 2000; ++i) {
    options.data.push_back("insert into test values (" + std::to_string(i) + ", 0)");
  }
  World world(std::move(options));
  std::vector<std::string> answers;
  world.client("a", [&](Client& a) {
    a.run("set statement_timeout = '5ms'");
    answers.push_back(a.run("update test set value = value + 1"));
    a.run("set statement_timeout = 0");
    answers.push_back(a.run("update test set value = value + 1"));
  });
  world.run();
  CHECK(answers == std::vector<std::string>{
                       "ERROR 57014 canceling statement due to statement timeout", "UPDATE 1999"});
}

}  // namespace halfwrite::database::tests
