#include "sim/network.hpp"

#include "sim/assert.hpp"
#include "sim/kernel.hpp"

#include <utility>

namespace halfwrite::sim {

const char* to_text(Broken broken) {
  switch (broken) {
    case Broken::refused:
      return "refused";
    case Broken::unreachable:
      return "unreachable";
    case Broken::reset:
      return "reset";
    case Broken::timed_out:
      return "timed out";
    case Broken::closed:
      return "closed";
  }
  return "unknown";
}

Scope Message::served() const {
  Scope serving = scope;
  serving.asked_by = asker;
  return serving;
}

NetworkState& NetworkState::of(const std::shared_ptr<Channel>& channel) {
  HALFWRITE_ASSERT(channel != nullptr, "a connection was used that was never made");
  return *channel->towards[0].network;
}

Kernel& NetworkState::kernel() {
  return Kernel::of(simulation);
}

Link& NetworkState::link(const Node& from, const Node& to) {
  const std::uint32_t row = Kernel::state(from).index;
  const std::uint32_t column = Kernel::state(to).index;
  const std::size_t count = simulation.nodes().size();
  if (links.size() != count) links.assign(count, std::vector<std::optional<Link>>(count));
  std::optional<Link>& cached = links[row][column];
  if (cached) return *cached;
  cached.emplace();
  cached->key = simulation.draws().key().with("latency").with(from.name()).with(to.name());
  cached->name.append(from.name()).append(" -> ").append(to.name());
  cached->latency = simulation.options().latency;
  // The most exact name wins: nodes before groups.
  const std::pair<std::string_view, std::string_view> names[] = {{from.group(), to.group()},
                                                                 {from.group(), to.name()},
                                                                 {from.name(), to.group()},
                                                                 {from.name(), to.name()}};
  for (const auto& [first, second] : names) {
    const auto found = latencies.find({std::string(first), std::string(second)});
    if (found != latencies.end()) cached->latency = found->second;
  }
  return *cached;
}

Duration NetworkState::latency(const Node& from, const Node& to, Key key) {
  Link& way = link(from, to);
  return Draws::between(key, way.latency) + way.slow + Kernel::state(from).slow +
         Kernel::state(to).slow;
}

Duration NetworkState::latency(const Channel& channel, int from, Key key) {
  const Link& way = *channel.links[from];
  return Draws::between(key, way.latency) + way.slow +
         Kernel::state(channel.ends[from].process->node()).slow +
         Kernel::state(channel.ends[1 - from].process->node()).slow;
}

Network::Network(Simulation& simulation) : state_(std::make_unique<NetworkState>(simulation)) {}
Network::~Network() = default;

void Network::listen(Process& process, Name operation, std::function<void(Connection)> serve) {
  if (state_->simulation.inert() || !process.alive()) return;
  Listener& listener = Kernel::state(process).listener;
  HALFWRITE_ASSERT(!listener.serve, "a process listens twice");
  listener = {operation, std::move(serve)};
}

void Network::set_latency(std::string_view from, std::string_view to, DurationRange latency) {
  HALFWRITE_ASSERT(state_->next_channel == 1, "a latency was set after connections were made");
  state_->latencies[{std::string(from), std::string(to)}] = latency;
  state_->links.clear();
}

std::uint64_t Network::partition(std::vector<std::vector<const Node*>> groups, bool one_way) {
  return state_->partition({std::move(groups), one_way});
}

void Network::heal(std::uint64_t partition) {
  state_->heal(partition);
}

bool Network::can_reach(const Node& from, const Node& to) const {
  return state_->can_reach(from, to);
}

void Network::process_stopped(Process& process, bool machine) {
  state_->process_stopped(process, machine);
}

namespace {

// An attempt to connect, between the asking fiber and what is under way.
struct Attempt {
  bool accepted = false;
  bool refused = false;
  bool abandoned = false;
  FiberReference asking;
  std::shared_ptr<Channel> channel;
  bool pending() const {
    return !accepted && !refused && !(channel != nullptr && channel->ends[0].broken);
  }
};

std::shared_ptr<Channel> open_channel(NetworkState& network, Process& client, Process& server,
                                      Key key) {
  auto channel = std::make_shared<Channel>();
  channel->id = network.next_channel++;
  channel->key = key;
  channel->ends[0].process = &client;
  channel->ends[1].process = &server;
  for (const int side : {0, 1}) {
    channel->ends[side].open = true;
    channel->links[side] = &network.link(side == 0 ? client.node() : server.node(),
                                         side == 0 ? server.node() : client.node());
    Direction& direction = channel->towards[side];
    direction.network = &network;
    direction.channel = channel.get();
    direction.to = side;
    Kernel::state(*channel->ends[side].process)
        .channels.emplace(NetworkState::key_of_end(*channel, side), channel);
  }
  return channel;
}

// At the listening node: accepts or refuses, or is silent if the machine is.
void knock(NetworkState& network, const std::shared_ptr<Attempt>& attempt, Process& client,
           Node& node, const Scope& scope, const Asker& asker, Key key) {
  if (Kernel::state(node).machine_down || !client.alive()) return;
  Process* server = node.process();
  if (server == nullptr || !Kernel::state(*server).listener.serve) {
    Packet back;
    back.from = &node;
    back.to = &client.node();
    back.owner = &client;
    back.activity = scope.activity;
    back.key = key.with("answer");
    back.deliver = [&network, attempt] {
      attempt->refused = true;
      network.kernel().wake_at_once(attempt->asking);
    };
    network.send_packet(std::move(back));
    return;
  }
  const auto channel = open_channel(network, client, *server, key);
  attempt->channel = channel;
  channel->ends[0].receiver = attempt->asking;
  const Listener& listener = Kernel::state(*server).listener;
  // The session of who connected, on behalf of whom he did.
  Scope serving;
  serving.operation = listener.operation;
  serving.identity = scope.identity;
  serving.attempt = scope.attempt;
  serving.asked_by = asker;
  server->spawn(serving,
                [serve = listener.serve, channel] { serve(NetworkState::connection(channel, 1)); });
  // The first thing in the stream, so that nothing overtakes it.
  std::unique_ptr<InFlight> item = network.new_in_flight();
  item->kind = InFlight::Kind::accepted;
  item->key = channel->key_of(item->kind, 0);
  item->message.scope = scope;
  item->arrival =
      network.simulation.now() + network.latency(node, client.node(), key.with("answer"));
  item->accepted = [&network, attempt, channel = channel.get()] {
    channel->ends[0].receiver = {};
    attempt->accepted = true;
    if (attempt->abandoned) {
      network.abort(attempt->channel, 0);
    } else {
      network.kernel().wake_at_once(attempt->asking);
    }
  };
  network.carry(*channel, 0, std::move(item));
}

}  // namespace

void Network::redirect(std::string_view name, const Node& node) {
  if (!state_->simulation.inert()) state_->redirected[std::string(name)] = node.name();
}

std::string_view Network::stands_for(std::string_view name) const {
  const auto redirected = state_->redirected.find(name);
  return redirected == state_->redirected.end() ? name : redirected->second;
}

Expected<Connection, Broken> Network::connect(std::string_view node, const Place& place,
                                              Duration timeout) {
  Node* target = state_->simulation.find_node(stands_for(node));
  HALFWRITE_ASSERT(target != nullptr, "a connection was asked for to a node that does not exist");
  return connect(*target, place, timeout);
}

Expected<Connection, Broken> Network::connect(Node& node, const Place& place, Duration timeout) {
  NetworkState& network = *state_;
  Kernel& kernel = network.kernel();
  Fiber& fiber = kernel.running("a connection was asked for outside a fiber");
  HALFWRITE_ASSERT(!place.step.empty(), "a wait has no name");
  Node* const target = &node;
  if (!kernel.may_wait(fiber, place.step)) return Unexpected(Broken::unreachable);
  const Address address = kernel.next_address(fiber, place.step);
  kernel.begin_wait(fiber, address, place.aliases);
  Process& client = *fiber.process;
  const Key key =
      key_of(network.link(client.node(), *target).key, network.simulation.names(), address);
  const auto attempt = std::make_shared<Attempt>();
  attempt->asking = fiber.reference();
  Packet packet;
  packet.from = &client.node();
  packet.to = target;
  packet.activity = fiber.scope.activity;
  packet.key = key;
  const Asker asker{address.actor, address.step, address.occurrence};
  packet.deliver = [&network, attempt, &client, target, scope = fiber.scope, asker, key] {
    knock(network, attempt, client, *target, scope, asker, key);
  };
  network.send_packet(std::move(packet));
  const Instant deadline = network.simulation.now() + timeout;
  Woken woken = kernel.finish_wait(fiber, address, place.aliases, timeout, true);
  while (woken == Woken::woken && attempt->pending()) {
    woken = kernel.suspend(place, deadline - network.simulation.now());
  }
  if (attempt->accepted) return NetworkState::connection(attempt->channel, 0);
  if (!attempt->pending()) return Unexpected(Broken::refused);
  attempt->abandoned = true;
  return Unexpected(Broken::unreachable);
}

}  // namespace halfwrite::sim
