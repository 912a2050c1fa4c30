// I4 (semantics.md, section H): for one key, a consumer's first effects come in the order in which
// the transactions that owe the events were committed.
#include "models/invariants/builtins.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace halfwrite::invariants {
namespace {

// An event's place in commit order and its first effect at one consumer.
struct Step {
  std::uint64_t position = 0;
  std::uint32_t ordinal = 1;
  std::uint32_t event_class = 0;
  std::uint32_t record = 0;
  Moment effect;
  std::pair<std::uint64_t, std::uint32_t> sequence() const { return {position, ordinal}; }
};

class EventsInOrderPerKey : public LedgerInvariant {
 public:
  explicit EventsInOrderPerKey(const Ingredients& ingredients) : LedgerInvariant(ingredients) {}

  Verdict judge(Instant) override {
    collect();
    std::vector<Violation> reordered;
    bool some_pair = false;
    for (auto& [line, steps] : lines_) {
      merge_first_effects(steps);
      some_pair = some_pair || steps.size() > 1;
      find_reordered(std::get<0>(line), steps, reordered);
    }
    return conclude(std::move(reordered), some_pair, "no consumer acted on two events of one key");
  }

 private:
  // U8: order exists among the transactions of one aggregate: one key in one database. Two
  // databases have no common log, two keys no common row.
  using Line = std::tuple<Name, Name, std::string>;  // consumer, database, key
  struct ByFirstSeen {
    bool operator()(const Line& a, const Line& b) const {
      return std::make_tuple(std::get<0>(a).index(), std::get<1>(a).index(), std::get<2>(a)) <
             std::make_tuple(std::get<0>(b).index(), std::get<1>(b).index(), std::get<2>(b));
    }
  };

  void collect() {
    for (std::uint32_t index = 0; index < ledger().classes().size(); ++index) {
      const ClassReading reading(ledger(), index);
      const EventClass& event_class = reading.event_class();
      // What nobody owes has no place in commit order: it is a phantom, not late.
      if (!considers_event(event_class.event) || !reading.is_owed()) continue;
      for (const Name consumer : consumers_reached(event_class)) {
        // Only surviving changes of state: an effect that skips a stale event by its version is no
        // reorder (I4, U6).
        for (const Effect& effect : reading.effects(consumer)) {
          const Emission& owing = owing_emission(event_class, effect.record);
          const Transaction& source = ledger().transaction(owing.transaction);
          lines_[{consumer, source.database, event_class.key}].push_back(
              {source.position, owing.ordinal, index, effect.record, effect.moment});
        }
      }
    }
  }

  // The event's own surviving emission; where only another attempt's survived, the earliest of the
  // class, whose content it carries.
  const Emission& owing_emission(const EventClass& event_class, std::uint32_t record) const {
    const Emission* found = nullptr;
    for (const std::uint32_t index : event_class.members) {
      for (const Emission& emission : ledger().record(index).emissions) {
        const Transaction& transaction = ledger().transaction(emission.transaction);
        if (!transaction.survives()) continue;
        if (index == record) return emission;
        if (found == nullptr ||
            transaction.position < ledger().transaction(found->transaction).position) {
          found = &emission;
        }
      }
    }
    HALFWRITE_ASSERT(found != nullptr, "a class that is owed has a surviving emission");
    return *found;
  }

  // Sorts by commit order and leaves the first effect of each place.
  static void merge_first_effects(std::vector<Step>& steps) {
    std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
      return std::make_tuple(a.position, a.ordinal, a.effect.number) <
             std::make_tuple(b.position, b.ordinal, b.effect.number);
    });
    steps.erase(
        std::unique(steps.begin(), steps.end(),
                    [](const Step& a, const Step& b) { return a.sequence() == b.sequence(); }),
        steps.end());
  }

  void find_reordered(Name consumer, const std::vector<Step>& steps,
                      std::vector<Violation>& reordered) const {
    const Step* earliest_later = nullptr;  // of the events behind in commit order
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      if (earliest_later != nullptr && earliest_later->effect.number < step->effect.number) {
        reordered.push_back(overtaken(consumer, *step, *earliest_later));
      }
      if (earliest_later == nullptr || step->effect.number < earliest_later->effect.number) {
        earliest_later = &*step;
      }
    }
  }

  Violation overtaken(Name consumer, const Step& late, const Step& early) const {
    const ClassReading reading(ledger(), late.event_class);
    Violation violation = violation_of(reading);
    violation.event_id = ledger().record(late.record).event_id;
    violation.other_event_id = ledger().record(early.record).event_id;
    violation.at = late.effect.at;
    violation.fact_number = late.effect.number;
    violation.consumer = text(consumer);
    violation.sentence = title(reading.event_class()) + " took effect in " + violation.consumer +
                         " after " + text(ledger().classes()[early.event_class].event) +
                         ", which was committed later";
    return violation;
  }

  std::map<Line, std::vector<Step>, ByFirstSeen> lines_;
};

}  // namespace

Builtin events_in_order_per_key() {
  return {[](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
            return std::make_unique<EventsInOrderPerKey>(ingredients);
          },
          "order",
          {"events_in_order_per_key",
           "At one consumer the events of one key take effect in the order in which they were "
           "committed.",
           {{{"violated if",
              "the first effect of an event comes after the first effect of an event of the same "
              "key that was committed later"},
             {"evidence",
              "the position of each commit in the log of its database, then the place of the "
              "`emit` in its transaction; ids and sequence numbers play no part"},
             {"does not see",
              "two keys or two databases: they have no order. A repeated old event that overwrites "
              "newer state shows as `no_duplicate_effect`"},
             {"mend it by",
              "one relay at a time, retries that hold back what follows, one partition a key"}}}}};
}

}  // namespace halfwrite::invariants
