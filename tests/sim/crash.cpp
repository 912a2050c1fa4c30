// Lives of processes: crash, restart, machine crash, disks, pause.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

struct Survivors {
  std::vector<std::string> records;
  std::uint32_t incarnation = 0;
};

// A process appends three records, syncs two of them, and is struck at 10 ms.
Survivors after(Fault fault) {
  SimulationOptions options;
  fault.anchor.at = at_ms(10);
  fault.targets = {"a"};
  fault.lasting = ms(5);
  options.plan.faults = {fault};
  Simulation simulation(std::move(options));
  std::unique_ptr<DurableLog<std::string>> log;
  Survivors survivors;
  Node& box = simulation.add_node(node("a", "a", [&](Process& process) {
    if (process.incarnation() == 1) {
      log->append("one");
      log->append("two");
      log->sync(2);
      log->append("three");
      simulation.sleep(Duration::seconds(1), {simulation.names().of("wait")});
    }
    survivors.incarnation = process.incarnation();
    for (std::size_t index = 0; index < log->size(); ++index) {
      survivors.records.push_back((*log)[index]);
    }
  }));
  log = std::make_unique<DurableLog<std::string>>(box.disk());
  simulation.run();
  return survivors;
}

}  // namespace

TEST_CASE("a process crash keeps what was written") {
  const Survivors survivors = after({});
  CHECK(survivors.incarnation == 2);
  CHECK(survivors.records == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("a machine crash keeps what was synced") {
  Fault fault;
  fault.machine = true;
  CHECK(after(fault).records == std::vector<std::string>{"one", "two"});
}

TEST_CASE("a lost disk keeps nothing") {
  Fault fault;
  fault.machine = true;
  fault.disk_lost = true;
  CHECK(after(fault).records.empty());
}

TEST_CASE("a node that crashed for ever does not come back, and the run is quiet without it") {
  SimulationOptions options;
  Fault fault = crash_at(at_ms(10), "a", ms(5));
  fault.for_ever = true;
  options.plan.faults = {fault};
  Simulation simulation(std::move(options));
  std::uint32_t lives = 0;
  Node& box = simulation.add_node(node("a", "a", [&](Process&) { ++lives; }));
  simulation.keep_busy_until(at_ms(100));
  const RunEnd end = simulation.run();
  CHECK(lives == 1);
  CHECK_FALSE(box.is_up());
  CHECK(end.kind == RunEnd::Kind::quiet);
  CHECK(end.at == at_ms(100));
}

TEST_CASE("a pause holds timers, wakes and messages, and they run in order afterwards") {
  SimulationOptions options;
  Fault pause;
  pause.kind = FaultKind::pause;
  pause.anchor.at = at_ms(10);
  pause.targets = {"a"};
  pause.lasting = ms(90);
  options.plan.faults = {pause};
  Simulation simulation(std::move(options));
  std::vector<std::pair<std::string, Instant>> happened;
  const auto note = [&](std::string what) {
    happened.emplace_back(std::move(what), simulation.now());
  };
  FiberReference waiting;
  simulation.add_node(node("a", "a", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("a"), [&](Connection peer) {
      while (peer.receive({simulation.names().of("receive")})) note("message");
    });
    process.after(ms(20), Activity::work, [&] { note("timer"); });
    process.spawn(simulation.scope(), [&] {
      simulation.sleep(ms(30), {simulation.names().of("nap")});
      note("nap");
    });
    waiting = process.spawn(simulation.scope(), [&] {
      simulation.suspend({simulation.names().of("wait")});
      note("woken");
    });
  }));
  simulation.add_node(node("b", "b", [&](Process&) {
    auto peer = simulation.network().connect("a", {simulation.names().of("connect")});
    simulation.sleep(at_ms(40) - simulation.now(), {simulation.names().of("nap")});
    peer->send(text("Hello", "hello"));
  }));
  simulation.at(at_ms(25), Activity::work, [&] { simulation.wake(waiting); });
  simulation.run();
  std::string order;
  for (const auto& [what, at] : happened) {
    CHECK(at == at_ms(100));
    order += what + " ";
  }
  CHECK(order == "timer woken nap message ");
}

TEST_CASE("a crash ends a pause") {
  SimulationOptions options;
  Fault pause;
  pause.kind = FaultKind::pause;
  pause.anchor.at = at_ms(10);
  pause.targets = {"a"};
  pause.lasting = ms(500);
  options.plan.faults = {pause, crash_at(at_ms(20), "a", ms(5))};
  Simulation simulation(std::move(options));
  std::vector<Instant> boots;
  Node& box = simulation.add_node(node("a", "a", [&](Process& process) {
    boots.push_back(simulation.now());
    process.after(ms(15), Activity::work, [&] { CHECK(process.incarnation() == 2); });
  }));
  const RunEnd end = simulation.run();
  CHECK(boots == std::vector<Instant>{at_ms(0), at_ms(25)});
  CHECK_FALSE(box.is_paused());
  CHECK(end.at == at_ms(40));
}

TEST_CASE("a process that pauses itself at a point goes on there afterwards") {
  SimulationOptions options;
  for (const When when : {When::before, When::during, When::after}) {
    Fault pause = fault_at_point(FaultKind::pause, when, "a/step");
    pause.lasting = ms(50);
    options.plan.faults = {pause};
    Simulation simulation(options);
    Instant went_on;
    simulation.add_node(node("a", "a", [&](Process&) {
      simulation.sleep(ms(10), {simulation.names().of("step")});
      went_on = simulation.now();
    }));
    simulation.run();
    // During: the sleep passes while the process stands still.
    CHECK(went_on == at_ms(when == When::during ? 50 : 60));
  }
}

TEST_CASE("a semaphore hands out its permits in order, also after a time-out") {
  Simulation simulation({});
  Semaphore workers(simulation, 1);
  std::string order;
  simulation.add_node(node("a", "a", [&](Process& process) {
    const auto worker = [&](char letter, std::int64_t patience) {
      process.spawn(simulation.scope(), [&, letter, patience] {
        const Place place{simulation.names().of("acquire")};
        if (!workers.acquire(place, ms(patience))) {
          order += '-';
          return;
        }
        order += letter;
        simulation.sleep(ms(10), {simulation.names().of("work")});
        workers.release();
      });
    };
    worker('a', 100);
    worker('b', 100);
    worker('c', 5);
    worker('d', 100);
  }));
  simulation.run();
  CHECK(order == "a-bd");
  CHECK(workers.free() == 1);
  CHECK(workers.waiting() == 0);
}

TEST_CASE("a mailbox and a completion deliver once, and time out") {
  Simulation simulation({});
  Mailbox<int> mailbox(simulation);
  Completion<int> completion(simulation);
  std::vector<int> taken;
  simulation.add_node(node("a", "a", [&](Process& process) {
    const Place place{simulation.names().of("take")};
    CHECK_FALSE(mailbox.take(place, ms(5)));
    process.after(ms(5), Activity::work, [&] {
      mailbox.put(1);
      mailbox.put(2);
      completion.complete(3);
      completion.complete(4);
    });
    taken.push_back(*mailbox.take(place));
    taken.push_back(*mailbox.take(place));
    taken.push_back(*completion.await(place));
  }));
  simulation.run();
  CHECK(taken == std::vector<int>{1, 2, 3});
}
