#include "models/broker/consumer_state.hpp"
#include "models/broker/timing.hpp"

#include <fmt/format.h>

namespace halfwrite::broker {

std::string Consumer::State::loop_name(PartitionId partition) const {
  const auto& [topic, number_of] = partitions.at(partition);
  return fmt::format("fetches {}/{} for {}", topic, number_of, settings.group);
}

void Consumer::State::start_fetching(PartitionId partition, std::uint64_t of_number) {
  client.process().spawn(
      scope(loop_name(partition), sim::Activity::idle),
      [self = shared_from_this(), partition, of_number] { self->fetch(partition, of_number); });
}

void Consumer::State::fetch(PartitionId partition, std::uint64_t of_number) {
  const std::string purpose = fmt::format("fetch {} of {}", partition, of_number);
  while (number == of_number) {
    if (!assigned.at(partition).buffer.empty()) {
      drained.wait(simulation(), {client.step("room")}, sim::Duration::for_ever());
      continue;
    }
    sim::Scope looking = scope(loop_name(partition), sim::Activity::idle);
    looking.loop = assigned.at(partition).loop->id();
    const sim::ScopeGuard guard(simulation(), looking);
    fetch_once(partition, of_number, purpose);
  }
  client.give_up(purpose);
}

// A cycle of the loop: it is settled when the leader had nothing beyond the position.
void Consumer::State::fetch_once(PartitionId partition, std::uint64_t of_number,
                                 const std::string& purpose) {
  const std::uint64_t seeks = assigned.at(partition).seeks;
  assigned.at(partition).loop->begin_cycle();
  if (!leaders[partition] && !find_leader(partition)) {
    client.back_off(retry_backoff);
    return;
  }
  if (number != of_number) return;
  auto request = std::make_unique<FetchRequest>();
  request->partition = partition;
  request->offset = assigned.at(partition).position;
  request->most_records = settings.prefetch;
  request->wait = fetch_wait;
  request->reader = reader();
  Client::Answer answer =
      client.ask(*leaders[partition], purpose, std::move(request), {client.step("fetch")},
                 client.truly(consumer_request_timeout));
  if (number != of_number || assigned.at(partition).seeks != seeks) return;
  if (!answer.message) {
    leaders[partition].reset();
    client.back_off(retry_backoff);
    return;
  }
  handle_fetched(partition, answer.message->as<FetchReply>());
}

void Consumer::State::handle_fetched(PartitionId partition, const FetchReply& reply) {
  Assigned& of = assigned.at(partition);
  if (reply.error == Error::offset_out_of_range) {
    const std::uint64_t seeks = of.seeks;
    const std::uint64_t of_number = number;
    const std::optional<std::uint64_t> offset = starting_offset(partition, std::nullopt);
    if (number != of_number || of.seeks != seeks) return;
    if (offset) {
      place_at(partition, *offset);
    } else {
      client.back_off(retry_backoff);
    }
    return;
  }
  if (reply.error != Error::none) {
    leaders[partition].reset();
    client.back_off(retry_backoff);
    return;
  }
  if (reply.records.empty()) {
    of.loop->end_cycle();
    return;
  }
  of.buffer.assign(reply.records.begin(), reply.records.end());
  arrived.wake_all(simulation());
}

bool Consumer::State::find_leader(PartitionId partition) {
  const std::optional<MetadataReply> reply =
      client.metadata(partitions.at(partition).first, "", client.truly(consumer_request_timeout));
  if (!reply) return false;
  for (const MetadataReply::Partition& known : reply->partitions) leaders[known.id] = known.leader;
  return leaders[partition].has_value();
}

std::optional<std::uint64_t> Consumer::State::list_offset(PartitionId partition, bool latest) {
  if (!leaders[partition] && !find_leader(partition)) return std::nullopt;
  auto request = std::make_unique<ListOffsetsRequest>();
  request->partition = partition;
  request->latest = latest;
  const std::string purpose = fmt::format("list offsets {} of {}", partition, number);
  Client::Answer answer =
      client.ask(*leaders[partition], purpose, std::move(request), {client.step("list-offsets")},
                 client.truly(consumer_request_timeout));
  client.give_up(purpose);
  if (answer.message) {
    const ListOffsetsReply& reply = answer.message->as<ListOffsetsReply>();
    if (reply.error == Error::none) return reply.offset;
  }
  leaders[partition].reset();
  return std::nullopt;
}

// A new loop stands for the new position: what lies between has not been seen to the end.
void Consumer::State::place_at(PartitionId partition, std::uint64_t offset) {
  Assigned& of = assigned.at(partition);
  of.position = offset;
  of.buffer.clear();
  ++of.seeks;
  of.loop = std::make_unique<sim::IdleLoop>(
      simulation().quiescence(),
      fmt::format("{} {}", client.process().node().name(), loop_name(partition)));
  drained.wake_all(simulation());
}

}  // namespace halfwrite::broker
