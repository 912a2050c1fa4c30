// A cluster, clients as straight-line functions, and the facts of a run: what the broker's tests
// share.
#pragma once

#include "models/broker/cluster.hpp"
#include "models/broker/consumer.hpp"
#include "models/broker/producer.hpp"
#include "models/history/recorder.hpp"
#include "sim/fault_injection.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halfwrite::broker::testing {

using sim::Duration;
using sim::Instant;

class FactLog final : public history::FactListener {
 public:
  void on_fact(const history::Fact& fact) override { facts.push_back(fact); }
  template <class T>
  std::vector<T> of() const {
    std::vector<T> found;
    for (const history::Fact& fact : facts) {
      if (const T* content = std::get_if<T>(&fact.content)) found.push_back(*content);
    }
    return found;
  }
  std::vector<history::Fact> facts;
};

inline Settings three_replicas(std::uint32_t partitions = 1) {
  Settings settings;
  settings.name = "kafka";
  settings.replicas = 3;
  settings.topics.push_back({"orders", partitions, std::nullopt});
  return settings;
}

// "e7"; by appending, since GCC 12 warns of `"e" + std::to_string(7)` without reason.
inline std::string numbered(std::string_view prefix, std::uint64_t number) {
  std::string text(prefix);
  text += std::to_string(number);
  return text;
}

inline Record record(const std::string& id, const std::string& key = "k") {
  Record made;
  made.event_id = id;
  made.event_type = "OrderCreated";
  made.topic = "orders";
  made.key = key;
  made.payload = "{\"order\":\"" + id + "\"}";
  return made;
}

class World {
 public:
  explicit World(const Settings& broker, std::uint64_t seed = 1, sim::FaultPlan plan = {})
      : settings(broker),
        simulation(options(seed, std::move(plan))),
        recorder(simulation),
        cluster(simulation, recorder, broker) {
    recorder.listen(facts);
  }

  // `body` runs in each life of the node; it may look at the incarnation.
  void client(const std::string& name, std::function<void(sim::Process&)> body,
              Duration starts = Duration()) {
    sim::NodeOptions made;
    made.name = name;
    made.group = name;
    made.main = std::move(body);
    made.starts = Instant::at(starts);
    simulation.add_node(std::move(made));
  }
  sim::RunEnd run() { return simulation.run(); }

  sim::Place place(std::string_view step) { return {simulation.names().of(step)}; }
  void sleep(Duration duration) { simulation.sleep(duration, place("test/sleep")); }
  // Work on behalf of request `number`, as the service runtime does it.
  sim::Scope intent(std::uint64_t number, std::string_view operation = "order.place") {
    sim::Scope scope;
    scope.operation = simulation.names().of(operation);
    scope.identity = {simulation.names().of("orders"), number};
    return scope;
  }
  sim::Expected<Metadata, ProduceFailure> send(Producer& producer, std::uint64_t number,
                                               const std::string& id,
                                               const std::string& key = "k") {
    const sim::ScopeGuard guard(simulation, intent(number));
    return producer.send(record(id, key), place("publish"));
  }
  void crash(const std::string& node, std::optional<Duration> down, bool machine = false) {
    simulation.crash(*simulation.find_node(node), machine, false, down);
  }
  std::string leader_node(std::uint32_t partition = 0) const {
    const PartitionView view = cluster.partition("orders", partition);
    return view.leader ? "kafka." + std::to_string(*view.leader + 1) : "";
  }

  const Settings settings;
  sim::Simulation simulation;
  history::Recorder recorder;
  FactLog facts;
  Cluster cluster;

 private:
  static sim::SimulationOptions options(std::uint64_t seed, sim::FaultPlan plan) {
    sim::SimulationOptions made;
    made.seed = seed;
    made.plan = std::move(plan);
    return made;
  }
};

using Ids = std::vector<std::string>;

// The published records that are not lost again, by partition and in the order of their offsets.
inline Ids surviving(const FactLog& facts) {
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> history;
  for (const history::Fact& fact : facts.facts) {
    if (const auto* published = std::get_if<history::Published>(&fact.content)) {
      history[{published->partition, published->offset}] = published->event_id;
    } else if (const auto* lost = std::get_if<history::PublishLost>(&fact.content)) {
      history.erase({lost->partition, lost->offset});
    }
  }
  Ids ids;
  for (const auto& [at, id] : history) ids.push_back(id);
  return ids;
}

}  // namespace halfwrite::broker::testing
