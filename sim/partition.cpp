#include "sim/kernel.hpp"
#include "sim/network.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sim {

namespace {

bool holds(const std::vector<const Node*>& group, const Node& node) {
  return std::find(group.begin(), group.end(), &node) != group.end();
}

}  // namespace

bool Partition::separates(const Node& from, const Node& to) const {
  bool is_from_parted = false;
  bool is_to_parted = false;
  for (const auto& group : groups) {
    const bool has_from = holds(group, from);
    const bool has_to = holds(group, to);
    if (has_from && has_to) return false;
    const bool is_first = &group == &groups.front();
    if (has_from && (is_first || !one_way)) is_from_parted = true;
    if (has_to) is_to_parted = true;
  }
  return is_from_parted && is_to_parted;
}

bool Partition::separates_any() const {
  for (const auto& group : groups) {
    for (const auto& other : groups) {
      for (const Node* from : group) {
        for (const Node* to : other) {
          if (separates(*from, *to)) return true;
        }
      }
    }
  }
  return false;
}

bool NetworkState::can_reach(const Node& from, const Node& to) const {
  for (const auto& [id, partition] : partitions) {
    if (partition.separates(from, to)) return false;
  }
  return true;
}

std::vector<std::pair<std::shared_ptr<Channel>, int>> NetworkState::open_ends() const {
  std::vector<std::pair<std::shared_ptr<Channel>, int>> ends;
  for (const auto& node : simulation.nodes()) {
    if (node->process() == nullptr) continue;
    for (const auto& [key, channel] : Kernel::state(*node->process()).channels) {
      ends.emplace_back(channel, static_cast<int>(key & 1));
    }
  }
  return ends;
}

void NetworkState::send_packet(Packet packet) {
  if (simulation.inert()) return;
  if (!can_reach(*packet.from, *packet.to)) {
    if (packet.activity == Activity::work) simulation.quiescence().work_added();
    held_packets.push_back(std::move(packet));
    return;
  }
  const Instant arrival = simulation.now() + latency(*packet.from, *packet.to, packet.key);
  const Activity activity = packet.activity;
  Process* const owner = packet.owner;
  auto travelling = std::make_shared<Packet>(std::move(packet));
  kernel().call_at(arrival, activity, owner, [this, travelling] {
    if (can_reach(*travelling->from, *travelling->to)) {
      travelling->deliver();
    } else {
      send_packet(std::move(*travelling));
    }
  });
}

std::uint64_t NetworkState::partition(Partition parting) {
  if (simulation.inert()) return 0;
  const std::uint64_t id = next_partition++;
  const Partition& parted = partitions.emplace(id, std::move(parting)).first->second;
  // Both ends hear nothing from now on: data one way, or acknowledgements the other.
  for (const auto& [channel, side] : open_ends()) {
    const Node& here = channel->ends[side].process->node();
    const Node& there = channel->ends[1 - side].process->node();
    if (parted.separates(here, there) || parted.separates(there, here)) {
      expect_word(channel, side);
    }
  }
  return id;
}

void NetworkState::heal(std::uint64_t id) {
  if (simulation.inert() || partitions.erase(id) == 0) return;
  healed();
}

void NetworkState::healed() {
  for (const auto& [channel, side] : open_ends()) {
    End& end = channel->ends[side];
    const Node& here = end.process->node();
    const Node& there = channel->ends[1 - side].process->node();
    if (!can_reach(there, here)) continue;
    if (can_reach(here, there) && !channel->ghost[1 - side]) kernel().cancel(end.keepalive);
    Direction& direction = channel->towards[side];
    if (std::exchange(direction.stalled, 0u) == 0) continue;
    // What was lost is sent again, in order, each after a latency of its own.
    Instant previous;
    for (const std::unique_ptr<InFlight>& item : direction.in_flight) {
      item->arrival =
          std::max(item->arrival, simulation.now() + latency(there, here, item->key.with("again")));
      item->arrival = std::max(item->arrival, previous);
      previous = item->arrival;
      kernel().cancel(item->tick);
      Event event;
      event.kind = Event::Kind::arrival;
      event.activity = Activity::idle;
      event.owner = end.process;
      event.arrival = &direction;
      item->tick = kernel().schedule(item->arrival, event);
    }
    direction.last_arrival = previous;
  }
  std::vector<Packet> waiting = std::exchange(held_packets, {});
  for (Packet& packet : waiting) {
    if (packet.activity == Activity::work) simulation.quiescence().work_removed();
    send_packet(std::move(packet));
  }
}

// A machine that was silent knows none of its old connections: whoever has sent something on one is
// told by a reset.
void NetworkState::machine_is_up(const Node& node) {
  for (const auto& [channel, side] : open_ends()) {
    const int other = 1 - side;
    if (!channel->ghost[other] || !channel->unheard[other]) continue;
    if (&channel->ends[other].process->node() == &node) send_reset(channel, side, true);
  }
}

void NetworkState::process_stopped(Process& process, bool machine) {
  auto channels = std::exchange(Kernel::state(process).channels, {});
  for (const auto& [key, channel] : channels) {
    const int side = static_cast<int>(key & 1);
    const int other = 1 - side;
    End& end = channel->ends[side];
    end.open = false;
    kernel().cancel(end.keepalive);
    if (channel->cut) continue;
    if (!machine) {
      cut(*channel);
      send_reset(channel, other, true);
      continue;
    }
    channel->ghost[side] = true;
    channel->unheard[side] = !channel->towards[side].in_flight.empty();
    for (Direction& direction : channel->towards) drop_in_flight(direction);
    expect_word(channel, other);
  }
  for (const Packet& packet : held_packets) {
    if (packet.owner == &process && packet.activity == Activity::work) {
      simulation.quiescence().work_removed();
    }
  }
  std::erase_if(held_packets,
                [&process](const Packet& packet) { return packet.owner == &process; });
}

bool NetworkState::has_session(const Node& node) const {
  const std::vector<std::pair<std::shared_ptr<Channel>, int>> ends = open_ends();
  return std::any_of(ends.begin(), ends.end(), [&node](const auto& end) {
    const Channel& channel = *end.first;
    return end.second == 0 && &channel.ends[0].process->node() == &node && !channel.cut;
  });
}

// Its sessions are ended by their servers: these know at once, the node when it is told.
void NetworkState::disconnect(Node& node) {
  for (const auto& [channel, side] : open_ends()) {
    if (side != 0 || &channel->ends[0].process->node() != &node || channel->cut) continue;
    cut(*channel);
    channel->ended_by_server = true;
    break_end(*channel, 1, Broken::reset, true);
    send_reset(channel, 0, true);
  }
}

void NetworkState::forget() {
  for (const auto& node : simulation.nodes()) {
    for (const auto& process : Kernel::state(*node).lives) {
      for (const auto& [key, channel] : Kernel::state(*process).channels) {
        for (Direction& direction : channel->towards) direction.in_flight.clear();
      }
    }
  }
}

}  // namespace halfwrite::sim
