// What a leader knows of its partition while in office: how far each follower is, the high
// watermark, the producers' last sequences, and who waits for any of it. Volatile; fibers that wait
// in it keep it alive past its office and look at `in_office` after each wait.
#pragma once

#include "models/broker/layout.hpp"
#include "models/broker/producer_states.hpp"
#include "models/broker/replica_log.hpp"
#include "models/broker/wait_list.hpp"

#include <cstdint>
#include <vector>

namespace halfwrite::broker {

class PartitionLeader {
 public:
  struct Follower {
    std::uint64_t end = 0;
    sim::Instant last_caught_up;
  };

  PartitionLeader(PartitionId partition, std::uint32_t epoch, const ReplicaLog& log,
                  std::uint32_t nodes, std::uint64_t high_watermark, sim::Instant now);

  const PartitionId partition;
  const std::uint32_t epoch;
  const std::uint64_t epoch_start;  // end of the log when it took office
  bool in_office = true;
  std::uint64_t high_watermark;
  std::vector<Follower> followers;  // by node; the leader's own is not used
  ProducerStates producers;
  WaitList advanced;  // producers and consumers wait for the high watermark

  void forget_follower(NodeId node, sim::Instant now) { followers[node] = {0, now}; }
  void leave_office(sim::Simulation& simulation);
};

}  // namespace halfwrite::broker
