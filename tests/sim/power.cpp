// Machines without power: several at once, one whose process was down already, one that stays down.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

using Records = std::vector<std::string>;

// Three machines that each write one record, sync it, and write another; each life notes what it
// finds on its disk.
struct Domain {
  explicit Domain(std::vector<Fault> faults) : simulation(made(std::move(faults))) {
    for (const char* name : {"a", "b", "c"}) {
      Node& box = simulation.add_node(node(name, "rack", [this](Process& process) {
        DurableLog<std::string>& log = *logs.at(std::string(process.node().name()));
        Records found;
        for (std::size_t index = 0; index < log.size(); ++index) found.push_back(log[index]);
        lives[std::string(process.node().name())].push_back({simulation.now(), found});
        if (process.incarnation() > 1) return;
        log.append("synced");
        log.sync(1);
        log.append("written");
      }));
      logs[name] = std::make_unique<DurableLog<std::string>>(box.disk());
    }
    simulation.keep_busy_until(at_ms(200));
    end = simulation.run();
  }
  static SimulationOptions made(std::vector<Fault> faults) {
    SimulationOptions options;
    options.plan.faults = std::move(faults);
    return options;
  }

  struct Life {
    Instant began;
    Records found;
  };
  Simulation simulation;
  std::map<std::string, std::unique_ptr<DurableLog<std::string>>> logs;
  std::map<std::string, std::vector<Life>> lives;
  RunEnd end;
};

Fault power_loss(std::int64_t at, std::vector<std::string> targets) {
  Fault fault = crash_at(at_ms(at), "", ms(50));
  fault.targets = std::move(targets);
  fault.machine = true;
  return fault;
}

}  // namespace

TEST_CASE("several machines lose their power at one instant, and each what it had not synced") {
  const Domain domain({power_loss(10, {"a", "b"})});
  REQUIRE(domain.simulation.nodes().size() == 3);
  for (const char* name : {"a", "b"}) {
    REQUIRE(domain.lives.at(name).size() == 2);
    CHECK(domain.lives.at(name)[1].began == at_ms(60));
    CHECK(domain.lives.at(name)[1].found == Records{"synced"});
  }
  CHECK(domain.lives.at("c").size() == 1);
}

TEST_CASE("a power domain may be named by its group, and loses its disks too") {
  Fault fault = power_loss(10, {"rack"});
  fault.disk_lost = true;
  const Domain domain({fault});
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(domain.lives.at(name).size() == 2);
    CHECK(domain.lives.at(name)[1].found.empty());
  }
}

TEST_CASE("power lost while a process is down takes what was not synced, and the restart waits") {
  const Domain domain({crash_at(at_ms(10), "a", ms(20)), power_loss(20, {"a"})});
  REQUIRE(domain.lives.at("a").size() == 2);
  CHECK(domain.lives.at("a")[1].began == at_ms(70));
  CHECK(domain.lives.at("a")[1].found == Records{"synced"});
}

TEST_CASE("power lost for ever while a process is down cancels its restart") {
  Fault loss = power_loss(20, {"a"});
  loss.for_ever = true;
  Domain domain({crash_at(at_ms(10), "a", ms(20)), loss});
  CHECK(domain.lives.at("a").size() == 1);
  CHECK(domain.end.kind == RunEnd::Kind::quiet);
  CHECK_FALSE(domain.simulation.find_node("a")->is_up());
}

TEST_CASE("a machine without power loses nothing more") {
  Fault second = power_loss(20, {"a"});
  second.disk_lost = true;
  Domain domain({power_loss(10, {"a"}), second});
  REQUIRE(domain.lives.at("a").size() == 2);
  CHECK(domain.lives.at("a")[1].began == at_ms(60));
  CHECK(domain.simulation.faults().found_nothing() == std::vector<Fault>{second});
}
