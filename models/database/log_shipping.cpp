#include "models/database/log_shipping.hpp"

#include "models/database/cluster.hpp"
#include "models/database/engine.hpp"
#include "models/database/errors.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

void LogShipping::serve(const sim::Connection& connection, const protocol::Startup& startup) {
  auto reply = std::make_unique<protocol::Reply>();
  if (engine_.in_recovery() || startup.standby->written > engine_.log().end()) {
    reply->error = error_of("55000", "requested starting point is ahead of this server's log");
    connection.send(std::move(reply));
    return;
  }
  connection.keep_order();
  connection.send(std::move(reply));
  const std::string standby(connection.peer());
  subscribers_[standby] = Subscriber{connection, startup.standby->written, false};
  slots_sent_.clear();
  progress_[standby] = *startup.standby;
  note_progress();
  ship();
  // Its first answer says that it has the slots, too, and can take over with them.
  Subscriber& known = subscribers_[standby];
  if (!known.has_been_sent) send(known);
  const sim::Place place{engine_.places().request};
  while (true) {
    sim::Expected<sim::Message, sim::Broken> message = connection.receive(place);
    if (!message) break;
    heard(standby, message->as<protocol::LogProgress>().progress);
  }
  const auto subscriber = subscribers_.find(standby);
  if (subscriber != subscribers_.end() && !subscriber->second.connection.is_open()) {
    subscribers_.erase(subscriber);
  }
}

void LogShipping::ship() {
  std::vector<SlotPosition> slots = engine_.slots().kept_at_failover();
  const bool slots_moved =
      !std::equal(slots.begin(), slots.end(), slots_sent_.begin(), slots_sent_.end(),
                  [](const SlotPosition& a, const SlotPosition& b) {
                    return a.name == b.name && a.confirmed == b.confirmed;
                  });
  slots_sent_ = std::move(slots);
  for (auto& [name, subscriber] : subscribers_) {
    if (slots_moved || subscriber.sent < engine_.log().flushed()) send(subscriber);
  }
}

void LogShipping::send(Subscriber& subscriber) {
  auto message = std::make_unique<protocol::LogRecords>();
  message->behind = subscriber.sent;
  message->slots = slots_sent_;
  while (subscriber.sent < engine_.log().flushed()) {
    message->records.push_back(engine_.log().record(++subscriber.sent));
  }
  sim::Scope scope;
  scope.operation = engine_.name();
  scope.identity = {engine_.name(), subscriber.sent};
  scope.activity = sim::Activity::work;
  subscriber.has_been_sent = true;
  subscriber.connection.send(std::move(message), scope);
}

void LogShipping::heard(const std::string& standby, const protocol::Progress& progress) {
  progress_[standby] = progress;
  if (engine_.leads() && progress.flushed >= engine_.log().flushed()) {
    engine_.cluster().follows(*engine_.peer(standby));
  }
  note_progress();
}

void LogShipping::note_progress() {
  for (const auto& waiter : waiters_) engine_.simulation().wake(waiter->fiber);
  engine_.wake_flush_watchers();
  engine_.cluster().note_lag();
}

bool LogShipping::is_awaited(SynchronousCommit level) const {
  return level > SynchronousCommit::local && engine_.settings().synchronous_replication &&
         engine_.awaited_standby() != nullptr;
}

std::uint64_t LogShipping::flushed_on_standby() const {
  const Engine* standby = engine_.awaited_standby();
  if (standby == nullptr) return ~0ull;
  const auto known = progress_.find(standby->settings().name);
  return known == progress_.end() ? 0 : known->second.flushed;
}

bool LogShipping::has_reached(std::uint64_t position, SynchronousCommit level) const {
  const Engine* standby = engine_.awaited_standby();
  if (standby == nullptr) return true;
  const auto known = progress_.find(standby->settings().name);
  if (known == progress_.end()) return false;
  switch (level) {
    case SynchronousCommit::remote_write:
      return known->second.written >= position;
    case SynchronousCommit::on:
      return known->second.flushed >= position;
    case SynchronousCommit::remote_apply:
      return known->second.applied >= position;
    case SynchronousCommit::off:
    case SynchronousCommit::local:
      break;
  }
  return true;
}

ReplicationWait LogShipping::await(std::uint64_t position, SynchronousCommit level,
                                   const Interruption& interruption) {
  if (!is_awaited(level)) return ReplicationWait::reached;
  sim::Simulation& simulation = engine_.simulation();
  auto waiter = std::make_unique<Waiter>();
  waiter->fiber = simulation.current_fiber();
  if (!engine_.has_given_way()) {
    waiter->open = sim::OpenThing(simulation.quiescence(),
                                  "a commit in " + engine_.settings().name + " waits for " +
                                      engine_.awaited_standby()->settings().name);
  }
  Waiter* const own = waiter.get();
  waiters_.push_back(std::move(waiter));
  ReplicationWait outcome = ReplicationWait::reached;
  while (!has_reached(position, level)) {
    if (const std::optional<ReplicationWait> ended = interruption()) {
      outcome = *ended;
      break;
    }
    simulation.suspend(sim::Place{engine_.places().replicate});
  }
  std::erase_if(waiters_, [own](const auto& other) { return other.get() == own; });
  if (outcome == ReplicationWait::reached) {
    simulation.pass(sim::Place{engine_.places().replicated});
  }
  return outcome;
}

void LogShipping::restart() {
  subscribers_.clear();
  progress_.clear();
  slots_sent_.clear();
  waiters_.clear();
}

void LogShipping::give_way() {
  for (const auto& waiter : waiters_) waiter->open.close();
}

}  // namespace halfwrite::database
