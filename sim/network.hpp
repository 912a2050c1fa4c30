// The network: TCP-like connections between processes. Per direction messages arrive in order,
// after a latency drawn per message; a partition delays them until it heals; a time-out or a reset
// breaks the connection for good. A crashed process resets its peers at once; a crashed machine or
// a partition is silence until somebody's time-out. What is in flight dies with its sender's
// connection. Lost request and lost reply are different faults, and both leave the outcome unknown.
// It carries payloads and scopes and never looks into them.
#pragma once

#include "sim/address.hpp"
#include "sim/expected.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace halfwrite::sim {

class Kernel;
struct Channel;
struct NetworkState;

// What a message carries; each model derives its requests and replies.
class Payload {
 public:
  virtual ~Payload() = default;
  virtual std::string_view kind() const = 0;  // "Execute", "Produce": for traces and stories
  virtual std::uint64_t fingerprint()
      const = 0;  // of the content, by hashes of texts and numbers; goes into the trace
};

// The payload as a T, or nullptr. Asked of every message that arrives, several times over: so a
// class that nothing derives from is known by its type alone. All of this is one program, in which
// a type has one description.
template <class T>
T* payload_as(Payload* payload) {
  if (payload != nullptr && &typeid(*payload) == &typeid(T)) return static_cast<T*>(payload);
  if constexpr (std::is_final_v<T>) return nullptr;
  return dynamic_cast<T*>(payload);
}

struct Message {
  std::unique_ptr<Payload> payload;
  Scope scope;  // the sender's, copied by the network
  Asker asker;  // the wait that sent it, or the kind of message it is
  // The scope of a server that works on this message.
  Scope served() const;
  // The payload as what the receiver knows it must be; another kind is an assertion.
  template <class T>
  T& as() const {
    T* typed = payload_as<T>(payload.get());
    HALFWRITE_ASSERT(typed != nullptr,
                     "a message holds another kind of payload than its receiver asked for");
    return *typed;
  }
};

// Why there is no message. To the caller all but `refused` mean: the outcome of what was sent is
// unknown.
enum class Broken : std::uint8_t {
  refused,      // nobody listens: the process is down, the machine is up; nothing was sent
  unreachable,  // no answer to the attempt to connect within its time-out; nothing was sent
  reset,        // the peer or the network broke the connection
  timed_out,    // the caller's time-out; the connection is left as it is, and its owner usually
                // closes it
  closed,       // the peer closed it in order
};
const char* to_text(Broken broken);

// One end of a connection. Cheap to copy; the connection lives until closed, broken, or its process
// dies.
class Connection {
 public:
  Connection() = default;
  bool is_open() const;
  // Has something arrived that the next `receive` hands over without waiting?
  bool has_message() const;
  std::string_view peer() const;  // node name of the other end

  // Has all that was sent to this end arrived, and would more, and would a question get there? No
  // process can know that: only for telling whether a silence means that there is nothing to say.
  bool is_undisturbed() const;

  // Sends without waiting. On a broken connection it does nothing: the next receive says so.
  void send(std::unique_ptr<Payload> payload) const;
  // Sends keeping another scope than the running fiber's (replies: the request's scope).
  void send(std::unique_ptr<Payload> payload, const Scope& scope) const;
  // Waits for the next message. One fiber at a time per end.
  Expected<Message, Broken> receive(const Place& place,
                                    Duration timeout = Duration::for_ever()) const;
  // Sends and waits for the next message: one fault point, with before, during (arrived there, not
  // answered) and after.
  Expected<Message, Broken> request(std::unique_ptr<Payload> payload, const Place& place,
                                    Duration timeout = Duration::for_ever()) const;
  // From now on nothing overtakes another message here, either way, whatever a delay says: for
  // protocols that send without being asked and rely on TCP's order, as PostgreSQL's replication.
  void keep_order() const;
  // A server that waits for something else than this connection: the running fiber is woken when
  // the server is told to end the session (a disconnect fault). Until its next receive.
  void wake_when_ended() const;
  // The server was told to end it, which is not the client's going.
  bool was_ended_by_server() const;
  // In order: the peer gets what was sent before, then `closed`.
  void close() const;
  // At once: what is in flight is lost, the peer gets `reset`.
  void abort() const;

 private:
  friend struct NetworkState;
  Connection(std::shared_ptr<Channel> channel, int side)
      : channel_(std::move(channel)), side_(side) {}
  std::shared_ptr<Channel> channel_;
  int side_ = 0;
};

class Network {
 public:
  explicit Network(Simulation& simulation);
  ~Network();

  // The running process accepts connections to its node until it dies; each runs `serve` on a fiber
  // of its own, whose scope is the operation on behalf of who connected. One listener per process.
  void listen(Process& process, Name operation, std::function<void(Connection)> serve);
  // From the running fiber's process. Takes a round trip. A name that was redirected means the node
  // it stands for now.
  Expected<Connection, Broken> connect(std::string_view node, const Place& place,
                                       Duration timeout = Duration::seconds(10));
  // The same to this very node, whatever its name stands for.
  Expected<Connection, Broken> connect(Node& node, const Place& place,
                                       Duration timeout = Duration::seconds(10));
  // From now on who asks for `name` reaches this node, as where an address is moved; connections
  // that are open stay where they are.
  void redirect(std::string_view name, const Node& node);
  // The node that a name stands for.
  std::string_view stands_for(std::string_view name) const;

  // "order -> kafka": overrides the latency of one link, by node or group name. Before the run.
  void set_latency(std::string_view from, std::string_view to, DurationRange latency);

  // Groups of nodes that cannot talk, until it is healed: whoever is in a group reaches nobody of
  // the others, or with `one_way` whoever is in the first reaches nobody of the others, while these
  // reach everybody. A node that is in two groups or in none still sees both sides: a bridge.
  // Anything may be parted several times at once.
  std::uint64_t partition(std::vector<std::vector<const Node*>> groups, bool one_way);
  void heal(std::uint64_t partition);
  bool can_reach(const Node& from, const Node& to) const;

  // Called by the kernel when a process stops: resets peers, or leaves them in silence if the
  // machine went.
  void process_stopped(Process& process, bool machine);

 private:
  friend class Connection;
  friend class Kernel;
  friend class Simulation;
  std::unique_ptr<NetworkState> state_;
};

}  // namespace halfwrite::sim
