#include "models/broker/protocol.hpp"

namespace halfwrite::broker {

namespace {

using sim::Key;

Key start(std::string_view kind) {
  return Key(0).with(kind);
}
Key with(Key key, Error error) {
  return key.with(static_cast<std::uint64_t>(error));
}
Key with(Key key, std::optional<std::uint64_t> number) {
  return number ? key.with(1).with(*number) : key.with(0);
}
Key with(Key key, const Record& record) {
  return key.with(record.event_id)
      .with(record.event_type)
      .with(record.version)
      .with(record.key)
      .with(record.payload);
}
Key with(Key key, const std::vector<PartitionId>& partitions) {
  key = key.with(partitions.size());
  for (const PartitionId partition : partitions) key = key.with(partition);
  return key;
}

}  // namespace

const char* to_text(Error error) {
  switch (error) {
    case Error::none:
      return "NONE";
    case Error::not_leader:
      return "NOT_LEADER_OR_FOLLOWER";
    case Error::not_enough_replicas:
      return "NOT_ENOUGH_REPLICAS";
    case Error::not_enough_replicas_after_append:
      return "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
    case Error::out_of_order_sequence:
      return "OUT_OF_ORDER_SEQUENCE_NUMBER";
    case Error::invalid_producer_epoch:
      return "INVALID_PRODUCER_EPOCH";
    case Error::request_timed_out:
      return "REQUEST_TIMED_OUT";
    case Error::offset_out_of_range:
      return "OFFSET_OUT_OF_RANGE";
    case Error::not_coordinator:
      return "NOT_COORDINATOR";
    case Error::coordinator_not_available:
      return "COORDINATOR_NOT_AVAILABLE";
    case Error::unknown_member_id:
      return "UNKNOWN_MEMBER_ID";
    case Error::illegal_generation:
      return "ILLEGAL_GENERATION";
    case Error::rebalance_in_progress:
      return "REBALANCE_IN_PROGRESS";
    case Error::unknown_topic:
      return "UNKNOWN_TOPIC_OR_PARTITION";
    case Error::refused:
      return "refused";
  }
  return "unknown";
}

std::uint64_t MetadataRequest::fingerprint() const {
  return start(kind()).with(topic).with(group).value();
}

std::uint64_t MetadataReply::fingerprint() const {
  Key key = with(start(kind()), coordinator);
  for (const Partition& partition : partitions) {
    key = with(key.with(partition.id), partition.leader);
  }
  return key.value();
}

std::uint64_t InitProducerIdRequest::fingerprint() const {
  return start(kind()).value();
}

std::uint64_t InitProducerIdReply::fingerprint() const {
  return start(kind()).with(producer_id).value();
}

std::uint64_t ProduceRequest::fingerprint() const {
  return with(start(kind()).with(partition), record)
      .with(static_cast<std::uint64_t>(acks))
      .with(producer_id)
      .with(producer_epoch)
      .with(sequence)
      .value();
}

std::uint64_t ProduceReply::fingerprint() const {
  return with(start(kind()), error).with(offset).value();
}

std::uint64_t FetchRequest::fingerprint() const {
  return start(kind()).with(partition).with(offset).with(reader.group).value();
}

std::uint64_t FetchReply::fingerprint() const {
  Key key = with(start(kind()), error).with(first_offset).with(records.size());
  for (const auto& stored : records) key = key.with(stored->record.event_id);
  return key.value();
}

std::uint64_t ListOffsetsRequest::fingerprint() const {
  return start(kind()).with(partition).with(latest ? 1 : 0).value();
}

std::uint64_t ListOffsetsReply::fingerprint() const {
  return with(start(kind()), error).with(offset).value();
}

std::uint64_t ReplicaFetchRequest::fingerprint() const {
  Key key = start(kind()).with(follower).with(incarnation);
  for (const Partition& partition : partitions) {
    key = key.with(std::uint64_t{partition.leader_epoch} << 32 | partition.id)
              .with(partition.end)
              .with(partition.high_watermark);
  }
  return key.value();
}

std::uint64_t ReplicaFetchReply::fingerprint() const {
  Key key = start(kind());
  for (const Partition& partition : partitions) {
    key = key.with(partition.id)
              .with(partition.from)
              .with(partition.high_watermark)
              .with(partition.diverging ? 1 : 0)
              .with(partition.common_end)
              .with(partition.entries.size());
  }
  return key.value();
}

std::uint64_t JoinGroupRequest::fingerprint() const {
  Key key = start(kind()).with(group).with(member_id).with(reader.node).with(reader.incarnation);
  for (const std::string& topic : topics) key = key.with(topic);
  return key.value();
}

std::uint64_t JoinGroupReply::fingerprint() const {
  return with(with(start(kind()), error).with(member_id).with(generation), assignment).value();
}

std::uint64_t MemberRequest::fingerprint() const {
  return start(kind()).with(group).with(member_id).with(generation).value();
}

std::uint64_t OffsetCommitRequest::fingerprint() const {
  return Key(MemberRequest::fingerprint()).with(partition).with(next_offset).value();
}

std::uint64_t GroupReply::fingerprint() const {
  return with(start(kind()), error).value();
}

std::uint64_t OffsetFetchRequest::fingerprint() const {
  return with(start(kind()).with(group), partitions).value();
}

std::uint64_t OffsetFetchReply::fingerprint() const {
  Key key = with(start(kind()), error);
  for (const auto& offset : offsets) key = with(key, offset);
  return key.value();
}

}  // namespace halfwrite::broker
