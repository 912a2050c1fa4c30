// Logical replication slots: commit order, what is omitted, what comes again after a crash, where a
// consumer may start.
#include "tests/database/world.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::database::tests {

namespace {

World::Options one_table() {
  World::Options options;
  options.schema = {"create table t(id int primary key, v text)", "create table other(id int)"};
  return options;
}

sim::Expected<ReplicationStream, Failure> open(World& world,
                                               std::optional<std::uint64_t> from = {}) {
  const sim::Place place{world.simulation->names().of("receive")};
  return ReplicationStream::open(*world.simulation, "db", "slot", from, {"t"}, place);
}

// "+1 +2 | ~1 -2": one group per commit.
std::string read(World& world, ReplicationStream& stream, std::uint64_t* last = nullptr) {
  const sim::Place place{world.simulation->names().of("receive")};
  std::string text;
  bool starts_commit = true;
  while (true) {
    auto changes = stream.receive(place, sim::Duration::milliseconds(200));
    if (!changes || changes->empty()) return text;
    for (const Change& change : *changes) {
      text += text.empty() ? "" : starts_commit ? " | " : " ";
      starts_commit = change.last_of_commit;
      text += change.operation == Change::Operation::insert   ? "+"
              : change.operation == Change::Operation::update ? "~"
                                                              : "-";
      text += sql::to_text(change.row[0]);
      if (last != nullptr) *last = change.position;
    }
  }
}

}  // namespace

