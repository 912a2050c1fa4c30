// The primary's side of streaming replication, PostgreSQL's walsender: sends what is flushed to
// each standby that is connected, keeps how far they say they are, and lets commits wait for that
// (PostgreSQL, syncrep.c). What standbys have said is volatile. It decides no fate.
#pragma once

#include "models/database/protocol.hpp"
#include "models/database/settings.hpp"
#include "sim/network.hpp"
#include "sim/quiescence.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::database {

class Engine;

// How the wait of a commit for its standby ended. The commit is done in any case.
enum class ReplicationWait : std::uint8_t {
  reached,     // or there was nobody to wait for
  canceled,    // by the client: it is told of success with a warning
  terminated,  // the session was ended by an administrator: it is told nothing
};
// Asked before each time the wait would suspend.
using Interruption = std::function<std::optional<ReplicationWait>()>;

class LogShipping {
 public:
  explicit LogShipping(Engine& engine) : engine_(engine) {}

  // A connected standby; returns when its connection has ended.
  void serve(const sim::Connection& connection, const protocol::Startup& startup);
  // More of the log is flushed, or slots have moved: each standby is sent what is new to it.
  void ship();
  // Waits on the running fiber until the awaited standby is so far; not at all with levels that
  // wait for no standby, or where nobody is to be waited for.
  ReplicationWait await(std::uint64_t position, SynchronousCommit level,
                        const Interruption& interruption);
  // Does a commit at this level wait for a standby, as things are?
  bool is_awaited(SynchronousCommit level) const;
  // What the awaited standby has flushed, as far as is known here; everything where none is.
  std::uint64_t flushed_on_standby() const;

  void restart();
  // Another server leads the timeline that counts: whoever waits here waits for nothing.
  void give_way();

 private:
  struct Subscriber {
    sim::Connection connection;
    std::uint64_t sent = 0;
    bool has_been_sent = false;  // the slots, and what there was of the log
  };
  struct Waiter {
    sim::FiberReference fiber;
    sim::OpenThing open;
  };
  void send(Subscriber& subscriber);
  void heard(const std::string& standby, const protocol::Progress& progress);
  void note_progress();
  bool has_reached(std::uint64_t position, SynchronousCommit level) const;

  Engine& engine_;
  std::map<std::string, Subscriber, std::less<>> subscribers_;       // by node
  std::map<std::string, protocol::Progress, std::less<>> progress_;  // by node
  std::vector<SlotPosition> slots_sent_;
  std::vector<std::unique_ptr<Waiter>> waiters_;
};

}  // namespace halfwrite::database
