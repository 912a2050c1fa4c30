#include "models/broker/consumer_state.hpp"
#include "models/broker/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::broker {

void Consumer::State::lose(bool forget_member_id) {
  ++number;
  assigned.clear();
  phase = Phase::outside;
  rejoin_needed = false;
  if (forget_member_id) member_id.clear();
  arrived.wake_all(simulation());
  drained.wake_all(simulation());
}

void Consumer::State::start_joining() {
  ++number;
  phase = Phase::joining;
  rejoin_needed = false;
  client.process().spawn(
      scope("joins " + settings.group, sim::Activity::work),
      [self = shared_from_this(), of_number = number] { self->join(of_number); });
}

void Consumer::State::join(std::uint64_t of_number) {
  while (number == of_number && !know_topics()) {
  }
  while (number == of_number) {
    const std::optional<std::vector<PartitionId>> assignment = join_once();
    if (number != of_number) return;
    if (assignment) {
      start_heartbeats(of_number);
      install(*assignment, of_number);
      return;
    }
    client.back_off(retry_backoff);
  }
}

bool Consumer::State::know_topics() {
  for (const std::string& topic : topics) {
    const std::optional<MetadataReply> reply =
        client.metadata(topic, "", client.truly(api_timeout));
    if (!reply) return false;
    for (const MetadataReply::Partition& partition : reply->partitions) {
      const PartitionId first = reply->partitions.front().id;
      partitions[partition.id] = {topic, partition.id - first};
      leaders[partition.id] = partition.leader;
    }
  }
  return true;
}

bool Consumer::State::find_coordinator(sim::Duration timeout) {
  if (coordinator) return true;
  const std::optional<MetadataReply> reply = client.metadata("", settings.group, timeout);
  if (reply) coordinator = reply->coordinator;
  return coordinator.has_value();
}

std::optional<std::vector<PartitionId>> Consumer::State::join_once() {
  if (!find_coordinator(client.truly(api_timeout))) return std::nullopt;
  auto request = std::make_unique<JoinGroupRequest>();
  request->group = settings.group;
  request->member_id = member_id;
  request->topics = topics;
  request->session_timeout = settings.session_timeout;
  request->rebalance_timeout = settings.max_poll_interval;
  request->reset = settings.auto_offset_reset;
  request->reader = reader();
  // JoinGroup waits longer than others: for the round, and five seconds more, as Kafka's client.
  const std::uint64_t of_number = number;
  const std::string purpose = fmt::format("join {}", of_number);
  Client::Answer answer =
      client.ask(*coordinator, purpose, std::move(request), {client.step("join")},
                 settings.max_poll_interval + sim::Duration::seconds(5));
  client.give_up(purpose);
  if (number != of_number) return std::nullopt;
  if (!answer.message) {
    coordinator.reset();
    return std::nullopt;
  }
  const JoinGroupReply& reply = answer.message->as<JoinGroupReply>();
  if (reply.error == Error::unknown_member_id) member_id.clear();
  if (reply.error == Error::not_coordinator) coordinator.reset();
  if (reply.error != Error::none) return std::nullopt;
  member_id = reply.member_id;
  generation = reply.generation;
  return reply.assignment;
}

// Looks up where to start, then fetches.
void Consumer::State::install(const std::vector<PartitionId>& assignment, std::uint64_t of_number) {
  std::map<PartitionId, std::uint64_t> starts;
  std::optional<std::vector<std::optional<std::uint64_t>>> committed;
  while (!(committed = committed_offsets(assignment))) {
    if (number != of_number) return;
    client.back_off(retry_backoff);
    if (number != of_number) return;
  }
  for (std::size_t index = 0; index < assignment.size(); ++index) {
    for (;;) {
      const auto start = starting_offset(assignment[index], (*committed)[index]);
      if (number != of_number) return;
      if (start) starts[assignment[index]] = *start;
      if (start || !refusal.empty()) break;
      client.back_off(retry_backoff);
      if (number != of_number) return;
    }
  }
  phase = Phase::stable;
  for (std::size_t index = 0; index < assignment.size(); ++index) {
    if (starts.contains(assignment[index])) {
      assigned[assignment[index]].committed = (*committed)[index];
    }
  }
  next_commit = now() + client.truly(settings.auto_commit_interval);
  for (const auto& [partition, start] : starts) {
    place_at(partition, start);
    start_fetching(partition, of_number);
  }
  arrived.wake_all(simulation());
}

