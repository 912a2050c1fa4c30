// The partitions of a cluster, numbered through: those of the topics in the order of the scenario,
// then those of __consumer_offsets (one per node). Immutable; the numbers are what the protocol
// carries.
#pragma once

#include "models/broker/settings.hpp"
#include "sim/name.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::broker {

using PartitionId = std::uint32_t;
using NodeId = std::uint32_t;  // from 0: node 0 is "<name>.1"

struct PartitionDescription {
  std::string topic;
  sim::Name topic_name;
  std::uint32_t number = 0;
  std::uint32_t min_insync = 1;  // no more than there are replicas (KAFKA-15583)
  bool internal = false;         // __consumer_offsets
};

class Layout {
 public:
  Layout(sim::Names& names, const Settings& settings);

  const std::vector<PartitionDescription>& partitions() const { return partitions_; }
  const PartitionDescription& operator[](PartitionId id) const { return partitions_[id]; }
  // Of a topic, by number; empty: no such topic.
  std::vector<PartitionId> of_topic(std::string_view topic) const;
  std::optional<PartitionId> find(std::string_view topic, std::uint32_t number) const;
  // The partition of __consumer_offsets whose leader coordinates the group.
  PartitionId of_group(std::string_view group) const;

 private:
  std::vector<PartitionDescription> partitions_;
  PartitionId first_internal_ = 0;
};

// "kafka.1"
std::string node_name(std::string_view broker, NodeId node);

}  // namespace halfwrite::broker
