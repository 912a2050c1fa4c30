// What producers and consumers of a process have in common: connections to brokers, one per node
// and purpose, and looking up leaders and coordinators. Volatile. It keeps apart what surely never
// left from what may have arrived.
#pragma once

#include "models/broker/protocol.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::broker {

class Client {
 public:
  // `steps` begins the names of its own waits: "producer" waits at "producer/connect".
  Client(sim::Process& process, const Settings& broker, std::string steps);

  // An answer, or none; then `sent` tells whether the request may have arrived.
  struct Answer {
    std::optional<sim::Message> message;
    bool sent = false;
    sim::Broken broken = sim::Broken::refused;
  };
  // Over the connection of this purpose, made where there is none; one fiber per purpose at a time.
  // A connection that breaks or does not answer in time is given up.
  Answer ask(NodeId node, const std::string& purpose, std::unique_ptr<sim::Payload> request,
             const sim::Place& place, sim::Duration timeout);
  // The open connection of this purpose, made where there is none.
  std::optional<sim::Connection> connected(NodeId node, const std::string& purpose,
                                           sim::Duration timeout);

  // Was there one of this purpose that is closed or broken by now?
  bool is_broken(NodeId node, const std::string& purpose) const;
  // Drops the connections of a purpose, on whatever node.
  void give_up(const std::string& purpose);

  // From whichever broker answers first, asked in turn with back-off; empty when time is out. A
  // topic nobody knows is an assertion: scenarios are validated.
  std::optional<MetadataReply> metadata(const std::string& topic, const std::string& group,
                                        sim::Duration timeout);
  std::optional<std::uint64_t> new_producer_id(sim::Duration timeout);

  void back_off(sim::Duration at_most);
  // A time-out or interval that the clock of this client's node measures: how long it truly takes.
  sim::Duration truly(sim::Duration measured) const;
  sim::Process& process() const { return process_; }
  sim::Simulation& simulation() const { return process_.simulation(); }
  const Settings& broker() const { return broker_; }
  // The name of a wait of its own. `what` is a literal.
  sim::Name step(std::string_view what) const;

 private:
  std::optional<sim::Message> ask_any(const std::function<std::unique_ptr<sim::Payload>()>& make,
                                      sim::Duration timeout);

  sim::Process& process_;
  const Settings broker_;
  const std::string steps_;
  std::map<std::pair<NodeId, std::string>, sim::Connection> connections_;
  mutable std::vector<std::pair<std::string_view, sim::Name>> known_steps_;
  NodeId next_ = 0;  // whom to ask next
};

}  // namespace halfwrite::broker
