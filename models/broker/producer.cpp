#include "models/broker/producer.hpp"

#include "models/broker/client.hpp"
#include "models/broker/murmur2.hpp"
#include "models/broker/timing.hpp"
#include "sim/synchronization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace halfwrite::broker {

using sim::Duration;
using sim::Instant;
using sim::Unexpected;

namespace {

std::string purpose_of(PartitionId partition) {
  return fmt::format("produce {}", partition);
}

// Gives a permit back, also where the wait after it ends by an exception.
class Turn {
 public:
  explicit Turn(sim::Semaphore& semaphore) : semaphore_(semaphore) {}
  ~Turn() { semaphore_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  sim::Semaphore& semaphore_;
};

// Its time-outs are timers of its node.
ProducerSettings by_clock_of(sim::Process& process, ProducerSettings settings) {
  settings.request_timeout = process.node().truly(settings.request_timeout);
  settings.delivery_timeout = process.node().truly(settings.delivery_timeout);
  return settings;
}

}  // namespace

struct Producer::State {
  // One partition as this producer sees it: sends to it go one after another.
  struct Lane {
    explicit Lane(sim::Simulation& simulation) : turn(simulation, 1) {}
    sim::Semaphore turn;
    std::optional<NodeId> leader;
    std::uint32_t epoch = 0;
    std::uint32_t sequence = 0;
  };

  State(sim::Process& process, const Settings& broker, const ProducerSettings& given)
      : client(process, broker, "producer"),
        settings(by_clock_of(process, given)),
        idempotent(given.enable_idempotence && given.acks == Acknowledgements::all &&
                   given.retries != 0),
        looking_up(process.simulation(), 1) {}

  // What one send has seen so far.
  struct Sending {
    Record record;
    sim::Place place;
    PartitionId partition = 0;
    Instant deadline;
    std::uint64_t attempts = 0;
    bool in_doubt = false;  // some attempt may have been appended
    std::string last_error;
  };

  sim::Expected<Metadata, ProduceFailure> send(Record record, const sim::Place& place);
  bool know_topic(const std::string& topic, Instant deadline);
  std::uint32_t choose(const Record& record, std::uint32_t partitions) const;
  sim::Expected<Metadata, ProduceFailure> send_in_turn(Sending& sending, Lane& lane);
  std::uint32_t number_of(const Sending& sending) const;
  std::unique_ptr<ProduceRequest> request(const Sending& sending, const Lane& lane) const;
  sim::Expected<Metadata, ProduceFailure> send_unacknowledged(const Sending& sending, Lane& lane);
  // Empty: to be tried again.
  std::optional<sim::Expected<Metadata, ProduceFailure>> attempt(Sending& sending, Lane& lane);
  ProduceFailure fail(const Sending& sending, Lane& lane, std::string reason);

  Instant now() const { return client.simulation().now(); }

