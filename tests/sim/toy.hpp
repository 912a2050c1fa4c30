// A small world for the laws of the kernel: clients ask servers, servers ask a store that appends
// to its disk, servers poll the store. Nothing of it is a model.
#pragma once

#include "sim/disk.hpp"
#include "sim/fault_injection.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"
#include "sim/synchronization.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::sim::toy {

class Text final : public Payload {
 public:
  Text(std::string_view kind, std::string content) : kind_(kind), content_(std::move(content)) {}
  std::string_view kind() const override { return kind_; }
  std::uint64_t fingerprint() const override { return Key::hash_text(content_); }
  const std::string& content() const { return content_; }

 private:
  std::string_view kind_;
  std::string content_;
};

inline std::unique_ptr<Payload> text(std::string_view kind, std::string content) {
  return std::make_unique<Text>(kind, std::move(content));
}

inline NodeOptions node(std::string name, std::string group, std::function<void(Process&)> main) {
  NodeOptions options;
  options.name = std::move(name);
  options.group = std::move(group);
  options.main = std::move(main);
  return options;
}

inline Instant at_ms(std::int64_t n) {
  return Instant::at(Duration::milliseconds(n));
}
inline Duration ms(std::int64_t n) {
  return Duration::milliseconds(n);
}

inline Fault crash_at(Instant at, std::string target, Duration down) {
  Fault fault;
  fault.anchor.at = at;
  fault.targets = {std::move(target)};
  fault.lasting = down;
  return fault;
}

inline Fault fault_at_point(FaultKind kind, When when, std::string_view point) {
  Fault fault;
  fault.kind = kind;
  fault.anchor.when = when;
  fault.anchor.point = parse_point(point).value();
  if (kind == FaultKind::crash || kind == FaultKind::pause) fault.targets = {"here"};
  return fault;
}

// A server that answers each message with "re: ...", after `work`.
inline std::function<void(Process&)> echo(Simulation& simulation, Duration work = {}) {
  return [&simulation, work](Process& process) {
    Names& names = simulation.names();
    simulation.network().listen(process, names.of("echo"), [&simulation, work](Connection peer) {
      const Place receive{simulation.names().of("receive")};
      for (;;) {
        auto message = peer.receive(receive);
        if (!message) return;
        const ScopeGuard scope(simulation, message->scope);
        if (!work.is_zero()) simulation.sleep(work, {simulation.names().of("work")});
        peer.send(text("Reply", "re: " + message->as<Text>().content()));
      }
    });
  };
}

class World {
 public:
  explicit World(SimulationOptions options);
  ~World();
  RunEnd run() { return simulation_.run(); }
  Simulation& simulation() { return simulation_; }
  std::uint64_t answered() const { return answered_; }

 private:
  void client(Process& process);
  void ask(std::uint64_t number);
  void server(Process& process);
  void serve(Connection peer);
  void poll(Process& process);
  void store(Process& process);

  Simulation simulation_;
  std::unique_ptr<DurableLog<std::string>> log_;
  std::uint64_t answered_ = 0;
};

// Every kind of fault the kernel knows, by rhythm and by chance.
Storm heavy_storm();
SimulationOptions stormy(std::uint64_t seed);

}  // namespace halfwrite::sim::toy
