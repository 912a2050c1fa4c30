// The ground truth of one partition of a topic: which records are in its history, up to where they
// are readable, and what was lost when a leader took office without them. Records facts and keeps
// the run alive while records wait for followers; nothing reads it to decide what the broker does.
#pragma once

#include "models/broker/log_entry.hpp"
#include "models/broker/replica_log.hpp"
#include "models/history/recorder.hpp"
#include "sim/quiescence.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halfwrite::broker {

class PartitionTruth {
 public:
  PartitionTruth(history::Recorder& recorder, sim::Name broker,
                 const PartitionDescription& description);

  // The leader appended a record at the end of the history.
  void appended(const LogEntry& entry);
  // The high watermark reached `end`.
  void readable(std::uint64_t end);
  // The broker is about to tell the producer that the record is safe, as far as acks goes.
  void acknowledged(std::uint64_t offset, std::uint32_t leader_epoch);
  // Why a leader may lack records.
  struct Circumstances {
    bool unclean = false;    // it was not in sync
    bool tail_lost = false;  // a machine crash took what no disk had synced
    bool disk_lost = false;  // of the only copy asked for
  };
  // A leader took office; its log is the history from now on.
  void leader_took_office(const ReplicaLog& log, const Circumstances& circumstances);
  // No replica in sync is left to lead: nobody waits for followers any more.
  void leaderless() { unreplicated_.close(); }

  std::uint64_t readable_end() const { return readable_; }

 private:
  struct Item {
    std::shared_ptr<const StoredRecord> record;
    std::uint32_t leader_epoch = 0;
    bool acknowledged = false;
  };
  void publish(const LogEntry& entry);
  void watch_replication();

  history::Recorder& recorder_;
  sim::Name broker_;
  const PartitionDescription& description_;
  std::vector<Item> items_;  // by offset
  std::uint64_t readable_ = 0;
  sim::OpenThing unreplicated_;
};

}  // namespace halfwrite::broker
