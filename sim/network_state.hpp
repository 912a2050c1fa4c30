// The network's inside: channels with one direction each way, what is in flight on them, links and
// partitions. Shared by network.cpp, channel.cpp and partition.cpp, and by nobody outside the room.
#pragma once

#include "sim/event_queue.hpp"
#include "sim/network.hpp"
#include "sim/queue.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::sim {

class Kernel;

struct Listener {
  Name operation;
  std::function<void(Connection)> serve;
};

// The address a message travels under: a request's own, and the same for its reply. Aliases are
// copied, for they outlive the call.
struct Travel {
  Address address;
  std::vector<Alias> aliases;
  FiberReference asking;  // the fiber whose request it is
  bool request = false;
};

struct InFlight {
  enum class Kind : std::uint8_t { message, accepted, closing };
  Kind kind = Kind::message;
  Message message;
  std::uint64_t fingerprint = 0;  // of the payload, asked for once
  Travel travel;
  Key key{0};  // of its chances on its way, and once more where it has to be sent again
  Instant arrival;
  Timer tick;
  std::function<void()> accepted;  // the answer to an attempt to connect
};

struct End {
  Process* process = nullptr;
  std::optional<Broken> broken;  // told once the inbox is empty
  bool open = false;
  Queue<Message> inbox;
  FiberReference receiver;
  std::optional<Travel> unanswered;  // the request that arrived here last
  Timer keepalive;
};

// What flows towards one end.
struct Direction final : Arrival {
  void arrive() override;
  NetworkState* network = nullptr;
  Channel* channel = nullptr;
  int to = 0;
  Queue<std::unique_ptr<InFlight>> in_flight;
  Instant last_arrival;
  std::uint32_t stalled = 0;  // due, but behind a partition
};

struct Link {
  Key key{0};
  std::string name;  // "order.1 -> kafka.2", what faults of messages are drawn for
  DurationRange latency;
  Duration slow;
};

struct Channel : std::enable_shared_from_this<Channel> {
  std::uint64_t id = 0;
  Link* links[2] = {};  // by the end that sends
  Key key{0};           // of the address that connected; for what has no address of its own
  End ends[2];
  Direction towards[2];
  bool in_order = false;  // nothing overtakes, whatever a delay says
  bool cut = false;       // nothing is carried any more; the ends are told in their time
  bool ended_by_server = false;
  bool ghost[2] = {};    // the machine of this end went without a word
  bool unheard[2] = {};  // something was sent to this end's machine while it was silent

  // Of what opens or closes it for this end.
  Key key_of(InFlight::Kind kind, int side) const {
    return key.with(static_cast<std::uint64_t>(side)).with(static_cast<std::uint64_t>(kind));
  }
};

struct Partition {
  std::vector<std::vector<const Node*>> groups;
  bool one_way = false;
  bool separates(const Node& from, const Node& to) const;
  bool separates_any() const;
};

// A single packet outside a channel's streams (connecting, resetting), kept while it cannot travel.
struct Packet {
  const Node* from = nullptr;
  const Node* to = nullptr;
  Process* owner = nullptr;
  Activity activity = Activity::work;
  Key key{0};
  std::function<void()> deliver;
};

struct NetworkState {
  explicit NetworkState(Simulation& owner) : simulation(owner) {}

  // Asserts that the connection was made.
  static NetworkState& of(const std::shared_ptr<Channel>& channel);
  Kernel& kernel();
  Link& link(const Node& from, const Node& to);
  Duration latency(const Node& from, const Node& to, Key key);
  Duration latency(const Channel& channel, int from, Key key);
  bool can_reach(const Node& from, const Node& to) const;

  // --- channel.cpp
  void send(const std::shared_ptr<Channel>& channel, int side, std::unique_ptr<Payload> payload,
            const Scope& scope, const Travel* travel);
  // Puts an item on its way to an end, behind what is already on the way, to arrive at
  // `item.arrival` or later.
  void carry(Channel& channel, int to, std::unique_ptr<InFlight> item);
  // An empty one, used before if there is one.
  std::unique_ptr<InFlight> new_in_flight();
  void arrive(Direction& direction);
  void drop_in_flight(Direction& direction);
  // Nothing is carried any more on the channel; what is in flight is lost.
  void cut(Channel& channel);
  // This end learns it now. `fault`: an injected fault did it, and open windows are hit.
  void break_end(Channel& channel, int side, Broken broken, bool fault);
  // This end learns it by a packet from the other end's node.
  void send_reset(const std::shared_ptr<Channel>& channel, int to, bool fault);
  void close(const std::shared_ptr<Channel>& channel, int side);
  void abort(const std::shared_ptr<Channel>& channel, int side);
  // Gives the end up after `keepalive`, unless something is heard before.
  void expect_word(const std::shared_ptr<Channel>& channel, int side);

  // --- partition.cpp
  void send_packet(Packet packet);
  void healed();
  void machine_is_up(const Node& node);
  void process_stopped(Process& process, bool machine);
  std::uint64_t partition(Partition parted);
  void heal(std::uint64_t id);
  bool has_session(const Node& node) const;  // that it opened
  void disconnect(Node& node);
  // At the end of the simulation: what is in flight refers to its channel, and goes first.
  void forget();

  // How a process's map of channels names one end.
  static std::uint64_t key_of_end(const Channel& channel, int side) {
    return channel.id * 2 + static_cast<std::uint64_t>(side);
  }
  std::vector<std::pair<std::shared_ptr<Channel>, int>> open_ends() const;
  static Connection connection(std::shared_ptr<Channel> channel, int side) {
    return Connection(std::move(channel), side);
  }

  Simulation& simulation;
  std::uint64_t next_channel = 1;
  std::uint64_t next_partition = 1;
  std::map<std::uint64_t, Partition> partitions;
  std::vector<std::vector<std::optional<Link>>> links;  // by the indices of the nodes
  std::map<std::pair<std::string, std::string>, DurationRange> latencies;
  std::map<std::string, std::string, std::less<>> redirected;    // name -> node
  std::map<std::pair<std::string, std::string>, Duration> slow;  // by faults
  std::vector<Packet> held_packets;

 private:
  void recycle(std::unique_ptr<InFlight> item);
  void deliver(Channel& channel, int to);
  bool struck(Channel& channel, int side, const Travel& travel, Duration& later, bool& blocking);
  Travel travel_of(Channel& channel, int side, const Payload& payload, const Scope& scope);
  std::vector<std::unique_ptr<InFlight>> arrived_;  // kept for those to come
};

}  // namespace halfwrite::sim
