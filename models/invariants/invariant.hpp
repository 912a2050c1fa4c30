// Invariants: predicates over the fact stream and the contract (semantics.md, section H). Each
// folds facts as they come and judges at quiescence. None knows which pattern, scenario or fault
// plan made the history; none infers a fate from a reply. Adding one is one new file and one line
// in the table of registry.cpp.
#pragma once

#include "models/contract/contract.hpp"
#include "models/history/facts.hpp"
#include "models/history/recorder.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::invariants {

enum class Outcome : std::uint8_t { holds, violated, vacuous };
const char* to_text(Outcome outcome);

// One thing that is wrong: which record, since when, and the sentence that says so.
struct Violation {
  std::string subject;   // "order-9": the key, request or row a person knows it by
  std::string event_id;  // the event, where there is one
  std::string event;     // its type
  history::Identity intent;
  std::string stage;     // no_lost_event: publish, delivery, effect
  std::string sentence;  // "OrderCreated of order-9 was never published"
  history::Instant at;   // when it became so, or when it was judged
  std::uint64_t fact_number =
      0;  // the last fact of the smallest prefix that violates it; 0: judged at the end
};

struct Verdict {
  std::string invariant;
  Outcome outcome = Outcome::holds;
  std::vector<Violation> violations;  // all of them, in order of the facts
  bool allowed_by_config = false;  // the configuration openly allows this loss; it stays violated
  std::uint64_t parked = 0;        // messages parked that would otherwise be lost
  std::string vacuous_because;     // the premise that never arose
};

// What a scenario asks of one invariant (language.md, invariant).
struct Options {
  std::string name;
  std::vector<std::string> events;     // empty: all
  std::vector<std::string> consumers;  // empty: all
  bool parked_fails = true;
};

class Invariant {
 public:
  virtual ~Invariant() = default;
  // Facts in order, once each.
  virtual void on_fact(const history::Fact& fact) = 0;
  // Called once, after the last fact, at quiescence or when the run is stuck.
  virtual Verdict judge(history::Instant at_end) = 0;
};

// The built-in of this name over this contract, or nothing when there is none. `names` outlives the
// invariant.
std::unique_ptr<Invariant> make(const Options& options, const contract::Contract& contract,
                                sim::Names& names);
// All built-in names, sorted, for error messages and `explain`.
std::vector<std::string> builtin_names();

// Figures measured over the fact stream: publish_delay_p50, publish_delay_p99, statements per
// operation, ... All integers.
struct Figures {
  std::uint64_t requests = 0;
  std::uint64_t requests_ok = 0;
  std::uint64_t statements = 0;       // all data statements, of services, relays and connectors
  std::uint64_t events_owed = 0;      // of surviving transactions
  std::uint64_t events_lost = 0;      // of those, never published
  std::uint64_t events_invented = 0;  // published, owed by nobody
  std::uint64_t repeats = 0;          // publications of one event beyond the first
  std::vector<std::int64_t>
      publish_delays_nanoseconds;  // commit visible to appended, per owed event; negative: before
};

}  // namespace halfwrite::invariants
