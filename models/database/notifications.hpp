// LISTEN and NOTIFY (PostgreSQL, async.c): who listens to which channels, and what committed
// transactions tell them. A notification goes out after the commit of its transaction, in the order
// of the commits, to who listens then; what a transaction says twice is said once. It owns what
// sessions have still to be told and must never keep anything for who does not listen: all of it is
// volatile.
#pragma once

#include "models/database/client.hpp"
#include "sim/network.hpp"
#include "sim/queue.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::database {

// What a session listens to, and what it has still to be told. A session is told between its
// transactions only, and what it listens to then decides.
struct Listener {
  sim::Connection connection;
  std::vector<std::string> channels;  // in order of listening
  std::vector<Notification> unread;   // of all channels, since it listens to any
  bool idle = false;                  // it waits for its client, outside a transaction block
  bool listens_to(const std::string& channel) const;
  // It has become idle: what it is told now.
  std::vector<Notification> read();
};

struct ListenChange {
  enum class Kind : std::uint8_t { listen, unlisten, unlisten_all };
  Kind kind = Kind::listen;
  std::string channel;
};

// What a transaction that has not ended wants to tell, and to hear.
struct PendingNotifications {
  std::vector<Notification> notifications;
  std::vector<ListenChange> changes;
  Listener* listener = nullptr;  // whose changes these are
  bool empty() const { return notifications.empty() && changes.empty(); }
  void clear();
};

class Notifications {
 public:
  explicit Notifications(sim::Simulation& simulation) : simulation_(simulation) {}

  Listener& begin_session(const sim::Connection& connection);
  void end_session(Listener& listener);
  void restart();  // after a crash nobody listens

  // 22023 for a channel without a name, or a name or text that is too long.
  static sql::Expected<sql::Done> notify(PendingNotifications& pending, std::string channel,
                                         std::string payload);
  // Transactions that notify commit one after the other, from their commit record on until they are
  // visible (async.c, PreCommit_Notify, which locks the database for that). Waits. Each await_turn
  // that returns is followed by one publish.
  void await_turn(const PendingNotifications& pending);
  // The transaction has become visible.
  void publish(PendingNotifications& pending, const sim::Scope& scope);

 private:
  static void change(Listener& listener, const ListenChange& change);
  void tell(const Notification& notification, const sim::Scope& scope);

  sim::Simulation& simulation_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // in order of connecting
  sim::Queue<sim::FiberReference> turns_;             // the first is committing
};

}  // namespace halfwrite::database
