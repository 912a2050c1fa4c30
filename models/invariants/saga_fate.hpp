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

// Of an action or a compensation.
enum class Fate : std::uint8_t {
  never_asked,
  not_done,      // asked for, and nothing more is known of it
  begun,         // in a transaction that does not survive
  done,          // it changed rows, or acted outside
  outside_only,  // it acted outside, and the rows of its action stand
  no_change,     // it was carried out and changed nothing
  refused,
  failed,
};

struct StepFate {
  std::string step;
  Fate action = Fate::never_asked;
  Fate compensation = Fate::never_asked;
  std::uint64_t times = 0;       // that the action changed rows, or did one thing outside
  std::uint64_t times_back = 0;  // the same of its compensation
  // Did the compensation come before the action? `last`: only before its last time.
  enum class Order : std::uint8_t { after, before, before_last };
  Order undone = Order::after;
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
