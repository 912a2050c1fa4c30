#include "models/broker/group_coordinator.hpp"

#include "models/broker/broker_process.hpp"
#include "models/broker/timing.hpp"

#include <algorithm>
#include <set>

namespace halfwrite::broker {

void GroupCoordinator::load(PartitionId home) {
  const ReplicaLog& log = broker_.log(home);
  for (std::uint64_t offset = 0; offset < log.end(); ++offset) apply(log.at(offset), offset, home);
  const sim::Instant now = broker_.cluster().simulation.now();
  for (const auto& [name, group] : groups_) {
    if (group->home != home) continue;
    for (auto& [id, member] : group->members) {
      member.session_ends = now + member.stored.session_timeout;
      watch_session(group, id);
    }
  }
}

void GroupCoordinator::unload(PartitionId home) {
  for (auto entry = groups_.begin(); entry != groups_.end();) {
    const GroupReference group = entry->second;
    if (group->home != home) {
      ++entry;
      continue;
    }
    entry = groups_.erase(entry);
    group->gone = true;
    group->closed.wake_all(broker_.cluster().simulation);
  }
}

void GroupCoordinator::apply(const LogEntry& entry, std::uint64_t offset, PartitionId home) {
  if (const auto* stored = std::get_if<std::shared_ptr<const StoredOffset>>(&entry.content)) {
    const GroupReference group = find_or_make((*stored)->group);
    group->home = home;
    Group::Offset& known = group->offsets[(*stored)->partition];
    if (offset >= known.log_offset) known = {(*stored)->next_offset, offset};
  } else if (const auto* members =
                 std::get_if<std::shared_ptr<const StoredGroup>>(&entry.content)) {
    const GroupReference group = find_or_make((*members)->group);
    group->generation = (*members)->generation;
    group->members_ever = (*members)->members_ever;
    group->snapshot = offset;
    group->members.clear();
    for (const StoredMember& member : (*members)->members) {
      group->members[member.id].stored = member;
    }
  }
}

void GroupCoordinator::committed(const LogEntry& entry, std::uint64_t offset) {
  const auto* stored = std::get_if<std::shared_ptr<const StoredOffset>>(&entry.content);
  if (stored == nullptr) return;
  const GroupReference group = find((*stored)->group);
  if (!group) return;
  const auto known = group->offsets.find((*stored)->partition);
  if (known != group->offsets.end() && known->second.log_offset > offset) return;
  group->offsets[(*stored)->partition] = {(*stored)->next_offset, offset};
}

std::shared_ptr<PartitionLeader> GroupCoordinator::office(std::string_view group) const {
  return broker_.leader(broker_.cluster().layout.of_group(group));
}

GroupCoordinator::GroupReference GroupCoordinator::find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second;
}

GroupCoordinator::GroupReference GroupCoordinator::find_or_make(const std::string& name) {
  GroupReference& group = groups_[name];
  if (!group) {
    group = std::make_shared<Group>();
    group->name = name;
    group->home = broker_.cluster().layout.of_group(name);
  }
  return group;
}

Error GroupCoordinator::check(const Group& group, const MemberRequest& request) const {
  if (!group.members.contains(request.member_id)) return Error::unknown_member_id;
  if (group.generation != request.generation) return Error::illegal_generation;
  return Error::none;
}

Error GroupCoordinator::heartbeat(const MemberRequest& request) {
  if (!office(request.group)) return Error::not_coordinator;
  const GroupReference group = find(request.group);
  if (!group) return Error::unknown_member_id;
  if (const Error error = check(*group, request); error != Error::none) return error;
  Member& member = group->members[request.member_id];
  member.session_ends = broker_.cluster().simulation.now() + member.stored.session_timeout;
  return group->joining ? Error::rebalance_in_progress : Error::none;
}

Error GroupCoordinator::leave(const MemberRequest& request) {
  if (!office(request.group)) return Error::not_coordinator;
  const GroupReference group = find(request.group);
  if (!group || group->members.erase(request.member_id) == 0) return Error::unknown_member_id;
  if (group->members.empty()) broker_.cluster().groups.left_empty(group->name);
  member_left(group);
  return Error::none;
}

