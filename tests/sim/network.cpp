// Law 6: connections, not packets.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

Place place(Simulation& simulation, std::string_view step) {
  return {simulation.names().of(step)};
}

// One client asks one echo server under a plan.
struct Asked {
  std::optional<std::string> answer;
  std::optional<Broken> broken;
  Instant at;
  std::vector<std::string> served;
  RunEnd end;
};

Asked ask(std::vector<Fault> faults, Duration timeout = Duration::for_ever()) {
  SimulationOptions options;
  options.plan.faults = std::move(faults);
  Simulation simulation(std::move(options));
  Asked asked;
  simulation.add_node(node("server", "server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
      for (;;) {
        auto message = peer.receive(place(simulation, "receive"));
        if (!message) return;
        asked.served.push_back(message->as<Text>().content());
        const ScopeGuard scope(simulation, message->scope);
        simulation.sleep(ms(20), place(simulation, "work"));
        peer.send(text("Reply", "done"));
      }
    });
  }));
  simulation.add_node(node("client", "client", [&](Process& process) {
    if (process.incarnation() > 1) return;
    simulation.sleep(ms(5), place(simulation, "start"));
    auto server = simulation.network().connect("server", place(simulation, "connect"));
    REQUIRE(server);
    const auto answer = server->request(text("Ask", "please"), place(simulation, "ask"), timeout);
    asked.at = simulation.now();
    if (answer) {
      asked.answer = answer->as<Text>().content();
    } else {
      asked.broken = answer.error();
    }
  }));
  asked.end = simulation.run();
  return asked;
}

}  // namespace

TEST_CASE("a request is answered") {
  const Asked asked = ask({});
  CHECK(asked.answer == "done");
  CHECK(asked.served == std::vector<std::string>{"please"});
  CHECK(asked.end.kind == RunEnd::Kind::quiet);
}

TEST_CASE("a lost request has no effect, a lost reply has one; the client cannot tell") {
  const Asked request = ask({fault_at_point(FaultKind::lose_request, When::before, "client/ask")});
  const Asked reply = ask({fault_at_point(FaultKind::lose_reply, When::before, "client/ask")});
  CHECK(request.broken == Broken::reset);
  CHECK(reply.broken == Broken::reset);
  CHECK(request.served.empty());
  CHECK(reply.served.size() == 1);
}

TEST_CASE("a use that one fault struck counts for the others of its kind") {
  // Which of five requests are lost, when these are to be: "client/ask#2" is 2.
  const auto lost = [](const std::vector<std::uint64_t>& planned) {
    SimulationOptions options;
    for (const std::uint64_t nth : planned) {
      Fault fault = fault_at_point(FaultKind::lose_request, When::before, "client/ask");
      fault.anchor.point.nth = nth;
      options.plan.faults.push_back(fault);
    }
    Simulation simulation(std::move(options));
    simulation.add_node(node("server", "server", [&](Process& process) {
      simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
        while (auto message = peer.receive(place(simulation, "receive"))) {
          const ScopeGuard scope(simulation, message->scope);
          peer.send(text("Reply", "done"));
        }
      });
    }));
    std::vector<int> asks;
    simulation.add_node(node("client", "client", [&](Process&) {
      for (int ask = 1; ask <= 5; ++ask) {
        simulation.sleep(ms(5), place(simulation, "start"));
        auto server = simulation.network().connect("server", place(simulation, "connect"));
        REQUIRE(server);
        if (!server->request(text("Ask", "please"), place(simulation, "ask"))) asks.push_back(ask);
      }
    }));
    simulation.run();
    return asks;
  };
  CHECK(lost({1, 2}) == std::vector<int>{1, 2});
  CHECK(lost({2, 1, 4}) == std::vector<int>{1, 2, 4});
  CHECK(lost({3, 3}) == std::vector<int>{3, 4});  // the second strikes when the first is through
  CHECK(lost({5, 1}) == std::vector<int>{1, 5});
}

TEST_CASE("a reset strikes on the way there, or on the way back") {
  const Asked there = ask({fault_at_point(FaultKind::reset, When::before, "client/ask")});
  const Asked back = ask({fault_at_point(FaultKind::reset, When::after, "client/ask")});
  CHECK(there.broken == Broken::reset);
  CHECK(back.broken == Broken::reset);
  CHECK(there.served.empty());
  CHECK(back.served.size() == 1);
}

TEST_CASE("a delayed message arrives later") {
  Fault delay = fault_at_point(FaultKind::delay, When::before, "client/ask");
  delay.by = ms(300);
  const Asked asked = ask({delay});
  CHECK(asked.answer == "done");
  CHECK(asked.at > at_ms(325));
}

