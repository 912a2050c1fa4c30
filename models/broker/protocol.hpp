// What clients and brokers say to each other: requests and replies as payloads of the network.
// Values only. After Kafka's protocol, with what the model leaves out left out; an `address` or
// `aliases` travels for the fault plan alone and is read by no rule.
#pragma once

#include "models/broker/log_entry.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::broker {

enum class Error : std::uint8_t {
  none,
  not_leader,
  not_enough_replicas,
  not_enough_replicas_after_append,
  out_of_order_sequence,
  invalid_producer_epoch,
  request_timed_out,
  offset_out_of_range,
  not_coordinator,
  coordinator_not_available,
  unknown_member_id,
  illegal_generation,
  rebalance_in_progress,
  unknown_topic,
  refused,  // a fault of the plan: the text says what
};
// Kafka's names: "NOT_ENOUGH_REPLICAS".
const char* to_text(Error error);

// Where a request comes from, for faults that are anchored to it.
struct Origin {
  sim::Address address;
  std::vector<sim::Alias> aliases;
};

struct MetadataRequest final : sim::Payload {
  std::string topic;  // or ...
  std::string group;  // ... whose coordinator is looked for
  std::string_view kind() const override { return "Metadata"; }
  std::uint64_t fingerprint() const override;
};
struct MetadataReply final : sim::Payload {
  struct Partition {
    PartitionId id = 0;
    std::optional<NodeId> leader;
  };
  std::vector<Partition> partitions;
  std::optional<NodeId> coordinator;
  std::string_view kind() const override { return "MetadataReply"; }
  std::uint64_t fingerprint() const override;
};

struct InitProducerIdRequest final : sim::Payload {
  std::string_view kind() const override { return "InitProducerId"; }
  std::uint64_t fingerprint() const override;
};
struct InitProducerIdReply final : sim::Payload {
  std::uint64_t producer_id = 0;
  std::string_view kind() const override { return "InitProducerIdReply"; }
  std::uint64_t fingerprint() const override;
};

struct ProduceRequest final : sim::Payload {
  PartitionId partition = 0;
  Record record;
  sim::Name producer;
  Acknowledgements acks = Acknowledgements::all;
  sim::Duration timeout;  // the leader gives up waiting for followers
  std::uint64_t producer_id = 0;
  std::uint32_t producer_epoch = 0;
  std::uint32_t sequence = 0;
  Origin origin;
  std::string_view kind() const override { return "Produce"; }
  std::uint64_t fingerprint() const override;
};
struct ProduceReply final : sim::Payload {
  Error error = Error::none;
  std::uint64_t offset = 0;
  std::string text;
  std::string_view kind() const override { return "ProduceReply"; }
  std::uint64_t fingerprint() const override;
};

// Which life of which member reads: for the watch over unread records.
struct Reader {
  std::string group;
  std::string node;
  std::uint32_t incarnation = 0;
};
struct FetchRequest final : sim::Payload {
  PartitionId partition = 0;
  std::uint64_t offset = 0;
  std::uint32_t most_records = 1;
  sim::Duration wait;
  Reader reader;
  std::string_view kind() const override { return "Fetch"; }
  std::uint64_t fingerprint() const override;
};
struct FetchReply final : sim::Payload {
  Error error = Error::none;
  std::uint64_t first_offset = 0;
  std::vector<std::shared_ptr<const StoredRecord>> records;
  std::string_view kind() const override { return "FetchReply"; }
  std::uint64_t fingerprint() const override;
};

struct ListOffsetsRequest final : sim::Payload {
  PartitionId partition = 0;
  bool latest = false;
  std::string_view kind() const override { return "ListOffsets"; }
  std::uint64_t fingerprint() const override;
};
struct ListOffsetsReply final : sim::Payload {
  Error error = Error::none;
  std::uint64_t offset = 0;
  std::string_view kind() const override { return "ListOffsetsReply"; }
  std::uint64_t fingerprint() const override;
};

struct ReplicaFetchRequest final : sim::Payload {
  struct Partition {
    PartitionId id = 0;
    std::uint32_t leader_epoch = 0;
    std::uint64_t end = 0;
    std::uint32_t last_epoch = 0;
    std::uint64_t high_watermark = 0;  // as the follower heard (KIP-1166)
  };
  NodeId follower = 0;
  std::uint32_t incarnation = 0;
  std::vector<Partition> partitions;
  std::string_view kind() const override { return "ReplicaFetch"; }
  std::uint64_t fingerprint() const override;
};
struct ReplicaFetchReply final : sim::Payload {
  struct Partition {
    PartitionId id = 0;
    std::uint32_t leader_epoch = 0;
    std::uint64_t from = 0;  // the follower's end this answers
    std::uint64_t high_watermark = 0;
    bool diverging = false;  // the follower's end is not of the leader's history; it shares it ...
    std::uint32_t common_epoch = 0;  // ... at most up to this epoch, which ends
    std::uint64_t common_end = 0;    // here
    std::vector<LogEntry> entries;
  };
  std::vector<Partition> partitions;
  std::string_view kind() const override { return "ReplicaFetchReply"; }
  std::uint64_t fingerprint() const override;
};

struct JoinGroupRequest final : sim::Payload {
  std::string group;
  std::string member_id;  // empty: a new member
  std::vector<std::string> topics;
  sim::Duration session_timeout;
  sim::Duration rebalance_timeout;
  OffsetReset reset = OffsetReset::earliest;  // for the watch over unread records
  Reader reader;
  std::string_view kind() const override { return "JoinGroup"; }
  std::uint64_t fingerprint() const override;
};
struct JoinGroupReply final : sim::Payload {
  Error error = Error::none;
  std::string member_id;
  std::uint32_t generation = 0;
  std::vector<PartitionId> assignment;
  std::string_view kind() const override { return "JoinGroupReply"; }
  std::uint64_t fingerprint() const override;
};

struct MemberRequest : sim::Payload {
  std::string group;
  std::string member_id;
  std::uint32_t generation = 0;
  std::uint64_t fingerprint() const override;
};
struct HeartbeatRequest final : MemberRequest {
  std::string_view kind() const override { return "Heartbeat"; }
};
struct LeaveGroupRequest final : MemberRequest {
  std::string_view kind() const override { return "LeaveGroup"; }
};
struct OffsetCommitRequest final : MemberRequest {
  PartitionId partition = 0;
  std::uint64_t next_offset = 0;
  Origin origin;
  std::string_view kind() const override { return "OffsetCommit"; }
  std::uint64_t fingerprint() const override;
};
struct GroupReply final : sim::Payload {
  Error error = Error::none;
  std::string_view kind() const override { return "GroupReply"; }
  std::uint64_t fingerprint() const override;
};

struct OffsetFetchRequest final : sim::Payload {
  std::string group;
  std::vector<PartitionId> partitions;
  std::string_view kind() const override { return "OffsetFetch"; }
  std::uint64_t fingerprint() const override;
};
struct OffsetFetchReply final : sim::Payload {
  Error error = Error::none;
  std::vector<std::optional<std::uint64_t>> offsets;  // in the order of the request
  std::string_view kind() const override { return "OffsetFetchReply"; }
  std::uint64_t fingerprint() const override;
};

}  // namespace halfwrite::broker
