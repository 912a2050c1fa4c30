// Invariants: predicates over the fact stream and the contract (semantics.md, section H). Each
// folds facts as they come and judges at quiescence. None knows which pattern, scenario or fault
// plan made the history; none infers a fate from a reply. Adding one is one new file and one line
// in the table of registry.cpp.
#pragma once

#include "models/contract/contract.hpp"
#include "models/history/facts.hpp"
#include "models/history/recorder.hpp"
#include "models/invariants/figures.hpp"
#include "sim/explanation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::invariants {

enum class Outcome : std::uint8_t { holds, violated, vacuous };
const char* to_text(Outcome outcome);

// One thing that is wrong: which record, since when, and the sentence that says so.
struct Violation {
  std::string subject;  // "order-9": the key, request or row a person knows it by
  std::vector<std::string> other_subjects;  // of an author's row: its further texts
  std::string event_id;                     // the event, where there is one
  std::string other_event_id;               // the one that overtook it, where that is what happened
  std::string event;                        // its type
  history::Identity intent;
  std::string stage;     // no_lost_event: publish, delivery, effect; parked where the consumer
                         // gave it up
  std::string sentence;  // "OrderCreated of order-9 was never published"
  history::Instant at;   // when it became so, or when it was judged
  std::uint64_t fact_number =
      0;  // the last fact of the smallest prefix that violates it; 0: judged at the end
  bool allowed_by_config = false;  // the configuration openly allows this one
  std::string consumer;            // the group that suffers, where it is one
};

struct Verdict {
  std::string invariant;
  Outcome outcome = Outcome::holds;
  std::vector<Violation> violations;  // all of them, in order of the facts; those judged at the end
                                      // come last, in order of their events
  bool allowed_by_config =
      false;                    // the configuration openly allows all of these; they stay violated
  std::uint64_t parked = 0;     // messages parked that would otherwise be lost
  std::string vacuous_because;  // the premise that never arose
};

// What a scenario asks of one invariant (language.md, invariant).
struct Options {
  std::string name;
  std::vector<std::string> events;     // empty: all
  std::vector<std::string> consumers;  // empty: all
  bool parked_fails = true;
  std::string saga = {};      // only this one; empty: all
  std::string external = {};  // charged_once: "card_network.charge"
  std::string per = {};       // charged_once: the argument that names the unit; empty: the request
  // compensation_order: what has to come first, however the saga is set; empty: as it is set.
  std::optional<contract::CompensationOrder> order = {};
};

class Invariant {
 public:
  virtual ~Invariant() = default;
  // Facts in order, once each.
  virtual void on_fact(const history::Fact& fact) = 0;
  // Called once, after the last fact, at quiescence or when the run is stuck.
  virtual Verdict judge(history::Instant at_end) = 0;
};

// The reading of the facts that invariants share (ledger.hpp).
class Ledger;

// The built-in of this name over this contract, or nothing when there is none. `names` outlives the
// invariant. Invariants given the same ledger read the stream once between them; each is still
// handed every fact. Without one it keeps its own.
std::unique_ptr<Invariant> make(const Options& options, const contract::Contract& contract,
                                sim::Names& names, std::shared_ptr<Ledger> ledger = nullptr);
// All built-in names, sorted, for error messages and `explain`.
std::vector<std::string> builtin_names();
// What each says, what counts, what it does not see, and what mends it, in the order of the table.
std::vector<sim::Explanation> builtin_explanations();
// A built-in's short name as a column of a comparison ("lost"), else the name itself.
std::string column_of(std::string_view name);

}  // namespace halfwrite::invariants
