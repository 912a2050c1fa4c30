// Who reaches whom: partitions of two and of several groups, one way, with a bridge, on top of each
// other; what is in flight when they come and go.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

const std::vector<std::string> all{"a", "b", "c", "d"};

struct Mesh {
  explicit Mesh(SimulationOptions options = {}) : simulation(std::move(options)) {
    for (const std::string& name : all) simulation.add_node(node(name, name, {}));
  }
  std::uint64_t part(const std::vector<std::string>& groups, bool one_way = false) {
    std::vector<std::vector<const Node*>> resolved;
    for (const std::string& group : groups) {
      resolved.emplace_back();
      for (const char letter : group) {
        resolved.back().push_back(simulation.find_node(std::string(1, letter)));
      }
    }
    return simulation.network().partition(std::move(resolved), one_way);
  }
  // "a:bd b:a c: d:abc" without the colons' own: whom each reaches, itself left out.
  std::string reached() {
    std::string text;
    for (const std::string& from : all) {
      text += (text.empty() ? "" : " ") + from + ":";
      for (const std::string& to : all) {
        const bool can =
            simulation.network().can_reach(*simulation.find_node(from), *simulation.find_node(to));
        if (from != to && can) text += to;
      }
    }
    return text;
  }
  Simulation simulation;
};

}  // namespace

TEST_CASE("a partition separates nodes that share none of its groups") {
  struct Row {
    std::vector<std::string> groups;
    bool one_way;
    const char* reached;
  };
  const Row rows[] = {
      {{"a", "b"}, false, "a:cd b:cd c:abd d:abc"},      // c and d bridge: they are in no group
      {{"ab", "bc"}, false, "a:bd b:acd c:bd d:abc"},    // b bridges: it is in both
      {{"a", "b", "c"}, false, "a:d b:d c:d d:abc"},     // three groups, each alone
      {{"ab", "c", "d"}, false, "a:b b:a c: d:"},        // a majority and two alone
      {{"a", "b"}, true, "a:cd b:acd c:abd d:abc"},      // a does not reach b, b reaches a
      {{"a", "b", "c"}, true, "a:d b:acd c:abd d:abc"},  // a reaches none of the others
      {{"ab", "bc"}, true, "a:bd b:acd c:abd d:abc"},    // one way past a bridge
      {{"a", "a"}, false, "a:bcd b:acd c:abd d:abc"},    // nobody is parted from himself
      {{"abcd", "b"}, false, "a:bcd b:acd c:abd d:abc"},
  };
  for (const Row& row : rows) {
    Mesh mesh;
    const std::uint64_t id = mesh.part(row.groups, row.one_way);
    CHECK(mesh.reached() == row.reached);
    mesh.simulation.network().heal(id);
    CHECK(mesh.reached() == "a:bcd b:acd c:abd d:abc");
  }
}

TEST_CASE("partitions lie on top of each other, and each heals alone") {
  Mesh mesh;
  const std::uint64_t first = mesh.part({"a", "bcd"});
  const std::uint64_t second = mesh.part({"ab", "cd"});
  CHECK(mesh.reached() == "a: b: c:d d:c");
  mesh.simulation.network().heal(first);
  CHECK(mesh.reached() == "a:b b:a c:d d:c");
  mesh.simulation.network().heal(second);
  mesh.simulation.network().heal(second);
  CHECK(mesh.reached() == "a:bcd b:acd c:abd d:abc");
}

namespace {

// Client asks server through a relay or directly; a bridge lets the one through and not the other.
struct Bridged {
  std::map<std::string, Instant> answered;
};

Bridged bridged(std::vector<std::vector<std::string>> groups, bool one_way) {
  SimulationOptions options;
  Fault parted;
  parted.kind = FaultKind::partition;
  parted.anchor.at = at_ms(1);
  parted.groups = std::move(groups);
  parted.one_way = one_way;
  parted.lasting = ms(500);
  options.plan.faults = {parted};
  Simulation simulation(std::move(options));
  Bridged bridged;
  for (const char* name : {"b", "c"}) simulation.add_node(node(name, name, echo(simulation)));
  simulation.add_node(node("a", "a", [&](Process& process) {
    for (const char* peer : {"b", "c"}) {
      Scope scope;
      scope.operation = simulation.names().of(peer);
      process.spawn(scope, [&simulation, &bridged, peer] {
        simulation.sleep(ms(2), {simulation.names().of("start")});
        const auto to = simulation.network().connect(peer, {simulation.names().of("connect")},
                                                     Duration::for_ever());
        REQUIRE(to);
        REQUIRE(to->request(text("Ask", "x"), {simulation.names().of("ask")}));
        bridged.answered[peer] = simulation.now();
      });
    }
  }));
  simulation.run();
  return bridged;
}

}  // namespace

TEST_CASE("across a bridge partition a talks to b, and with c only when it has healed") {
  for (const bool one_way : {false, true}) {
    const Bridged result = bridged({{"a", "b"}, {"b", "c"}}, one_way);
    CHECK(result.answered.at("b") < at_ms(20));
    CHECK(result.answered.at("c") > at_ms(501));
    CHECK(result.answered.at("c") < at_ms(520));
  }
}

TEST_CASE("a partition of three groups lands as one fault and parts each from each") {
  const Bridged result = bridged({{"a"}, {"b"}, {"c"}}, false);
  CHECK(result.answered.at("b") > at_ms(501));
  CHECK(result.answered.at("c") > at_ms(501));
}

TEST_CASE("a partition that parts nobody does not land, and says so") {
  SimulationOptions options;
  Fault parted;
  parted.kind = FaultKind::partition;
  parted.anchor.at = at_ms(1);
  parted.groups = {{"a"}, {"a", "b"}};
  parted.lasting = ms(5);
  options.plan.faults = {parted};
  Mesh mesh(options);
  mesh.simulation.keep_busy_until(at_ms(10));
  mesh.simulation.run();
  CHECK(mesh.simulation.faults().landed().empty());
  CHECK(mesh.simulation.faults().never_reached().empty());
  CHECK(mesh.simulation.faults().found_nothing() == std::vector<Fault>{parted});
}

TEST_CASE("what is in flight when a partition comes arrives after it has healed, in order") {
  SimulationOptions options;
  options.latency = DurationRange::exactly(ms(10));
  Fault parted;
  parted.kind = FaultKind::partition;
  parted.anchor.at = at_ms(45);
  parted.groups = {{"client"}, {"server"}};
  parted.lasting = ms(100);
  options.plan.faults = {parted};
  Simulation simulation(std::move(options));
  std::vector<std::string> received;
  std::vector<Instant> at;
  simulation.add_node(node("server", "server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"), [&](Connection peer) {
      while (auto message = peer.receive({simulation.names().of("receive")})) {
        received.push_back(message->as<Text>().content());
        at.push_back(simulation.now());
      }
    });
  }));
  simulation.add_node(node("client", "client", [&](Process&) {
    const auto server = simulation.network().connect("server", {simulation.names().of("connect")});
    REQUIRE(server);
    // Sent at 20, 30, 40 and 50 ms; the partition comes at 45.
    for (const char* content : {"one", "two", "three", "four"}) {
      server->send(text("Note", content));
      simulation.sleep(ms(10), {simulation.names().of("pace")});
    }
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(received == std::vector<std::string>{"one", "two", "three", "four"});
  CHECK(at == std::vector<Instant>{at_ms(30), at_ms(40), at_ms(155), at_ms(155)});
}
