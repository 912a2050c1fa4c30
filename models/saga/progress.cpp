#include "models/saga/progress.hpp"

#include "models/service/retry.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

using history::SagaEnd;
using history::StepOutcome;
using service::StepFailure;

namespace {

StepFailure failure_of(const StepAnswer& answer) {
  switch (answer.outcome) {
    case StepOutcome::refused:
      return StepFailure::business(answer.reason);
    case StepOutcome::unknown:
      return {StepFailure::Kind::unknown, "timeout", answer.reason};
    default:
      return StepFailure::error(answer.reason, answer.reason);
  }
}

bool is_outstanding(Status status) {
  return status == Status::asked || status == Status::pausing;
}
bool has_failed(Status status) {
  return status == Status::refused || status == Status::failed || status == Status::unknown;
}

}  // namespace

Progress::Progress(const Definition& definition, State state, std::int64_t now)
    : definition_(definition), now_(now), before_(state), steps_(result_.state.steps) {
  result_.state = std::move(state);
}

Transition Progress::take() {
  result_.changed = !(result_.state == before_) || !result_.asked.empty();
  return std::move(result_);
}

void Progress::begin() {
  set_timeout();
  go_on();
}

void Progress::set_timeout() {
  if (!definition_.timeout) return;
  set_timer(Timer::Purpose::saga, 0, StepKind::action, 0, *definition_.timeout);
}

// --- Forward ---

void Progress::go_on() {
  std::size_t first = 0;
  while (first < steps_.size()) {
    std::size_t end = first;
    while (end < steps_.size() && definition_.steps[end].group == definition_.steps[first].group) {
      ++end;
    }
    if (!settle_group(first, end)) return;
    first = end;
  }
  if (definition_.pivot() == nullptr) result_.decision = Decision{true, ""};
  this->end(Phase::completed, SagaEnd::completed, "");
}

// The steps of one group are asked for at once; when one fails the others are waited for, so that
// they are compensated by what became of them. True: all of them are done.
bool Progress::settle_group(std::size_t first, std::size_t end) {
  bool waits = false;
  std::optional<std::size_t> failed;
  for (std::size_t i = first; i < end; ++i) {
    waits = waits || is_outstanding(steps_[i].status);
    if (!failed && has_failed(steps_[i].status)) failed = i;
  }
  if (failed) {
    if (waits) return false;
    if (result_.state.committed) {
      this->end(Phase::parked, SagaEnd::parked, told(*failed));
    } else {
      compensate(told(*failed));
    }
    return false;
  }
  for (std::size_t i = first; i < end; ++i) {
    if (steps_[i].status != Status::waiting) continue;
    ask(i);
    waits = true;
  }
  return !waits;
}

void Progress::ask(std::size_t step) {
  StepState& state = steps_[step];
  state.status = Status::asked;
  ++state.attempts;
  result_.asked.push_back({step, StepKind::action, state.attempts});
  if (const auto timeout = definition_.steps[step].timeout) {
    set_timer(Timer::Purpose::answer, step, StepKind::action, state.attempts, *timeout);
  }
}

void Progress::ask_again_or(std::size_t step, Status otherwise, const StepFailure& failure) {
  StepState& state = steps_[step];
  const service::Retry& retry = definition_.steps[step].retry;
  state.in_doubt = state.in_doubt || otherwise == Status::unknown;
  // A pivot that may be done cannot be taken back, and what follows it must be done.
  const bool must = result_.state.committed || (definition_.steps[step].pivot && state.in_doubt);
  drop_timers(step);
  if (must || service::tries_again(retry, failure, state.attempts)) {
    state.status = Status::pausing;
    set_timer(Timer::Purpose::again, step, StepKind::action, state.attempts,
              service::delay_before(retry, state.attempts + 1));
    return;
  }
  state.status = otherwise;
  go_on();
}

