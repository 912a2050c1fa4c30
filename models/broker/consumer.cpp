#include "models/broker/consumer.hpp"

#include "models/broker/consumer_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::broker {

Consumer::State::State(sim::Process& process, const Settings& broker, const ConsumerSettings& given,
                       std::vector<std::string> of)
    : client(process, broker, "consumer"), settings(given), topics(std::move(of)) {
  HALFWRITE_ASSERT(!settings.group.empty(), "a consumer has no group");
  last_poll = process.simulation().now();
  commit_step = client.step("commit");
}

Consumer::Consumer(sim::Process& process, const Settings& broker, const ConsumerSettings& settings,
                   std::vector<std::string> topics)
    : state_(std::make_shared<State>(process, broker, settings, std::move(topics))) {}

Consumer::~Consumer() {
  state_->stop();
}

std::vector<Delivery> Consumer::poll(const sim::Place& place, sim::Duration wait) {
  const std::shared_ptr<State> state = state_;
  return state->poll(place, wait);
}

sim::Expected<sim::Done, std::string> Consumer::commit(std::string_view topic,
                                                       std::uint32_t partition,
                                                       std::uint64_t next_offset,
                                                       const sim::Place& place) {
  const std::shared_ptr<State> state = state_;
  return state->commit(topic, partition, next_offset, place);
}

void Consumer::seek(std::string_view topic, std::uint32_t partition, std::uint64_t offset) {
  state_->seek(topic, partition, offset);
}

void Consumer::commit_automatically_at(sim::Name step) {
  state_->commit_step = step;
}

void Consumer::leave(const sim::Place& place) {
  const std::shared_ptr<State> state = state_;
  state->commit_all();
  state->leave(place);
}

std::vector<std::pair<std::string, std::uint32_t>> Consumer::assignment() const {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  for (const auto& [partition, assigned] : state_->assigned) {
    found.push_back(state_->partitions.at(partition));
  }
  return found;
}

std::uint64_t Consumer::assignment_number() const {
  return state_->number;
}

const std::string& Consumer::refusal() const {
  return state_->refusal;
}

void Consumer::State::stop() {
  stopped = true;
  lose(true);
}

std::vector<Delivery> Consumer::State::poll(const sim::Place& place, sim::Duration wait) {
  sim::Scope idle = simulation().scope();
  idle.activity = sim::Activity::idle;
  const sim::ScopeGuard guard(simulation(), idle);
  const sim::Instant deadline = now() + wait;
  in_poll = true;
  std::vector<Delivery> batch;
  while (!stopped) {
    if (phase == Phase::stable && rejoin_needed) commit_all();
    if (phase == Phase::stable && rejoin_needed) lose(false);
    if (phase == Phase::outside) start_joining();
    commit_if_due();
    batch = take();
    if (!batch.empty() || now() >= deadline) break;
    arrived.wait(simulation(), place, std::min(deadline - now(), until_next_commit()));
  }
  in_poll = false;
  last_poll = now();
  return batch;
}

std::vector<Delivery> Consumer::State::take() {
  std::vector<Delivery> batch;
  bool emptied = false;
  for (auto& [partition, of] : assigned) {
    while (!of.buffer.empty() && batch.size() < settings.prefetch) {
      Delivery delivery;
      delivery.record = of.buffer.front()->record;
      delivery.partition = partitions.at(partition).second;
      delivery.offset = of.position++;
      batch.push_back(std::move(delivery));
      of.buffer.pop_front();
      emptied = emptied || of.buffer.empty();
    }
  }
  if (emptied) drained.wake_all(simulation());
  return batch;
}

void Consumer::State::seek(std::string_view topic, std::uint32_t number_of, std::uint64_t offset) {
  const std::optional<PartitionId> partition = find(topic, number_of);
  if (partition && assigned.contains(*partition)) place_at(*partition, offset);
}

std::optional<PartitionId> Consumer::State::find(std::string_view topic,
                                                 std::uint32_t number_of) const {
  for (const auto& [id, partition] : partitions) {
    if (partition.first == topic && partition.second == number_of) return id;
  }
  return std::nullopt;
}

Reader Consumer::State::reader() const {
  return {settings.group, std::string(client.process().node().name()),
          client.process().incarnation()};
}

sim::Scope Consumer::State::scope(const std::string& loop, sim::Activity activity) const {
  sim::Names& names = simulation().names();
  sim::Scope made;
  made.operation = names.of(settings.group + ".consumer");
  made.identity = {names.of(fmt::format("{} {}", names.text(client.process().name()), loop)),
                   static_cast<std::uint64_t>(now().since_start().in_nanoseconds())};
  made.activity = activity;
  return made;
}

}  // namespace halfwrite::broker
