// The common part of the built-ins: they share one reading of the facts, the filters of their
// options and how a verdict is drawn up. Judging is all that is left to each.
#pragma once

#include "models/invariants/class_reading.hpp"
#include "models/invariants/invariant.hpp"
#include "models/invariants/ledger.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::invariants {

// What every built-in is made from.
struct Ingredients {
  const Options& options;
  const contract::Contract& contract;
  sim::Names& names;
  std::shared_ptr<Ledger> ledger;
};

class LedgerInvariant : public Invariant {
 public:
  void on_fact(const history::Fact& fact) override { ledger_->on_fact(fact); }

 protected:
  struct Owing {
    Name event;
    Name consumer;
    bool from_the_start = true;
  };

  explicit LedgerInvariant(const Ingredients& ingredients);

  const Ledger& ledger() const { return *ledger_; }
  const Options& options() const { return options_; }
  const sim::Names& names() const { return names_; }
  std::string text(Name name) const { return std::string(names_.text(name)); }

  bool considers_event(Name event) const;
  bool considers_consumer(Name consumer) const;
  bool considers_all_consumers() const { return consumers_.empty(); }
  // Does the contract name any consumer of this event?
  bool has_consumers(Name event) const;
  // Obligations for this event that the options ask about, in the order of the contract.
  std::vector<Owing> obligations_for(Name event) const;
  // The consumers the options ask about that had a hand-out of a member, in order of the first one.
  std::vector<Name> consumers_reached(const EventClass& event_class) const;

  // "OrderCreated of order-9"
  std::string title(const EventClass& event_class) const;
  Violation violation_of(const ClassReading& reading) const;
  // Violated if there is a violation; else it holds if its premise arose.
  Verdict conclude(std::vector<Violation> violations, bool premise_arose,
                   std::string vacuous_because) const;

 private:
  Options options_;
  const sim::Names& names_;
  std::shared_ptr<Ledger> ledger_;
  std::vector<Name> events_;     // empty: all
  std::vector<Name> consumers_;  // empty: all
  std::vector<Owing> obligations_;
};

}  // namespace halfwrite::invariants
