// Law 5: the dead do nothing, and law 4: every wait has an address.
#include "sim/fault_injection.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"
#include "sim/synchronization.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace halfwrite::sim;

namespace {

NodeOptions node(std::string name, std::function<void(Process&)> main) {
  NodeOptions options;
  options.name = name;
  options.group = name;
  options.main = std::move(main);
  return options;
}

}  // namespace

TEST_CASE("a fiber sleeps in virtual time") {
  Simulation simulation({});
  Instant woke;
  simulation.add_node(node("a", [&](Process&) {
    simulation.sleep(Duration::seconds(3), {simulation.names().of("nap")});
    woke = simulation.now();
  }));
  const RunEnd end = simulation.run();
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(woke == Instant::at(Duration::seconds(3)));
  CHECK(simulation.trace().waits() == 1);
}

TEST_CASE("two fibers that wait inside a catch keep their own exceptions") {
  Simulation simulation({});
  std::vector<std::string> seen;
  const auto body = [&](std::string text, std::int64_t first, std::int64_t second) {
    return [&, text, first, second] {
      const Place nap{simulation.names().of("nap")};
      simulation.sleep(Duration::milliseconds(first), nap);
      try {
        throw std::runtime_error(text);
      } catch (...) {
        simulation.sleep(Duration::milliseconds(second), nap);
        try {
          throw;
        } catch (const std::exception& error) {
          seen.push_back(text + "=" + error.what());
        }
      }
    };
  };
  simulation.add_node(node("a", [&](Process& process) {
    process.spawn(simulation.scope(), body("one", 1, 5));
    process.spawn(simulation.scope(), body("two", 2, 1));
  }));
  simulation.run();
  CHECK(seen == std::vector<std::string>{"two=two", "one=one"});
}
