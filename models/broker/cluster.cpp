#include "models/broker/cluster.hpp"

#include "models/broker/broker_process.hpp"
#include "models/broker/cluster_state.hpp"

namespace halfwrite::broker {

Cluster::Cluster(sim::Simulation& simulation, history::Recorder& recorder, const Settings& settings)
    : state_(std::make_unique<ClusterState>(simulation, recorder, settings)) {
  ClusterState& state = *state_;
  state.nodes.resize(settings.replicas);
  for (NodeId id = 0; id < settings.replicas; ++id) {
    sim::NodeOptions options;
    options.name = node_name(settings.name, id);
    options.group = settings.name;
    options.main = [&state, id](sim::Process& process) {
      std::make_shared<BrokerProcess>(state, process, id)->start();
    };
    ClusterState::BrokerNode& node = state.nodes[id];
    node.node = &simulation.add_node(std::move(options));
    for (std::size_t partition = 0; partition < state.layout.partitions().size(); ++partition) {
      node.logs.push_back(std::make_unique<ReplicaLog>(node.node->disk()));
    }
  }
}

Cluster::~Cluster() = default;

const Settings& Cluster::settings() const {
  return state_->settings;
}

bool Cluster::rebalance(std::string_view group) {
  const auto process = state_->leader_of(state_->layout.of_group(group));
  return process && process->coordinator().rebalance(group);
}

PartitionView Cluster::partition(std::string_view topic, std::uint32_t number) const {
  const std::optional<PartitionId> id = state_->layout.find(topic, number);
  HALFWRITE_ASSERT(id.has_value(), "a partition was asked for that the cluster does not have");
  const Controller::Partition& said = state_->controller[*id];
  PartitionView view;
  view.leader = said.leader;
  view.leader_epoch = said.leader_epoch;
  view.in_sync = said.in_sync;
  view.readable_end = state_->truths[*id].readable_end();
  if (!said.leader) return view;
  view.end = state_->log(*said.leader, *id).end();
  return view;
}

std::vector<std::string> Cluster::event_ids(std::string_view topic, std::uint32_t number) const {
  const std::optional<PartitionId> id = state_->layout.find(topic, number);
  HALFWRITE_ASSERT(id.has_value(), "a partition was asked for that the cluster does not have");
  std::vector<std::string> found;
  const std::optional<NodeId> leader = state_->controller[*id].leader;
  if (!leader) return found;
  const ReplicaLog& log = state_->log(*leader, *id);
  for (std::uint64_t offset = 0; offset < log.end(); ++offset) {
    const auto& stored = std::get<std::shared_ptr<const StoredRecord>>(log.at(offset).content);
    found.push_back(stored->record.event_id);
  }
  return found;
}

std::optional<std::uint64_t> Cluster::committed(std::string_view group, std::string_view topic,
                                                std::uint32_t number) const {
  const std::optional<PartitionId> id = state_->layout.find(topic, number);
  HALFWRITE_ASSERT(id.has_value(), "a partition was asked for that the cluster does not have");
  return state_->groups.committed_offset(group, *id);
}

}  // namespace halfwrite::broker
