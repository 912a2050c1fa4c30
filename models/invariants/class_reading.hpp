// Questions about one class of events, answered from the ledger: who owes it, was it published,
// handed out, and with what effect. The clauses of semantics.md, section H, are written once here,
// each with the rule it follows, and the invariants are sentences over them. It owns nothing.
#pragma once

#include "models/invariants/ledger.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace halfwrite::invariants {

// A surviving change of state by a consumer on account of an event.
struct Effect {
  std::uint32_t record = 0;
  std::uint32_t transaction = 0;
  Moment moment;  // its commit: before that nothing has happened
};

class ClassReading {
 public:
  ClassReading(const Ledger& ledger, std::uint32_t event_class)
      : ledger_(ledger), class_(ledger.classes()[event_class]) {}

  const EventClass& event_class() const { return class_; }
  const std::string& first_event_id() const;

  // Does a surviving transaction owe a member (U1, U3)?
  bool is_owed() const;
  // The first moment at which a surviving transaction that owes it became visible; nothing when
  // none ever was.
  std::optional<Moment> first_visible() const;
  // How many members one surviving transaction owes at most: so many effects are meant.
  std::uint64_t owed_at_once() const;

  bool has_surviving_publication() const;
  bool was_appended() const;
  // Was every record of it lost as the configuration allows?
  bool lost_by_config() const;
  std::optional<Moment> first_published() const;  // of those that survive

  bool was_delivered(Name consumer) const;
  // In order of the facts; a handler that ran several transactions acted once, unless it began anew
  // after a commit whose outcome it did not know.
  std::vector<Effect> effects(Name consumer) const;
  // Handled and acknowledged with a recorded refusal or without a change (I1, U6).
  bool was_handled_without_change(Name consumer) const;
  // Was an effect there, and lost with its database as the configuration allows?
  bool effect_lost_by_config(Name consumer) const;
  const Parking* parking(Name consumer) const;
  // A consumer that joins at the end of a topic owes what comes after its first position.
  bool lies_after_start_of(Name consumer) const;

 private:
  const EventRecord& member(std::uint32_t index) const { return ledger_.record(index); }

  const Ledger& ledger_;
  const EventClass& class_;
};

}  // namespace halfwrite::invariants
