#include "models/broker/broker_process.hpp"
#include "models/broker/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::broker {

// A fetcher per life of a leader's node: one that still waits for the answer of a dead machine must
// not keep its successor from asking the living one.
void BrokerProcess::follow(NodeId leader) {
  sim::Simulation& simulation = cluster_.simulation;
  const std::uint64_t number = ++fetcher_numbers_[leader];
  fetchers_[leader]->wake_all(simulation);
  sim::Scope scope;
  scope.operation = simulation.names().of(cluster_.settings.name + ".replication");
  scope.activity = sim::Activity::idle;
  process_.spawn(scope, [self = shared_from_this(), leader, number] {
    while (self->fetcher_numbers_[leader] == number) self->fetch_from(leader);
  });
}

// One turn: asks the leader for what follows the ends of the logs here, and takes it.
void BrokerProcess::fetch_from(NodeId leader) {
  sim::Simulation& simulation = cluster_.simulation;
  sim::Names& names = simulation.names();
  const std::uint64_t number = fetcher_numbers_[leader];
  const sim::Name loop =
      names.of(fmt::format("{} follows {}", node_name(cluster_.settings.name, node_),
                           node_name(cluster_.settings.name, leader)));
  const auto in_charge = [&] { return fetcher_numbers_[leader] == number; };
  sim::Connection connection;
  while (in_charge()) {
    sim::Scope scope = simulation.scope();
    scope.identity = {loop,
                      static_cast<std::uint64_t>(simulation.now().since_start().in_nanoseconds())};
    const sim::ScopeGuard guard(simulation, scope);
    std::unique_ptr<ReplicaFetchRequest> request = request_to(leader);
    if (request->partitions.empty()) {
      fetchers_[leader]->wait(simulation, {names.of("replica/idle")}, sim::Duration::for_ever());
      continue;
    }
    if (!connection.is_open()) {
      auto connected = simulation.network().connect(node_name(cluster_.settings.name, leader),
                                                    {names.of("replica/connect")}, connect_timeout);
      if (!connected) {
        if (in_charge()) {
          fetchers_[leader]->wait(simulation, {names.of("replica/back-off")},
                                  replica_fetch_backoff);
        }
        continue;
      }
      connection = *connected;
      continue;
    }
    auto answered = connection.request(std::move(request), {cluster_.places.replica_fetch},
                                       replica_socket_timeout);
    if (!in_charge()) break;
    if (!answered) {
      connection.abort();
      fetchers_[leader]->wait(simulation, {names.of("replica/back-off")}, retry_backoff);
      continue;
    }
    bool appended = false;
    for (const auto& partition : answered->as<ReplicaFetchReply>().partitions) {
      appended = take(partition) || appended;
    }
    if (appended && cluster_.settings.flush_every_message) {
      simulation.sleep(disk_sync_time, {names.of("replica/flush")});
      for (const auto& partition : answered->as<ReplicaFetchReply>().partitions) {
        if (partition.entries.empty()) continue;
        log(partition.id).sync_to(partition.from + partition.entries.size());
        // It may have come into office meanwhile.
        if (leaders_[partition.id]) advance(*leaders_[partition.id]);
      }
    }
  }
  connection.abort();
}

std::unique_ptr<ReplicaFetchRequest> BrokerProcess::request_to(NodeId leader) const {
  auto request = std::make_unique<ReplicaFetchRequest>();
  request->follower = node_;
  request->incarnation = process_.incarnation();
  request->partitions.reserve(leaders_.size());
  for (PartitionId id = 0; id < leaders_.size(); ++id) {
    const Controller::Partition& said = cluster_.controller[id];
    if (said.leader != leader) continue;
    const ReplicaLog& replica = log(id);
    request->partitions.push_back(
        {id, said.leader_epoch, replica.end(), replica.last_epoch(), known_high_watermarks_[id]});
  }
  return request;
}

