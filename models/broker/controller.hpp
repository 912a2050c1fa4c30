// The controller: who leads which partition, who is in sync, which brokers are fenced. It models
// Kafka's controller quorum (KRaft) as one authority that is always there, reachable by every
// living broker and known by it at once. It elects among in-sync replicas only, unless unclean
// election is allowed. It knows no log: that an elected leader has every acknowledged record
// follows from the in-sync set alone.
//
// Two deliberate differences from KRaft: metadata reaches brokers without delay, so there is no
// leader that has not yet heard of its successor; and a broker that comes back registers at once,
// where KRaft makes it wait until the session of its former life has run out.
#pragma once

#include "models/broker/layout.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace halfwrite::broker {

// Told after each change, on whatever stack it happened.
class ControllerListener {
 public:
  virtual ~ControllerListener() = default;
  virtual void on_leadership(PartitionId partition) = 0;  // leader or epoch changed
  virtual void on_in_sync(PartitionId partition) = 0;     // only the in-sync set changed
};

class Controller {
 public:
  struct Partition {
    std::optional<NodeId> leader;
    std::uint32_t leader_epoch = 1;
    std::vector<NodeId> in_sync;  // ascending; never empty
    bool unclean = false;         // the leader in office was not in sync when elected
  };

  // Partition p is led by node p mod nodes at first, everybody in sync.
  Controller(sim::Simulation& simulation, ControllerListener& listener, std::uint32_t nodes,
             std::uint32_t partitions, bool unclean_election);

  const Partition& operator[](PartitionId id) const { return partitions_[id]; }
  bool is_in_sync(PartitionId id, NodeId node) const;

  // A new life of the broker. The former one is out: another in-sync replica leads where there is
  // one; where it was the last in sync it leads again with what its disk kept.
  void register_broker(NodeId node);
  // Ends a fencing, too: the process was only paused.
  void heartbeat(NodeId node);

  // Asked for by the leader (AlterPartition). The last in-sync replica never goes.
  void shrink(PartitionId id, NodeId node);
  void expand(PartitionId id, NodeId node);

  std::uint64_t new_producer_id() { return next_producer_id_++; }

 private:
  struct Broker {
    bool registered = false;
    bool fenced = false;
    bool watched = false;  // a session check is pending
    sim::Instant session_ends;
  };
  void watch(NodeId node);
  void fence(NodeId node);
  void unfence(NodeId node);
  void remove_from_in_sync(PartitionId id, NodeId node);
  void elect(PartitionId id);

  sim::Simulation& simulation_;
  ControllerListener& listener_;
  bool unclean_election_;
  std::vector<Broker> brokers_;
  std::vector<Partition> partitions_;
  std::uint64_t next_producer_id_ = 1;
};

}  // namespace halfwrite::broker
