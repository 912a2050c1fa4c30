#include "models/invariants/ledger_invariant.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {

LedgerInvariant::LedgerInvariant(const Ingredients& ingredients)
    : options_(ingredients.options), names_(ingredients.names), ledger_(ingredients.ledger) {
  for (const std::string& event : options_.events) {
    events_.push_back(ingredients.names.of(event));
  }
  for (const std::string& consumer : options_.consumers) {
    consumers_.push_back(ingredients.names.of(consumer));
  }
  for (const contract::Obligation& obligation : ingredients.contract.obligations) {
    const Name event = ingredients.names.of(obligation.event);
    const Name consumer = ingredients.names.of(obligation.consumer);
    obligations_.push_back({event, consumer, obligation.from_the_start});
  }
}

bool LedgerInvariant::considers_event(Name event) const {
  return events_.empty() || std::find(events_.begin(), events_.end(), event) != events_.end();
}

bool LedgerInvariant::considers_consumer(Name consumer) const {
  return consumers_.empty() ||
         std::find(consumers_.begin(), consumers_.end(), consumer) != consumers_.end();
}

bool LedgerInvariant::has_consumers(Name event) const {
  return std::any_of(obligations_.begin(), obligations_.end(),
                     [event](const Owing& owing) { return owing.event == event; });
}

std::vector<LedgerInvariant::Owing> LedgerInvariant::obligations_for(Name event) const {
  std::vector<Owing> found;
  for (const Owing& owing : obligations_) {
    if (owing.event == event && considers_consumer(owing.consumer)) found.push_back(owing);
  }
  return found;
}

std::vector<Name> LedgerInvariant::consumers_reached(const EventClass& event_class) const {
  std::vector<std::pair<std::uint64_t, Name>> reached;
  for (const std::uint32_t index : event_class.members) {
    for (const Handling& handling : ledger_->record(index).handlings) {
      if (considers_consumer(handling.consumer)) {
        reached.emplace_back(handling.delivered.number, handling.consumer);
      }
    }
  }
  std::sort(reached.begin(), reached.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Name> consumers;
  for (const auto& [number, consumer] : reached) {
    if (std::find(consumers.begin(), consumers.end(), consumer) == consumers.end()) {
      consumers.push_back(consumer);
    }
  }
  return consumers;
}

std::string LedgerInvariant::title(const EventClass& event_class) const {
  return text(event_class.event) + " of " + event_class.key;
}

Violation LedgerInvariant::violation_of(const ClassReading& reading) const {
  Violation violation;
  violation.subject = reading.event_class().key;
  violation.event_id = reading.first_event_id();
  violation.event = text(reading.event_class().event);
  violation.intent = reading.event_class().intent;
  return violation;
}

Verdict LedgerInvariant::conclude(std::vector<Violation> violations, bool premise_arose,
                                  std::string vacuous_because) const {
  Verdict verdict;
  verdict.invariant = options_.name;
  std::stable_sort(violations.begin(), violations.end(),
                   [](const Violation& a, const Violation& b) {
                     // 0, judged at the end, becomes the largest number.
                     return a.fact_number - 1 < b.fact_number - 1;
                   });
  if (!violations.empty()) {
    verdict.outcome = Outcome::violated;
    verdict.allowed_by_config =
        std::all_of(violations.begin(), violations.end(),
                    [](const Violation& violation) { return violation.allowed_by_config; });
  } else if (!premise_arose) {
    verdict.outcome = Outcome::vacuous;
    verdict.vacuous_because = std::move(vacuous_because);
  }
  verdict.violations = std::move(violations);
  return verdict;
}

}  // namespace halfwrite::invariants
