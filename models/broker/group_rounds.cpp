// How the members of a group come together: rounds of joining, evictions, generations.
#include "models/broker/broker_process.hpp"
#include "models/broker/group_coordinator.hpp"
#include "models/broker/timing.hpp"

#include <algorithm>

namespace halfwrite::broker {

JoinGroupReply GroupCoordinator::join(const JoinGroupRequest& request) {
  JoinGroupReply reply;
  const std::shared_ptr<PartitionLeader> leader = office(request.group);
  if (!leader) {
    reply.error = Error::not_coordinator;
    return reply;
  }
  broker_.cluster().groups.joined(request);
  const GroupReference group = find_or_make(request.group);
  if (!request.member_id.empty() && !group->members.contains(request.member_id)) {
    reply.error = Error::unknown_member_id;
    return reply;
  }
  const std::string id = admit(*group, request);
  if (!group->joining) open_round(group);
  group->members[id].joined = true;
  const std::uint64_t round = group->round;
  close_round_if_complete(group);
  sim::Simulation& simulation = broker_.cluster().simulation;
  while (!group->gone && group->joining && group->round == round && group->members.contains(id)) {
    group->closed.wait(simulation, {simulation.names().of("group/join")},
                       sim::Duration::for_ever());
  }
  if (group->gone) {
    reply.error = Error::not_coordinator;
    return reply;
  }
  if (!group->members.contains(id)) {
    reply.error = Error::unknown_member_id;
    return reply;
  }
  reply.member_id = id;
  reply.generation = group->generation;
  reply.assignment = group->members[id].stored.assignment;
  // Members hear of their generation once it would survive the coordinator.
  const Error error =
      broker_.await_replicas(leader, group->snapshot.value_or(0), offsets_commit_timeout);
  if (error != Error::none) reply.error = Error::not_coordinator;
  return reply;
}

std::string GroupCoordinator::admit(Group& group, const JoinGroupRequest& request) {
  std::string id = request.member_id;
  if (id.empty()) id = request.reader.node + "-" + std::to_string(++group.members_ever);
  Member& member = group.members[id];
  member.stored.id = id;
  member.stored.topics = request.topics;
  member.stored.session_timeout = request.session_timeout;
  member.stored.rebalance_timeout = request.rebalance_timeout;
  return id;
}

void GroupCoordinator::open_round(const GroupReference& group) {
  const sim::Instant now = broker_.cluster().simulation.now();
  group->joining = true;
  const std::uint64_t round = ++group->round;
  group->not_before = now;
  sim::Duration longest;
  bool any_known = false;
  for (auto& [id, member] : group->members) {
    member.joined = false;
    any_known = any_known || !member.stored.assignment.empty() || member.watched;
    longest = std::max(longest, member.stored.rebalance_timeout);
  }
  if (!any_known) {
    group->not_before = now + initial_rebalance_delay;
    broker_.process().after(initial_rebalance_delay, sim::Activity::idle, [this, group, round] {
      if (!group->gone && group->round == round) close_round_if_complete(group);
    });
  }
  broker_.process().after(longest, sim::Activity::idle,
                          [this, group, round] { remove_unjoined(group, round); });
}

void GroupCoordinator::close_round_if_complete(const GroupReference& group) {
  if (!group->joining || broker_.cluster().simulation.now() < group->not_before) return;
  for (const auto& [id, member] : group->members) {
    if (!member.joined) return;
  }
  end_round(group);
}

void GroupCoordinator::remove_unjoined(const GroupReference& group, std::uint64_t round) {
  if (group->gone || !group->joining || group->round != round) return;
  std::erase_if(group->members, [](const auto& entry) { return !entry.second.joined; });
  end_round(group);
}

void GroupCoordinator::end_round(const GroupReference& group) {
  const sim::Instant now = broker_.cluster().simulation.now();
  group->joining = false;
  ++group->generation;
  std::vector<StoredMember*> members;
  for (auto& [id, member] : group->members) {
    member.joined = false;
    member.session_ends = now + member.stored.session_timeout;
    members.push_back(&member.stored);
    watch_session(group, id);
  }
  assign_ranges(broker_.cluster().layout, members);
  remember(*group);
  group->closed.wake_all(broker_.cluster().simulation);
}

void GroupCoordinator::member_left(const GroupReference& group) {
  if (group->joining) {
    close_round_if_complete(group);
  } else if (group->members.empty()) {
    end_round(group);
  } else {
    open_round(group);
  }
}

void GroupCoordinator::watch_session(const GroupReference& group, const std::string& id) {
  Member& member = group->members[id];
  if (member.watched) return;
  member.watched = true;
  const sim::Instant now = broker_.cluster().simulation.now();
  broker_.process().after(member.session_ends - now, sim::Activity::idle, [this, group, id] {
    const auto found = group->members.find(id);
    if (group->gone || found == group->members.end()) return;
    Member& watched = found->second;
    watched.watched = false;
    const sim::Instant later = broker_.cluster().simulation.now();
    // Who waits for the round to close cannot be silent.
    if (group->joining && watched.joined) {
      watched.session_ends = later + watched.stored.session_timeout;
    }
    if (later < watched.session_ends) {
      watch_session(group, id);
      return;
    }
    group->members.erase(found);
    member_left(group);
  });
}

bool GroupCoordinator::rebalance(std::string_view name) {
  const GroupReference group = find(name);
  if (!group || group->members.empty()) return false;
  if (!group->joining) open_round(group);
  return true;
}

}  // namespace halfwrite::broker