  Client client;
  const ProducerSettings settings;
  const bool idempotent;
  std::uint64_t producer_id = 0;
  sim::Semaphore looking_up;
  std::map<std::string, std::vector<PartitionId>> topics;
  std::map<PartitionId, std::unique_ptr<Lane>> lanes;
};

Producer::Producer(sim::Process& process, const Settings& broker, const ProducerSettings& settings)
    : state_(std::make_shared<State>(process, broker, settings)) {}
Producer::~Producer() = default;

sim::Expected<Metadata, ProduceFailure> Producer::send(Record record, const sim::Place& place) {
  const std::shared_ptr<State> state = state_;
  return state->send(std::move(record), place);
}

void Producer::send_and_forget(Record record, const sim::Place& place) {
  sim::Simulation& simulation = state_->client.simulation();
  state_->client.process().spawn(
      simulation.scope(),
      [state = state_, record = std::move(record), step = place.step,
       aliases = std::vector<sim::Alias>(place.aliases.begin(), place.aliases.end())] {
        static_cast<void>(state->send(record, {step, aliases}));
      });
}

// The number of partitions and, for an idempotent producer, its id: once per life.
bool Producer::State::know_topic(const std::string& topic, Instant deadline) {
  const auto known = [&] { return topics.contains(topic) && (!idempotent || producer_id != 0); };
  if (known()) return true;
  if (!looking_up.acquire({client.step("metadata/turn")}, deadline - now())) return false;
  const Turn turn(looking_up);
  if (!topics.contains(topic)) {
    const std::optional<MetadataReply> reply = client.metadata(topic, "", deadline - now());
    if (!reply) return false;
    for (const MetadataReply::Partition& partition : reply->partitions) {
      topics[topic].push_back(partition.id);
      auto lane = std::make_unique<Lane>(client.simulation());
      lane->leader = partition.leader;
      lanes[partition.id] = std::move(lane);
    }
  }
  if (idempotent && producer_id == 0) {
    const std::optional<std::uint64_t> id = client.new_producer_id(deadline - now());
    if (!id) return false;
    producer_id = *id;
  }
  return true;
}

// Without a key Kafka sticks to a partition until a batch is full; with one record per batch that
// is a draw per record.
std::uint32_t Producer::State::choose(const Record& record, std::uint32_t partitions) const {
  if (!record.key.empty()) return partition_of_key(record.key, partitions);
  const sim::Simulation& simulation = client.simulation();
  const sim::Key key = simulation.draws().key().with("partition").with(record.event_id);
  return static_cast<std::uint32_t>(sim::Draws::below(key, partitions));
}

sim::Expected<Metadata, ProduceFailure> Producer::State::send(Record record,
                                                              const sim::Place& place) {
  const Instant deadline = now() + settings.delivery_timeout;
  if (!know_topic(record.topic, deadline)) {
    return Unexpected(ProduceFailure{true, "delivery time-out: no broker answered"});
  }
  const std::vector<PartitionId>& partitions = topics[record.topic];
  Sending sending;
  sending.partition = partitions[choose(record, static_cast<std::uint32_t>(partitions.size()))];
  sending.record = std::move(record);
  sending.place = place;
  sending.deadline = deadline;
  Lane& lane = *lanes[sending.partition];
  if (!lane.turn.acquire({client.step("turn")}, deadline - now())) {
    return Unexpected(ProduceFailure{true, "delivery time-out: earlier records were in the way"});
  }
  const Turn turn(lane.turn);
  return send_in_turn(sending, lane);
}

sim::Expected<Metadata, ProduceFailure> Producer::State::send_in_turn(Sending& sending,
                                                                      Lane& lane) {
  while (now() < sending.deadline) {
    if (!lane.leader) {
      const std::optional<MetadataReply> reply =
          client.metadata(sending.record.topic, "", sending.deadline - now());
      if (!reply) break;
      for (const MetadataReply::Partition& partition : reply->partitions) {
        if (partition.id == sending.partition) lane.leader = partition.leader;
      }
      if (!lane.leader && now() < sending.deadline) client.back_off(sending.deadline - now());
      continue;
    }
    if (settings.acks == Acknowledgements::none) {
      const std::string purpose = purpose_of(sending.partition);
      // All that such a producer ever hears: its connection is gone, so the leader may have moved.
      if (client.is_broken(*lane.leader, purpose)) {
        client.give_up(purpose);
        lane.leader.reset();
        continue;
      }
      if (client.connected(*lane.leader, purpose, sending.deadline - now())) {
        return send_unacknowledged(sending, lane);
      }
      lane.leader.reset();
      client.back_off(sending.deadline - now());
      continue;
    }
    if (auto outcome = attempt(sending, lane)) return std::move(*outcome);
    if (settings.retries && sending.attempts > *settings.retries) {
      return Unexpected(fail(sending, lane, sending.last_error));
    }
    if (now() < sending.deadline) client.back_off(sending.deadline - now());
  }
  const std::string why = sending.last_error.empty() ? "no leader" : sending.last_error;
  return Unexpected(fail(sending, lane, "delivery time-out: " + why));
}

std::uint32_t Producer::State::number_of(const Sending& sending) const {
  return sending.partition - topics.at(sending.record.topic).front();
}

std::unique_ptr<ProduceRequest> Producer::State::request(const Sending& sending,
                                                         const Lane& lane) const {
  auto made = std::make_unique<ProduceRequest>();
  made->partition = sending.partition;
  made->record = sending.record;
  made->producer = client.process().name();
  made->acks = settings.acks;
  made->timeout = settings.request_timeout;
  if (idempotent) {
    made->producer_id = producer_id;
    made->producer_epoch = lane.epoch;
    made->sequence = lane.sequence;
  }
  made->origin.address = client.simulation().address(sending.place);
  made->origin.aliases.assign(sending.place.aliases.begin(), sending.place.aliases.end());
  return made;
}

// acks 0: handed to the connection is success, and nobody ever says more.
sim::Expected<Metadata, ProduceFailure> Producer::State::send_unacknowledged(const Sending& sending,
                                                                             Lane& lane) {
  const std::string purpose = purpose_of(sending.partition);
  const auto connection = client.connected(*lane.leader, purpose, client.truly(connect_timeout));
  std::unique_ptr<ProduceRequest> made = request(sending, lane);
  client.simulation().pass(sending.place);
  if (connection) {
    connection->keep_order();
    connection->send(std::move(made));
  }
  Metadata metadata;
  metadata.partition = number_of(sending);
  return metadata;
}

std::optional<sim::Expected<Metadata, ProduceFailure>> Producer::State::attempt(Sending& sending,
                                                                                Lane& lane) {
  const Duration timeout = std::min(settings.request_timeout, sending.deadline - now());
  const std::string purpose = purpose_of(sending.partition);
  Client::Answer answer =
      client.ask(*lane.leader, purpose, request(sending, lane), sending.place, timeout);
  if (answer.sent) ++sending.attempts;
  if (!answer.message) {
    sending.in_doubt = sending.in_doubt || answer.sent;
    sending.last_error = answer.sent ? to_text(answer.broken) : "no connection";
    lane.leader.reset();
    return std::nullopt;
  }
  const ProduceReply& reply = answer.message->as<ProduceReply>();
  if (reply.error == Error::none) {
    if (idempotent) ++lane.sequence;
    Metadata metadata;
    metadata.partition = number_of(sending);
    metadata.offset = reply.offset;
    return metadata;
  }
  sending.last_error = to_text(reply.error);
  switch (reply.error) {
    case Error::not_enough_replicas:
      return std::nullopt;
    case Error::not_leader:
      // Also said to who waits for followers when the office is lost: then the record may live on.
      sending.in_doubt = true;
      lane.leader.reset();
      return std::nullopt;
    case Error::not_enough_replicas_after_append:
    case Error::request_timed_out:
      sending.in_doubt = true;
      return std::nullopt;
    case Error::refused:
      return Unexpected(fail(sending, lane, reply.text));
    default:
      return Unexpected(fail(sending, lane, sending.last_error));
  }
}

// After a batch whose fate is unknown an idempotent producer goes on in a new epoch, from sequence
// 0 (KIP-360): the batch must not leave a gap, and must not be taken for the next one.
ProduceFailure Producer::State::fail(const Sending& sending, Lane& lane, std::string reason) {
  if (idempotent && sending.in_doubt) {
    ++lane.epoch;
    lane.sequence = 0;
  }
  return {!sending.in_doubt, std::move(reason)};
}

}  // namespace halfwrite::broker
