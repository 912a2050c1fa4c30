#include "models/invariants/saga_invariant.hpp"

#include <utility>

namespace halfwrite::invariants {

std::vector<SagaReading> SagaInvariant::sagas() const {
  std::vector<SagaReading> found;
  for (const SagaRecord& record : ledger().sagas()) {
    const std::string type = text(record.type);
    if (!options().saga.empty() && options().saga != type) continue;
    const contract::Saga* definition = nullptr;
    for (const contract::Saga& known : contract_.sagas) {
      if (known.name == type) definition = &known;
    }
    const SagaReading reading(ledger(), record, definition, contract_, names());
    if (reading.was_begun()) found.push_back(reading);
  }
  return found;
}

Violation SagaInvariant::violation_of(const SagaReading& saga, Moment moment,
                                      std::string sentence) const {
  Violation violation;
  violation.subject = saga.subject();
  violation.intent = saga.record().saga;
  violation.sentence = std::move(sentence);
  violation.at = moment.happened() ? moment.at : ledger().last_instant();
  violation.fact_number = moment.number;
  return violation;
}

std::string times(std::size_t count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : std::to_string(count) + " times";
}

}  // namespace halfwrite::invariants
