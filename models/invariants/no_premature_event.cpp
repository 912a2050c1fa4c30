// I2' (semantics.md, section H): no event that comes true is handed out before the transaction that
// owes it is visible.
#include "models/invariants/builtins.hpp"

#include <utility>

namespace halfwrite::invariants {
namespace {

class NoPrematureEvent : public LedgerInvariant {
 public:
  explicit NoPrematureEvent(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> premature;
    bool some_delivered = false;
    for (std::uint32_t index = 0; index < ledger().classes().size(); ++index) {
      const ClassReading reading(ledger(), index);
      if (!considers_event(reading.event_class().event)) continue;
      // What no surviving transaction owes is a phantom (I2), not early.
      if (!reading.is_owed()) continue;
      const Handling* const first = first_delivery(reading.event_class());
      if (first == nullptr) continue;
      some_delivered = true;
      // By the order of the facts, not by any clock (U11). One that was never visible was not yet.
      const std::optional<Moment> visible = reading.first_visible();
      if (visible && visible->number < first->delivered.number) continue;
      premature.push_back(early(reading, *first, visible));
    }
    return conclude(std::move(premature), some_delivered,
                    "no event of a surviving transaction was handed out");
  }

 private:
  const Handling* first_delivery(const EventClass& event_class) const {
    const Handling* first = nullptr;
    for (const std::uint32_t index : event_class.members) {
      for (const Handling& handling : ledger().record(index).handlings) {
        if (!considers_consumer(handling.consumer)) continue;
        if (first == nullptr || handling.delivered.number < first->delivered.number) {
          first = &handling;
        }
      }
    }
    return first;
  }

  Violation early(const ClassReading& reading, const Handling& handling,
                  const std::optional<Moment>& visible) const {
    Violation violation = violation_of(reading);
    violation.at = handling.delivered.at;
    violation.fact_number = handling.delivered.number;
    violation.consumer = text(handling.consumer);
    violation.sentence = title(reading.event_class()) + " reached " + violation.consumer;
    if (visible) {
      violation.sentence += " ";
      violation.sentence += sim::to_text(visible->at - handling.delivered.at);
      violation.sentence += " before its transaction was visible";
    } else {
      violation.sentence += " and its transaction never became visible";
    }
    return violation;
  }
};

}  // namespace

Builtin no_premature_event() {
  return {[](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
            return std::make_unique<NoPrematureEvent>(ingredients);
          },
          "early",
          {"no_premature_event",
           "Nobody is told before a read of the data would show it.",
           {{{"violated if",
              "an event that is owed was handed out before the first surviving transaction that "
              "owes it became visible to readers"},
             {"evidence", "the order of the facts, not of clocks"},
             {"does not see",
              "a consumer that asks a lagging copy of the database; an event that is owed by "
              "nobody: that is `no_phantom_event`"},
             {"mend it by",
              "publishing after the commit: `database_first`, or an `outbox`. A connector may be "
              "early by the moment between flushed and visible"}}}}};
}

}  // namespace halfwrite::invariants
