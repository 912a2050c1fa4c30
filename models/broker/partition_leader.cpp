#include "models/broker/partition_leader.hpp"

#include <algorithm>

namespace halfwrite::broker {

PartitionLeader::PartitionLeader(PartitionId of, std::uint32_t leader_epoch, const ReplicaLog& log,
                                 std::uint32_t nodes, std::uint64_t known_high_watermark,
                                 sim::Instant now)
    : partition(of),
      epoch(leader_epoch),
      epoch_start(log.end()),
      high_watermark(std::min(known_high_watermark, log.end())),
      followers(nodes, Follower{0, now}) {
  for (std::uint64_t offset = 0; offset < log.end(); ++offset) {
    producers.appended(log.at(offset), offset);
  }
}

void PartitionLeader::leave_office(sim::Simulation& simulation) {
  in_office = false;
  advanced.wake_all(simulation);
}

}  // namespace halfwrite::broker