TEST_CASE("a time-out leaves the outcome unknown: the work goes on") {
  const Asked asked = ask({}, ms(10));
  CHECK(asked.broken == Broken::timed_out);
  CHECK(asked.served.size() == 1);
}

TEST_CASE("a crash of the server process resets its peers at once") {
  const Asked asked = ask({crash_at(at_ms(20), "server", ms(100))});
  CHECK(asked.broken == Broken::reset);
  CHECK(asked.at < at_ms(23));
}

TEST_CASE("a crash of the server's machine is silence until the connection is given up") {
  Fault crash = crash_at(at_ms(20), "server", Duration::seconds(100));
  crash.machine = true;
  const Asked asked = ask({crash});
  CHECK(asked.broken == Broken::reset);
  CHECK(asked.at == at_ms(60'020));
  CHECK(ask({crash}, ms(50)).broken == Broken::timed_out);
}

TEST_CASE("a machine that came back resets whoever speaks on an old connection") {
  SimulationOptions options;
  Fault crash = crash_at(at_ms(20), "server", ms(10));
  crash.machine = true;
  options.plan.faults = {crash};
  Simulation simulation(std::move(options));
  std::vector<Instant> ended;
  simulation.add_node(node("server", "server", echo(simulation)));
  for (const std::int64_t speaks : {25, 50}) {
    const std::string name = "client." + std::to_string(speaks);
    simulation.add_node(node(name, "client", [&, speaks](Process&) {
      simulation.sleep(ms(5), place(simulation, "start"));
      auto server = simulation.network().connect("server", place(simulation, "connect"));
      simulation.sleep(at_ms(speaks) - simulation.now(), place(simulation, "think"));
      const auto answer = server->request(text("Ask", "late"), place(simulation, "ask"));
      CHECK(answer.error() == Broken::reset);
      ended.push_back(simulation.now());
    }));
  }
  simulation.run();
  REQUIRE(ended.size() == 2);
  CHECK(ended[0] > at_ms(30));
  CHECK(ended[0] < at_ms(33));
  CHECK(ended[1] < at_ms(55));
}

TEST_CASE("a partition delays messages until it heals") {
  Fault partition;
  partition.kind = FaultKind::partition;
  partition.anchor.at = at_ms(15);
  partition.groups = {{"client"}, {"server"}};
  partition.lasting = ms(400);
  const Asked asked = ask({partition});
  CHECK(asked.answer == "done");
  CHECK(asked.at > at_ms(415));
  CHECK(asked.at < at_ms(440));
}

TEST_CASE("a partition that does not heal is given up after the keepalive") {
  Fault partition;
  partition.kind = FaultKind::partition;
  partition.anchor.at = at_ms(15);
  partition.groups = {{"client"}, {"server"}};
  partition.for_ever = true;
  const Asked asked = ask({partition});
  CHECK(asked.broken == Broken::reset);
  CHECK(asked.at == at_ms(60'015));
}

TEST_CASE("a partition one way lets the other way through") {
  Fault partition;
  partition.kind = FaultKind::partition;
  partition.anchor.at = at_ms(15);
  partition.groups = {{"client"}, {"server"}};
  partition.one_way = true;
  partition.lasting = ms(400);
  CHECK(ask({partition}).at < at_ms(50));  // only the answer was still to come
  std::swap(partition.groups[0], partition.groups[1]);
  CHECK(ask({partition}).at > at_ms(415));
}

TEST_CASE("messages of one direction arrive in order, whatever their latencies") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    options.latency = {ms(1), ms(50)};
    Fault partition;
    partition.kind = FaultKind::partition;
    partition.anchor.at = at_ms(130);
    partition.groups = {{"client"}, {"server"}};
    partition.lasting = ms(60);
    options.plan.faults = {partition};
    Simulation simulation(std::move(options));
    std::vector<std::string> received;
    simulation.add_node(node("server", "server", [&](Process& process) {
      simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
        while (auto message = peer.receive(place(simulation, "receive"))) {
          received.push_back(message->as<Text>().content());
        }
      });
    }));
    std::vector<std::string> sent;
    simulation.add_node(node("client", "client", [&](Process&) {
      simulation.sleep(ms(1), place(simulation, "start"));
      auto server = simulation.network().connect("server", place(simulation, "connect"));
      for (int index = 0; index < 50; ++index) {
        sent.push_back(std::to_string(index));
        server->send(text("Item", sent.back()));
        simulation.sleep(ms(3), place(simulation, "next"));
      }
      server->close();
    }));
    simulation.run();
    CHECK(received == sent);
  }
}

