// The kernel alone, with its trace: what a request between two processes costs, and what a timer
// costs among many.
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace halfwrite::sim {
namespace {

class Ping final : public Payload {
 public:
  std::string_view kind() const override { return "Ping"; }
  std::uint64_t fingerprint() const override { return 1; }
};

NodeOptions node(std::string_view name, std::function<void(Process&)> main) {
  NodeOptions options;
  options.name = options.group = name;
  options.main = std::move(main);
  return options;
}

void serve(Simulation& simulation, const Connection& peer) {
  const Place receive{simulation.names().of("receive")};
  for (;;) {
    const auto asked = peer.receive(receive);
    if (!asked) return;
    // Under the request's scope, which is what makes it the answer.
    peer.send(std::make_unique<Ping>(), asked->scope);
  }
}

// One request and its reply are two messages.
void ping_pong(benchmark::State& state) {
  constexpr std::int64_t requests = 10'000;
  for (auto _ : state) {
    Simulation simulation({});
    simulation.add_node(node("server", [&](Process& process) {
      simulation.network().listen(process, simulation.names().of("server"),
                                  [&](const Connection& peer) { serve(simulation, peer); });
    }));
    simulation.add_node(node("client", [&](Process&) {
      simulation.sleep(Duration::milliseconds(1), {simulation.names().of("start")});
      auto server = simulation.network().connect("server", {simulation.names().of("connect")});
      const Place ask{simulation.names().of("ask")};
      for (std::int64_t i = 0; server && i < requests; ++i)
        if (!server->request(std::make_unique<Ping>(), ask)) state.SkipWithError("no reply");
    }));
    simulation.run();
    benchmark::DoNotOptimize(simulation.trace().hash());
  }
  state.SetItemsProcessed(state.iterations() * requests * 2);
}
BENCHMARK(ping_pong)->Unit(benchmark::kMillisecond);

// Each timer that fires sets another, at a drawn distance: as many stay pending.
class Timers {
 public:
  Timers(Simulation& simulation, std::int64_t pending, std::int64_t firings)
      : simulation_(simulation), left_(firings - pending) {
    for (std::int64_t i = 0; i < pending; ++i) set();
  }

 private:
  void set() {
    const Key key = simulation_.draws().key().with(++number_);
    const Duration distance = Duration::nanoseconds(Draws::between(key, 1, 2'000'000'000));
    simulation_.at(simulation_.now() + distance, Activity::work, [this] {
      if (left_-- > 0) set();
    });
  }
  Simulation& simulation_;
  std::int64_t left_;
  std::uint64_t number_ = 0;
};

void timers(benchmark::State& state) {
  constexpr std::int64_t firings = 200'000;
  for (auto _ : state) {
    Simulation simulation({});
    const Timers timers(simulation, state.range(0), firings);
    simulation.run();
  }
  state.SetItemsProcessed(state.iterations() * firings);
}
BENCHMARK(timers)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace halfwrite::sim

BENCHMARK_MAIN();