std::optional<std::vector<std::optional<std::uint64_t>>> Consumer::State::committed_offsets(
    const std::vector<PartitionId>& of) {
  if (of.empty()) return std::vector<std::optional<std::uint64_t>>{};
  if (!find_coordinator(client.truly(api_timeout))) return std::nullopt;
  auto request = std::make_unique<OffsetFetchRequest>();
  request->group = settings.group;
  request->partitions = of;
  const std::string purpose = fmt::format("offsets {}", number);
  Client::Answer answer =
      client.ask(*coordinator, purpose, std::move(request), {client.step("offset-fetch")},
                 client.truly(consumer_request_timeout));
  client.give_up(purpose);
  if (!answer.message) {
    coordinator.reset();
    return std::nullopt;
  }
  OffsetFetchReply& reply = answer.message->as<OffsetFetchReply>();
  if (reply.error == Error::none) return std::move(reply.offsets);
  coordinator.reset();
  return std::nullopt;
}

std::optional<std::uint64_t> Consumer::State::starting_offset(
    PartitionId partition, std::optional<std::uint64_t> committed) {
  if (committed) return committed;
  if (settings.auto_offset_reset == OffsetReset::fail) {
    const auto& [topic, number_of] = partitions.at(partition);
    refusal = fmt::format("group {} has no valid committed offset for {}/{}", settings.group, topic,
                          number_of);
    return std::nullopt;
  }
  return list_offset(partition, settings.auto_offset_reset == OffsetReset::latest);
}

void Consumer::State::start_heartbeats(std::uint64_t of_number) {
  client.process().spawn(
      scope("heartbeats of " + settings.group, sim::Activity::idle),
      [self = shared_from_this(), of_number] { self->send_heartbeats(of_number); });
}

void Consumer::State::send_heartbeats(std::uint64_t of_number) {
  const std::string purpose = fmt::format("heartbeat {}", of_number);
  // max.poll.interval is watched by the member's own clock, its session by the coordinator's.
  const sim::Duration interval =
      client.truly(std::min(heartbeat_interval, settings.session_timeout / 3));
  const sim::Duration most = client.truly(settings.max_poll_interval);
  while (number == of_number) {
    const sim::ScopeGuard guard(simulation(),
                                scope("heartbeats of " + settings.group, sim::Activity::idle));
    const sim::Duration patience = last_poll + most - now();
    const bool polls = in_poll || patience > sim::Duration();
    simulation().sleep(polls && !in_poll ? std::min(interval, patience) : interval,
                       {client.step("heartbeat/interval")});
    if (number != of_number) break;
    const bool too_slow = !in_poll && phase == Phase::stable && now() - last_poll >= most;
    if (too_slow) {
      leave({client.step("leave")});
      break;
    }
    if (!find_coordinator(client.truly(consumer_request_timeout)) || number != of_number) continue;
    Client::Answer answer =
        client.ask(*coordinator, purpose, member_request<HeartbeatRequest>(),
                   {client.step("heartbeat")}, client.truly(consumer_request_timeout));
    if (number == of_number) handle_heartbeat(answer);
  }
  client.give_up(purpose);
}

void Consumer::State::handle_heartbeat(const Client::Answer& answer) {
  if (!answer.message) {
    coordinator.reset();
    return;
  }
  switch (answer.message->as<GroupReply>().error) {
    case Error::rebalance_in_progress:
      rejoin_needed = true;
      arrived.wake_all(simulation());
      return;
    case Error::unknown_member_id:
      lose(true);
      return;
    case Error::illegal_generation:
      lose(false);
      return;
    case Error::not_coordinator:
      coordinator.reset();
      return;
    default:
      return;
  }
}

void Consumer::State::leave(const sim::Place& place) {
  if (phase == Phase::outside || member_id.empty()) return;
  const std::string purpose = fmt::format("leave {}", number);
  auto request = member_request<LeaveGroupRequest>();
  lose(true);
  if (!find_coordinator(retry_backoff * 10)) return;
  static_cast<void>(client.ask(*coordinator, purpose, std::move(request), place,
                               client.truly(consumer_request_timeout)));
  client.give_up(purpose);
}

}  // namespace halfwrite::broker
