// What a partition's log holds: records of producers, and in __consumer_offsets the committed
// offsets and memberships of groups. The intent of a record stands beside it: for the ground truth,
// never for a client. Immutable once appended, so replicas share the content.
#pragma once

#include "models/broker/layout.hpp"
#include "models/broker/record.hpp"
#include "models/broker/settings.hpp"
#include "sim/address.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace halfwrite::broker {

struct StoredRecord {
  Record record;
  sim::Identity intent;
  sim::Name producer;  // the process that sent it
  Acknowledgements acks = Acknowledgements::all;
};

struct StoredOffset {
  std::string group;
  PartitionId partition = 0;
  std::uint64_t next_offset = 0;
};

// A member as its group knows it.
struct StoredMember {
  std::string id;
  std::vector<std::string> topics;
  sim::Duration session_timeout;
  sim::Duration rebalance_timeout;
  std::vector<PartitionId> assignment;
};
struct StoredGroup {
  std::string group;
  std::uint32_t generation = 0;
  std::uint64_t members_ever = 0;
  std::vector<StoredMember> members;
};

struct LogEntry {
  std::uint32_t leader_epoch = 0;
  std::uint64_t producer_id = 0;  // 0: not idempotent
  std::uint32_t producer_epoch = 0;
  std::uint32_t sequence = 0;
  std::variant<std::shared_ptr<const StoredRecord>, std::shared_ptr<const StoredOffset>,
               std::shared_ptr<const StoredGroup>>
      content;
};

}  // namespace halfwrite::broker
