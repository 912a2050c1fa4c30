// One transition of a saga while it is worked out: the rules behind transition.hpp. Used by that
// file alone; made for one input and gone after it.
#pragma once

#include "models/saga/transition.hpp"
#include "models/service/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace halfwrite::saga {

class Progress {
 public:
  Progress(const Definition& definition, State state, std::int64_t now);

  void begin();
  void set_timeout();
  void take_answer(StepAnswer answer);
  void take_time();
  Transition take();

 private:
  // Forward.
  void go_on();
  bool settle_group(std::size_t first, std::size_t end);
  void ask(std::size_t step);
  void answered(const StepAnswer& answer);
  void ask_again_or(std::size_t step, Status otherwise, const service::StepFailure& failure);
  // Back.
  void compensate(const std::string& reason);
  void go_back();
  bool may_stand(std::size_t step) const;
  bool is_to_undo(std::size_t step) const;
  void undo(std::size_t step);
  void undone(const StepAnswer& answer);
  void undo_again_or_give_up(std::size_t step, const service::StepFailure& failure);

  void end(Phase phase, history::SagaEnd as, std::string reason);
  void time_is_up(const Timer& timer);
  void learn(StepAnswer answer);
  void set_timer(Timer::Purpose purpose, std::size_t step, StepKind kind, std::uint32_t attempt,
                 sim::Duration in);
  void drop_timers(std::size_t step);
  bool reinterpret(StepAnswer& answer) const;
  std::string told(std::size_t step) const;

  const Definition& definition_;
  const std::int64_t now_;
  const State before_;
  Transition result_;
  std::vector<StepState>& steps_;
};

}  // namespace halfwrite::saga
