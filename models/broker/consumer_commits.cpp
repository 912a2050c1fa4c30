#include "models/broker/consumer_state.hpp"
#include "models/broker/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::broker {

sim::Expected<sim::Done, std::string> Consumer::State::commit(std::string_view topic,
                                                              std::uint32_t number_of,
                                                              std::uint64_t next_offset,
                                                              const sim::Place& place) {
  using sim::Unexpected;
  if (phase == Phase::joining)
    return Unexpected(std::string(to_text(Error::rebalance_in_progress)));
  const std::optional<PartitionId> partition = find(topic, number_of);
  if (phase == Phase::outside || !partition) {
    return Unexpected(std::string(to_text(Error::unknown_member_id)));
  }
  const std::uint64_t of_number = number;
  const sim::Instant deadline = now() + client.truly(api_timeout);
  const std::string purpose = fmt::format("commit {}", of_number);
  while (now() < deadline) {
    if (number != of_number) return Unexpected(std::string(to_text(Error::unknown_member_id)));
    if (!find_coordinator(deadline - now())) {
      if (now() < deadline) client.back_off(deadline - now());
      continue;
    }
    const std::optional<Error> error =
        commit_once(*partition, next_offset, place,
                    std::min(deadline - now(), client.truly(consumer_request_timeout)), purpose);
    if (error == Error::none) return sim::Done{};
    const bool over = error == Error::unknown_member_id || error == Error::illegal_generation;
    if (over) return Unexpected(std::string(to_text(*error)));
    coordinator.reset();
    if (now() < deadline) client.back_off(deadline - now());
  }
  return Unexpected(std::string("time-out"));
}

std::optional<Error> Consumer::State::commit_once(PartitionId partition, std::uint64_t next_offset,
                                                  const sim::Place& place, sim::Duration timeout,
                                                  const std::string& purpose) {
  const std::uint64_t of_number = number;
  auto request = member_request<OffsetCommitRequest>();
  request->partition = partition;
  request->next_offset = next_offset;
  request->origin.address = simulation().address(place);
  request->origin.aliases.assign(place.aliases.begin(), place.aliases.end());
  Client::Answer answer = client.ask(*coordinator, purpose, std::move(request), place, timeout);
  if (!answer.message) return std::nullopt;
  const Error error = answer.message->as<GroupReply>().error;
  if (number != of_number) return error;
  if (error == Error::none && assigned.contains(partition)) {
    assigned.at(partition).committed = next_offset;
  }
  const bool over = error == Error::unknown_member_id || error == Error::illegal_generation;
  if (over) lose(error == Error::unknown_member_id);
  return error;
}

Consumer::State::Positions Consumer::State::uncommitted() const {
  Positions found;
  for (const auto& [partition, of] : assigned) {
    if (of.committed != of.position) found.emplace_back(partition, of.position);
  }
  return found;
}

// Its identity is the instant, so that a fault finds each commit apart from the last.
sim::Scope Consumer::State::commit_scope() const {
  sim::Scope made = scope("commits for " + settings.group, sim::Activity::work);
  made.operation = simulation().scope().operation;
  return made;
}

void Consumer::State::commit_if_due() {
  if (!settings.enable_auto_commit || phase != Phase::stable) return;
  if (is_committing || now() < next_commit) return;
  next_commit = now() + client.truly(settings.auto_commit_interval);
  const Positions positions = uncommitted();
  if (positions.empty()) return;
  is_committing = true;
  client.process().spawn(commit_scope(),
                         [self = shared_from_this(), positions, of_number = number] {
                           self->commit_in_background(positions, of_number);
                           self->is_committing = false;
                           self->committing_ended.wake_all(self->simulation());
                           self->arrived.wake_all(self->simulation());
                         });
}

// One attempt each: the next time there may be later positions to commit.
void Consumer::State::commit_in_background(const Positions& positions, std::uint64_t of_number) {
  const std::string purpose = fmt::format("automatic commit {}", of_number);
  const sim::Duration timeout = client.truly(consumer_request_timeout);
  for (const auto& [partition, position] : positions) {
    if (number != of_number) break;
    const bool is_known = find_coordinator(timeout);
    if (number != of_number) break;
    if (is_known &&
        commit_once(partition, position, {commit_step}, timeout, purpose) == Error::none) {
      continue;
    }
    if (number != of_number) break;
    coordinator.reset();
    next_commit = std::min(next_commit, now() + client.truly(retry_backoff));
    break;
  }
  client.give_up(purpose);
}

// Whoever waits for this has nothing else to do before the partitions are given up.
void Consumer::State::commit_all() {
  if (!settings.enable_auto_commit || phase != Phase::stable) return;
  const std::uint64_t of_number = number;
  while (is_committing) {
    committing_ended.wait(simulation(), {client.step("commit/wait")}, sim::Duration::for_ever());
  }
  if (number != of_number) return;
  const sim::ScopeGuard guard(simulation(), commit_scope());
  for (const auto& [partition, position] : uncommitted()) {
    const auto& [topic, number_of] = partitions.at(partition);
    const auto committed = commit(topic, number_of, position, {commit_step});
    if (!committed.has_value() || number != of_number) return;
  }
}

sim::Duration Consumer::State::until_next_commit() const {
  const bool waits = settings.enable_auto_commit && phase == Phase::stable && !is_committing &&
                     !uncommitted().empty();
  return waits ? next_commit - now() : sim::Duration::for_ever();
}

}  // namespace halfwrite::broker
