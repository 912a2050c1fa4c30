// What became of one saga at the end of a run, step by step: done, taken back, refused, in which
// order. A story prints it where others print the lineage of an event. Read from the facts of a run
// that was kept; it judges nothing.
#pragma once

#include "models/contract/contract.hpp"
#include "models/history/facts.hpp"
#include "models/invariants/invariant.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::invariants {

struct StepFate {
  enum class Action : std::uint8_t { not_asked, no_answer, done, no_change, refused, failed };
  std::string step;
  Action action = Action::not_asked;
  std::uint64_t times = 0;       // that it changed something, in rows or outside
  std::uint64_t taken_back = 0;  // that its compensation did
  bool found_nothing = false;    // its compensation came and changed nothing
  bool undone_first = false;     // its compensation came before it
};
// "done, taken back", "done after it was taken back", "refused".
std::string to_text(const StepFate& fate);

struct SagaFate {
  std::string title;            // "saga place_order of order-1"
  std::vector<StepFate> steps;  // in the order of the contract
  std::string decided;          // "to go through", "to go back"; empty: nobody decided for good
  std::string ended;            // "completed", "compensated", "parked"; empty: it did not end
};

// Of the saga that the violation's intent began; nothing where it began none.
std::optional<SagaFate> saga_fate_of(const std::vector<history::Fact>& facts,
                                     const Violation& violation, const contract::Contract& contract,
                                     const sim::Names& names);

}  // namespace halfwrite::invariants
