#include "models/broker/client.hpp"

#include "models/broker/timing.hpp"

#include <algorithm>

namespace halfwrite::broker {

Client::Client(sim::Process& process, const Settings& broker, std::string steps)
    : process_(process), broker_(broker), steps_(std::move(steps)) {
  next_ = static_cast<NodeId>(process.simulation().names().hash(process.name()) % broker_.replicas);
}

sim::Duration Client::truly(sim::Duration measured) const {
  return process_.node().truly(measured);
}

sim::Name Client::step(std::string_view what) const {
  for (const auto& [known, name] : known_steps_) {
    if (known == what) return name;
  }
  const sim::Name name = simulation().names().of(steps_ + "/" + std::string(what));
  known_steps_.emplace_back(what, name);
  return name;
}

void Client::back_off(sim::Duration at_most) {
  simulation().sleep(std::min(truly(retry_backoff), at_most), {step("back-off")});
}

std::optional<sim::Connection> Client::connected(NodeId node, const std::string& purpose,
                                                 sim::Duration timeout) {
  const auto key = std::make_pair(node, purpose);
  const auto known = connections_.find(key);
  if (known != connections_.end() && known->second.is_open()) return known->second;
  auto made = simulation().network().connect(node_name(broker_.name, node), {step("connect")},
                                             std::min(timeout, truly(connect_timeout)));
  if (!made) return std::nullopt;
  connections_[key] = *made;
  return *made;
}

Client::Answer Client::ask(NodeId node, const std::string& purpose,
                           std::unique_ptr<sim::Payload> request, const sim::Place& place,
                           sim::Duration timeout) {
  Answer answer;
  const sim::Instant deadline = simulation().now() + timeout;
  const std::optional<sim::Connection> connection = connected(node, purpose, timeout);
  if (!connection || simulation().now() >= deadline) return answer;
  answer.sent = true;
  auto answered = connection->request(std::move(request), place, deadline - simulation().now());
  if (answered) {
    answer.message = std::move(*answered);
    return answer;
  }
  answer.broken = answered.error();
  connection->abort();
  connections_.erase({node, purpose});
  return answer;
}

bool Client::is_broken(NodeId node, const std::string& purpose) const {
  const auto known = connections_.find({node, purpose});
  return known != connections_.end() && !known->second.is_open();
}

void Client::give_up(const std::string& purpose) {
  for (auto known = connections_.begin(); known != connections_.end();) {
    if (known->first.second != purpose) {
      ++known;
      continue;
    }
    known->second.close();
    known = connections_.erase(known);
  }
}

std::optional<sim::Message> Client::ask_any(
    const std::function<std::unique_ptr<sim::Payload>()>& make, sim::Duration timeout) {
  const sim::Instant deadline = simulation().now() + timeout;
  const auto left = [&] { return deadline - simulation().now(); };
  for (std::uint32_t tried = 1; simulation().now() < deadline; ++tried) {
    const NodeId node = next_;
    auto made = simulation().network().connect(node_name(broker_.name, node), {step("connect")},
                                               std::min(left(), truly(connect_timeout)));
    if (made && simulation().now() < deadline) {
      auto answered = made->request(make(), {step("metadata")}, left());
      if (answered) {
        made->close();
        return std::move(*answered);
      }
      made->abort();
    }
    if (next_ == node) next_ = (node + 1) % broker_.replicas;
    if (tried % broker_.replicas == 0 && simulation().now() < deadline) back_off(left());
  }
  return std::nullopt;
}

std::optional<MetadataReply> Client::metadata(const std::string& topic, const std::string& group,
                                              sim::Duration timeout) {
  auto answer = ask_any(
      [&] {
        auto request = std::make_unique<MetadataRequest>();
        request->topic = topic;
        request->group = group;
        return request;
      },
      timeout);
  if (!answer) return std::nullopt;
  MetadataReply reply = std::move(answer->as<MetadataReply>());
  HALFWRITE_ASSERT(topic.empty() || !reply.partitions.empty(),
                   "a client asked for a topic the broker does not have");
  return reply;
}

std::optional<std::uint64_t> Client::new_producer_id(sim::Duration timeout) {
  auto answer = ask_any([] { return std::make_unique<InitProducerIdRequest>(); }, timeout);
  if (!answer) return std::nullopt;
  return answer->as<InitProducerIdReply>().producer_id;
}

}  // namespace halfwrite::broker
