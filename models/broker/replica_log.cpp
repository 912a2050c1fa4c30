#include "models/broker/replica_log.hpp"

#include <algorithm>

namespace halfwrite::broker {

std::uint64_t ReplicaLog::append(LogEntry entry) {
  HALFWRITE_ASSERT(entry.leader_epoch >= last_epoch(), "an entry of an old epoch was appended");
  return DurableLog::append(std::move(entry)) - 1;
}

void ReplicaLog::sync_to(std::uint64_t wanted) {
  sync(std::min<std::uint64_t>(wanted, end()));
}

ReplicaLog::EpochEnd ReplicaLog::end_of_epoch(std::uint32_t epoch) const {
  // Followers ask at each fetch, and as a rule for the newest.
  if (const std::uint32_t newest = last_epoch(); end() > 0 && newest <= epoch) {
    return {newest, end()};
  }
  std::uint64_t low = 0;
  std::uint64_t high = end();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (at(middle).leader_epoch <= epoch) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return {};
  return {at(low - 1).leader_epoch, low};
}

void ReplicaLog::machine_crashed() {
  if (size() > synced()) lost_its_tail_ = true;
  DurableLog::machine_crashed();
}

void ReplicaLog::lost() {
  if (size() > 0) lost_its_disk_ = true;
  DurableLog::lost();
}

}  // namespace halfwrite::broker
