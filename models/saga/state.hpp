// Where one saga stands: what became of each step so far as its coordinator knows, and the timers
// it has set. A value without behaviour; as text it is a column of the coordinator's own database,
// which people can read too. It never holds what is only true and not known.
#pragma once

#include "models/history/facts.hpp"
#include "models/saga/definition.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::saga {

using history::StepKind;

enum class Phase : std::uint8_t { running, compensating, completed, compensated, parked, stopped };
const char* to_text(Phase phase);

enum class Status : std::uint8_t {
  waiting,  // its turn has not come
  skipped,  // its condition was false
  asked,    // on its way, no answer yet
  pausing,  // waits to be asked again
  done,     //
  refused,  // by business rule, and nothing to compensate
  failed,   // errors, its attempts are used up
  unknown,  // nobody answered, its attempts are used up; or it was refused and may stand outside
  undoing,  // its compensation is on its way
  undo_pausing,  //
  undone,        //
  left,          // its compensation failed for good
};
const char* to_text(Status status);

struct StepState {
  Status status = Status::waiting;
  std::uint32_t attempts = 0;  // how often its action was asked for
  std::uint32_t undo_attempts = 0;
  bool in_doubt = false;      // an attempt of its action was never answered
  bool left_effects = false;  // an attempt of its action failed and may have left something outside
  friend bool operator==(const StepState&, const StepState&) = default;
};

// A durable timer. Of a step it counts for one attempt only: when another one is under way, it is
// moot.
struct Timer {
  enum class Purpose : std::uint8_t { saga, answer, again } purpose = Purpose::saga;
  std::size_t step = 0;  // not of `saga`
  StepKind kind = StepKind::action;
  std::uint32_t attempt = 0;
  std::int64_t due = 0;  // microseconds since 1970 by the clock of who set it
  friend bool operator==(const Timer&, const Timer&) = default;
};

struct State {
  Phase phase = Phase::running;
  bool committed = false;        // the pivot is done: only forward from here on
  std::vector<StepState> steps;  // by position in the definition
  std::vector<Timer> timers;     // in the order they were set

  bool is_over() const { return phase != Phase::running && phase != Phase::compensating; }
  // When the earliest timer is due.
  std::optional<std::int64_t> due() const;
  friend bool operator==(const State&, const State&) = default;
};

// "compensating charge=refused:1 create=undoing:1:1 @create.undo.1=1767225610000000"
std::string to_text(const State& state, const Definition& definition);
// The opposite, for the same definition; nothing when it is no such text.
std::optional<State> state_of(std::string_view text, const Definition& definition);

}  // namespace halfwrite::saga
