#include "models/broker/group_truth.hpp"

#include <fmt/format.h>

namespace halfwrite::broker {

GroupTruth::GroupTruth(history::Recorder& recorder, const Settings& settings, const Layout& layout)
    : recorder_(recorder),
      layout_(layout),
      broker_(recorder.simulation().names().of(settings.name)),
      readable_(layout.partitions().size()) {}

void GroupTruth::joined(const JoinGroupRequest& request) {
  Group& group = groups_[request.group];
  group.reset = request.reset;
  group.session_timeout = request.session_timeout;
  for (const std::string& topic : request.topics) {
    for (const PartitionId partition : layout_.of_topic(topic)) {
      group.partitions[partition].subscribed = true;
      look(group, partition);
    }
  }
}

void GroupTruth::left_empty(const std::string& name) {
  for (auto& [partition, progress] : groups_[name].partitions) {
    progress.subscribed = false;
    look(groups_[name], partition);
  }
}

void GroupTruth::readable(PartitionId partition, std::uint64_t end) {
  readable_[partition] = end;
  for (auto& [name, group] : groups_) {
    if (group.partitions.contains(partition)) look(group, partition);
  }
}

void GroupTruth::committed(const std::string& name, PartitionId partition,
                           std::uint64_t next_offset) {
  Group& group = groups_[name];
  Progress& progress = group.partitions[partition];
  if (progress.committed == next_offset) return;
  progress.committed = next_offset;
  recorder_.simulation().quiescence().durable_change();
  history::Acknowledged fact;
  fact.consumer = recorder_.simulation().names().of(name);
  fact.broker = broker_;
  fact.topic = layout_[partition].topic_name;
  fact.partition = layout_[partition].number;
  fact.next_offset = next_offset;
  recorder_.record(fact);
  look(group, partition);
}

void GroupTruth::read(const Reader& reader, PartitionId partition, std::uint64_t offset) {
  const auto found = groups_.find(reader.group);
  if (found == groups_.end()) return;
  Group& group = found->second;
  Progress& progress = group.partitions[partition];
  if (!progress.is_unread || offset < readable_[partition]) return;
  const bool same = progress.last_reader.node == reader.node &&
                    progress.last_reader.incarnation == reader.incarnation;
  if (progress.check_pending && same) return;
  progress.check_pending = true;
  progress.last_reader = reader;
  const std::uint64_t check = ++progress.check;
  sim::Simulation& simulation = recorder_.simulation();
  simulation.at(
      simulation.now() + group.session_timeout, sim::Activity::idle,
      [this, name = reader.group, partition, check] { check_reader(name, partition, check); });
}

void GroupTruth::check_reader(const std::string& name, PartitionId partition, std::uint64_t check) {
  Progress& progress = groups_[name].partitions[partition];
  if (check != progress.check) return;
  progress.check_pending = false;
  sim::Node* node = recorder_.simulation().find_node(progress.last_reader.node);
  const bool alive = node != nullptr && node->is_up() &&
                     node->process()->incarnation() == progress.last_reader.incarnation;
  if (alive) progress.unread.close();
}

std::optional<std::uint64_t> GroupTruth::committed_offset(std::string_view name,
                                                          PartitionId partition) const {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return std::nullopt;
  const auto found = group->second.partitions.find(partition);
  return found == group->second.partitions.end() ? std::nullopt : found->second.committed;
}

void GroupTruth::look(Group& group, PartitionId partition) {
  Progress& progress = group.partitions[partition];
  const std::uint64_t end = readable_[partition];
  // A group that starts at the end, or refuses to start, owes nothing before its first commit.
  const std::uint64_t from =
      progress.committed.value_or(group.reset == OffsetReset::earliest ? 0 : end);
  const bool unread = progress.subscribed && from < end;
  if (unread == progress.is_unread && end == progress.watched_end) return;
  progress.is_unread = unread;
  progress.watched_end = end;
  progress.check_pending = false;
  ++progress.check;
  progress.unread.close();
  if (!unread) return;
  progress.unread = sim::OpenThing(recorder_.simulation().quiescence(),
                                   [this, &progress] { return sentence_about(progress); });
}

std::string GroupTruth::sentence_about(const Progress& progress) const {
  for (const auto& [name, group] : groups_) {
    for (const auto& [partition, of_partition] : group.partitions) {
      if (&of_partition != &progress) continue;
      return fmt::format("group {} has not read {}/{} up to offset {}", name,
                         layout_[partition].topic, layout_[partition].number, progress.watched_end);
    }
  }
  return {};
}

}  // namespace halfwrite::broker
