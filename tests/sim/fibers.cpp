// Law 5: the dead do nothing. Law 4: every wait has an address.
#include "tests/sim/toy.hpp"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <set>
#include <stdexcept>

using namespace halfwrite::sim;
using namespace halfwrite::sim::toy;

namespace {

// Runs `body` in a process of its own; what it wrote on stderr and its exit code.
std::pair<int, std::string> in_child(const std::function<void()>& body) {
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], 2);
    body();
    _exit(0);
  }
  ::close(pipe_ends[1]);
  std::string text;
  std::array<char, 512> buffer{};
  for (ssize_t got = 0; (got = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

void run_with_crash(std::function<void(Simulation&)> life) {
  SimulationOptions options;
  options.plan.faults = {crash_at(at_ms(5), "a", ms(1))};
  Simulation simulation(std::move(options));
  simulation.add_node(node("a", "a", [&](Process& process) {
    if (process.incarnation() == 1) life(simulation);
  }));
  simulation.run();
}

}  // namespace

TEST_CASE("a fiber sleeps in virtual time") {
  Simulation simulation({});
  Instant woke;
  simulation.add_node(node("a", "a", [&](Process&) {
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
  const auto body = [&](std::string name, std::int64_t first, std::int64_t second) {
    return [&, name, first, second] {
      const Place nap{simulation.names().of("nap")};
      simulation.sleep(ms(first), nap);
      try {
        throw std::runtime_error(name);
      } catch (...) {
        simulation.sleep(ms(second), nap);
        try {
          throw;
        } catch (const std::exception& error) {
          seen.push_back(name + "=" + error.what());
        }
      }
    };
  };
  simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn(simulation.scope(), body("one", 1, 5));
    process.spawn(simulation.scope(), body("two", 2, 1));
  }));
  simulation.run();
  CHECK(seen == std::vector<std::string>{"two=two", "one=one"});
  CHECK(std::uncaught_exceptions() == 0);
}

TEST_CASE("no destructor of the dead is kinder than kill -9") {
  struct Farewell {
    Simulation& simulation;
    Connection peer;
    FiberReference other;
    bool* was_inert;
    ~Farewell() {
      *was_inert = simulation.inert();
      peer.send(text("Farewell", "too kind"));
      peer.close();
      simulation.wake(other);
      simulation.quiescence().durable_change();
      simulation.trace().record({});
      simulation.at(simulation.now(), Activity::work, [] { FAIL("a dead fiber set a timer"); });
      simulation.current_process().spawn({}, [] { FAIL("a dead fiber started another"); });
      simulation.sleep(ms(5), {simulation.names().of("linger")});
      const OpenThing late(simulation.quiescence(), "opened by the dead");
    }
  };
  SimulationOptions options;
  options.plan.faults = {crash_at(at_ms(50), "a", ms(1))};
  Simulation simulation(std::move(options));
  bool was_inert = false;
  std::vector<std::string> received;
  Broken ended = Broken::closed;
  Woken other_woken = Woken::woken;
  std::uint64_t records_after = 0;
  simulation.add_node(node("b", "b", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("b"), [&](Connection peer) {
      for (;;) {
        auto message = peer.receive({simulation.names().of("receive")});
        if (!message) {
          ended = message.error();
          return;
        }
        received.push_back(message->as<Text>().content());
      }
    });
    process.spawn(simulation.scope(), [&] {
      other_woken = simulation.suspend({simulation.names().of("idle")}, ms(90));
    });
  }));
  simulation.add_node(node("a", "a", [&](Process& process) {
    if (process.incarnation() > 1) return;
    simulation.sleep(ms(1), {simulation.names().of("start")});
    auto peer = simulation.network().connect("b", {simulation.names().of("connect")});
    REQUIRE(peer);
    peer->send(text("Hello", "hello"));
    const Farewell farewell{simulation, *peer, {1, 0}, &was_inert};
    simulation.sleep(ms(500), {simulation.names().of("work")});
  }));
  simulation.at(at_ms(50), Activity::work, [&] { records_after = simulation.trace().records(); });
  const RunEnd end = simulation.run();
  CHECK(was_inert);
  CHECK(received == std::vector<std::string>{"hello"});
  CHECK(ended == Broken::reset);
  CHECK(other_woken == Woken::timed_out);
  CHECK(simulation.quiescence().durable_changes() == 0);
  CHECK(end.kind == RunEnd::Kind::quiet);
}

TEST_CASE("a fiber that never started is dropped without running") {
  Simulation simulation({});
  Node& box = simulation.add_node(node("a", "a", [&](Process& process) {
    process.spawn({}, [] { FAIL("it ran"); });
    simulation.crash(process.node(), false, false, std::nullopt);
    FAIL("a crash of the own process came back");
  }));
  simulation.run();
  CHECK_FALSE(box.is_up());
}

TEST_CASE("fibers are unwound the newest first, so that what they refer to is still there") {
  std::string order;
  struct Mark {
    std::string& order;
    char letter;
    ~Mark() { order += letter; }
  };
  run_with_crash([&order](Simulation& simulation) {
    const Mark outer{order, 'a'};
    Process& process = simulation.current_process();
    for (const char letter : {'b', 'c'}) {
      process.spawn(simulation.scope(), [&order, &simulation, letter] {
        const Mark mark{order, letter};
        simulation.sleep(Duration::seconds(9), {simulation.names().of("wait")});
      });
    }
    simulation.sleep(Duration::seconds(9), {simulation.names().of("wait")});
  });
  CHECK(order == "cba");
}

