#include "models/broker/controller.hpp"

#include "models/broker/timing.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::broker {

Controller::Controller(sim::Simulation& simulation, ControllerListener& listener,
                       std::uint32_t nodes, std::uint32_t partitions, bool unclean_election)
    : simulation_(simulation),
      listener_(listener),
      unclean_election_(unclean_election),
      brokers_(nodes),
      partitions_(partitions) {
  for (PartitionId id = 0; id < partitions; ++id) {
    partitions_[id].leader = id % nodes;
    for (NodeId node = 0; node < nodes; ++node) partitions_[id].in_sync.push_back(node);
  }
}

bool Controller::is_in_sync(PartitionId id, NodeId node) const {
  const std::vector<NodeId>& in_sync = partitions_[id].in_sync;
  return std::find(in_sync.begin(), in_sync.end(), node) != in_sync.end();
}

void Controller::register_broker(NodeId node) {
  Broker& broker = brokers_[node];
  const bool first = !std::exchange(broker.registered, true);
  broker.session_ends = simulation_.now() + broker_session_timeout;
  watch(node);
  if (first && !broker.fenced) {
    for (PartitionId id = 0; id < partitions_.size(); ++id) {
      if (partitions_[id].leader == node) listener_.on_leadership(id);
    }
    return;
  }
  for (PartitionId id = 0; id < partitions_.size(); ++id) {
    Partition& partition = partitions_[id];
    const bool led = partition.leader == node;
    if (partition.in_sync.size() > 1) {
      remove_from_in_sync(id, node);
      if (led) elect(id);
    } else if (led) {
      elect(id);
    }
  }
  unfence(node);
}

void Controller::heartbeat(NodeId node) {
  Broker& broker = brokers_[node];
  broker.session_ends = simulation_.now() + broker_session_timeout;
  if (broker.fenced) unfence(node);
  watch(node);
}

void Controller::watch(NodeId node) {
  Broker& broker = brokers_[node];
  if (broker.watched) return;
  broker.watched = true;
  simulation_.at(broker.session_ends, sim::Activity::idle, [this, node] {
    Broker& watched = brokers_[node];
    watched.watched = false;
    if (simulation_.now() < watched.session_ends) {
      watch(node);
    } else {
      fence(node);
    }
  });
}

void Controller::fence(NodeId node) {
  brokers_[node].fenced = true;
  for (PartitionId id = 0; id < partitions_.size(); ++id) {
    const bool led = partitions_[id].leader == node;
    remove_from_in_sync(id, node);
    if (led) elect(id);
  }
}

void Controller::unfence(NodeId node) {
  brokers_[node].fenced = false;
  for (PartitionId id = 0; id < partitions_.size(); ++id) {
    if (!partitions_[id].leader) elect(id);
  }
}

void Controller::shrink(PartitionId id, NodeId node) {
  remove_from_in_sync(id, node);
}

void Controller::expand(PartitionId id, NodeId node) {
  if (is_in_sync(id, node) || brokers_[node].fenced) return;
  std::vector<NodeId>& in_sync = partitions_[id].in_sync;
  in_sync.insert(std::lower_bound(in_sync.begin(), in_sync.end(), node), node);
  listener_.on_in_sync(id);
}

void Controller::remove_from_in_sync(PartitionId id, NodeId node) {
  std::vector<NodeId>& in_sync = partitions_[id].in_sync;
  if (in_sync.size() == 1 || !is_in_sync(id, node)) return;
  in_sync.erase(std::lower_bound(in_sync.begin(), in_sync.end(), node));
  listener_.on_in_sync(id);
}

void Controller::elect(PartitionId id) {
  Partition& partition = partitions_[id];
  const auto nodes = static_cast<std::uint32_t>(brokers_.size());
  std::optional<NodeId> chosen;
  bool unclean = false;
  for (const bool clean : {true, false}) {
    if (!clean && !unclean_election_) break;
    for (std::uint32_t step = 0; step < nodes && !chosen; ++step) {
      const NodeId node = (id + step) % nodes;  // the preferred replica first
      if (brokers_[node].fenced || (clean && !is_in_sync(id, node))) continue;
      chosen = node;
      unclean = !clean;
    }
  }
  if (!chosen && !partition.leader) return;
  partition.leader = chosen;
  partition.unclean = unclean;
  ++partition.leader_epoch;
  if (unclean) partition.in_sync = {*chosen};
  listener_.on_leadership(id);
}

}  // namespace halfwrite::broker
