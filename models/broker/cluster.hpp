// A log broker as Kafka is one: nodes <name>.1 ... <name>.n of group <name>, each with a replica of
// every partition on its disk; a controller that elects leaders; consumer groups with a
// coordinator. It owns the nodes' durable logs and the ground truth of what was appended, became
// readable, was lost or was acknowledged; it survives crashes of its nodes. Clients reach it over
// the network only (producer.hpp, consumer.hpp): nobody reads a log past the protocol. It never
// looks into a payload. Rules and their sources: docs/fidelity-broker.md.
#pragma once

#include "models/broker/settings.hpp"
#include "models/history/recorder.hpp"
#include "sim/expected.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::broker {

// What the controller says about a partition; node numbers count from 0 (node 0 is "<name>.1").
struct PartitionView {
  std::optional<std::uint32_t> leader;  // empty: no in-sync replica is up
  std::uint32_t leader_epoch = 0;
  std::vector<std::uint32_t> in_sync;  // ascending
  std::uint64_t readable_end = 0;      // what consumers may read ends below it
  std::uint64_t end = 0;               // of the leader's log
};

struct ClusterState;

class Cluster {
 public:
  // Adds the nodes; before the run, once per broker. Wrong settings (no replica, a topic twice) are
  // the scenario's validation's business and assertions here.
  Cluster(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const Settings& settings() const;

  // Plan verb `rebalance`: the coordinator opens a new round of joining, as if a member had come.
  // False: no such group has members.
  bool rebalance(std::string_view group);

  // For tests and reports, from outside the run's clients: what the controller knows, the ids of
  // the records in the leader's log in order, the committed offset of a group.
  PartitionView partition(std::string_view topic, std::uint32_t partition) const;
  std::vector<std::string> event_ids(std::string_view topic, std::uint32_t partition) const;
  std::optional<std::uint64_t> committed(std::string_view group, std::string_view topic,
                                         std::uint32_t partition) const;

 private:
  std::unique_ptr<ClusterState> state_;
};

}  // namespace halfwrite::broker
