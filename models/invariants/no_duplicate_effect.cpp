// I3 (semantics.md, section H): no consumer changes its state twice on account of one event of one
// intent. Being handed the event twice is never a violation by itself.
#include "models/invariants/builtins.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

class NoDuplicateEffect : public LedgerInvariant {
 public:
  explicit NoDuplicateEffect(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> duplicates;
    bool some_effect = false;
    for (std::uint32_t index = 0; index < ledger().classes().size(); ++index) {
      const ClassReading reading(ledger(), index);
      if (!considers_event(reading.event_class().event)) continue;
      for (const Name consumer : consumers_reached(reading.event_class())) {
        // U2: per intent, so two surviving transactions of a client's retry are one class and their
        // two effects are a repeat. U6, U7: only surviving transactions that changed rows; an
        // upsert that writes what is there changes none.
        const std::vector<Effect> effects = reading.effects(consumer);
        some_effect = some_effect || !effects.empty();
        const std::uint64_t meant = effects_meant(reading, consumer);
        if (effects.size() > meant) {
          duplicates.push_back(repeated(reading, consumer, effects, meant));
        }
      }
    }
    return conclude(std::move(duplicates), some_effect, "no event had an effect at a consumer");
  }

 private:
  // One transaction that owes the same content twice means two effects, and so does a group with
  // two subscriptions to the event.
  std::uint64_t effects_meant(const ClassReading& reading, Name consumer) const {
    std::uint64_t subscriptions = 0;
    for (const Owing& owing : obligations_for(reading.event_class().event)) {
      if (owing.consumer == consumer) ++subscriptions;
    }
    return std::max<std::uint64_t>(1, reading.owed_at_once()) *
           std::max<std::uint64_t>(1, subscriptions);
  }

  Violation repeated(const ClassReading& reading, Name consumer, const std::vector<Effect>& effects,
                     std::uint64_t meant) const {
    Violation violation = violation_of(reading);
    // The commit of the first effect too many is what violates.
    const Effect& excess = effects[static_cast<std::size_t>(meant)];
    violation.event_id = ledger().record(excess.record).event_id;
    violation.at = excess.moment.at;
    violation.fact_number = excess.moment.number;
    violation.consumer = text(consumer);
    violation.sentence = title(reading.event_class()) + " changed the state of " +
                         violation.consumer + " " + std::to_string(effects.size()) + " times";
    if (meant > 1) violation.sentence += ", meant were " + std::to_string(meant);
    return violation;
  }
};

}  // namespace

Builtin no_duplicate_effect() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoDuplicateEffect>(ingredients);
      },
      "doubled",
      {"no_duplicate_effect",
       "One event has one effect at each consumer.",
       {{{"violated if",
          "a consumer has more surviving effects for one class of events than were meant: one, or "
          "as many as one transaction emitted alike"},
         {"evidence",
          "rows that surviving transactions of the consumer changed on account of the event; two "
          "transactions of one client's retry are one event"},
         {"does not see",
          "a repeated delivery without an effect, and writing again what is already there: neither "
          "is wrong"},
         {"mend it by",
          "an `inbox` in the transaction of the effect, or statements that may be repeated"}}}}};
}

}  // namespace halfwrite::invariants
