// The life of a server as a standby, PostgreSQL's walreceiver and startup process: fetches the log
// of the primary, flushes it, replays it in order, answers how far it is, and (where it is the
// first one and a failover is configured) takes over when the primary cannot be reached. What it
// writes into the store is the engine's (replay.cpp). It accepts no writes; it serves reads, which
// see what is replayed.
#pragma once

#include "models/database/protocol.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <cstdint>

namespace halfwrite::database {

class Engine;

class Standby final : public sim::Promotable {
 public:
  // Stopped, taken back to where the timelines part, and started again as a standby.
  static constexpr sim::Duration rewind_time = sim::Duration::seconds(2);

  explicit Standby(Engine& engine) : engine_(engine) {}

  // On the main fiber of a process; returns when the server has been promoted.
  void follow(sim::Process& process);
  // The log here is flushed up to this position.
  void flushed(std::uint64_t position);
  // What was flushed is replayed.
  void replayed();
  // Another primary may be the right one now, or this server itself.
  void look_for_primary();
  void restart();

  bool can_be_promoted() const override;
  void promote(bool fenced) override;

 private:
  bool connect();
  void receive();
  void tell(sim::Activity activity);
  void watch_primary();
  void ask(Engine& primary, sim::Duration patience);
  bool answers(Engine& primary, sim::Duration patience);

  Engine& engine_;
  sim::Process* process_ = nullptr;
  sim::Connection upstream_;
  sim::FiberReference fiber_;
  protocol::Progress told_;
  bool has_received_ = false;        // on this connection
  const Engine* watched_ = nullptr;  // the primary, where this is who takes over from it
  sim::Instant heard_;               // when it answered last, or an answer can first be here
  std::uint64_t asked_ = 0;          // how often
};

}  // namespace halfwrite::database
