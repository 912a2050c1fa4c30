#include "models/broker/client.hpp"
#include "tests/broker/broker_world.hpp"
#include "tests/broker/seen.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using namespace halfwrite::broker;
using namespace halfwrite::broker::testing;

namespace {

ConsumerSettings group(const std::string& name) {
  ConsumerSettings settings;
  settings.group = name;
  return settings;
}

// Handles record by record: `handle` works, then the offset is committed.
void consume(World& world, const std::string& node, const ConsumerSettings& settings,
             std::vector<Seen>& seen, std::function<void(const Delivery&)> handle = {},
             Duration starts = Duration()) {
  world.client(
      node,
      [&world, &seen, settings, handle](sim::Process& process) {
        Consumer consumer(process, world.settings, settings, {"orders"});
        for (;;) {
          const auto batch = consumer.poll(world.place("poll"), Duration::seconds(1));
          const std::uint64_t assignment = consumer.assignment_number();
          for (const Delivery& delivery : batch) {
            if (consumer.assignment_number() != assignment) break;
            const sim::ScopeGuard guard(world.simulation,
                                        world.intent(delivery.offset + 1, "shipping.prepare"));
            seen.push_back({std::string(process.node().name()), delivery.record.event_id,
                            delivery.partition, delivery.offset, world.simulation.now()});
            if (handle) handle(delivery);
            static_cast<void>(consumer.commit("orders", delivery.partition, delivery.offset + 1,
                                              world.place("commit")));
          }
        }
      },
      starts);
}

}  // namespace

