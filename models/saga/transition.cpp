#include "models/saga/transition.hpp"

#include "models/saga/progress.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

Transition begin(const Definition& definition, const std::vector<bool>& skipped, std::int64_t now) {
  State state;
  state.steps.resize(definition.steps.size());
  for (std::size_t i = 0; i < skipped.size(); ++i) {
    if (skipped[i]) state.steps[i].status = Status::skipped;
  }
  Progress progress(definition, std::move(state), now);
  progress.begin();
  return progress.take();
}

Transition begin_with(const Definition& definition, const std::vector<bool>& skipped,
                      const StepAnswer& answer, std::int64_t now) {
  State state;
  state.steps.resize(definition.steps.size());
  const std::uint32_t group = definition.steps[answer.step].group;
  for (std::size_t i = 0; i < state.steps.size(); ++i) {
    if (definition.steps[i].group < group) state.steps[i] = {Status::done, 1};
    if (definition.steps[i].group == group) state.steps[i] = {Status::asked, 1};
    if (i < skipped.size() && skipped[i]) state.steps[i] = {Status::skipped};
  }
  state.steps[answer.step] = {Status::asked, answer.attempt};
  Progress progress(definition, std::move(state), now);
  progress.set_timeout();
  progress.take_answer(answer);
  return progress.take();
}

Transition take_answer(const Definition& definition, const State& state, const StepAnswer& answer,
                       std::int64_t now) {
  Progress progress(definition, state, now);
  progress.take_answer(answer);
  return progress.take();
}

Transition take_time(const Definition& definition, const State& state, std::int64_t now) {
  Progress progress(definition, state, now);
  progress.take_time();
  return progress.take();
}

}  // namespace halfwrite::saga
