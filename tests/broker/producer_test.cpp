#include "tests/broker/broker_world.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite;
using namespace halfwrite::broker;
using namespace halfwrite::broker::testing;

namespace {

sim::FaultPlan fault_at_publish(sim::FaultKind kind, std::uint64_t number) {
  sim::Fault fault;
  fault.kind = kind;
  fault.anchor.when = sim::When::during;
  fault.anchor.point.subject = "orders";
  fault.anchor.point.number = number;
  fault.anchor.point.step = "publish";
  fault.error = "unavailable";
  sim::FaultPlan plan;
  plan.faults.push_back(fault);
  return plan;
}

}  // namespace

TEST_CASE(
    "C04: a lost reply leaves two copies without idempotence, one copy and its offset with it") {
  const bool idempotent = GENERATE(false, true);
  CAPTURE(idempotent);
  Settings settings = three_replicas();
  settings.producer.enable_idempotence = idempotent;
  World world(settings, 1, fault_at_publish(sim::FaultKind::lose_reply, 2));
  std::vector<std::uint64_t> offsets;
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    for (std::uint64_t number = 1; number <= 3; ++number) {
      const auto sent = world.send(producer, number, numbered("e", number));
      REQUIRE(sent);
      offsets.push_back(sent->offset);
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  REQUIRE(world.simulation.faults().landed().size() == 1);
  if (idempotent) {
    CHECK(world.cluster.event_ids("orders", 0) == Ids{"e1", "e2", "e3"});
    CHECK(offsets == std::vector<std::uint64_t>{0, 1, 2});
  } else {
    CHECK(world.cluster.event_ids("orders", 0) == Ids{"e1", "e2", "e2", "e3"});
    CHECK(offsets == std::vector<std::uint64_t>{0, 2, 3});
  }
}

TEST_CASE("C06: a producer that dies after the append and sends again leaves two copies") {
  World world(three_replicas());
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    CHECK(world.send(producer, 1, "e1"));
    if (process.incarnation() == 1) world.crash("order.1", Duration::milliseconds(100));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.cluster.event_ids("orders", 0) == Ids{"e1", "e1"});
}

TEST_CASE("a refused record is surely not written and the next one leaves no gap") {
  World world(three_replicas(), 1, fault_at_publish(sim::FaultKind::refuse, 2));
  std::vector<bool> sent;
  std::optional<ProduceFailure> failure;
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    for (std::uint64_t number = 1; number <= 3; ++number) {
      auto outcome = world.send(producer, number, numbered("e", number));
      sent.push_back(outcome.has_value());
      if (!outcome) failure = outcome.error();
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(sent == std::vector<bool>{true, false, true});
  REQUIRE(failure);
  CHECK(failure->surely_not_written);
  CHECK(failure->reason == "unavailable");
  CHECK(world.cluster.event_ids("orders", 0) == Ids{"e1", "e3"});
}

TEST_CASE("a delivery time-out is an unknown outcome, and sure only where nothing was sent") {
  const bool connected_before = GENERATE(false, true);
  CAPTURE(connected_before);
  Settings settings = three_replicas();
  settings.producer.delivery_timeout = Duration::milliseconds(500);
  World world(settings);
  std::optional<ProduceFailure> failure;
  bool afterwards = false;
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    if (connected_before) CHECK(world.send(producer, 1, "e1"));
    const auto node = [&](const char* name) { return world.simulation.find_node(name); };
    const std::uint64_t cut = world.simulation.network().partition(
        {{node("order.1")}, {node("kafka.1"), node("kafka.2"), node("kafka.3")}}, false);
    const Instant before = world.simulation.now();
    failure = world.send(producer, 2, "e2").error();
    CHECK(world.simulation.now() - before == Duration::milliseconds(500));
    world.simulation.network().heal(cut);
    afterwards = world.send(producer, 3, "e3").has_value();
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  REQUIRE(failure);
  CHECK(failure->surely_not_written == !connected_before);
  CHECK(afterwards);
}

TEST_CASE(
    "fibers of one process share a producer and keep the order of their sends per partition") {
  World world(three_replicas());
  world.client("order.1", [&](sim::Process& process) {
    auto producer = std::make_shared<Producer>(process, world.settings, world.settings.producer);
    for (std::uint64_t number = 1; number <= 5; ++number) {
      const sim::ScopeGuard guard(world.simulation, world.intent(number));
      producer->send_and_forget(record(numbered("e", number)), world.place("publish"));
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(world.cluster.event_ids("orders", 0) == Ids{"e1", "e2", "e3", "e4", "e5"});
}

TEST_CASE("with acks none success says nothing: the record may never arrive") {
  Settings settings = three_replicas();
  settings.producer.acks = Acknowledgements::none;
  World world(settings);
  std::vector<std::uint64_t> offsets;
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    offsets.push_back(world.send(producer, 1, "e1")->offset);
    world.sleep(Duration::milliseconds(50));
    offsets.push_back(world.send(producer, 2, "e2")->offset);
    world.crash("kafka.1", Duration::milliseconds(200));
    world.sleep(Duration::seconds(1));
    static_cast<void>(world.send(producer, 3, "e3"));
    world.sleep(Duration::seconds(1));
    static_cast<void>(world.send(producer, 4, "e4"));
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  CHECK(offsets == std::vector<std::uint64_t>{Metadata::offset_unknown, Metadata::offset_unknown});
  const Ids ids = surviving(world.facts);
  CHECK(std::count(ids.begin(), ids.end(), "e1") == 1);
  CHECK(std::count(ids.begin(), ids.end(), "e2") == 0);
  CHECK(std::count(ids.begin(), ids.end(), "e4") == 1);
}

TEST_CASE("records without a key spread over the partitions") {
  World world(three_replicas(3));
  world.client("order.1", [&](sim::Process& process) {
    Producer producer(process, world.settings, world.settings.producer);
    for (std::uint64_t number = 1; number <= 30; ++number) {
      static_cast<void>(world.send(producer, number, numbered("e", number), ""));
    }
  });
  REQUIRE(world.run().kind == sim::RunEnd::Kind::quiet);
  for (const std::uint32_t partition : {0u, 1u, 2u}) {
    CHECK_FALSE(world.cluster.event_ids("orders", partition).empty());
  }
}
