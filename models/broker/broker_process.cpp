#include "models/broker/broker_process.hpp"

#include "models/broker/timing.hpp"
#include "sim/fault_injection.hpp"

#include <utility>

namespace halfwrite::broker {

BrokerProcess::BrokerProcess(ClusterState& cluster, sim::Process& process, NodeId node)
    : cluster_(cluster),
      process_(process),
      node_(node),
      leaders_(cluster.layout.partitions().size()),
      known_high_watermarks_(cluster.layout.partitions().size()),
      fetcher_numbers_(cluster.settings.replicas),
      coordinator_(*this) {
  for (NodeId other = 0; other < cluster.settings.replicas; ++other) {
    fetchers_.push_back(std::make_unique<WaitList>());
  }
}

void BrokerProcess::start() {
  sim::Simulation& simulation = cluster_.simulation;
  cluster_.nodes[node_].process = weak_from_this();
  // What a dead machine's former life told its leaders is void before it counts again.
  for (NodeId other = 0; other < cluster_.settings.replicas; ++other) {
    if (const auto process = cluster_.running(other)) process->broker_registered(node_);
  }
  // Recovery flushes what it has read of each log, so that nothing waits for a sync that nobody
  // makes.
  if (cluster_.settings.flush_every_message) flush_all();
  cluster_.controller.register_broker(node_);
  simulation.network().listen(
      process_, cluster_.name,
      [self = shared_from_this()](const sim::Connection& connection) { self->serve(connection); });
  for (NodeId other = 0; other < cluster_.settings.replicas; ++other) {
    if (other != node_) follow(other);
  }
  heartbeat();
  process_.after(replica_lag_time / 2, sim::Activity::idle, [this] { check_followers(); });
  if (!cluster_.settings.flush_every_message) {
    process_.after(cluster_.settings.flush_interval, sim::Activity::idle, [this] { flush(); });
  }
}

void BrokerProcess::heartbeat() {
  cluster_.controller.heartbeat(node_);
  process_.after(broker_heartbeat_interval, sim::Activity::idle, [this] { heartbeat(); });
}

void BrokerProcess::flush_all() {
  for (PartitionId partition = 0; partition < leaders_.size(); ++partition) {
    log(partition).sync_to(log(partition).end());
  }
}

// What the operating system writes back; nobody waits for it.
void BrokerProcess::flush() {
  flush_all();
  process_.after(cluster_.settings.flush_interval, sim::Activity::idle, [this] { flush(); });
}

void BrokerProcess::serve(const sim::Connection& connection) {
  sim::Simulation& simulation = cluster_.simulation;
  for (;;) {
    auto received = connection.receive({cluster_.places.receive});
    if (!received) return;
    const sim::ScopeGuard guard(simulation, received->served());
    answer(connection, *received);
  }
}

namespace {

template <class Reply>
void send(const sim::Connection& connection, Reply reply) {
  connection.send(std::make_unique<Reply>(std::move(reply)));
}

GroupReply group_reply(Error error) {
  GroupReply reply;
  reply.error = error;
  return reply;
}

}  // namespace

void BrokerProcess::answer(const sim::Connection& connection, sim::Message& message) {
  sim::Payload* const payload = message.payload.get();
  // What comes most often is asked for first.
  if (const auto* replica_fetch = sim::payload_as<ReplicaFetchRequest>(payload)) {
    answer_replica_fetch(connection, *replica_fetch);
  } else if (const auto* fetch = sim::payload_as<FetchRequest>(payload)) {
    answer_fetch(connection, *fetch);
  } else if (const auto* produce_request = sim::payload_as<ProduceRequest>(payload)) {
    answer_produce(connection, *produce_request, message.scope);
  } else if (const auto* heartbeat_request = sim::payload_as<HeartbeatRequest>(payload)) {
    send(connection, group_reply(coordinator_.heartbeat(*heartbeat_request)));
  } else if (const auto* commit = sim::payload_as<OffsetCommitRequest>(payload)) {
    answer_commit(connection, *commit);
  } else if (const auto* metadata = sim::payload_as<MetadataRequest>(payload)) {
    answer_metadata(connection, *metadata);
  } else if (const auto* list_offsets = sim::payload_as<ListOffsetsRequest>(payload)) {
    answer_list_offsets(connection, *list_offsets);
  } else if (const auto* join = sim::payload_as<JoinGroupRequest>(payload)) {
    send(connection, coordinator_.join(*join));
  } else if (const auto* leave = sim::payload_as<LeaveGroupRequest>(payload)) {
    send(connection, group_reply(coordinator_.leave(*leave)));
  } else if (const auto* offset_fetch = sim::payload_as<OffsetFetchRequest>(payload)) {
    send(connection, coordinator_.offsets(*offset_fetch));
  } else {
    message.as<InitProducerIdRequest>();
    InitProducerIdReply reply;
    reply.producer_id = cluster_.controller.new_producer_id();
    send(connection, std::move(reply));
  }
}

void BrokerProcess::answer_metadata(const sim::Connection& connection,
                                    const MetadataRequest& request) {
  MetadataReply reply;
  for (const PartitionId partition : cluster_.layout.of_topic(request.topic)) {
    reply.partitions.push_back({partition, cluster_.controller[partition].leader});
  }
  if (!request.group.empty()) {
    reply.coordinator = cluster_.controller[cluster_.layout.of_group(request.group)].leader;
  }
  send(connection, std::move(reply));
}

void BrokerProcess::answer_commit(const sim::Connection& connection,
                                  const OffsetCommitRequest& request) {
  const auto fault = cluster_.simulation.faults().asks(
      sim::FaultKind::rebalance, request.origin.address, request.origin.aliases, request.group);
  if (fault) coordinator_.rebalance(request.group);
  send(connection, group_reply(coordinator_.commit(request)));
}

void BrokerProcess::answer_produce(const sim::Connection& connection, const ProduceRequest& request,
                                   const sim::Scope& scope) {
  ProduceReply reply;
  const auto fault =
      cluster_.simulation.faults().asks(sim::FaultKind::refuse, request.origin.address,
                                        request.origin.aliases, process_.node().name());
  if (fault) {
    reply.error = Error::refused;
    reply.text = fault->error;
  } else {
    reply = produce(request, scope);
  }
  if (request.acks == Acknowledgements::none) {
    // The only way to tell such a producer: Kafka closes the connection, and it looks for the
    // leader.
    if (reply.error != Error::none) connection.close();
    return;
  }
  const ReplicaLog& replica = log(request.partition);
  if (reply.error == Error::none && reply.offset < replica.end()) {
    cluster_.truths[request.partition].acknowledged(reply.offset,
                                                    replica.at(reply.offset).leader_epoch);
  }
  send(connection, std::move(reply));
}

ProduceReply BrokerProcess::produce(const ProduceRequest& request, const sim::Scope& scope) {
  ProduceReply reply;
  const std::shared_ptr<PartitionLeader> leader = leaders_[request.partition];
  if (!leader) {
    reply.error = Error::not_leader;
    return reply;
  }
  if (request.acks == Acknowledgements::all && !has_enough_in_sync(request.partition)) {
    reply.error = Error::not_enough_replicas;
    return reply;
  }
  ProducerStates::Check check;
  if (request.producer_id != 0) {
    check = leader->producers.check(request.producer_id, request.producer_epoch, request.sequence);
  }
  if (check.decision == ProducerStates::Decision::out_of_order) {
    reply.error = Error::out_of_order_sequence;
  } else if (check.decision == ProducerStates::Decision::fenced) {
    reply.error = Error::invalid_producer_epoch;
  } else if (check.decision == ProducerStates::Decision::duplicate) {
    reply.offset = check.offset;
  } else {
    auto stored = std::make_shared<StoredRecord>();
    stored->record = request.record;
    stored->intent = scope.identity;
    stored->producer = request.producer;
    stored->acks = request.acks;
    LogEntry entry;
    entry.producer_id = request.producer_id;
    entry.producer_epoch = request.producer_epoch;
    entry.sequence = request.sequence;
    entry.content = std::shared_ptr<const StoredRecord>(std::move(stored));
    reply.offset = append(leader, std::move(entry));
    flush_appended(leader, reply.offset);
    cluster_.simulation.pass({cluster_.places.append});
  }
  if (reply.error != Error::none) return reply;
  if (request.acks == Acknowledgements::all) {
    reply.error = await_replicas(leader, reply.offset, request.timeout);
  } else if (!leader->in_office) {
    reply.error = Error::not_leader;
  }
  return reply;
}

void BrokerProcess::answer_fetch(const sim::Connection& connection, const FetchRequest& request) {
  sim::Simulation& simulation = cluster_.simulation;
  const sim::Instant deadline = simulation.now() + request.wait;
  FetchReply reply;
  reply.first_offset = request.offset;
  cluster_.groups.read(request.reader, request.partition, request.offset);
  for (;;) {
    const std::shared_ptr<PartitionLeader> leader = leaders_[request.partition];
    const ReplicaLog& replica = log(request.partition);
    if (!leader) {
      reply.error = Error::not_leader;
      break;
    }
    if (request.offset > replica.end()) {
      reply.error = Error::offset_out_of_range;
      break;
    }
    std::uint64_t offset = request.offset;
    while (offset < leader->high_watermark && reply.records.size() < request.most_records) {
      reply.records.push_back(
          std::get<std::shared_ptr<const StoredRecord>>(replica.at(offset++).content));
    }
    if (!reply.records.empty() || simulation.now() >= deadline) break;
    const sim::Instant now = simulation.now();
    leader->advanced.rest(simulation, {cluster_.places.fetch_wait},
                          {deadline - now, request.wait, deadline + idle_fetch_wait - now});
  }
  send(connection, std::move(reply));
}

void BrokerProcess::answer_list_offsets(const sim::Connection& connection,
                                        const ListOffsetsRequest& request) {
  ListOffsetsReply reply;
  const std::shared_ptr<PartitionLeader> leader = leaders_[request.partition];
  if (!leader) {
    reply.error = Error::not_leader;
  } else if (request.latest) {
    reply.offset = leader->high_watermark;
  }
  send(connection, std::move(reply));
}

}  // namespace halfwrite::broker
