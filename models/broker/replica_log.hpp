// One replica of a partition on one node's disk. It survives a crash of the process whole (the
// operating system has it) and a crash of the machine as far as it was synced. Leader epochs tell
// where two replicas part (KIP-101); within one epoch only one leader appends, so equal epoch and
// offset mean the same entry.
#pragma once

#include "models/broker/log_entry.hpp"
#include "sim/disk.hpp"

#include <cstdint>

namespace halfwrite::broker {

class ReplicaLog : private sim::DurableLog<LogEntry> {
 public:
  explicit ReplicaLog(sim::Disk& disk) : DurableLog(disk) {}

  std::uint64_t end() const { return size(); }
  std::uint64_t synced_end() const { return synced(); }
  const LogEntry& at(std::uint64_t offset) const { return (*this)[offset]; }
  // Returns the offset. Epochs never go down.
  std::uint64_t append(LogEntry entry);
  void sync_to(std::uint64_t end);
  void truncate_to(std::uint64_t end) { truncate(end); }

  std::uint32_t last_epoch() const { return end() == 0 ? 0 : last().leader_epoch; }
  // The largest epoch here that is not above `epoch`, and the offset where it ends; {0, 0} where
  // there is none.
  struct EpochEnd {
    std::uint32_t epoch = 0;
    std::uint64_t end = 0;
  };
  EpochEnd end_of_epoch(std::uint32_t epoch) const;

  // Did a crash of the machine, or the loss of its disk, ever take entries of this replica?
  bool lost_its_tail() const { return lost_its_tail_; }
  bool lost_its_disk() const { return lost_its_disk_; }

 private:
  void machine_crashed() override;
  void lost() override;

  bool lost_its_tail_ = false;
  bool lost_its_disk_ = false;
};

}  // namespace halfwrite::broker
