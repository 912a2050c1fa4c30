// I1 (semantics.md, section H): at quiescence, every event that a surviving transaction owes has
// had its effect at every consumer that owes one.
#include "models/invariants/builtins.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

class NoLostEvent : public LedgerInvariant {
 public:
  explicit NoLostEvent(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  // U4: judged once, at the end; what is still in flight before that is not lost.
  Verdict judge(Instant at_end) override {
    std::vector<Violation> lost;
    std::uint64_t parked = 0;
    bool some_owed = false;
    for (std::uint32_t index = 0; index < ledger().classes().size(); ++index) {
      const ClassReading reading(ledger(), index);
      if (!considers_event(reading.event_class().event)) continue;
      // U3: a commit that was lost owes no event (it is I0), whoever was told it was there (U1).
      if (!reading.is_owed()) continue;
      some_owed = judge_class(reading, at_end, lost, parked) || some_owed;
    }
    Verdict verdict =
        conclude(std::move(lost), some_owed, "no surviving transaction owed an event to anyone");
    verdict.parked = parked;
    return verdict;
  }

 private:
  // Returns whether anybody is owed this class.
  bool judge_class(const ClassReading& reading, Instant at_end, std::vector<Violation>& lost,
                   std::uint64_t& parked) const {
    const Name event = reading.event_class().event;
    if (!has_consumers(event)) {
      // Nobody listens: it is owed to its topic all the same.
      if (!considers_all_consumers()) return false;
      if (!reading.has_surviving_publication()) {
        lost.push_back(never_published(reading, at_end));
      }
      return true;
    }
    bool some_owed = false;
    bool told_unpublished = false;
    std::vector<Name> seen;
    for (const Owing& owing : obligations_for(event)) {
      // Two subscriptions of one group are one reader of the topic.
      if (std::find(seen.begin(), seen.end(), owing.consumer) != seen.end()) continue;
      seen.push_back(owing.consumer);
      // "g owes e from its subscription, or from its reset position, on."
      if (!owing.from_the_start && !reading.lies_after_start_of(owing.consumer)) continue;
      some_owed = true;
      if (is_served(reading, owing.consumer)) continue;
      // U5: parked is a verdict of its own; the scenario says whether it fails.
      if (const Parking* parking = reading.parking(owing.consumer)) {
        ++parked;
        if (options().parked_fails) lost.push_back(given_up(reading, owing.consumer, *parking));
        continue;
      }
      Violation violation = loss(reading, owing.consumer, at_end);
      // What was never published is one loss, however many consumers wait for it.
      if (violation.stage == "publish" && std::exchange(told_unpublished, true)) continue;
      lost.push_back(std::move(violation));
    }
    return some_owed;
  }

  bool is_served(const ClassReading& reading, Name consumer) const {
    // Any member of the class serves: a client's retry may have published another one. U6: handled
    // without a change is handled.
    return !reading.effects(consumer).empty() || reading.was_handled_without_change(consumer);
  }

  Violation loss(const ClassReading& reading, Name consumer, Instant at_end) const {
    if (reading.was_delivered(consumer)) return without_effect(reading, consumer, at_end);
    if (reading.has_surviving_publication()) return never_delivered(reading, consumer, at_end);
    return never_published(reading, at_end);
  }

  Violation never_published(const ClassReading& reading, Instant at_end) const {
    Violation violation = violation_of(reading);
    violation.stage = "publish";
    violation.at = at_end;
    violation.allowed_by_config = reading.lost_by_config();
    violation.sentence =
        title(reading.event_class()) +
        (reading.was_appended() ? " was published and lost by the broker" : " was never published");
    return violation;
  }

  Violation never_delivered(const ClassReading& reading, Name consumer, Instant at_end) const {
    Violation violation = violation_of(reading);
    violation.stage = "delivery";
    violation.at = at_end;
    violation.consumer = text(consumer);
    violation.sentence = title(reading.event_class()) + " was never handed to " + text(consumer);
    return violation;
  }

  Violation without_effect(const ClassReading& reading, Name consumer, Instant at_end) const {
    Violation violation = violation_of(reading);
    violation.stage = "effect";
    violation.at = at_end;
    violation.consumer = text(consumer);
    violation.allowed_by_config = reading.effect_lost_by_config(consumer);
    violation.sentence = title(reading.event_class()) + " was handed to " + text(consumer) +
                         " and had no effect there";
    return violation;
  }

  Violation given_up(const ClassReading& reading, Name consumer, const Parking& parking) const {
    Violation violation = violation_of(reading);
    violation.stage = "parked";
    violation.at = parking.moment.at;
    violation.fact_number = parking.moment.number;
    violation.consumer = text(consumer);
    violation.sentence = title(reading.event_class()) + " was parked by " + text(consumer) +
                         (parking.reason.empty() ? "" : ": " + parking.reason);
    return violation;
  }
};

}  // namespace

Builtin no_lost_event() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoLostEvent>(ingredients);
      },
      "lost",
      {"no_lost_event",
       "Every event that a surviving transaction owes has its effect at every consumer that owes "
       "one.",
       {{{"violated if",
          "when everything is at rest, a surviving transaction emitted an event, a consumer owes "
          "an effect for it, and no member of its class had one there. An event without a consumer "
          "must have been published"},
         {"evidence",
          "commits that survive in the log of their database, and effects that survive in the "
          "consumer's. An answer to a client, or a handler that took the event for a repeat, "
          "proves nothing"},
         {"does not see",
          "an effect with the wrong content; an event that no transaction declared with `emit`"},
         {"mend it by",
          "`outbox` in place of a dual write; `acknowledge` after the effect; `publishing` that "
          "does not live in memory alone"},
         {"settings",
          "`events` and `consumers` narrow it; \"parked\": \"allowed\" takes dead letters out"}}}}};
}

}  // namespace halfwrite::invariants
