// The coordinator side of consumer groups on one broker: memberships, rounds of joining, committed
// offsets. A group is coordinated by the leader of its partition of __consumer_offsets; all that
// must survive is in that log, and a new leader loads it from there, members included. It never
// fences side effects: only commits carry a generation.
// Source: GroupCoordinator and GroupMetadataManager of Kafka's classic protocol, with joining and
// syncing in one step and the assignment made here instead of by a leading member.
#pragma once

#include "models/broker/log_entry.hpp"
#include "models/broker/partition_leader.hpp"
#include "models/broker/protocol.hpp"
#include "models/broker/wait_list.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::broker {

class BrokerProcess;

class GroupCoordinator {
 public:
  explicit GroupCoordinator(BrokerProcess& broker) : broker_(broker) {}

  // This broker took or lost the office of a partition of __consumer_offsets.
  void load(PartitionId offsets_partition);
  void unload(PartitionId offsets_partition);
  // The entry of a partition of __consumer_offsets is committed.
  void committed(const LogEntry& entry, std::uint64_t offset);

  // Each is called on the fiber of the request and may wait.
  JoinGroupReply join(const JoinGroupRequest& request);
  Error heartbeat(const MemberRequest& request);
  Error leave(const MemberRequest& request);
  Error commit(const OffsetCommitRequest& request);
  OffsetFetchReply offsets(const OffsetFetchRequest& request) const;

  // Opens a round without anybody having come. False: the group has no members here.
  bool rebalance(std::string_view group);

 private:
  struct Member {
    StoredMember stored;
    bool joined = false;  // in the round that is open
    sim::Instant session_ends;
    bool watched = false;
  };
  struct Group {
    std::string name;
    PartitionId home = 0;  // its partition of __consumer_offsets
    std::uint32_t generation = 0;
    std::uint64_t members_ever = 0;
    bool joining = false;  // a round is open
    std::uint64_t round = 0;
    sim::Instant not_before;  // the round does not close earlier
    std::map<std::string, Member> members;
    struct Offset {
      std::uint64_t next = 0;
      std::uint64_t log_offset = 0;
    };
    std::map<PartitionId, Offset> offsets;
    std::optional<std::uint64_t> snapshot;  // log offset of the generation's members
    WaitList closed;                        // members wait for the round to close
    bool gone = false;                      // the office was lost
  };
  using GroupReference = std::shared_ptr<Group>;

  GroupReference find(std::string_view group) const;
  GroupReference find_or_make(const std::string& group);
  Error check(const Group& group, const MemberRequest& request) const;
  // Returns the member's id: its own, or a new one.
  std::string admit(Group& group, const JoinGroupRequest& request);
  void open_round(const GroupReference& group);
  void close_round_if_complete(const GroupReference& group);
  void end_round(const GroupReference& group);
  void member_left(const GroupReference& group);
  void remove_unjoined(const GroupReference& group, std::uint64_t round);
  void watch_session(const GroupReference& group, const std::string& member_id);
  void remember(Group& group);
  std::shared_ptr<PartitionLeader> office(std::string_view group) const;
  void apply(const LogEntry& entry, std::uint64_t offset, PartitionId home);

  BrokerProcess& broker_;
  std::map<std::string, GroupReference, std::less<>> groups_;
};

// Kafka's RangeAssignor: per topic, its subscribers in the order of their ids get runs of
// partitions, the first ones one more. Assigns into `members`.
void assign_ranges(const Layout& layout, const std::vector<StoredMember*>& members);

}  // namespace halfwrite::broker
