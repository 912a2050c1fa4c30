// I2 (semantics.md, section H): no event is in a broker, handed out or applied that no surviving
// transaction owes.
#include "models/invariants/builtins.hpp"

#include <utility>

namespace halfwrite::invariants {
namespace {

class NoPhantomEvent : public LedgerInvariant {
 public:
  explicit NoPhantomEvent(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  Verdict judge(Instant at_end) override {
    std::vector<Violation> phantoms;
    bool some_sent = false;
    for (std::uint32_t index = 0; index < ledger().classes().size(); ++index) {
      const ClassReading reading(ledger(), index);
      if (!considers_event(reading.event_class().event)) continue;
      const std::optional<Moment> seen = first_seen(reading);
      if (!seen) continue;
      some_sent = true;
      // Owed by a later attempt's transaction it is not invented but premature (I2').
      if (reading.is_owed()) continue;
      phantoms.push_back(phantom(reading, *seen, at_end));
    }
    return conclude(std::move(phantoms), some_sent, "no event was published or handed out");
  }

 private:
  // Pub, Del or App. A record the broker lost before anybody read it is none of them (H, Pub); one
  // that was read stays (U3).
  std::optional<Moment> first_seen(const ClassReading& reading) const {
    std::optional<Moment> seen;
    if (considers_all_consumers()) seen = reading.first_published();
    for (const std::uint32_t index : reading.event_class().members) {
      for (const Handling& handling : ledger().record(index).handlings) {
        if (!considers_consumer(handling.consumer)) continue;
        if (!seen || handling.delivered.number < seen->number) seen = handling.delivered;
      }
    }
    return seen;
  }

  Violation phantom(const ClassReading& reading, Moment seen, Instant at_end) const {
    Violation violation = violation_of(reading);
    const std::string sent = title(reading.event_class()) + " was sent, ";
    bool some_emission = false;
    bool some_undecided = false;
    bool some_lost = false;
    bool all_by_config = true;
    Moment decided = seen;
    for (const std::uint32_t index : reading.event_class().members) {
      for (const Emission& emission : ledger().record(index).emissions) {
        const Transaction& owing = ledger().transaction(emission.transaction);
        some_emission = true;
        some_undecided = some_undecided || (!owing.aborted.happened() && !owing.lost.happened());
        some_lost = some_lost || owing.lost.happened();
        all_by_config = all_by_config && owing.lost.happened() && owing.lost_by_config;
        const Moment fate = owing.lost.happened() ? owing.lost : owing.aborted;
        if (fate.number > decided.number) decided = fate;
      }
    }
    violation.allowed_by_config = some_emission && all_by_config;
    // While a transaction is undecided it may still make the event true (H, I2): then the end
    // judges.
    violation.at = some_undecided ? at_end : decided.at;
    violation.fact_number = some_undecided ? 0 : decided.number;
    if (!some_emission) {
      violation.sentence = sent + "and no transaction ever owed it";
    } else if (some_lost) {
      violation.sentence = sent + "and the commit that owed it was lost";
    } else if (some_undecided) {
      violation.sentence = sent + "and the transaction that owed it never committed";
    } else {
      violation.sentence = sent + "and the transaction that owed it was rolled back";
    }
    return violation;
  }
};

}  // namespace

Builtin no_phantom_event() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoPhantomEvent>(ingredients);
      },
      "phantom",
      {"no_phantom_event",
       "Nobody is told of what never happened.",
       {{{"violated if",
          "a record of an event survives in a broker, or was handed out or applied, and no "
          "surviving transaction owes it"},
         {"evidence",
          "the records of the broker, what consumers were handed, and which transactions survive "
          "when the run is over"},
         {"does not see",
          "an event that is true but too early: that is `no_premature_event`. A record the broker "
          "lost before anybody read it is none"},
         {"mend it by",
          "writing the event in the same transaction as the data (`outbox`), never before it"}}}}};
}

}  // namespace halfwrite::invariants
