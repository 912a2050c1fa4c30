#include "models/broker/cluster_state.hpp"

#include "models/broker/broker_process.hpp"

#include <algorithm>

namespace halfwrite::broker {

ClusterState::ClusterState(sim::Simulation& of, history::Recorder& to, const Settings& given)
    : simulation(of),
      recorder(to),
      settings(given),
      name(of.names().of(given.name)),
      places{of.names().of("broker/receive"),   of.names().of("append"),
             of.names().of("append/replicate"), of.names().of("fetch/wait"),
             of.names().of("replica/wait"),     of.names().of("replica/held"),
             of.names().of("replica/fetch")},
      layout(of.names(), given),
      controller(of, *this, given.replicas, static_cast<std::uint32_t>(layout.partitions().size()),
                 given.unclean_leader_election),
      groups(to, given, layout),
      materialized(layout.partitions().size()) {
  for (const PartitionDescription& partition : layout.partitions()) {
    if (!partition.internal) truths.emplace_back(recorder, name, partition);
  }
}

void ClusterState::on_leadership(PartitionId partition) {
  for (NodeId node = 0; node < nodes.size(); ++node) {
    if (const auto process = running(node)) process->leadership_changed(partition);
  }
  if (!controller[partition].leader && !layout[partition].internal) {
    truths[partition].leaderless();
  }
}

void ClusterState::on_in_sync(PartitionId partition) {
  if (const auto process = leader_of(partition)) process->in_sync_changed(partition);
}

std::shared_ptr<BrokerProcess> ClusterState::running(NodeId node) const {
  std::shared_ptr<BrokerProcess> process = nodes[node].process.lock();
  if (process && !process->process().alive()) process.reset();
  return process;
}

std::shared_ptr<BrokerProcess> ClusterState::leader_of(PartitionId partition) const {
  const std::optional<NodeId> leader = controller[partition].leader;
  return leader ? running(*leader) : nullptr;
}

PartitionTruth::Circumstances ClusterState::circumstances(PartitionId partition) const {
  PartitionTruth::Circumstances found;
  found.unclean = controller[partition].unclean;
  for (const BrokerNode& node : nodes) {
    found.tail_lost = found.tail_lost || node.logs[partition]->lost_its_tail();
    found.disk_lost = found.disk_lost || node.logs[partition]->lost_its_disk();
  }
  return found;
}

void ClusterState::leader_took_office(PartitionId partition, const ReplicaLog& log) {
  if (layout[partition].internal) {
    materialized[partition] = std::min(materialized[partition], log.end());
    return;
  }
  truths[partition].leader_took_office(log, circumstances(partition));
  groups.readable(partition, truths[partition].readable_end());
}

void ClusterState::materialize(PartitionId home, const LogEntry& entry, std::uint64_t offset) {
  if (offset < materialized[home]) return;
  materialized[home] = offset + 1;
  const auto* stored = std::get_if<std::shared_ptr<const StoredOffset>>(&entry.content);
  if (stored == nullptr) return;
  groups.committed((*stored)->group, (*stored)->partition, (*stored)->next_offset);
}

bool ClusterState::is_current(NodeId node, std::uint32_t incarnation) const {
  const auto process = running(node);
  return process && process->process().incarnation() == incarnation;
}

}  // namespace halfwrite::broker