void Progress::answered(const StepAnswer& answer) {
  StepState& state = steps_[answer.step];
  const bool running = result_.state.phase == Phase::running;
  if (answer.outcome == StepOutcome::applied) {
    // Whichever attempt it was, it is done now; also where nobody hoped for it any more.
    const bool was_open = is_outstanding(state.status) || has_failed(state.status);
    if (!was_open || !running) return;
    learn(answer);
    drop_timers(answer.step);
    state.status = Status::done;
    if (definition_.steps[answer.step].pivot) {
      result_.state.committed = true;
      std::erase_if(result_.state.timers,
                    [](const Timer& timer) { return timer.purpose == Timer::Purpose::saga; });
    }
    go_on();
    return;
  }
  // A failure tells of its own attempt only: another one may be under way.
  if (!running || state.status != Status::asked || answer.attempt != state.attempts) return;
  learn(answer);
  state.left_effects = state.left_effects || answer.left_effects;
  if (answer.outcome == StepOutcome::refused) {
    drop_timers(answer.step);
    if (service::tries_again(definition_.steps[answer.step].retry, failure_of(answer),
                             state.attempts)) {
      ask_again_or(answer.step, Status::refused, failure_of(answer));
      return;
    }
    state.status = may_stand(answer.step) ? Status::unknown : Status::refused;
    go_on();
    return;
  }
  ask_again_or(answer.step,
               answer.outcome == StepOutcome::unknown ? Status::unknown : Status::failed,
               failure_of(answer));
}

// --- Back ---

void Progress::compensate(const std::string& reason) {
  State& state = result_.state;
  state.phase = Phase::compensating;
  state.timers.clear();
  result_.decision = Decision{false, reason};
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!is_outstanding(steps_[i].status)) continue;
    learn({i, StepKind::action, steps_[i].attempts, StepOutcome::unknown, reason});
    steps_[i].status = Status::unknown;
  }
  go_back();
}

// Did a step that was refused leave something all the same? What it did outside stays when its
// transaction is rolled back, also that of an earlier attempt; and of an attempt that nobody
// answered nobody knows.
bool Progress::may_stand(std::size_t step) const {
  const StepState& state = steps_[step];
  return state.left_effects || (state.in_doubt && definition_.steps[step].acts_outside);
}

bool Progress::is_to_undo(std::size_t step) const {
  if (definition_.steps[step].compensation.empty()) return false;
  const Status status = steps_[step].status;
  // An error may have left half of a step behind: the external call, not the rows.
  const bool in_doubt = status == Status::unknown || status == Status::failed;
  return status == Status::done || (in_doubt && definition_.compensation.unknown);
}

void Progress::go_back() {
  using contract::CompensationOrder;
  const CompensationOrder order = definition_.compensation.order;
  const bool at_once = order == CompensationOrder::any || order == CompensationOrder::parallel;
  std::optional<std::uint32_t> turn;  // the group whose steps are compensated now
  bool some_left = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Status status = steps_[i].status;
    some_left = some_left || status == Status::left;
    if (!is_to_undo(i) && status != Status::undoing && status != Status::undo_pausing) continue;
    const std::uint32_t group = definition_.steps[i].group;
    if (!turn) turn = group;
    turn = order == CompensationOrder::forward ? std::min(*turn, group) : std::max(*turn, group);
  }
  if (!turn) {
    const bool whole = !some_left;
    end(whole ? Phase::compensated : Phase::parked, whole ? SagaEnd::compensated : SagaEnd::parked,
        whole ? "" : "a compensation failed for good");
    return;
  }
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const bool has_turn = at_once || definition_.steps[i].group == *turn;
    if (has_turn && is_to_undo(i)) undo(i);
  }
}

void Progress::undo(std::size_t step) {
  StepState& state = steps_[step];
  state.status = Status::undoing;
  ++state.undo_attempts;
  result_.asked.push_back({step, StepKind::compensation, state.undo_attempts});
  if (const auto timeout = definition_.steps[step].timeout) {
    set_timer(Timer::Purpose::answer, step, StepKind::compensation, state.undo_attempts, *timeout);
  }
}

void Progress::undone(const StepAnswer& answer) {
  StepState& state = steps_[answer.step];
  const bool open = state.status == Status::undoing || state.status == Status::undo_pausing;
  if (!open || result_.state.phase != Phase::compensating) return;
  if (answer.outcome == StepOutcome::applied) {
    learn(answer);
    drop_timers(answer.step);
    state.status = Status::undone;
    go_back();
    return;
  }
  if (state.status != Status::undoing || answer.attempt != state.undo_attempts) return;
  learn(answer);
  undo_again_or_give_up(answer.step, failure_of(answer));
}

