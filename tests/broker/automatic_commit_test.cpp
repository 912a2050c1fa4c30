// enable_auto_commit: when the client commits by itself, and what.
#include "tests/broker/broker_world.hpp"
#include "tests/broker/seen.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using namespace halfwrite::broker;
using namespace halfwrite::broker::testing;

namespace {

Settings one_replica(std::uint32_t partitions = 1) {
  Settings settings = three_replicas(partitions);
  settings.replicas = 1;
  return settings;
}

ConsumerSettings automatic() {
  ConsumerSettings settings;
  settings.group = "shipping";
  settings.enable_auto_commit = true;
  return settings;
}

// A member that says "shipping.prepare" of itself, and what it does in its first life.
void member(World& world, const ConsumerSettings& settings,
            std::function<void(Consumer&, sim::Process&)> body) {
  world.client("shipping.1", [&world, settings, body](sim::Process& process) {
    const sim::ScopeGuard guard(world.simulation, world.intent(1, "shipping.prepare"));
    Consumer consumer(process, world.settings, settings, {"orders"});
    consumer.commit_automatically_at(world.simulation.names().of("acknowledge"));
    body(consumer, process);
  });
}

// Polls once, again where that returned nothing.
std::size_t poll_some(World& world, Consumer& consumer, std::vector<Seen>& seen) {
  for (;;) {
    const auto batch = consumer.poll(world.place("poll"), Duration::seconds(1));
    for (const Delivery& delivery : batch) {
      seen.push_back({"shipping", delivery.record.event_id, delivery.partition, delivery.offset,
                      world.simulation.now()});
    }
    if (!batch.empty()) return batch.size();
  }
}
[[noreturn]] void poll_on(World& world, Consumer& consumer, std::vector<Seen>& seen) {
  for (;;) poll_some(world, consumer, seen);
}

std::optional<std::uint64_t> committed(const World& world) {
  return world.cluster.committed("shipping", "orders", 0);
}

struct Commit {
  std::uint64_t next_offset;
  Instant at;
};
std::vector<Commit> commits(const World& world) {
  std::vector<Commit> found;
  for (const history::Fact& fact : world.facts.facts) {
    if (const auto* one = std::get_if<history::Acknowledged>(&fact.content))
      found.push_back({one->next_offset, fact.at});
  }
  return found;
}

}  // namespace

TEST_CASE("positions are committed once an interval, as far as earlier polls have reached") {
  World world(one_replica());
  std::vector<Seen> seen;
  produce(world, 40, Duration(), Duration::milliseconds(400));
  member(world, automatic(),
         [&](Consumer& consumer, sim::Process&) { poll_on(world, consumer, seen); });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(seen.size() == 40);
  const auto made = commits(world);
  REQUIRE(made.size() >= 3);
  CHECK(made.back().next_offset == 40);
  for (std::size_t index = 0; index < made.size(); ++index) {
    const auto seen_by = [&](Instant instant) {
      return static_cast<std::uint64_t>(std::count_if(
          seen.begin(), seen.end(), [instant](const Seen& one) { return one.at < instant; }));
    };
    CHECK(made[index].next_offset <= seen_by(made[index].at));
    CHECK(made[index].next_offset >= seen_by(made[index].at - Duration::milliseconds(50)));
    if (index == 0) continue;
    // The answers, not the requests, are an interval apart: the network is not always as fast.
    CHECK(made[index].at - made[index - 1].at > Duration::milliseconds(4950));
  }
}

