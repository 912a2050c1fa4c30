#include "bench/workloads.hpp"

#include "sim/network.hpp"
#include "sim/simulation.hpp"
#include "sim/stack_pool.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace halfwrite::bench {

namespace {

using sim::Activity;
using sim::Connection;
using sim::Duration;
using sim::Process;
using sim::Simulation;

class Ping final : public sim::Payload {
 public:
  explicit Ping(std::uint64_t number) : number_(number) {}
  std::string_view kind() const override { return "Ping"; }
  std::uint64_t fingerprint() const override { return number_; }

 private:
  std::uint64_t number_;
};

sim::NodeOptions node(std::string name, std::function<void(Process&)> main) {
  sim::NodeOptions options;
  options.name = options.group = std::move(name);
  options.main = std::move(main);
  return options;
}

Duration distance(sim::Key key, std::uint64_t number) {
  return Duration::nanoseconds(sim::Draws::between(key.with(number), 1, 2'000'000));
}

// A campaign's worker keeps its stacks from run to run.
sim::SimulationOptions options_with(sim::StackPool& stacks) {
  sim::SimulationOptions options;
  options.stacks = &stacks;
  return options;
}

void serve(Simulation& simulation, const Connection& peer) {
  const sim::Place receive{simulation.names().of("receive")};
  for (std::uint64_t number = 0;; ++number) {
    const auto asked = peer.receive(receive);
    if (!asked) return;
    // Under the request's scope, which is what makes it the answer.
    peer.send(std::make_unique<Ping>(number), asked->scope);
  }
}

class Timers {
 public:
  Timers(Simulation& simulation, std::int64_t pending, std::int64_t firings)
      : simulation_(simulation), left_(firings - pending) {
    for (std::int64_t i = 0; i < pending; ++i) set();
  }

 private:
  void set() {
    simulation_.at(simulation_.now() + distance(key_, ++number_), Activity::work, [this] {
      if (left_-- > 0) set();
    });
  }
  Simulation& simulation_;
  sim::Key key_{1};
  std::int64_t left_;
  std::uint64_t number_ = 0;
};

sim::StackPool& worker_stacks() {
  thread_local sim::StackPool stacks;
  return stacks;
}

}  // namespace

std::uint64_t ping_pong(std::int64_t messages) {
  Simulation simulation(options_with(worker_stacks()));
  simulation.add_node(node("server", [&](Process& process) {
    simulation.network().listen(process, simulation.names().of("server"),
                                [&](const Connection& peer) { serve(simulation, peer); });
  }));
  simulation.add_node(node("client", [&](Process&) {
    simulation.sleep(Duration::milliseconds(1), {simulation.names().of("start")});
    const auto server = simulation.network().connect("server", {simulation.names().of("connect")});
    const sim::Place ask{simulation.names().of("ask")};
    for (std::int64_t i = 0; server && i < messages / 2; ++i) {
      if (!server->request(std::make_unique<Ping>(static_cast<std::uint64_t>(i)), ask)) return;
    }
  }));
  simulation.run();
  return simulation.trace().hash();
}

std::uint64_t timers(std::int64_t pending, std::int64_t firings) {
  Simulation simulation(options_with(worker_stacks()));
  const Timers pending_timers(simulation, pending, firings);
  simulation.run();
  return static_cast<std::uint64_t>(simulation.now().since_start().in_nanoseconds());
}

std::uint64_t sleepers(std::int64_t processes, std::int64_t sleeps) {
  Simulation simulation(options_with(worker_stacks()));
  const sim::Place nap{simulation.names().of("nap")};
  for (std::int64_t process = 0; process < processes; ++process) {
    const sim::Key key(static_cast<std::uint64_t>(process));
    simulation.add_node(node(
        "sleeper." + std::to_string(process), [&simulation, nap, key, sleeps, processes](Process&) {
          for (std::int64_t i = 0; i < sleeps / processes; ++i) {
            simulation.sleep(distance(key, static_cast<std::uint64_t>(i)), nap);
          }
        }));
  }
  simulation.run();
  return simulation.trace().hash();
}

}  // namespace halfwrite::bench
