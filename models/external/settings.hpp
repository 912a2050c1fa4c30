// What a scenario says about a system outside: what can be asked of it, what it declines, whether
// it knows idempotency keys, what it reports later. Values only, immutable, shared by all runs.
#pragma once

#include "models/database/sql/statement.hpp"
#include "sim/draw.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::external {

// A second request with a key whose first one is still being worked on.
enum class Concurrent : std::uint8_t {
  conflict,  // is told so, and nothing is done for it (Stripe: 409)
  wait,      // waits, and gets the answer of the first
};

struct Idempotency {
  sim::Duration retention = sim::Duration::seconds(24 * 3600);  // then the key is new again
  Concurrent concurrent = Concurrent::conflict;
};

// A sure no, without effect. Without a condition and without a chance it always declines.
struct Declines {
  std::string with;                                 // the name of the failure
  std::shared_ptr<const sql::Statement> condition;  // over the arguments; null: none
  std::optional<sim::Ratio> probability;
};

// "Pending" is the answer, and the result comes later as a request to one of our services.
struct Callback {
  std::string run;  // "payment.charged"
  sim::DurationRange delay{sim::Duration::seconds(1), sim::Duration::seconds(5)};
  std::uint32_t times = 1;  // how often the same callback comes, each after a delay of its own
};

struct Operation {
  std::string name;
  std::string inverse;  // the operation that takes it back; empty: none
  std::string per;      // the argument by which the inverse names it; empty: all that both have
  bool irreversible = false;
  std::optional<sim::DurationRange> time;  // from request to effect; empty: the system's
  std::optional<Declines> declines;
  std::optional<Callback> callback;
};

struct Settings {
  std::string name;
  std::vector<Operation> operations;  // in the order of the file
  std::optional<Idempotency> idempotency;
  sim::DurationRange time{sim::Duration::milliseconds(20), sim::Duration::milliseconds(200)};

  const Operation* find(std::string_view operation) const {
    for (const Operation& candidate : operations)
      if (candidate.name == operation) return &candidate;
    return nullptr;
  }
  // Does it take another one back?
  bool is_inverse(const Operation& operation) const {
    for (const Operation& candidate : operations)
      if (candidate.inverse == operation.name) return true;
    return false;
  }
};

}  // namespace halfwrite::external
