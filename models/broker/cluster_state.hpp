// The inside of a cluster, shared by the sources of this room: the parts that outlive a broker's
// process (disks, ground truth, controller) and the processes that run just now.
#pragma once

#include "models/broker/controller.hpp"
#include "models/broker/group_truth.hpp"
#include "models/broker/layout.hpp"
#include "models/broker/partition_truth.hpp"
#include "models/broker/replica_log.hpp"
#include "models/history/recorder.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace halfwrite::broker {

class BrokerProcess;

// Where brokers wait at every message.
struct BrokerPlaces {
  sim::Name receive;
  sim::Name append;
  sim::Name replicate;
  sim::Name fetch_wait;
  sim::Name replica_wait;
  sim::Name replica_idle;
  sim::Name replica_fetch;
};

struct ClusterState final : ControllerListener {
  ClusterState(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings);

  void on_leadership(PartitionId partition) override;
  void on_in_sync(PartitionId partition) override;

  // The living process of a node, or nullptr.
  std::shared_ptr<BrokerProcess> running(NodeId node) const;
  // The leader's process if it lives.
  std::shared_ptr<BrokerProcess> leader_of(PartitionId partition) const;
  ReplicaLog& log(NodeId node, PartitionId partition) { return *nodes[node].logs[partition]; }
  PartitionTruth::Circumstances circumstances(PartitionId partition) const;
  // An entry of __consumer_offsets is committed: a commit becomes true, once.
  void materialize(PartitionId home, const LogEntry& entry, std::uint64_t offset);
  // A process took up the leadership of a partition.
  void leader_took_office(PartitionId partition, const ReplicaLog& log);
  // Is the follower's request from the life of its node that runs now?
  bool is_current(NodeId node, std::uint32_t incarnation) const;

  struct BrokerNode {
    sim::Node* node = nullptr;
    std::vector<std::unique_ptr<ReplicaLog>> logs;  // by partition
    std::weak_ptr<BrokerProcess> process;
  };

  sim::Simulation& simulation;
  history::Recorder& recorder;
  const Settings settings;
  const sim::Name name;
  const BrokerPlaces places;
  const Layout layout;
  Controller controller;
  GroupTruth groups;
  std::deque<PartitionTruth> truths;        // by partition, of topics only
  std::vector<std::uint64_t> materialized;  // by partition: of __consumer_offsets, the end up to
                                            // which commits have become true
  std::vector<BrokerNode> nodes;
};

}  // namespace halfwrite::broker