Error GroupCoordinator::commit(const OffsetCommitRequest& request) {
  const std::shared_ptr<PartitionLeader> leader = office(request.group);
  if (!leader) return Error::not_coordinator;
  const GroupReference group = find(request.group);
  if (!group) return Error::unknown_member_id;
  if (const Error error = check(*group, request); error != Error::none) return error;
  Member& member = group->members[request.member_id];
  member.session_ends = broker_.cluster().simulation.now() + member.stored.session_timeout;
  if (!broker_.has_enough_in_sync(leader->partition)) return Error::coordinator_not_available;
  auto stored = std::make_shared<StoredOffset>();
  stored->group = request.group;
  stored->partition = request.partition;
  stored->next_offset = request.next_offset;
  LogEntry entry;
  entry.content = std::shared_ptr<const StoredOffset>(std::move(stored));
  const std::uint64_t offset = broker_.append(leader, std::move(entry));
  broker_.flush_appended(leader, offset);
  switch (broker_.await_replicas(leader, offset, offsets_commit_timeout)) {
    case Error::none:
      return Error::none;
    case Error::not_leader:
      return Error::not_coordinator;
    default:
      return Error::coordinator_not_available;
  }
}

OffsetFetchReply GroupCoordinator::offsets(const OffsetFetchRequest& request) const {
  OffsetFetchReply reply;
  if (!office(request.group)) {
    reply.error = Error::not_coordinator;
    return reply;
  }
  const GroupReference group = find(request.group);
  for (const PartitionId partition : request.partitions) {
    std::optional<std::uint64_t> offset;
    if (group) {
      const auto known = group->offsets.find(partition);
      if (known != group->offsets.end()) offset = known->second.next;
    }
    reply.offsets.push_back(offset);
  }
  return reply;
}

// Also what the members of a generation need to survive a change of coordinator.
void GroupCoordinator::remember(Group& group) {
  const std::shared_ptr<PartitionLeader> leader = broker_.leader(group.home);
  if (!leader) return;
  auto stored = std::make_shared<StoredGroup>();
  stored->group = group.name;
  stored->generation = group.generation;
  stored->members_ever = group.members_ever;
  for (const auto& [id, member] : group.members) stored->members.push_back(member.stored);
  LogEntry entry;
  entry.content = std::shared_ptr<const StoredGroup>(std::move(stored));
  const std::uint64_t offset = broker_.append(leader, std::move(entry));
  group.snapshot = offset;
  if (!broker_.cluster().settings.flush_every_message) return;
  sim::Simulation& simulation = broker_.cluster().simulation;
  sim::Scope scope;
  scope.operation = simulation.names().of(broker_.cluster().settings.name + ".coordinator");
  scope.identity = {simulation.names().of(group.name), group.generation};
  broker_.process().spawn(scope, [self = broker_.shared_from_this(), leader, offset] {
    self->flush_appended(leader, offset);
  });
}

void assign_ranges(const Layout& layout, const std::vector<StoredMember*>& members) {
  std::set<std::string> topics;
  for (StoredMember* member : members) {
    member->assignment.clear();
    topics.insert(member->topics.begin(), member->topics.end());
  }
  for (const std::string& topic : topics) {
    std::vector<StoredMember*> subscribers;
    for (StoredMember* member : members) {
      const bool subscribed =
          std::find(member->topics.begin(), member->topics.end(), topic) != member->topics.end();
      if (subscribed) subscribers.push_back(member);
    }
    const std::vector<PartitionId> partitions = layout.of_topic(topic);
    const std::size_t least = partitions.size() / subscribers.size();
    const std::size_t more = partitions.size() % subscribers.size();
    std::size_t next = 0;
    for (std::size_t index = 0; index < subscribers.size(); ++index) {
      const std::size_t count = least + (index < more ? 1 : 0);
      for (std::size_t taken = 0; taken < count; ++taken) {
        subscribers[index]->assignment.push_back(partitions[next++]);
      }
    }
  }
}

}  // namespace halfwrite::broker
