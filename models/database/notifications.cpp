#include "models/database/notifications.hpp"

#include "models/database/errors.hpp"
#include "models/database/protocol.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

namespace {

// NAMEDATALEN and NOTIFY_PAYLOAD_MAX_LENGTH (async.c): both count the null at the end.
constexpr std::size_t kLongestChannel = 63;
constexpr std::size_t kLongestPayload = 7999;

}  // namespace

void PendingNotifications::clear() {
  notifications.clear();
  changes.clear();
  listener = nullptr;
}

bool Listener::listens_to(const std::string& channel) const {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

std::vector<Notification> Listener::read() {
  std::vector<Notification> told = std::exchange(unread, {});
  std::erase_if(told, [&](const Notification& one) { return !listens_to(one.channel); });
  return told;
}

Listener& Notifications::begin_session(const sim::Connection& connection) {
  listeners_.push_back(std::make_unique<Listener>());
  listeners_.back()->connection = connection;
  return *listeners_.back();
}

void Notifications::end_session(Listener& listener) {
  std::erase_if(listeners_, [&](const auto& other) { return other.get() == &listener; });
}

void Notifications::restart() {
  listeners_.clear();
  turns_.clear();
}

sql::Expected<sql::Done> Notifications::notify(PendingNotifications& pending, std::string channel,
                                               std::string payload) {
  if (channel.empty()) return error_of("22023", "channel name cannot be empty");
  if (channel.size() > kLongestChannel) return error_of("22023", "channel name too long");
  if (payload.size() > kLongestPayload) return error_of("22023", "payload string too long");
  Notification notification{std::move(channel), std::move(payload)};
  std::vector<Notification>& said = pending.notifications;
  if (std::find(said.begin(), said.end(), notification) == said.end()) {
    said.push_back(std::move(notification));
  }
  return sql::Done{};
}

void Notifications::await_turn(const PendingNotifications& pending) {
  if (pending.notifications.empty()) return;
  const sim::FiberReference self = simulation_.current_fiber();
  turns_.push_back(self);
  const sim::Place place{simulation_.names().of("commit/notify")};
  while (turns_.front().slot != self.slot) simulation_.suspend(place);
}

void Notifications::publish(PendingNotifications& pending, const sim::Scope& scope) {
  for (const ListenChange& change : pending.changes)
    Notifications::change(*pending.listener, change);
  for (const Notification& notification : pending.notifications) tell(notification, scope);
  if (!pending.notifications.empty()) {
    turns_.take_front();
    if (!turns_.empty()) simulation_.wake(turns_.front());
  }
  pending.clear();
}

void Notifications::change(Listener& listener, const ListenChange& change) {
  std::vector<std::string>& channels = listener.channels;
  switch (change.kind) {
    case ListenChange::Kind::listen:
      // What is told unasked keeps its place among the answers.
      listener.connection.keep_order();
      if (!listener.listens_to(change.channel)) channels.push_back(change.channel);
      break;
    case ListenChange::Kind::unlisten:
      std::erase(channels, change.channel);
      break;
    case ListenChange::Kind::unlisten_all:
      channels.clear();
      break;
  }
}

void Notifications::tell(const Notification& notification, const sim::Scope& scope) {
  for (const std::unique_ptr<Listener>& listener : listeners_) {
    if (listener->channels.empty()) continue;
    if (!listener->idle) {
      listener->unread.push_back(notification);
      continue;
    }
    if (!listener->listens_to(notification.channel)) continue;
    // On its way it is work, on behalf of the transaction it comes from.
    sim::Scope of_message = scope;
    of_message.activity = sim::Activity::work;
    auto message = std::make_unique<protocol::Notified>();
    message->notification = notification;
    listener->connection.send(std::move(message), of_message);
  }
}

}  // namespace halfwrite::database
