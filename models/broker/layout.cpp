#include "models/broker/layout.hpp"

#include "models/broker/murmur2.hpp"
#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::broker {

Layout::Layout(sim::Names& names, const Settings& settings) {
  HALFWRITE_ASSERT(settings.replicas > 0, "a broker has no node");
  const auto add = [&](const std::string& topic, std::uint32_t count, std::uint32_t min_insync,
                       bool internal) {
    HALFWRITE_ASSERT(of_topic(topic).empty(), "a topic is there twice");
    HALFWRITE_ASSERT(count > 0, "a topic has no partition");
    for (std::uint32_t number = 0; number < count; ++number) {
      partitions_.push_back(
          {topic, names.of(topic), number, std::min(min_insync, settings.replicas), internal});
    }
  };
  for (const TopicSettings& topic : settings.topics) {
    add(topic.name, topic.partitions,
        topic.min_insync_replicas.value_or(settings.min_insync_replicas), false);
  }
  first_internal_ = static_cast<PartitionId>(partitions_.size());
  add("__consumer_offsets", settings.replicas, settings.min_insync_replicas, true);
}

std::vector<PartitionId> Layout::of_topic(std::string_view topic) const {
  std::vector<PartitionId> found;
  for (PartitionId id = 0; id < partitions_.size(); ++id) {
    if (partitions_[id].topic == topic) found.push_back(id);
  }
  return found;
}

std::optional<PartitionId> Layout::find(std::string_view topic, std::uint32_t number) const {
  const std::vector<PartitionId> ids = of_topic(topic);
  if (number >= ids.size()) return std::nullopt;
  return ids[number];
}

PartitionId Layout::of_group(std::string_view group) const {
  const auto count = static_cast<std::uint32_t>(partitions_.size()) - first_internal_;
  return first_internal_ + partition_of_key(group, count);
}

std::string node_name(std::string_view broker, NodeId node) {
  return std::string(broker) + "." + std::to_string(node + 1);
}

}  // namespace halfwrite::broker
