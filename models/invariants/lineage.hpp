// The lineage of one event: what became of its intent, commit, publication, hand-out, effect and
// acknowledgement, and between which two of them the chain broke. A story prints it under a
// violation. Read from the facts of a run that was kept; it judges nothing.
#pragma once

#include "models/history/facts.hpp"
#include "models/invariants/invariant.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::invariants {

enum class Stage : std::uint8_t { intent, commit, publish, deliver, effect, acknowledge };
const char* to_text(Stage stage);

enum class StageState : std::uint8_t {
  happened,
  repeated,  // happened `times` times
  never,
  broken,   // it was there and was lost again
  unknown,  // undecided when the run ended
  parked,   // the consumer gave it up
};
const char* to_text(StageState state);

struct LineageStep {
  Stage stage = Stage::intent;
  StageState state = StageState::never;
  history::Instant at;            // of the first time; with broken, of the loss
  std::uint64_t fact_number = 0;  // the same fact; 0: none
  std::uint64_t times = 0;
  bool unknown_to_client = false;  // it happened, and who asked for it was not told
  std::string note;                // why not: "rolled back: ...", "handled without a change"
};

struct Lineage {
  std::string subject;  // the key
  std::string event_id;
  history::Identity intent;
  std::array<LineageStep, 6> steps;  // in the order of Stage
  // The last step before the first one that is missing although it was owed, or although a later
  // one happened. Nothing when the chain is whole.
  std::optional<Stage> broken_after;
  // The fact of the fault that most likely broke it: after the last step before the break, and
  // before who asked was told that it failed, the first that struck a message of this event or a
  // process at work on it that had not gone past it yet (a partition or pause counts that began
  // earlier and lasted); else the last server that was away meanwhile. Nothing where the facts do
  // not say: a job's reply that was lost names no event.
  // Of a whole chain with a link twice: the fault between the first time and the second.
  std::optional<std::uint64_t> broken_by;
};

// `facts` is the whole history of a run. For a violation without an event (a lost commit of a
// transaction that owed none) only intent and commit are filled.
Lineage lineage_of(const std::vector<history::Fact>& facts, const Violation& violation,
                   const sim::Names& names);

}  // namespace halfwrite::invariants
