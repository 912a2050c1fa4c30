// Law 8: quiescence is detected, not waited for.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>
#include <vector>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

Scope idle_scope(Simulation& simulation, std::string_view operation) {
  Scope scope;
  scope.operation = simulation.names().of(operation);
  scope.activity = Activity::idle;
  return scope;
}

}  // namespace

TEST_CASE("an idle poller does not keep a run alive") {
  Simulation simulation({});
  std::uint64_t polls = 0;
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(idle_scope(simulation, "poll"), [&] {
      IdleLoop loop(simulation.quiescence(), "a polls");
      for (;;) {
        loop.begin_cycle();
        ++polls;
        loop.end_cycle();
        simulation.sleep(ms(100), {simulation.names().of("rest")});
      }
    });
  }));
  simulation.keep_busy_until(at_ms(1000));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(end.at == at_ms(1000));
  CHECK(end.calm_since == at_ms(1000));
  CHECK(polls >= 10);
}

TEST_CASE("a poll that finds work keeps the run going until a full cycle finds none") {
  Simulation simulation({});
  std::vector<int> table;
  std::vector<Instant> handled;
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(idle_scope(simulation, "relay"), [&] {
      IdleLoop loop(simulation.quiescence(), "a relays");
      for (;;) {
        loop.begin_cycle();
        if (!table.empty()) {
          simulation.sleep(ms(5), {simulation.names().of("publish")});
          table.pop_back();
          handled.push_back(simulation.now());
          simulation.quiescence().durable_change();
        }
        loop.end_cycle();
        simulation.sleep(ms(100), {simulation.names().of("rest")});
      }
    });
    process.spawn(simulation.scope(), [&] {
      simulation.sleep(ms(150), {simulation.names().of("write")});
      table = {1, 2, 3};
      simulation.quiescence().durable_change();
    });
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(handled.size() == 3);
  CHECK(end.at == at_ms(515));
}

TEST_CASE("a loop that passed over what is open looks once more before the run is quiet") {
  Simulation simulation({});
  std::uint64_t looks = 0;
  bool held = true;
  std::uint64_t found = 0;
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(idle_scope(simulation, "relay"), [&] {
      IdleLoop loop(simulation.quiescence(), "a relays");
      Scope scope = idle_scope(simulation, "relay");
      scope.loop = loop.id();
      const ScopeGuard guard(simulation, scope);
      for (;;) {
        loop.begin_cycle();
        ++looks;
        if (held) simulation.quiescence().look_again(simulation.scope().loop);
        if (!held && found == 0) {
          found = looks;
          simulation.quiescence().durable_change();
        }
        loop.end_cycle();
        simulation.sleep(ms(100), {simulation.names().of("rest")});
      }
    });
    // Nothing durable tells that what was held is free again.
    process.spawn(simulation.scope(), [&] {
      simulation.sleep(ms(250), {simulation.names().of("hold")});
      held = false;
    });
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(found == 4);
  CHECK(looks == 5);
  CHECK(end.at == at_ms(400));
}

TEST_CASE("a clean look holds as long as nothing durable changes, unless the loop takes it back") {
  Simulation simulation({});
  std::vector<bool> quiet;
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(simulation.scope(), [&] {
      Quiescence& quiescence = simulation.quiescence();
      IdleLoop loop(quiescence, "a relays");
      loop.begin_cycle();
      loop.end_cycle();
      quiet.push_back(quiescence.is_quiet());
      loop.begin_cycle();
      quiescence.look_again(loop.id());
      loop.end_cycle();
      quiet.push_back(quiescence.is_quiet());
      loop.unsettle();
      quiet.push_back(quiescence.is_quiet());
      loop.begin_cycle();
      loop.end_cycle();
      quiet.push_back(quiescence.is_quiet());
    });
  }));
  CHECK(simulation.run().kind == RunEnd::Kind::quiet);
  CHECK(quiet == std::vector<bool>{true, true, false, true});
}

namespace {

// A loop that looks every 100 ms. At 1 s the calm begins; something is there at 7.03 s, while
// something else is under way from 3 s to 3.25 s.
struct RestingRelay {
  explicit RestingRelay(bool passes_over_what_is_open = false,
                        Duration at_most = Duration::for_ever()) {
    simulation.add_node(node("a", "a", [this, passes_over_what_is_open, at_most](Process& process) {
      process.spawn(idle_scope(simulation, "relay"), [this, passes_over_what_is_open, at_most] {
        IdleLoop loop(simulation.quiescence(), "a relays");
        Scope scope = idle_scope(simulation, "relay");
        scope.loop = loop.id();
        const ScopeGuard guard(simulation, scope);
        for (;;) {
          loop.begin_cycle();
          looks.push_back(simulation.now());
          if (passes_over_what_is_open && !is_there) look_again(simulation);
          if (std::exchange(is_there, false)) found_at = simulation.now();
          loop.end_cycle();
          const Place place{simulation.names().of("rest")};
          simulation.rest({ms(100), ms(100), at_most}, place);
        }
      });
    }));
    simulation.keep_busy_until(at_ms(1000));
    simulation.at(at_ms(3250), Activity::work, [] {});
    simulation.at(at_ms(7030), Activity::work, [this] {
      is_there = true;
      simulation.quiescence().durable_change();
    });
  }
  std::size_t looks_between(Instant from, Instant to) const {
    return static_cast<std::size_t>(std::count_if(
        looks.begin(), looks.end(), [&](Instant look) { return look >= from && look < to; }));
  }