// True: entries were appended.
bool BrokerProcess::take(const ReplicaFetchReply::Partition& reply) {
  ReplicaLog& replica = log(reply.id);
  const Controller::Partition& said = cluster_.controller[reply.id];
  // An answer of a former leader, or to a question about another end, says nothing any more.
  if (said.leader == node_ || said.leader_epoch != reply.leader_epoch) return false;
  if (replica.end() != reply.from) return false;
  if (reply.diverging) {
    const ReplicaLog::EpochEnd own = replica.end_of_epoch(reply.common_epoch);
    replica.truncate_to(std::min(own.end, reply.common_end));
    known_high_watermarks_[reply.id] = std::min(known_high_watermarks_[reply.id], replica.end());
    return false;
  }
  for (const LogEntry& entry : reply.entries) replica.append(entry);
  known_high_watermarks_[reply.id] = std::min(reply.high_watermark, replica.end());
  return !reply.entries.empty();
}

void BrokerProcess::answer_replica_fetch(const sim::Connection& connection,
                                         const ReplicaFetchRequest& request) {
  sim::Simulation& simulation = cluster_.simulation;
  const sim::Instant began = simulation.now();
  sim::Instant deadline = began + replica_fetch_wait;
  const sim::Instant idle_deadline = began + replica_idle_wait;
  auto reply = std::make_unique<ReplicaFetchReply>();
  for (;;) {
    reply->partitions.clear();
    if (collect(request, began, *reply)) break;
    const sim::Instant now = simulation.now();
    // One list is enough to wait in: a broker that leads several partitions is woken by each.
    if (now < deadline) {
      appended_.wait(simulation, {cluster_.places.replica_wait}, deadline - now);
    } else if (now < idle_deadline && knows_all(request)) {
      changed_.wait(simulation, {cluster_.places.replica_idle}, idle_deadline - now);
      // What has changed is heard when the fetch would end that a follower had under way by now.
      while (deadline < simulation.now()) deadline = deadline + replica_fetch_wait;
    } else {
      break;
    }
  }
  connection.send(std::move(reply));
}

// Does the follower ask for all that is led here, and has it heard how far each may be read?
bool BrokerProcess::knows_all(const ReplicaFetchRequest& request) const {
  const auto led = std::count_if(leaders_.begin(), leaders_.end(),
                                 [](const auto& leader) { return leader != nullptr; });
  return static_cast<std::size_t>(led) == request.partitions.size() &&
         std::all_of(request.partitions.begin(), request.partitions.end(),
                     [this](const ReplicaFetchRequest::Partition& asked) {
                       const PartitionLeader* const leader = leaders_[asked.id].get();
                       return leader != nullptr &&
                              asked.high_watermark >= std::min(leader->high_watermark, asked.end);
                     });
}

// True: there is something to tell at once. Of what is as the follower knows it nothing is said
// (KIP-227).
bool BrokerProcess::collect(const ReplicaFetchRequest& request, sim::Instant came,
                            ReplicaFetchReply& reply) {
  const bool current = cluster_.is_current(request.follower, request.incarnation);
  bool something = false;
  for (const ReplicaFetchRequest::Partition& asked : request.partitions) {
    PartitionLeader* const leader = leaders_[asked.id].get();
    if (leader == nullptr || leader->epoch != asked.leader_epoch) {
      something = true;  // its view of the leaders is old: it asks again at once
      continue;
    }
    const ReplicaLog& replica = log(asked.id);
    const bool has_all = asked.end == replica.end() && asked.last_epoch == replica.last_epoch();
    ReplicaLog::EpochEnd common{asked.last_epoch, asked.end};
    if (!has_all) common = replica.end_of_epoch(asked.last_epoch);
    const bool diverges =
        asked.end > 0 && (common.epoch != asked.last_epoch || common.end < asked.end);
    if (!diverges && current) follower_reached(*leader, request.follower, asked.end, came);
    if (has_all && asked.high_watermark == std::min(leader->high_watermark, asked.end)) continue;
    ReplicaFetchReply::Partition& answer = reply.partitions.emplace_back();
    answer.id = asked.id;
    answer.leader_epoch = leader->epoch;
    answer.from = asked.end;
    answer.high_watermark = leader->high_watermark;
    if (diverges) {
      answer.diverging = true;
      answer.common_epoch = common.epoch;
      answer.common_end = common.end;
    } else {
      answer.entries.reserve(replica.end() - asked.end);
      for (std::uint64_t offset = asked.end; offset < replica.end(); ++offset) {
        answer.entries.push_back(replica.at(offset));
      }
    }
    something = something || !has_all;
  }
  return something;
}

}  // namespace halfwrite::broker
