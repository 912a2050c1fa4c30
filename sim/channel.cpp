#include "sim/assert.hpp"
#include "sim/kernel.hpp"
#include "sim/network.hpp"

#include <utility>

namespace halfwrite::sim {

namespace {

constexpr std::uint32_t message_key = 1u << 31;  // tells a message's count from a wait's

bool is_work(const InFlight& item) {
  return item.message.scope.activity == Activity::work;
}

bool same(const Scope& a, const Scope& b) {
  return a.operation == b.operation && a.identity == b.identity && a.attempt == b.attempt;
}

}  // namespace

void Direction::arrive() {
  network->arrive(*this);
}

// A reply travels under the address of the request it answers, if it is sent under its scope. What
// answers nothing travels under its own kind.
Travel NetworkState::travel_of(Channel& channel, int side, const Payload& payload,
                               const Scope& scope) {
  std::optional<Travel>& unanswered = channel.ends[side].unanswered;
  if (unanswered && same(unanswered->address.scope, scope)) {
    Travel answer = *std::exchange(unanswered, std::nullopt);
    answer.request = false;
    return answer;
  }
  Travel travel;
  travel.address.actor = channel.ends[side].process->name();
  travel.address.scope = scope;
  travel.address.scope.asked_by = {};
  travel.address.step = simulation.names().of(payload.kind());
  if (Fiber* fiber = kernel().current; fiber != nullptr) {
    travel.address.occurrence = fiber->occurrence(travel.address.step.index() | message_key, true);
  }
  return travel;
}

// Asks for the faults of a message. True: it is lost, and the connection is broken.
bool NetworkState::struck(Channel& channel, int side, const Travel& travel, Duration& later,
                          bool& blocking) {
  FaultState& faults = kernel().faults();
  const FaultKind lost = side == 0 ? FaultKind::lose_request : FaultKind::lose_reply;
  if (!faults.may_ask(FaultKind::reset) && !faults.may_ask(lost) &&
      !faults.may_ask(FaultKind::delay)) {
    return false;
  }
  const std::string_view target = channel.links[side]->name;
  const bool reply = side == 1;
  const auto strikes = [&](FaultKind kind) -> std::optional<Fault> {
    if (!faults.may_ask(kind)) return std::nullopt;
    return faults.asks(kind, travel.address, travel.aliases, target, reply);
  };
  if (strikes(FaultKind::reset)) {
    const std::shared_ptr<Channel> held = channel.shared_from_this();
    cut(channel);
    break_end(channel, side, Broken::reset, true);
    send_reset(held, 1 - side, true);
    return true;
  }
  if (strikes(lost)) {
    const std::shared_ptr<Channel> held = channel.shared_from_this();
    // Neither end knows yet; both are told by packets that take their time.
    cut(channel);
    send_reset(held, side, true);
    send_reset(held, 1 - side, true);
    return true;
  }
  if (const std::optional<Fault> delay = strikes(FaultKind::delay)) {
    later = delay->by;
    blocking = delay->blocking;
  }
  return false;
}

void NetworkState::send(const std::shared_ptr<Channel>& shared_channel, int side,
                        std::unique_ptr<Payload> payload, const Scope& scope,
                        const Travel* request) {
  Channel& channel = *shared_channel;
  End& from = channel.ends[side];
  if (simulation.inert() || !from.open || channel.cut || from.broken) return;
  std::unique_ptr<InFlight> item = new_in_flight();
  if (request != nullptr) {
    item->travel = *request;
  } else {
    item->travel = travel_of(channel, side, *payload, scope);
  }
  item->message.payload = std::move(payload);
  item->message.scope = scope;
  item->message.scope.asked_by = {};
  Address shown = item->travel.address;
  item->message.asker = {shown.actor, shown.step, shown.occurrence};
  shown.actor = from.process->name();
  item->fingerprint = item->message.payload->fingerprint();
  kernel().record(TraceKind::sent, shown, item->fingerprint, item->message.payload->kind());
  Duration later;
  bool blocking = true;
  if (struck(channel, side, item->travel, later, blocking)) return;

  const int other = 1 - side;
  if (channel.ghost[other]) {
    // The machine is silent or has forgotten the connection: it resets once it is up.
    channel.unheard[other] = true;
    if (!Kernel::state(channel.ends[other].process->node()).machine_down) {
      send_reset(shared_channel, side, true);
    }
    return;
  }
  if (!channel.ends[other].open) return;  // it has closed; its closing is on the way
  item->key = key_of(channel.links[side]->key, simulation.names(), item->travel.address);
  Key key = item->key;
  if (kernel().current == nullptr && !item->travel.request) key = key.with(simulation.now());
  item->arrival = simulation.now() + latency(channel, side, key) + later;
  if (!blocking && !channel.in_order) {
    // As on another connection of the pool: what follows does not wait for it.
    const std::shared_ptr<InFlight> late = std::move(item);
    kernel().call_at(late->arrival, late->message.scope.activity, channel.ends[other].process,
                     [this, shared_channel, late, other] {
                       if (shared_channel->cut) return;
                       Direction& towards = shared_channel->towards[other];
                       late->arrival = simulation.now();
                       if (is_work(*late)) simulation.quiescence().work_added();
                       towards.in_flight.push_front(std::make_unique<InFlight>(std::move(*late)));
                       arrive(towards);
                     });
    return;
  }
  carry(channel, other, std::move(item));
}

std::unique_ptr<InFlight> NetworkState::new_in_flight() {
  if (arrived_.empty()) return std::make_unique<InFlight>();
  std::unique_ptr<InFlight> item = std::move(arrived_.back());
  arrived_.pop_back();
  return item;
}

// Its aliases keep their memory; all else that matters is written anew by who uses it next.
void NetworkState::recycle(std::unique_ptr<InFlight> item) {
  item->kind = InFlight::Kind::message;
  item->message.payload.reset();
  item->accepted = nullptr;
  arrived_.push_back(std::move(item));
}

void NetworkState::carry(Channel& channel, int to, std::unique_ptr<InFlight> item) {
  Direction& direction = channel.towards[to];
  if (item->arrival < direction.last_arrival) item->arrival = direction.last_arrival;
  direction.last_arrival = item->arrival;
  if (is_work(*item)) simulation.quiescence().work_added();
  Event event;
  event.kind = Event::Kind::arrival;
  event.activity = Activity::idle;  // the item itself is what counts as work
  event.owner = channel.ends[to].process;
  event.arrival = &direction;
  item->tick = kernel().schedule(item->arrival, event);
  direction.in_flight.push_back(std::move(item));
  if (partitions.empty()) return;
  const Node& from = channel.ends[1 - to].process->node();
  if (!can_reach(from, channel.ends[to].process->node())) direction.stalled = 1;
}

void NetworkState::arrive(Direction& direction) {
  if (direction.in_flight.empty()) return;
  if (direction.in_flight.front()->arrival > simulation.now()) return;
  Channel& channel = *direction.channel;
  const int to = direction.to;
  End& end = channel.ends[to];
  if (!partitions.empty() &&
      !can_reach(channel.ends[1 - to].process->node(), end.process->node())) {
    direction.stalled = 1;
  }
  if (direction.stalled != 0) return;
  std::unique_ptr<InFlight> item = direction.in_flight.take_front();
  kernel().cancel(item->tick);
  if (is_work(*item)) simulation.quiescence().work_done();
  if (item->kind != InFlight::Kind::message) {
    const std::shared_ptr<Channel> alive = channel.shared_from_this();
    if (item->kind == InFlight::Kind::closing) {
      break_end(channel, to, Broken::closed, false);
    } else {
      item->accepted();
    }
    return;
  }
  if (!end.open || end.broken) return;
  Address shown = item->travel.address;
  shown.actor = end.process->name();
  kernel().record(TraceKind::arrived, shown, item->fingerprint, item->message.payload->kind());
  end.inbox.push_back(std::move(item->message));
  if (item->travel.request) {
    // One request at a time is under way on a connection; an older one was answered under another
    // scope, or given up.
    end.unanswered = item->travel;
    FaultState& faults = kernel().faults();
    Fiber* fiber = kernel().find(item->travel.asking);
    if (fiber != nullptr && fiber->process->alive()) {
      kernel().request_arrived(*fiber, item->travel.address.step);
      if (faults.watching) {
        const std::shared_ptr<Channel> alive = channel.shared_from_this();
        faults.passes(When::during, item->travel.address, item->travel.aliases, *fiber->process);
        deliver(channel, to);
        return;
      }
    }
  }
  recycle(std::move(item));
  deliver(channel, to);
}

// Tells the receiver of what has arrived. It may end the channel: nothing follows it.
void NetworkState::deliver(Channel& channel, int to) {
  const End& end = channel.ends[to];
  if (!end.process->alive()) return;
  // A fault during the request may have paused the receiver; then its wake is held back like all.
  if (Kernel::state(*end.process).paused) {
    kernel().wake(end.receiver);
  } else {
    kernel().wake_at_once(end.receiver);
  }
}

void NetworkState::drop_in_flight(Direction& direction) {
  for (const std::unique_ptr<InFlight>& item : direction.in_flight) {
    kernel().cancel(item->tick);
    if (is_work(*item)) simulation.quiescence().work_removed();
  }
  direction.in_flight.clear();
  direction.stalled = 0;
}

void NetworkState::cut(Channel& channel) {
  channel.cut = true;
  for (Direction& direction : channel.towards) drop_in_flight(direction);
}

void NetworkState::break_end(Channel& channel, int side, Broken broken, bool fault) {
  End& end = channel.ends[side];
  if (!end.open || end.broken) return;
  end.broken = broken;
  kernel().cancel(end.keepalive);
  Address address;
  address.actor = end.process->name();
  kernel().record(TraceKind::broke, address, static_cast<std::uint64_t>(broken), to_text(broken));
  Fiber* receiver = kernel().find(end.receiver);
  if (receiver != nullptr && fault && receiver->state == Fiber::State::waiting) {
    kernel().hit_windows(*receiver, Kernel::Hit::connection);
  }
  Kernel::state(*end.process).channels.erase(key_of_end(channel, side));
  kernel().wake(end.receiver);
}

void NetworkState::send_reset(const std::shared_ptr<Channel>& channel, int to, bool fault) {
  if (channel == nullptr) return;
  End& end = channel->ends[to];
  if (!end.open || end.broken || !end.process->alive()) return;
  Packet packet;
  packet.from = &channel->ends[1 - to].process->node();
  packet.to = &end.process->node();
  packet.owner = end.process;
  packet.key = channel->key.with("reset").with(static_cast<std::uint64_t>(to));
  packet.deliver = [this, channel, to, fault] {
    cut(*channel);
    break_end(*channel, to, Broken::reset, fault);
  };
  send_packet(std::move(packet));
}

void NetworkState::close(const std::shared_ptr<Channel>& channel, int side) {
  End& end = channel->ends[side];
  if (simulation.inert() || !end.open) return;
  end.open = false;
  kernel().cancel(end.keepalive);
  Kernel::state(*end.process).channels.erase(key_of_end(*channel, side));
  // Nobody will read what is still on its way here.
  drop_in_flight(channel->towards[side]);
  const int other = 1 - side;
  End& peer = channel->ends[other];
  if (channel->cut || end.broken || channel->ghost[other] || !peer.open || peer.broken) return;
  // The closing is the last thing in the stream.
  std::unique_ptr<InFlight> item = new_in_flight();
  item->kind = InFlight::Kind::closing;
  item->message.scope = {};
  item->key = channel->key_of(item->kind, other);
  const Key key = channel->key.with("close").with(static_cast<std::uint64_t>(side));
  item->arrival = simulation.now() + latency(*channel, side, key);
  carry(*channel, other, std::move(item));
}

void NetworkState::abort(const std::shared_ptr<Channel>& channel, int side) {
  End& end = channel->ends[side];
  if (simulation.inert() || !end.open) return;
  end.open = false;
  kernel().cancel(end.keepalive);
  Kernel::state(*end.process).channels.erase(key_of_end(*channel, side));
  if (channel->cut || end.broken) return;
  cut(*channel);
  if (!channel->ghost[1 - side]) send_reset(channel, 1 - side, false);
}

void NetworkState::expect_word(const std::shared_ptr<Channel>& channel, int side) {
  End& end = channel->ends[side];
  if (!end.open || end.broken || !end.process->alive()) return;
  kernel().cancel(end.keepalive);
  const Duration keepalive = end.process->node().truly(simulation.options().keepalive);
  end.keepalive = kernel().call_at(simulation.now() + keepalive, Activity::work, end.process,
                                   [this, channel, side] {
                                     cut(*channel);
                                     break_end(*channel, side, Broken::reset, true);
                                   });
}

Expected<Message, Broken> Connection::receive(const Place& place, Duration timeout) const {
  NetworkState& network = NetworkState::of(channel_);
  Kernel& kernel = network.kernel();
  const Simulation& simulation = network.simulation;
  Fiber& fiber = kernel.running("a message was awaited outside a fiber");
  if (!kernel.may_wait(fiber, place.step)) return Unexpected(Broken::reset);
  End& end = channel_->ends[side_];
  const Instant deadline = simulation.now() + timeout;
  bool waited = false;
  for (;;) {
    if (!end.inbox.empty() || !end.open || end.broken) break;
    if (waited && simulation.now() >= deadline) return Unexpected(Broken::timed_out);
    HALFWRITE_ASSERT(kernel.find(end.receiver) == nullptr || end.receiver.slot == fiber.slot,
                     "two fibers wait at one end of a connection");
    end.receiver = fiber.reference();
    const Woken woken = kernel.suspend(place, deadline - simulation.now());
    end.receiver = {};
    waited = true;
    if (woken == Woken::timed_out && end.inbox.empty() && !end.broken) {
      return Unexpected(Broken::timed_out);
    }
  }
  if (!waited) network.simulation.pass(place);
  if (!end.inbox.empty()) return end.inbox.take_front();
  return Unexpected(end.broken.value_or(Broken::reset));
}

Expected<Message, Broken> Connection::request(std::unique_ptr<Payload> payload, const Place& place,
                                              Duration timeout) const {
  NetworkState& network = NetworkState::of(channel_);
  Kernel& kernel = network.kernel();
  const Simulation& simulation = network.simulation;
  Fiber& fiber = kernel.running("a request was made outside a fiber");
  HALFWRITE_ASSERT(!place.step.empty(), "a wait has no name");
  if (!kernel.may_wait(fiber, place.step)) return Unexpected(Broken::reset);
  End& end = channel_->ends[side_];
  Travel travel;
  travel.address = kernel.next_address(fiber, place.step);
  travel.aliases.assign(place.aliases.begin(), place.aliases.end());
  travel.asking = fiber.reference();
  travel.request = true;
  if (!end.open || end.broken) {
    kernel.pass(fiber, travel.address, place.aliases);
    return Unexpected(end.broken.value_or(Broken::reset));
  }
  kernel.begin_wait(fiber, travel.address, place.aliases);
  network.send(channel_, side_, std::move(payload), fiber.scope, &travel);
  end.receiver = fiber.reference();
  const Instant deadline = simulation.now() + timeout;
  if (end.broken || !end.inbox.empty()) fiber.wake_pending = true;
  Woken woken = kernel.finish_wait(fiber, travel.address, place.aliases, timeout, false);
  while (woken == Woken::woken && end.inbox.empty() && end.open && !end.broken &&
         simulation.now() < deadline) {
    woken = kernel.suspend(place, deadline - simulation.now());
  }
  end.receiver = {};
  kernel.request_over(fiber);
  if (!end.inbox.empty()) return end.inbox.take_front();
  if (end.broken) return Unexpected(*end.broken);
  return Unexpected(end.open ? Broken::timed_out : Broken::reset);
}

}  // namespace halfwrite::sim