  Simulation simulation{{}};
  bool is_there = false;
  std::vector<Instant> looks;
  Instant found_at;
};

}  // namespace

TEST_CASE("in the calm a loop rests on while it would find nothing, and finds what comes in time") {
  RestingRelay relay;
  CHECK(relay.simulation.run().kind == RunEnd::Kind::quiet);
  CHECK(relay.looks_between(at_ms(0), at_ms(1000)) == 10);
  CHECK(relay.looks_between(at_ms(1000), at_ms(3250)) == 1);
  CHECK(relay.looks_between(at_ms(3250), at_ms(7030)) == 1);
  CHECK(relay.found_at == at_ms(7100));
}

TEST_CASE("a loop that passed over what is open does not rest on") {
  RestingRelay relay(true);
  CHECK(relay.simulation.run().kind == RunEnd::Kind::quiet);
  CHECK(relay.looks_between(at_ms(0), at_ms(7030)) == 71);
  CHECK(relay.found_at == at_ms(7100));
}

TEST_CASE("a rest ends before it exceeds what it may last") {
  RestingRelay relay(false, ms(550));
  CHECK(relay.simulation.run().kind == RunEnd::Kind::quiet);
  CHECK(relay.looks_between(at_ms(1200), at_ms(3200)) == 4);
  CHECK(relay.found_at > at_ms(7030));
  CHECK(relay.found_at <= at_ms(7130));
}

TEST_CASE("a stuck run names what waits for what") {
  SimulationOptions options;
  options.settle_at_most = ms(500);
  Simulation simulation(std::move(options));
  simulation.add_node(node("order.1", "order", [&](Process& process) {
    process.spawn(idle_scope(simulation, "poll"), [&] {
      for (;;) simulation.sleep(ms(100), {simulation.names().of("rest")});
    });
    Scope scope;
    scope.operation = simulation.names().of("order.place");
    scope.identity = {simulation.names().of("orders"), 9};
    process.spawn(scope, [&] {
      const OpenThing transaction(simulation.quiescence(), "transaction 31 of order.1 is open");
      simulation.suspend({simulation.names().of("lock")});
    });
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::stuck);
  CHECK(end.at == at_ms(500));
  CHECK(end.waiting == std::vector<std::string>{"transaction 31 of order.1 is open",
                                                "order.1 waits at order.place/lock of orders#9"});
}

TEST_CASE("when nothing but idling can happen any more, a run is stuck early") {
  Simulation simulation({});
  OpenThing forgotten(simulation.quiescence(), "branch 7 is prepared");
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(idle_scope(simulation, "poll"), [&] {
      for (;;) simulation.sleep(Duration::seconds(1), {simulation.names().of("rest")});
    });
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::stuck);
  CHECK(end.at < Instant::at(Duration::seconds(700)));
  CHECK(end.waiting == std::vector<std::string>{"branch 7 is prepared"});
}

TEST_CASE("a message held by a partition keeps a run from being quiet") {
  SimulationOptions options;
  Fault partition;
  partition.kind = FaultKind::partition;
  partition.anchor.at = at_ms(20);
  partition.groups = {{"client"}, {"server"}};
  partition.lasting = Duration::seconds(30);
  options.plan.faults = {partition};
  Simulation simulation(std::move(options));
  Instant received;
  simulation.add_node(node("server", "server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
      while (peer.receive({simulation.names().of("receive")})) received = simulation.now();
    });
  }));
  simulation.add_node(node("client", "client", [&](Process&) {
    simulation.sleep(ms(5), {simulation.names().of("start")});
    auto server = simulation.network().connect("server", {simulation.names().of("connect")});
    simulation.sleep(ms(25), {simulation.names().of("think")});
    server->send(text("Last", "word"));
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(received > Instant::at(Duration::seconds(30)));
  CHECK(end.at >= received);
}

TEST_CASE("a run waits for a node that is coming up") {
  SimulationOptions options;
  options.plan.faults = {crash_at(at_ms(1), "a", Duration::seconds(5))};
  Simulation simulation(std::move(options));
  std::uint32_t incarnation = 0;
  simulation.add_node(
      node("a", "a", [&](Process& process) { incarnation = process.incarnation(); }));
  simulation.keep_busy_until(at_ms(10));
  simulation.run();
  CHECK(incarnation == 2);
}
