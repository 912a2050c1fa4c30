// Addresses: where in which operation, on behalf of which intent, a piece of work stands. Every
// wait has one, faults are anchored to them and draws are keyed by them, so they carry meaning
// ("the commit of order.place for orders#17, first attempt") and never an ordinal of the run.
// Values only; they own nothing.
#pragma once

#include "sim/draw.hpp"
#include "sim/name.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace halfwrite::sim {

// The intent: request number 17 of load "orders" is {orders, 17}. Loops that handle nothing yet use
// {loop, instant in ns}. Models copy it along calls, messages, rows and retries; service code never
// makes one.
struct Identity {
  Name source;
  std::uint64_t number = 0;
  bool empty() const { return source.empty(); }
  friend bool operator==(const Identity&, const Identity&) = default;
};

// Is a pending event work that the run must finish, or the idle turning of a loop (poll, heartbeat,
// flush tick)?
enum class Activity : std::uint8_t { work, idle };

// On whose request a server works: which wait of which process asked for it. An operation asks one
// server for many things; by this each of them has places of its own there, whatever was asked
// before.
struct Asker {
  Name actor;  // the process: "order.1"
  Name step;
  std::uint32_t occurrence = 1;
  bool empty() const { return step.empty(); }
  friend bool operator==(const Asker&, const Asker&) = default;
};

// What a fiber is doing: an operation for an intent, at some attempt. Messages carry their sender's
// scope.
struct Scope {
  Name operation;  // "order.place", "order.relay", "shipping.prepare", "order_db"
  Identity identity;
  std::uint32_t attempt = 1;
  Activity activity = Activity::work;
  // What larger undertaking this is part of, for the ground truth alone: opaque here, copied like
  // the rest, in no draw and in no address.
  Name provenance = {};
  // The idle loop that looks for work by it (IdleLoop::id), or 0. No part of an address.
  std::uint64_t loop = 0;
  Asker asked_by = {};  // in servers, and in what serves a connection
};

// A second name of a place: the moment of an event, "OrderCreated/published", the same in every
// pattern.
struct Alias {
  Name subject;  // the event type
  Name moment;   // committed, published, delivered, applied, acknowledged
};

// What the caller of a wait says: the step's name and its aliases. `aliases` is read during the
// call only.
struct Place {
  Name step;
  std::span<const Alias> aliases = {};
};

// One wait, complete. `occurrence` counts passes of the same step within one scope (a loop in an
// operation), from 1.
struct Address {
  Name actor;  // the process: "order.1"
  Scope scope;
  Name step;
  std::uint32_t occurrence = 1;
};

// The key of an address: identity, attempt, operation, step and occurrence by the hashes of their
// texts, and the step and occurrence of who asked. The actors are left out, so that adding an
// instance moves nobody's draws; who needs them adds them with `.with(...)`.
Key key_of(Key root, const Names& names, const Address& address);

// The key of who asked, of his actor too.
Key key_of(Key root, const Names& names, const Asker& asker);

// "orders#17"; a source without a number (0) prints bare: "early".
std::string to_text(const Names& names, const Identity& identity);
// "order.place/commit of orders#17", with ", attempt 2" where it is not the first, and
// ", asked by order.1/mark#2" in a server.
std::string to_text(const Names& names, const Address& address);
// "order.1/mark#2"; the first pass of a step has no number.
std::string to_text(const Names& names, const Asker& asker);

}  // namespace halfwrite::sim