void Progress::undo_again_or_give_up(std::size_t step, const StepFailure& failure) {
  StepState& state = steps_[step];
  const Compensation& compensation = definition_.compensation;
  drop_timers(step);
  if (service::tries_again(compensation.retry, failure, state.undo_attempts)) {
    state.status = Status::undo_pausing;
    set_timer(Timer::Purpose::again, step, StepKind::compensation, state.undo_attempts,
              service::delay_before(compensation.retry, state.undo_attempts + 1));
    return;
  }
  state.status = Status::left;
  switch (compensation.after_failure) {
    case AfterFailure::park:
      end(Phase::parked, SagaEnd::parked, told(step));
      return;
    case AfterFailure::go_on:
      go_back();
      return;
    case AfterFailure::stop:
      result_.state.phase = Phase::stopped;
      result_.state.timers.clear();
      return;
  }
}

// --- Answers and time ---

// Frameworks that dispatch a reply by the state of its saga do not compare what it answers: a
// repeat of an earlier reply then counts for the step under way.
bool Progress::reinterpret(StepAnswer& answer) const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool forward = is_outstanding(steps_[i].status);
    const bool back =
        steps_[i].status == Status::undoing || steps_[i].status == Status::undo_pausing;
    if (!forward && !back) continue;
    answer.step = i;
    answer.kind = forward ? StepKind::action : StepKind::compensation;
    answer.attempt = forward ? steps_[i].attempts : steps_[i].undo_attempts;
    return true;
  }
  return false;
}

void Progress::take_answer(StepAnswer answer) {
  const bool by_state =
      definition_.coordination == Coordination::orchestration && !definition_.orchestrator.inbox;
  if (by_state && !reinterpret(answer)) return;
  if (answer.kind == StepKind::compensation) {
    undone(answer);
  } else {
    answered(answer);
  }
}

void Progress::take_time() {
  while (!result_.state.is_over()) {
    const auto earliest =
        std::min_element(result_.state.timers.begin(), result_.state.timers.end(),
                         [](const Timer& one, const Timer& other) { return one.due < other.due; });
    if (earliest == result_.state.timers.end() || earliest->due > now_) return;
    const Timer timer = *earliest;
    result_.state.timers.erase(earliest);
    time_is_up(timer);
  }
}

void Progress::time_is_up(const Timer& timer) {
  if (timer.purpose == Timer::Purpose::saga) {
    if (result_.state.phase != Phase::running || result_.state.committed) return;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (definition_.steps[i].pivot && is_outstanding(steps_[i].status)) return;
    }
    compensate("it took longer than its time-out");
    return;
  }
  StepState& state = steps_[timer.step];
  const bool forward = timer.kind == StepKind::action;
  if (timer.attempt != (forward ? state.attempts : state.undo_attempts)) return;
  if (timer.purpose == Timer::Purpose::again) {
    if (state.status == Status::pausing && forward) ask(timer.step);
    if (state.status == Status::undo_pausing && !forward) undo(timer.step);
    return;
  }
  const bool is_open = state.status == (forward ? Status::asked : Status::undoing);
  if (!is_open) return;
  const StepAnswer silence{timer.step, timer.kind, timer.attempt, StepOutcome::unknown,
                           "no answer within its time-out"};
  if (forward) {
    answered(silence);
  } else {
    undone(silence);
  }
}

void Progress::learn(StepAnswer answer) {
  result_.learned.push_back(std::move(answer));
}

void Progress::set_timer(Timer::Purpose purpose, std::size_t step, StepKind kind,
                         std::uint32_t attempt, sim::Duration in) {
  result_.state.timers.push_back({purpose, step, kind, attempt, now_ + in.in_nanoseconds() / 1000});
}

void Progress::drop_timers(std::size_t step) {
  std::erase_if(result_.state.timers, [step](const Timer& timer) {
    return timer.purpose != Timer::Purpose::saga && timer.step == step;
  });
}

void Progress::end(Phase phase, SagaEnd as, std::string reason) {
  result_.state.phase = phase;
  result_.state.timers.clear();
  result_.ended = as;
  result_.reason = std::move(reason);
}

std::string Progress::told(std::size_t step) const {
  const std::string& name = definition_.steps[step].name;
  for (auto learned = result_.learned.rbegin(); learned != result_.learned.rend(); ++learned) {
    if (learned->step != step || learned->reason.empty()) continue;
    return name + ": " + learned->reason;
  }
  return name + " " + to_text(steps_[step].status);
}

}  // namespace halfwrite::saga
