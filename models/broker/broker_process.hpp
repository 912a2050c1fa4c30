// One life of a broker: answers requests, leads partitions, follows the leaders of the others.
// Everything here is volatile; what it must not lose is in the logs of its node. Kept alive by its
// fibers, so it is gone when they are unwound.
#pragma once

#include "models/broker/cluster_state.hpp"
#include "models/broker/group_coordinator.hpp"
#include "models/broker/partition_leader.hpp"
#include "models/broker/protocol.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace halfwrite::broker {

class BrokerProcess : public std::enable_shared_from_this<BrokerProcess> {
 public:
  BrokerProcess(ClusterState& cluster, sim::Process& process, NodeId node);

  // Registers with the controller, listens, follows and flushes.
  void start();
  sim::Process& process() const { return process_; }
  NodeId node() const { return node_; }
  ClusterState& cluster() const { return cluster_; }
  ReplicaLog& log(PartitionId partition) const { return cluster_.log(node_, partition); }
  // In office, or nullptr.
  std::shared_ptr<PartitionLeader> leader(PartitionId partition) const {
    return leaders_[partition];
  }
  GroupCoordinator& coordinator() { return coordinator_; }

  // --- Of leading (leadership.cpp)
  void leadership_changed(PartitionId partition);
  void in_sync_changed(PartitionId partition);
  void broker_registered(NodeId node);
  // Appends, wakes followers and returns the offset. Never waits; `flush_appended` is to follow.
  std::uint64_t append(const std::shared_ptr<PartitionLeader>& leader, LogEntry entry);
  // Where each message is flushed: waits for the disk.
  void flush_appended(const std::shared_ptr<PartitionLeader>& leader, std::uint64_t offset);
  // Waits until the high watermark has passed `offset`: acks all.
  Error await_replicas(const std::shared_ptr<PartitionLeader>& leader, std::uint64_t offset,
                       sim::Duration timeout);
  bool has_enough_in_sync(PartitionId partition) const;
  // With a fetch that came at an earlier instant: until then it is known to have been caught up.
  void follower_reached(PartitionLeader& leader, NodeId follower, std::uint64_t end,
                        sim::Instant came);

  // --- Of following (replica_fetcher.cpp)
  void follow(NodeId leader);

 private:
  void serve(const sim::Connection& connection);
  void answer(const sim::Connection& connection, sim::Message& message);
  void answer_metadata(const sim::Connection& connection, const MetadataRequest& request);
  void answer_commit(const sim::Connection& connection, const OffsetCommitRequest& request);
  void answer_produce(const sim::Connection& connection, const ProduceRequest& request,
                      const sim::Scope& scope);
  ProduceReply produce(const ProduceRequest& request, const sim::Scope& scope);
  void answer_fetch(const sim::Connection& connection, const FetchRequest& request);
  void answer_list_offsets(const sim::Connection& connection, const ListOffsetsRequest& request);
  void answer_replica_fetch(const sim::Connection& connection, const ReplicaFetchRequest& request);
  bool collect(const ReplicaFetchRequest& request, sim::Instant came, ReplicaFetchReply& reply);
  bool knows_all(const ReplicaFetchRequest& request) const;

  void advance(PartitionLeader& leader);
  void heartbeat();
  void check_followers();
  void flush();
  void flush_all();
  void fetch_from(NodeId leader);
  std::unique_ptr<ReplicaFetchRequest> request_to(NodeId leader) const;
  bool take(const ReplicaFetchReply::Partition& reply);

  ClusterState& cluster_;
  sim::Process& process_;
  NodeId node_;
  std::vector<std::shared_ptr<PartitionLeader>> leaders_;  // by partition; empty: follows
  WaitList appended_;                                      // followers wait for entries, ...
  WaitList changed_;                                       // ... or for anything to hear
  std::vector<std::uint64_t> known_high_watermarks_;       // by partition, as a follower heard
  std::vector<std::uint64_t> fetcher_numbers_;             // by leader: the fetcher in charge
  std::vector<std::unique_ptr<WaitList>> fetchers_;        // by leader: waits for something to do
  GroupCoordinator coordinator_;
};

}  // namespace halfwrite::broker
