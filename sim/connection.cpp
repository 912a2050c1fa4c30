#include "sim/assert.hpp"
#include "sim/kernel.hpp"
#include "sim/network.hpp"

#include <utility>

namespace halfwrite::sim {

bool Connection::has_message() const {
  return channel_ != nullptr && !channel_->ends[side_].inbox.empty();
}

bool Connection::is_open() const {
  return channel_ != nullptr && channel_->ends[side_].open && !channel_->ends[side_].broken;
}

std::string_view Connection::peer() const {
  if (channel_ == nullptr) return {};
  return channel_->ends[1 - side_].process->node().name();
}

bool Connection::is_undisturbed() const {
  if (channel_ == nullptr || channel_->cut) return false;
  if (!channel_->towards[side_].in_flight.empty()) return false;
  for (const int side : {0, 1}) {
    const End& end = channel_->ends[side];
    if (!end.open || end.broken || channel_->ghost[side]) return false;
    const Node& there = channel_->ends[1 - side].process->node();
    if (!NetworkState::of(channel_).can_reach(end.process->node(), there)) return false;
  }
  return true;
}

void Connection::send(std::unique_ptr<Payload> payload) const {
  NetworkState& network = NetworkState::of(channel_);
  if (network.simulation.inert()) return;
  network.send(channel_, side_, std::move(payload), network.simulation.scope(), nullptr);
}

void Connection::send(std::unique_ptr<Payload> payload, const Scope& scope) const {
  NetworkState::of(channel_).send(channel_, side_, std::move(payload), scope, nullptr);
}

void Connection::keep_order() const {
  HALFWRITE_ASSERT(channel_ != nullptr, "a connection that was never made is to keep its order");
  channel_->in_order = true;
}

void Connection::wake_when_ended() const {
  NetworkState& network = NetworkState::of(channel_);
  channel_->ends[side_].receiver = network.kernel().running("a wake-up was asked for").reference();
}

bool Connection::was_ended_by_server() const {
  return channel_ != nullptr && channel_->ended_by_server;
}

void Connection::close() const {
  if (channel_ != nullptr) NetworkState::of(channel_).close(channel_, side_);
}

void Connection::abort() const {
  if (channel_ != nullptr) NetworkState::of(channel_).abort(channel_, side_);
}

}  // namespace halfwrite::sim
