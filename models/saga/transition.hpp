// The core of a saga: where it stands and what came in give where it stands then and what is to be
// done. Pure functions, without clock, database or broker; the durable orchestrator and the chain
// of calls both go by them, and tests ask them directly. They know only what a coordinator was
// told, never what is true.
//
// Backward until the pivot is done, forward from then on: a refused, failed or silent step before
// it starts the compensation of what was done and of what may have been done; the pivot itself is
// asked again until it answers, because it cannot be taken back and may be done; what comes after
// it is asked again without end, and a refusal there is for people (parked).
#pragma once

#include "models/saga/state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::saga {

// A step to be asked for now.
struct Asked {
  std::size_t step = 0;
  StepKind kind = StepKind::action;
  std::uint32_t attempt = 1;
  friend bool operator==(const Asked&, const Asked&) = default;
};

// What a participant said, or that it said nothing.
struct StepAnswer {
  std::size_t step = 0;
  StepKind kind = StepKind::action;
  std::uint32_t attempt = 1;
  history::StepOutcome outcome = history::StepOutcome::applied;
  std::string reason;
  bool left_effects = false;  // it failed, and something of it may stand outside all the same
};

struct Decision {
  bool commit = true;
  std::string reason;
};

struct Transition {
  State state;
  bool changed = false;      // false: it was late, repeated or moot, and nothing is to be done
  std::vector<Asked> asked;  // in the order they are sent
  std::vector<StepAnswer> learned;   // what the coordinator now knows
  std::optional<Decision> decision;  // abort; commit only where the saga has no pivot
  std::optional<history::SagaEnd> ended;
  std::string reason;  // of the end
};

// A new saga. `skipped` by position: the steps whose condition is false. `now` in microseconds.
Transition begin(const Definition& definition, const std::vector<bool>& skipped, std::int64_t now);
// A saga of which nothing is stored begins with an answer (`unmatched_reply: start`): the steps
// before it count as done.
Transition begin_with(const Definition& definition, const std::vector<bool>& skipped,
                      const StepAnswer& answer, std::int64_t now);
// An answer, perhaps late, repeated, or of an earlier attempt. Without the inbox of replies it
// counts for whatever step the saga waits for.
Transition take_answer(const Definition& definition, const State& state, const StepAnswer& answer,
                       std::int64_t now);
// Everything that is due by `now`, each timer in the order they are due; changes nothing when none
// is (a timer that fires twice, or after the answer).
Transition take_time(const Definition& definition, const State& state, std::int64_t now);

}  // namespace halfwrite::saga
