// What a system outside has durably: the answers it gave under idempotency keys, what it did and
// has not taken back, and the callbacks it still owes. It outlives every crash, whatever becomes of
// the process in front of it. Keys are of one operation: a charge and its refund may use the same
// one. No rule looks at who asked. Rules: Stripe's API v1, "Idempotent requests" (semantics of the
// first request's result) and "Create a refund" (a refund names its charge; of what was refunded
// entirely it is an error).
#pragma once

#include "models/external/protocol.hpp"
#include "models/external/settings.hpp"
#include "sim/address.hpp"
#include "sim/quiescence.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::external {

// A result that one of our services is still to be told.
struct OwedCallback {
  const Operation* operation = nullptr;  // of the settings
  sim::Scope scope;                      // on behalf of whom; its operation is the system's
  std::uint32_t copy = 1;
  sim::Instant due;
  sql::Parameters arguments;  // of the request, and `result`
  std::uint32_t sent = 0;     // how often it was tried
  sim::OpenThing open;        // no run is quiet while it is owed
};

class Ledger {
 public:
  explicit Ledger(const Settings& settings) : settings_(settings) {}

  // The answer given under this key, unless its retention is over.
  struct Known {
    sql::Parameters arguments;
    Reply::Kind result = Reply::Kind::applied;
    std::string text;
    sim::Instant at;
  };
  const Known* find(std::string_view operation, std::string_view key, sim::Instant now) const;
  void remember(std::string_view operation, std::string_view key, Known known);

  // Something took effect: what can be taken back stands from now on, and an inverse takes away one
  // of what it names, the earliest. Asked before: does an inverse find something? True for all
  // else.
  bool can_be_done(const Operation& operation, const sql::Parameters& arguments) const;
  void note_effect(const Operation& operation, const sql::Parameters& arguments);

  using CallbackId = std::uint64_t;
  CallbackId owe(OwedCallback callback);
  OwedCallback* find_callback(CallbackId id);
  void settle(CallbackId id) { callbacks_.erase(id); }
  // Those not settled, in the order they came to be owed.
  const std::map<CallbackId, OwedCallback>& callbacks() const { return callbacks_; }

 private:
  // An effect that its inverse has not taken back.
  struct Standing {
    const Operation* operation = nullptr;  // of the settings
    sql::Parameters arguments;
  };
  std::vector<Standing>::const_iterator find_standing(const Operation& inverse,
                                                      const sql::Parameters& arguments) const;

  const Settings& settings_;
  std::vector<Standing> standing_;                              // in the order of the effects
  std::map<std::pair<std::string, std::string>, Known> known_;  // by operation and key
  std::map<CallbackId, OwedCallback> callbacks_;
  CallbackId next_callback_ = 1;
};

}  // namespace halfwrite::external
