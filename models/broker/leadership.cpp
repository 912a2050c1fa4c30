#include "models/broker/broker_process.hpp"
#include "models/broker/timing.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::broker {

void BrokerProcess::leadership_changed(PartitionId partition) {
  const Controller::Partition& said = cluster_.controller[partition];
  const bool internal = cluster_.layout[partition].internal;
  sim::Simulation& simulation = cluster_.simulation;
  if (leaders_[partition] && leaders_[partition]->epoch != said.leader_epoch) {
    const std::shared_ptr<PartitionLeader> former = std::move(leaders_[partition]);
    leaders_[partition].reset();
    known_high_watermarks_[partition] = former->high_watermark;
    former->leave_office(simulation);
    appended_.wake_all(simulation);
    changed_.wake_all(simulation);
    if (internal) coordinator_.unload(partition);
  }
  if (said.leader != node_) {
    if (said.leader) fetchers_[*said.leader]->wake_all(simulation);
    return;
  }
  if (leaders_[partition]) return;
  leaders_[partition] = std::make_shared<PartitionLeader>(
      partition, said.leader_epoch, log(partition), cluster_.settings.replicas,
      known_high_watermarks_[partition], simulation.now());
  cluster_.leader_took_office(partition, log(partition));
  if (internal) coordinator_.load(partition);
  changed_.wake_all(simulation);
  advance(*leaders_[partition]);
}

void BrokerProcess::in_sync_changed(PartitionId partition) {
  if (leaders_[partition]) advance(*leaders_[partition]);
}

void BrokerProcess::broker_registered(NodeId node) {
  for (const auto& leader : leaders_) {
    if (leader) leader->forget_follower(node, cluster_.simulation.now());
  }
  if (node != node_) follow(node);
}

bool BrokerProcess::has_enough_in_sync(PartitionId partition) const {
  return cluster_.controller[partition].in_sync.size() >= cluster_.layout[partition].min_insync;
}

std::uint64_t BrokerProcess::append(const std::shared_ptr<PartitionLeader>& leader,
                                    LogEntry entry) {
  sim::Simulation& simulation = cluster_.simulation;
  entry.leader_epoch = leader->epoch;
  const std::uint64_t offset = log(leader->partition).append(entry);
  leader->producers.appended(entry, offset);
  if (cluster_.layout[leader->partition].internal) {
    simulation.quiescence().durable_change();
  } else {
    cluster_.truths[leader->partition].appended(entry);
  }
  appended_.wake_all(simulation);
  changed_.wake_all(simulation);
  advance(*leader);
  return offset;
}

void BrokerProcess::flush_appended(const std::shared_ptr<PartitionLeader>& leader,
                                   std::uint64_t offset) {
  if (!cluster_.settings.flush_every_message) return;
  sim::Simulation& simulation = cluster_.simulation;
  simulation.sleep(disk_sync_time, {simulation.names().of("append/flush")});
  if (!leader->in_office) return;
  log(leader->partition).sync_to(offset + 1);
  advance(*leader);
}

Error BrokerProcess::await_replicas(const std::shared_ptr<PartitionLeader>& leader,
                                    std::uint64_t offset, sim::Duration timeout) {
  sim::Simulation& simulation = cluster_.simulation;
  const sim::Instant deadline = simulation.now() + timeout;
  while (leader->in_office && leader->high_watermark <= offset) {
    if (simulation.now() >= deadline) return Error::request_timed_out;
    leader->advanced.wait(simulation, {cluster_.places.replicate}, deadline - simulation.now());
  }
  if (leader->high_watermark > offset) {
    return has_enough_in_sync(leader->partition) ? Error::none
                                                 : Error::not_enough_replicas_after_append;
  }
  return Error::not_leader;
}

void BrokerProcess::follower_reached(PartitionLeader& leader, NodeId node, std::uint64_t end,
                                     sim::Instant came) {
  PartitionLeader::Follower& follower = leader.followers[node];
  const ReplicaLog& replica = log(leader.partition);
  const bool moved = std::exchange(follower.end, end) != end;
  if (end >= replica.end()) follower.last_caught_up = came;
  // Kafka's Partition.isFollowerInSync: as far as consumers may read, and into this epoch.
  if (end >= leader.high_watermark && end >= leader.epoch_start) {
    cluster_.controller.expand(leader.partition, node);
  }
  // Whatever else the high watermark depends on moves it where it changes.
  if (moved) advance(leader);
}

// The high watermark is the least end in the in-sync set, and stands still while that set is
// smaller than min.insync.replicas (since Kafka 3.7, KAFKA-15583).
void BrokerProcess::advance(PartitionLeader& leader) {
  const PartitionId partition = leader.partition;
  if (!leader.in_office || !has_enough_in_sync(partition)) return;
  if (!cluster_.controller.is_in_sync(partition, node_)) return;
  const ReplicaLog& replica = log(partition);
  std::uint64_t end = cluster_.settings.flush_every_message ? replica.synced_end() : replica.end();
  for (const NodeId node : cluster_.controller[partition].in_sync) {
    if (node != node_) end = std::min(end, leader.followers[node].end);
  }
  if (end <= leader.high_watermark) return;
  const std::uint64_t before = leader.high_watermark;
  leader.high_watermark = end;
  if (cluster_.layout[partition].internal) {
    for (std::uint64_t offset = before; offset < end; ++offset) {
      coordinator_.committed(replica.at(offset), offset);
      cluster_.materialize(partition, replica.at(offset), offset);
    }
  } else {
    cluster_.truths[partition].readable(end);
    cluster_.groups.readable(partition, cluster_.truths[partition].readable_end());
  }
  cluster_.simulation.quiescence().durable_change();
  leader.advanced.wake_all(cluster_.simulation);
  changed_.wake_all(cluster_.simulation);
}

void BrokerProcess::check_followers() {
  const sim::Instant now = cluster_.simulation.now();
  for (const auto& leader : leaders_) {
    if (!leader) continue;
    const std::vector<NodeId> in_sync = cluster_.controller[leader->partition].in_sync;
    for (const NodeId node : in_sync) {
      const PartitionLeader::Follower& follower = leader->followers[node];
      const bool lags = follower.end < log(leader->partition).end() &&
                        now - follower.last_caught_up > replica_lag_time;
      if (node != node_ && lags) cluster_.controller.shrink(leader->partition, node);
    }
  }
  process_.after(replica_lag_time / 2, sim::Activity::idle, [this] { check_followers(); });
}

}  // namespace halfwrite::broker