namespace {

// The first is late, and the delay does not block.
std::string received_of_three(bool keep_order) {
  SimulationOptions options;
  Fault delay = fault_at_point(FaultKind::delay, When::before, "client/Item");
  delay.by = ms(100);
  delay.blocking = false;
  options.plan.faults = {delay};
  Simulation simulation(std::move(options));
  std::string received;
  simulation.add_node(node("server", "server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
      while (auto message = peer.receive(place(simulation, "receive"))) {
        received += message->as<Text>().content();
      }
    });
  }));
  simulation.add_node(node("client", "client", [&](Process&) {
    simulation.sleep(ms(1), place(simulation, "start"));
    auto server = simulation.network().connect("server", place(simulation, "connect"));
    if (keep_order) server->keep_order();
    for (const char* item : {"a", "b", "c"}) server->send(text("Item", item));
  }));
  simulation.run();
  return received;
}

}  // namespace

TEST_CASE("a delay that does not block lets what follows overtake") {
  CHECK(received_of_three(false) == "bca");
}

TEST_CASE("nothing overtakes on a connection that keeps its order, whatever a delay says") {
  CHECK(received_of_three(true) == "abc");
}

TEST_CASE("to connect is refused by a dead process and unreachable on a dead machine") {
  for (const bool machine : {false, true}) {
    SimulationOptions options;
    Fault crash = crash_at(at_ms(1), "server", Duration::seconds(60));
    crash.machine = machine;
    options.plan.faults = {crash};
    Simulation simulation(std::move(options));
    Instant ended;
    simulation.add_node(node("server", "server", echo(simulation)));
    simulation.add_node(node("client", "client", [&](Process&) {
      simulation.sleep(ms(5), place(simulation, "start"));
      auto server = simulation.network().connect("server", place(simulation, "connect"), ms(300));
      REQUIRE_FALSE(server);
      CHECK(server.error() == (machine ? Broken::unreachable : Broken::refused));
      ended = simulation.now();
    }));
    simulation.run();
    if (machine) {
      CHECK(ended == at_ms(305));
    } else {
      CHECK(ended < at_ms(10));
    }
  }
}

TEST_CASE("what was sent before an orderly close arrives, and then the close") {
  Simulation simulation({});
  std::vector<std::string> received;
  std::optional<Broken> ended;
  simulation.add_node(node("server", "server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
      peer.send(text("Greeting", "first"));
      peer.send(text("Greeting", "second"));
      peer.close();
      CHECK_FALSE(peer.is_open());
    });
  }));
  simulation.add_node(node("client", "client", [&](Process&) {
    simulation.sleep(ms(1), place(simulation, "start"));
    auto server = simulation.network().connect("server", place(simulation, "connect"));
    CHECK(server->peer() == "server");
    for (;;) {
      auto message = server->receive(place(simulation, "receive"));
      if (!message) {
        ended = message.error();
        return;
      }
      received.push_back(message->as<Text>().content());
    }
  }));
  simulation.run();
  CHECK(received == std::vector<std::string>{"first", "second"});
  CHECK(ended == Broken::closed);
}

TEST_CASE("a link has the latency it was given, by node before group") {
  Simulation simulation({});
  simulation.network().set_latency("client", "server", DurationRange::exactly(ms(10)));
  simulation.network().set_latency("client.1", "server", DurationRange::exactly(ms(20)));
  simulation.network().set_latency("server", "client", DurationRange::exactly(ms(1)));
  std::vector<Duration> round_trips;
  simulation.add_node(node("server", "server", echo(simulation)));
  for (const char* name : {"client.1", "client.2"}) {
    simulation.add_node(node(name, "client", [&](Process&) {
      simulation.sleep(ms(1), place(simulation, "start"));
      auto server = simulation.network().connect("server", place(simulation, "connect"));
      const Instant asked = simulation.now();
      REQUIRE(server->request(text("Ask", ""), place(simulation, "ask")));
      round_trips.push_back(simulation.now() - asked);
    }));
  }
  simulation.run();
  CHECK(round_trips == std::vector<Duration>{ms(11), ms(21)});
}

TEST_CASE("a slow node adds to each of its messages, for as long as it lasts") {
  Fault slow;
  slow.kind = FaultKind::slow;
  slow.anchor.at = at_ms(0);
  slow.targets = {"server"};
  slow.by = ms(50);
  slow.lasting = ms(1000);
  CHECK(ask({slow}).at > at_ms(5 + 200 + 20));
  slow.targets = {"client -> server"};
  const Instant one_way = ask({slow}).at;
  CHECK(one_way > at_ms(5 + 100 + 20));
  CHECK(one_way < at_ms(5 + 120 + 20));
}