TEST_CASE("a swallowed crash is an assertion that names the place") {
  const auto again = in_child([] {
    run_with_crash([](Simulation& simulation) {
      for (;;) {
        try {
          simulation.sleep(ms(100), {simulation.names().of("commit")});
        } catch (...) {
        }
      }
    });
  });
  CHECK(again.first == 4);
  CHECK(again.second.find("a crash was swallowed at a/commit") != std::string::npos);
  const auto returned = in_child([] {
    run_with_crash([](Simulation& simulation) {
      try {
        simulation.sleep(ms(100), {simulation.names().of("commit")});
      } catch (...) {
      }
    });
  });
  CHECK(returned.first == 4);
  CHECK(returned.second.find("a crash was swallowed at a/commit") != std::string::npos);
}

TEST_CASE("a wait in a noexcept function is an assertion that names the place") {
  const auto ended = in_child([] {
    run_with_crash([](Simulation& simulation) {
      const auto careless = [&simulation]() noexcept {
        simulation.sleep(ms(100), {simulation.names().of("flush")});
      };
      careless();
    });
  });
  CHECK(ended.first == 4);
  CHECK(ended.second.find("noexcept") != std::string::npos);
  CHECK(ended.second.find("a/flush") != std::string::npos);
}

TEST_CASE(
    "the end of a run unwinds a fiber that waits in a handler, through others that throw on") {
  std::string left;
  {
    Simulation simulation({});
    simulation.add_node(node("a", "a", [&](Process&) {
      struct Leaving {
        std::string& left;
        ~Leaving() { left += "x"; }
      };
      const Leaving outer{left};
      try {
        try {
          throw std::runtime_error("refused");
        } catch (const std::runtime_error&) {
          const Leaving inner{left};
          simulation.sleep(Duration::for_ever(), {simulation.names().of("compensate")});
        }
      } catch (...) {
        left += "c";
        throw;
      }
    }));
    simulation.run();
  }
  CHECK(left == "xcx");
}

TEST_CASE("work on the worker's own stack comes back, with its exceptions, and must not wait") {
  Simulation simulation({});
  std::string seen;
  simulation.add_node(node("a", "a", [&](Process&) {
    const std::string here = "fiber";
    simulation.on_main_stack([&] {
      std::array<volatile char, 200'000> large{};  // more than a fiber has
      large[0] = 1;
      seen = here + std::to_string(large.size());
    });
    try {
      simulation.on_main_stack([] { throw std::runtime_error("refused"); });
    } catch (const std::exception& error) {
      seen += error.what();
    }
  }));
  simulation.run();
  CHECK(seen == "fiber200000refused");
  const auto ended = in_child([] {
    run_with_crash([](Simulation& inner) {
      inner.on_main_stack([&] { inner.sleep(ms(1), {inner.names().of("never")}); });
    });
  });
  CHECK(ended.first == 4);
}

TEST_CASE("a scope guard changes the scope and the counts of a block") {
  Simulation simulation({});
  std::vector<std::uint32_t> occurrences;
  simulation.add_node(node("a", "a", [&](Process&) {
    const Place step{simulation.names().of("step")};
    simulation.sleep(ms(1), step);
    occurrences.push_back(simulation.address(step).occurrence);
    {
      Scope scope;
      scope.operation = simulation.names().of("order.place");
      const ScopeGuard guard(simulation, scope);
      occurrences.push_back(simulation.address(step).occurrence);
      simulation.sleep(ms(1), step);
      CHECK(simulation.scope().operation == scope.operation);
    }
    occurrences.push_back(simulation.address(step).occurrence);
    CHECK(simulation.scope().operation == simulation.names().of("a"));
  }));
  simulation.run();
  CHECK(occurrences == std::vector<std::uint32_t>{2, 1, 2});
}

TEST_CASE("the waits in a trace and the addresses passed are equal in number") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    World world(std::move(options));
    world.simulation().faults().keep_addresses(true);
    world.run();
    const auto& addresses = world.simulation().faults().addresses();
    std::uint64_t passed = 0;
    for (const Address& address : addresses) {
      CHECK_FALSE(address.step.empty());
      CHECK_FALSE(address.actor.empty());
    }
    for (const Address& moment : world.simulation().faults().moments())
      if (moment.step == world.simulation().names().of("done")) ++passed;
    CHECK(world.simulation().trace().waits() == world.simulation().faults().waits());
    CHECK(addresses.size() == world.simulation().trace().waits());
    CHECK(passed > 0);
  }
}

TEST_CASE("ten thousand fibers wait at once, and their stacks are used again") {
  Simulation simulation({});
  std::uint64_t done = 0;
  simulation.add_node(node("a", "a", [&](Process& process) {
    for (int round = 0; round < 2; ++round) {
      for (int index = 0; index < 10'000; ++index) {
        process.spawn(simulation.scope(), [&] {
          simulation.sleep(ms(10), {simulation.names().of("nap")});
          ++done;
        });
      }
      simulation.sleep(ms(20), {simulation.names().of("round")});
    }
  }));
  simulation.run();
  CHECK(done == 20'000);
}