TEST_CASE("a group reads every record once, in order per partition, and the run becomes quiet") {
  World world(three_replicas(3));
  std::vector<Seen> seen;
  produce(world, 20, Duration(), Duration::milliseconds(20));
  consume(world, "shipping.1", group("shipping"), seen);
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  REQUIRE(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(end.at < Instant::at(Duration::seconds(6)));
  CHECK(seen.size() == 20);
  for (const std::uint32_t partition : {0u, 1u, 2u}) {
    std::uint64_t next = 0;
    for (const Seen& one : seen) {
      if (one.partition == partition) CHECK(one.offset == next++);
    }
    CHECK(world.cluster.committed("shipping", "orders", partition).value_or(0) == next);
  }
  CHECK(world.facts.of<history::BecameReadable>().size() == 20);
  CHECK(world.facts.of<history::Acknowledged>().size() == 20);
}

TEST_CASE("two members share the partitions, and a new one takes over at the committed offset") {
  World world(three_replicas(2));
  std::vector<Seen> seen;
  produce(world, 60, Duration(), Duration::milliseconds(250));
  consume(world, "shipping.1", group("shipping"), seen);
  consume(world, "shipping.2", group("shipping"), seen, {}, Duration::seconds(6));
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  Ids ids = ids_of(seen);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  CHECK(ids.size() == 60);
  CHECK_FALSE(ids_of(seen, "shipping.1").empty());
  CHECK_FALSE(ids_of(seen, "shipping.2").empty());
  // Handled and committed one by one, nothing is handed out twice.
  CHECK(seen.size() == 60);
}

TEST_CASE(
    "C11: a member that dies is evicted after its session, and its work comes again in order") {
  World world(three_replicas());
  std::vector<Seen> seen;
  produce(world, 8);
  bool crashed = false;
  consume(world, "shipping.1", group("shipping"), seen, [&](const Delivery& delivery) {
    if (delivery.offset != 5 || std::exchange(crashed, true)) return;
    world.crash("shipping.1", Duration::milliseconds(200));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e4", "e5", "e6", "e6", "e7", "e8"});
  CHECK(seen[6].at - seen[5].at > Duration::seconds(40));
  CHECK(world.cluster.committed("shipping", "orders", 0) == 8);
}

TEST_CASE("a machine that never comes back leaves its batch to the other member, in order") {
  World world(three_replicas(2));
  std::vector<Seen> seen;
  produce(world, 40, Duration::seconds(10));
  bool crashed = false;
  const auto handle = [&](const Delivery& delivery) {
    if (world.simulation.current_process().node().name() != "shipping.1") return;
    if (delivery.offset != 3 || std::exchange(crashed, true)) return;
    world.crash("shipping.1", std::nullopt, true);
  };
  consume(world, "shipping.1", group("shipping"), seen, handle);
  consume(world, "shipping.2", group("shipping"), seen, handle);
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  REQUIRE(end.kind == sim::RunEnd::Kind::quiet);
  REQUIRE(crashed);
  std::map<std::uint32_t, std::uint64_t> next;
  for (const Seen& one : seen) {
    if (one.offset + 1 == next[one.partition]) continue;  // handed out again
    CHECK(one.offset == next[one.partition]);
    next[one.partition] = one.offset + 1;
  }
  CHECK(next[0] + next[1] == 40);
}

TEST_CASE("records that nobody is left to read make the run stuck, and it says so") {
  World world(three_replicas());
  std::vector<Seen> seen;
  produce(world, 5, Duration::seconds(10));
  consume(world, "shipping.1", group("shipping"), seen, [&](const Delivery& delivery) {
    if (delivery.offset == 2) world.crash("shipping.1", std::nullopt);
  });
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  REQUIRE(end.kind == sim::RunEnd::Kind::stuck);
  REQUIRE(end.waiting.size() == 1);
  CHECK(end.waiting[0] == "group shipping has not read orders/0 up to offset 5");
}

TEST_CASE("C13: a zombie's commit fails after its partition went to a successor") {
  World world(three_replicas());
  ConsumerSettings settings = group("shipping");
  settings.max_poll_interval = Duration::seconds(10);
  std::vector<Seen> seen;
  std::string zombie;
  produce(world, 4);
  world.client("shipping.1", [&](sim::Process& process) {
    Consumer consumer(process, world.settings, settings, {"orders"});
    std::vector<Delivery> batch;
    while (batch.empty()) batch = consumer.poll(world.place("poll"), Duration::seconds(1));
    world.sleep(Duration::seconds(60));
    auto committed = consumer.commit("orders", 0, 1, world.place("commit"));
    zombie = committed ? "committed" : committed.error();
    consumer.leave(world.place("leave"));
  });
  consume(world, "shipping.2", settings, seen, {}, Duration::seconds(5));
  const sim::RunEnd end = world.run();
  CAPTURE(end.waiting);
  REQUIRE(end.kind == sim::RunEnd::Kind::quiet);
  CHECK(zombie == "UNKNOWN_MEMBER_ID");
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e4"});
  CHECK(world.cluster.committed("shipping", "orders", 0) == 4);
}

TEST_CASE("C13: a member that was paused beyond its session learns of it from the coordinator") {
  World world(three_replicas());
  std::vector<Seen> seen;
  std::string zombie;
  produce(world, 4);
  world.client("shipping.1", [&](sim::Process& process) {
    Consumer consumer(process, world.settings, group("shipping"), {"orders"});
    std::vector<Delivery> batch;
    while (batch.empty()) batch = consumer.poll(world.place("poll"), Duration::seconds(1));
    world.simulation.pause(process.node(), Duration::seconds(60));
    auto committed = consumer.commit("orders", 0, 1, world.place("commit"));
    zombie = committed ? "committed" : committed.error();
  });
  consume(world, "shipping.2", group("shipping"), seen, {}, Duration::seconds(5));
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(zombie == "UNKNOWN_MEMBER_ID");
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e4"});
}

TEST_CASE("C18: the last commit wins, also backwards, and decides where the next life resumes") {
  World world(three_replicas());
  std::vector<std::uint64_t> second_life;
  produce(world, 10);
  world.client("shipping.1", [&](sim::Process& process) {
    Consumer consumer(process, world.settings, group("shipping"), {"orders"});
    std::vector<Delivery> batch;
    while (batch.empty()) batch = consumer.poll(world.place("poll"), Duration::seconds(1));
    if (process.incarnation() == 1) {
      CHECK(consumer.commit("orders", 0, 8, world.place("commit")));
      CHECK(consumer.commit("orders", 0, 5, world.place("commit")));
      world.crash("shipping.1", Duration::milliseconds(100));
    }
    for (const Delivery& delivery : batch) second_life.push_back(delivery.offset);
    CHECK(consumer.commit("orders", 0, 10, world.place("commit")));
    consumer.leave(world.place("leave"));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(second_life == std::vector<std::uint64_t>{5, 6, 7, 8, 9});
}

TEST_CASE("a seek hands records out again, and the run waits for them") {
  World world(three_replicas());
  std::vector<std::uint64_t> offsets;
  produce(world, 5);
  world.client("shipping.1", [&](sim::Process& process) {
    Consumer consumer(process, world.settings, group("shipping"), {"orders"});
    bool sought = false;
    for (;;) {
      for (const Delivery& delivery : consumer.poll(world.place("poll"), Duration::seconds(1))) {
        offsets.push_back(delivery.offset);
        if (!consumer.commit("orders", 0, delivery.offset + 1, world.place("commit"))) return;
      }
      if (offsets.size() == 5 && !std::exchange(sought, true)) consumer.seek("orders", 0, 2);
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(offsets == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 2, 3, 4});
}

TEST_CASE("a seek after everything was read keeps the run alive") {
  World world(three_replicas());
  std::vector<std::uint64_t> offsets;
  produce(world, 3);
  world.client("shipping.1", [&](sim::Process& process) {
    Consumer consumer(process, world.settings, group("shipping"), {"orders"});
    bool sought = false;
    for (;;) {
      for (const Delivery& delivery : consumer.poll(world.place("poll"), Duration::seconds(1))) {
        offsets.push_back(delivery.offset);
        if (!consumer.commit("orders", 0, delivery.offset + 1, world.place("commit"))) return;
      }
      if (offsets.size() < 3 || std::exchange(sought, true)) continue;
      world.sleep(Duration::seconds(30));
      consumer.seek("orders", 0, 1);
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(offsets == std::vector<std::uint64_t>{0, 1, 2, 1, 2});
}

TEST_CASE("the coordinator refuses who is of an old generation or no member") {
  World world(three_replicas());
  std::vector<std::string> errors;
  std::vector<std::string> beats;
  world.client("shipping.1", [&](sim::Process& process) {
    Client client(process, world.settings, "test");
    const ConsumerSettings settings = group("shipping");
    world.sleep(Duration::milliseconds(100));
    const NodeId node = *client.metadata("", "shipping", Duration::seconds(1))->coordinator;
    auto join = std::make_unique<JoinGroupRequest>();
    join->group = "shipping";
    join->topics = {"orders"};
    join->session_timeout = settings.session_timeout;
    join->rebalance_timeout = settings.max_poll_interval;
    join->reader = {"shipping", "shipping.1", 1};
    auto joined =
        client.ask(node, "test", std::move(join), world.place("join"), Duration::seconds(10));
    const JoinGroupReply member = joined.message->as<JoinGroupReply>();
    CHECK(member.assignment.size() == 1);
    const auto commit = [&](const std::string& id, std::uint32_t generation) {
      auto request = std::make_unique<OffsetCommitRequest>();
      request->group = "shipping";
      request->member_id = id;
      request->generation = generation;
      request->next_offset = 3;
      auto answer = client.ask(node, "test", std::move(request), world.place("commit"),
                               Duration::seconds(10));
      errors.push_back(to_text(answer.message->as<GroupReply>().error));
    };
    const auto beat = [&](const std::string& id, std::uint32_t generation) {
      auto request = std::make_unique<HeartbeatRequest>();
      request->group = "shipping";
      request->member_id = id;
      request->generation = generation;
      auto answer =
          client.ask(node, "test", std::move(request), world.place("beat"), Duration::seconds(10));
      beats.push_back(to_text(answer.message->as<GroupReply>().error));
    };
    beat(member.member_id, member.generation - 1);
    beat("somebody", member.generation);
    beat(member.member_id, member.generation);
    commit(member.member_id, member.generation - 1);
    commit("somebody", member.generation);
    CHECK_FALSE(world.cluster.committed("shipping", "orders", 0));
    commit(member.member_id, member.generation);
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  const std::vector<std::string> expected{"ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "NONE"};
  CHECK(errors == expected);
  CHECK(beats == expected);
  CHECK(world.cluster.committed("shipping", "orders", 0) == 3);
}

TEST_CASE("auto_offset_reset decides where a group without offsets begins") {
  struct Row {
    OffsetReset reset;
    Ids read;
    std::string refusal;
  };
  const Row row = GENERATE(
      Row{OffsetReset::earliest, {"e1", "e2", "e3"}, ""}, Row{OffsetReset::latest, {}, ""},
      Row{OffsetReset::fail, {}, "group shipping has no valid committed offset for orders/0"});
  World world(three_replicas());
  Ids read;
  std::string refusal;
  produce(world, 3);
  ConsumerSettings settings = group("shipping");
  settings.auto_offset_reset = row.reset;
  world.client(
      "shipping.1",
      [&](sim::Process& process) {
        Consumer consumer(process, world.settings, settings, {"orders"});
        for (int poll = 0; poll < 10; ++poll) {
          for (const Delivery& delivery :
               consumer.poll(world.place("poll"), Duration::seconds(1))) {
            read.push_back(delivery.record.event_id);
          }
          refusal = consumer.refusal();
          world.sleep(Duration::milliseconds(1));
        }
        consumer.leave(world.place("leave"));
      },
      Duration::seconds(2));
  world.simulation.keep_busy_until(Instant::at(Duration::seconds(15)));
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(read == row.read);
  CHECK(refusal == row.refusal);
}

TEST_CASE("a rebalance that is asked for opens a round, and the members read on") {
  World world(three_replicas(2));
  std::vector<Seen> seen;
  produce(world, 40, Duration(), Duration::milliseconds(250));
  consume(world, "shipping.1", group("shipping"), seen);
  consume(world, "shipping.2", group("shipping"), seen);
  bool asked = false;
  world.simulation.at(Instant::at(Duration::seconds(6)), sim::Activity::work,
                      [&] { asked = world.cluster.rebalance("shipping"); });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(asked);
  Ids ids = ids_of(seen);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  CHECK(ids.size() == 40);
}

TEST_CASE("a group survives its coordinator: members, generation and offsets, in 40 storms") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    World world(three_replicas(2), seed);
    std::vector<Seen> seen;
    produce(world, 40, Duration(), Duration::milliseconds(200));
    consume(world, "shipping.1", group("shipping"), seen);
    consume(world, "shipping.2", group("shipping"), seen);
    for (std::int64_t second = 0; second < 10; ++second) {
      const sim::Key key = sim::Draws(seed).key().with("storm").with(std::uint64_t(second));
      const std::int64_t at = sim::Draws::between(key.with("at"), 0, 999'999'999);
      const std::uint64_t node = 1 + sim::Draws::below(key.with("node"), 3);
      world.simulation.at(
          Instant::at(Duration::seconds(second) + Duration::nanoseconds(at)), sim::Activity::work,
          [&world, node] { world.crash(numbered("kafka.", node), Duration::milliseconds(200)); });
    }
    const sim::RunEnd end = world.run();
    CAPTURE(end.waiting);
    REQUIRE(end.kind == sim::RunEnd::Kind::quiet);
    Ids ids = ids_of(seen);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    REQUIRE(ids.size() == 40);
    // Nobody was thrown out: commits went through, so nothing came twice.
    REQUIRE(seen.size() == 40);
  }
}