TEST_CASE("a poll commits what earlier ones returned, and not what it returns itself") {
  World world(one_replica());
  std::vector<Seen> seen;
  std::vector<std::optional<std::uint64_t>> after;
  std::size_t first = 0;
  std::size_t second = 0;
  produce(world, 60, Duration(), Duration::milliseconds(100));
  ConsumerSettings settings = automatic();
  settings.prefetch = 7;
  member(world, settings, [&](Consumer& consumer, sim::Process&) {
    first = poll_some(world, consumer, seen);
    world.sleep(Duration::seconds(6));
    after.push_back(committed(world));
    second = poll_some(world, consumer, seen);
    world.sleep(Duration::seconds(20));
    after.push_back(committed(world));
    poll_on(world, consumer, seen);
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  REQUIRE(second > 0);
  REQUIRE(after.size() == 2);
  CHECK(!after[0]);
  CHECK(after[1] == first);
}

TEST_CASE("a member that leaves commits what its last poll returned, handled or not") {
  World world(one_replica());
  std::vector<Seen> seen;
  produce(world, 3);
  member(world, automatic(), [&](Consumer& consumer, sim::Process&) {
    world.sleep(Duration::seconds(1));
    poll_some(world, consumer, seen);
    consumer.leave(world.place("leave"));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(seen.size() == 3);
  CHECK(committed(world) == 3);
}

TEST_CASE("a member that dies commits nothing, and its next life reads all of it again") {
  World world(one_replica());
  std::vector<Seen> seen;
  produce(world, 3);
  member(world, automatic(), [&](Consumer& consumer, sim::Process& process) {
    if (process.incarnation() > 1) poll_on(world, consumer, seen);
    world.sleep(Duration::seconds(1));
    poll_some(world, consumer, seen);
    world.crash("shipping.1", Duration::milliseconds(200));
    world.sleep(Duration::seconds(1));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e1", "e2", "e3"});
}

TEST_CASE("before a rebalance takes partitions away their positions are committed") {
  World world(one_replica());
  std::vector<Seen> seen;
  produce(world, 3);
  ConsumerSettings settings = automatic();
  settings.auto_commit_interval = Duration::seconds(600);
  member(world, settings,
         [&](Consumer& consumer, sim::Process&) { poll_on(world, consumer, seen); });
  std::optional<std::uint64_t> before = 7;
  world.simulation.at(Instant::at(Duration::seconds(8)), sim::Activity::work, [&] {
    before = committed(world);
    CHECK(world.cluster.rebalance("shipping"));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(!before);
  CHECK(committed(world) == 3);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3"});
}

TEST_CASE("after a seek back the position that is committed is the one sought") {
  World world(one_replica());
  std::vector<Seen> seen;
  std::optional<std::uint64_t> after;
  produce(world, 3);
  member(world, automatic(), [&](Consumer& consumer, sim::Process&) {
    world.sleep(Duration::seconds(1));
    poll_some(world, consumer, seen);
    consumer.seek("orders", 0, 1);
    world.sleep(Duration::seconds(6));
    poll_some(world, consumer, seen);
    world.sleep(Duration::seconds(1));
    after = committed(world);
    poll_on(world, consumer, seen);
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(after == 1);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e2", "e3"});
  CHECK(committed(world) == 3);
}

TEST_CASE("a member that was too slow has lost its partitions and commits no position of them") {
  World world(one_replica());
  std::vector<Seen> seen;
  std::optional<std::uint64_t> after = 7;
  produce(world, 3);
  ConsumerSettings settings = automatic();
  settings.max_poll_interval = Duration::seconds(10);
  member(world, settings, [&](Consumer& consumer, sim::Process&) {
    world.sleep(Duration::seconds(1));
    poll_some(world, consumer, seen);
    world.sleep(Duration::seconds(30));
    after = committed(world);
    poll_on(world, consumer, seen);
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(!after);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3", "e1", "e2", "e3"});
}

TEST_CASE("a commit in the background that fails is told to nobody and tried again by a poll") {
  World world(one_replica());
  std::vector<Seen> seen;
  produce(world, 3);
  member(world, automatic(),
         [&](Consumer& consumer, sim::Process&) { poll_on(world, consumer, seen); });
  // The assignment is made at 3 s, so the interval is over while the broker is away.
  world.simulation.at(Instant::at(Duration::seconds(7)), sim::Activity::work,
                      [&] { world.crash("kafka.1", Duration::seconds(4)); });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(ids_of(seen) == Ids{"e1", "e2", "e3"});
  const auto made = commits(world);
  REQUIRE(made.size() == 1);
  CHECK(made.front().next_offset == 3);
  CHECK(made.front().at > Instant::at(Duration::seconds(11)));
  CHECK(made.front().at < Instant::at(Duration::seconds(25)));
}

TEST_CASE("a group that begins at the end commits that, so that a second life misses nothing") {
  World world(one_replica());
  std::vector<Seen> seen;
  ConsumerSettings settings = automatic();
  settings.auto_offset_reset = OffsetReset::latest;
  member(world, settings,
         [&](Consumer& consumer, sim::Process&) { poll_on(world, consumer, seen); });
  world.simulation.at(Instant::at(Duration::seconds(12)), sim::Activity::work,
                      [&] { world.crash("shipping.1", Duration::seconds(10)); });
  world.client(
      "order.1",
      [&world](sim::Process& process) {
        Producer producer(process, world.settings, world.settings.producer);
        static_cast<void>(world.send(producer, 1, "e1"));
      },
      Duration::seconds(14));
  world.simulation.keep_busy_until(Instant::at(Duration::seconds(30)));
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(ids_of(seen) == Ids{"e1"});
}