TEST_CASE("a slot hands out whole transactions in commit order and omits aborted ones") {
  World world(one_table());
  world.server->create_slot("slot");
  std::string stream_text;
  world.client("consumer", [&](Client& consumer) {
    auto stream = open(world);
    REQUIRE(stream.has_value());
    consumer.sleep(sim::Duration::milliseconds(300));
    stream_text = read(world, *stream);
  });
  world.client("a", [&](Client& a) {
    a.run("begin");
    a.run("insert into t values (1, 'a')");
    a.sleep(sim::Duration::milliseconds(100));
    a.run("insert into t values (4, 'a')");
    a.run("update t set v = 'x' where id = 1");
    a.run("insert into other values (1)");
    a.run("commit");
  });
  world.client("b", [&](Client& b) {
    b.sleep(sim::Duration::milliseconds(30));
    b.run("insert into t values (2, 'b')");
    b.run("begin");
    b.run("insert into t values (3, 'c')");
    b.run("rollback");
    b.run("insert into other values (2)");
  });
  const sim::RunEnd end = world.run();
  CHECK(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(stream_text == "+2 | +1 +4 ~1");
}

TEST_CASE("a stream keeps its order where a late message would let others overtake") {
  for (const sim::When when : {sim::When::before, sim::When::after}) {
    World::Options options = one_table();
    sim::Fault late;
    late.kind = sim::FaultKind::delay;
    late.anchor.when = when;
    late.anchor.point = sim::parse_point("consumer/receive").value();
    late.by = sim::Duration::milliseconds(100);
    late.blocking = false;
    options.plan.faults = {late};
    options.data = {"insert into t values (1, 'a')"};
    World world(std::move(options));
    world.server->create_slot("slot");
    std::string text;
    sim::Duration opened_after;
    world.client("consumer", [&](Client& consumer) {
      consumer.run("insert into t values (2, 'a')");
      consumer.run("insert into t values (3, 'a')");
      const sim::Instant before = world.simulation->now();
      auto stream = open(world, 0);
      REQUIRE(stream.has_value());
      opened_after = world.simulation->now() - before;
      text = read(world, *stream);
    });
    world.run();
    CHECK(opened_after >= late.by);
    CHECK(text == "+2 | +3");
  }
}

TEST_CASE("a slot never hands out a commit that a crash took before its flush") {
  World::Options options = one_table();
  options.plan.faults = {crash_of_database("commit", "logged")};
  World world(std::move(options));
  world.server->create_slot("slot");
  std::string answer;
  std::string text;
  world.client("a", [&](Client& a) {
    a.run("begin");
    a.run("insert into t values (1, 'a')");
    answer = a.run("commit");
    a.run("insert into t values (2, 'b')");
    auto stream = open(world);
    REQUIRE(stream.has_value());
    text = read(world, *stream);
    stream->close();
  });
  world.run();
  CHECK(answer.starts_with("UNKNOWN"));
  CHECK(text == "+2");
}

TEST_CASE("after a crash confirmed changes come again unless a checkpoint saved their position") {
  for (const bool checkpoint : {false, true}) {
    INFO(checkpoint);
    World world(one_table());
    world.server->create_slot("slot");
    std::string first;
    std::string again;
    world.client("a", [&](Client& a) {
      a.run("insert into t values (1, 'a')");
      std::uint64_t position = 0;
      {
        auto stream = open(world);
        REQUIRE(stream.has_value());
        first = read(world, *stream, &position);
        stream->confirm(position);
        a.sleep(sim::Duration::milliseconds(50));
        CHECK(world.server->confirmed_position("slot") == position);
        if (checkpoint) a.run("checkpoint");
        world.simulation->crash(*world.simulation->find_node("db"), false, false,
                                sim::Duration::seconds(1));
      }
      a.run("select 1");
      a.run("insert into t values (2, 'b')");
      auto stream = open(world);
      REQUIRE(stream.has_value());
      again = read(world, *stream);
      stream->close();
    });
    world.run();
    CHECK(first == "+1");
    CHECK(again == (checkpoint ? "+2" : "+1 | +2"));
  }
}

TEST_CASE("a slot further behind than it may be is lost at a checkpoint, for good") {
  World::Options options = one_table();
  options.adjust = [](Settings& settings) { settings.max_slot_wal_keep_bytes = 500; };
  World world(options);
  world.server->create_slot("slot");
  std::string before;
  std::string read_until_then;
  std::string after;
  std::string renamed;
  world.client("a", [&](Client& a) {
    auto stream = open(world);
    REQUIRE(stream.has_value());
    a.run("insert into t values (1, 'a')");
    a.run("checkpoint");
    read_until_then = read(world, *stream);
    before = stream->is_usable() ? "usable" : "broken";
    for (const char* id : {"2", "3", "4", "5"}) {
      a.run("insert into t values (" + std::string(id) + ", 'a')");
    }
    CHECK(read(world, *stream) == "+2 | +3 | +4 | +5");  // read, and never confirmed
    a.run("checkpoint");
    CHECK(read(world, *stream).empty());
    CHECK_FALSE(stream->is_usable());
    world.simulation->crash(*world.simulation->find_node("db"), false, false,
                            sim::Duration::seconds(1));
    a.sleep(sim::Duration::seconds(2));
    const auto refused = open(world);
    after = refused ? "connected" : to_text(refused.error());
    const sim::Place place{world.simulation->names().of("drop")};
    const auto dropped = ReplicationStream::drop_slot(*world.simulation, "db", "slot", place);
    CHECK((dropped ? "dropped" : to_text(dropped.error())) == "dropped");
    const auto twice = ReplicationStream::drop_slot(*world.simulation, "db", "slot", place);
    renamed = twice ? "dropped" : to_text(twice.error());
    CHECK(ReplicationStream::create_slot(*world.simulation, "db", "slot", place).has_value());
    a.run("insert into t values (6, 'a')");
    stream = open(world);
    REQUIRE(stream.has_value());
    CHECK(read(world, *stream) == "+6");
    stream->close();
  });
  world.run();
  REQUIRE(world.facts.of<history::SlotLost>().size() == 1);
  CHECK(world.facts.of<history::SlotLost>()[0].bytes_behind > 500);
  CHECK(before == "usable");
  CHECK(read_until_then == "+1");
  CHECK(after == "55000 cannot read from logical replication slot \"slot\"");
  CHECK(renamed == "42704 replication slot \"slot\" does not exist");
}

TEST_CASE("a slot that is confirmed in time is kept, and so is one of a log without a limit") {
  for (const bool limited : {false, true}) {
    INFO(limited);
    World::Options options = one_table();
    options.adjust = [limited](Settings& settings) {
      if (limited) settings.max_slot_wal_keep_bytes = 500;
    };
    World world(options);
    world.server->create_slot("slot");
    world.client("a", [&](Client& a) {
      auto stream = open(world);
      REQUIRE(stream.has_value());
      for (const char* id : {"1", "2", "3", "4", "5", "6"}) {
        a.run("insert into t values (" + std::string(id) + ", 'a')");
        std::uint64_t position = 0;
        CHECK(read(world, *stream, &position) == std::string("+") + id);
        if (limited) stream->confirm(position);
        a.sleep(sim::Duration::milliseconds(50));
        a.run("checkpoint");
      }
      CHECK(stream->is_usable());
      stream->close();
    });
    world.run();
  }
}

TEST_CASE("a consumer that asks for less is forwarded, one that asks for more skips") {
  World world(one_table());
  world.server->create_slot("slot");
  std::string older;
  std::string newer;
  std::string second;
  world.client("a", [&](Client& a) {
    for (const char* id : {"1", "2", "3"}) {
      a.run("insert into t values (" + std::string(id) + ", 'a')");
    }
    std::uint64_t position = 0;
    auto stream = open(world);
    REQUIRE(stream.has_value());
    const auto refused = open(world);
    second = refused ? "connected" : to_text(refused.error());
    const std::string all = read(world, *stream, &position);
    CHECK(all == "+1 | +2 | +3");
    stream->confirm(position - 1);
    stream->close();
    a.sleep(sim::Duration::milliseconds(50));
    stream = open(world, 0);
    REQUIRE(stream.has_value());
    older = read(world, *stream);
    stream->close();
    a.sleep(sim::Duration::milliseconds(50));
    stream = open(world, position);
    REQUIRE(stream.has_value());
    newer = read(world, *stream);
    stream->close();
  });
  world.run();
  CHECK(second == "55006 replication slot \"slot\" is active");
  CHECK(older == "+3");
  CHECK(newer.empty());
}

TEST_CASE("a slot that a consumer makes begins behind what is committed by then") {
  World world(one_table());
  std::vector<std::string> said;
  std::string text;
  world.client("a", [&](Client& a) {
    const sim::Place place{world.simulation->names().of("create")};
    const auto create = [&] {
      const auto created = ReplicationStream::create_slot(*world.simulation, "db", "slot", place);
      said.push_back(created ? "created" : to_text(created.error()));
    };
    a.run("insert into t values (1, 'a')");
    create();
    create();
    a.run("insert into t values (2, 'b')");
    auto stream = open(world);
    REQUIRE(stream.has_value());
    text = read(world, *stream);
    stream->close();
  });
  world.run();
  CHECK(said ==
        std::vector<std::string>{"created", "42710 replication slot \"slot\" already exists"});
  CHECK(text == "+2");
}

}  // namespace halfwrite::database::tests
