// The ground truth of consumer groups: what is committed, and which partitions hold records that
// nobody who lives has read. Records Acknowledged, and keeps the run alive while records of a group
// are unread and nobody reads them (a rebalance, a dead member that is not evicted yet): late is
// not lost. Nothing reads it to decide what the broker does.
//
// A living member that has read to the end without committing must not keep a run alive for ever.
// So the watch over a partition ends with the commit, or a session time-out after somebody read it
// to the end, if that somebody is still alive then: by that time a dead one would be evicted.
#pragma once

#include "models/broker/layout.hpp"
#include "models/broker/protocol.hpp"
#include "models/history/recorder.hpp"
#include "sim/quiescence.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::broker {

class GroupTruth {
 public:
  GroupTruth(history::Recorder& recorder, const Settings& settings, const Layout& layout);

  void joined(const JoinGroupRequest& request);
  // The last member left in order: nobody is owed anything until one joins again.
  void left_empty(const std::string& group);
  void readable(PartitionId partition, std::uint64_t end);
  void committed(const std::string& group, PartitionId partition, std::uint64_t next_offset);
  // A fetch of a member arrived: it has been given everything below `offset`.
  void read(const Reader& reader, PartitionId partition, std::uint64_t offset);

  std::optional<std::uint64_t> committed_offset(std::string_view group,
                                                PartitionId partition) const;

 private:
  struct Progress {
    bool subscribed = false;
    std::optional<std::uint64_t> committed;
    std::uint64_t watched_end = 0;  // the readable end the watch below is about
    sim::OpenThing unread;
    bool is_unread = false;
    bool check_pending = false;
    Reader last_reader;
    std::uint64_t check = 0;  // tells an outdated check from the latest
  };
  struct Group {
    OffsetReset reset = OffsetReset::earliest;
    sim::Duration session_timeout;
    std::map<PartitionId, Progress> partitions;
  };
  void look(Group& group, PartitionId partition);
  std::string sentence_about(const Progress& unread) const;
  void check_reader(const std::string& name, PartitionId partition, std::uint64_t check);

  history::Recorder& recorder_;
  const Layout& layout_;
  sim::Name broker_;
  std::vector<std::uint64_t> readable_;  // by partition
  std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace halfwrite::broker
