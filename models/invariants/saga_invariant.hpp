// The common part of the invariants about sagas: which sagas are asked about, and how a sentence
// about one becomes a violation.
#pragma once

#include "models/invariants/ledger_invariant.hpp"
#include "models/invariants/saga_reading.hpp"

#include <string>
#include <vector>

namespace halfwrite::invariants {

class SagaInvariant : public LedgerInvariant {
 protected:
  explicit SagaInvariant(const Ingredients& ingredients)
      : LedgerInvariant(ingredients), contract_(ingredients.contract) {}

  // Sagas that were begun and are asked about, in order of first mention.
  std::vector<SagaReading> sagas() const;
  // Became so at this moment, or (not happened) is judged at the end.
  Violation violation_of(const SagaReading& saga, Moment moment, std::string sentence) const;

 private:
  contract::Contract contract_;
};

// "2 times", "twice" for people: once, twice, 3 times.
std::string times(std::size_t count);

}  // namespace halfwrite::invariants
