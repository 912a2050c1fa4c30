#include "models/invariants/saga_fate.hpp"

#include "models/invariants/saga_reading.hpp"

#include <algorithm>

namespace halfwrite::invariants {
namespace {

using history::StepKind;
using history::StepOutcome;
using Action = StepFate::Action;

// Of an action that changed nothing.
Action without_change(const SagaReading& saga, const std::string& step) {
  if (saga.took_place(step, StepKind::action)) return Action::no_change;
  const SagaStepRecord* known = saga.find(step);
  if (known == nullptr) return Action::not_asked;
  Action found = Action::not_asked;
  for (const StepAsked& asked : known->asked) {
    if (asked.kind == StepKind::action) found = Action::no_answer;
  }
  for (const StepLearned& learned : known->learned) {
    if (learned.kind != StepKind::action) continue;
    if (learned.outcome == StepOutcome::refused) found = Action::refused;
    if (learned.outcome == StepOutcome::failed) found = Action::failed;
    if (learned.outcome == StepOutcome::unknown) found = Action::no_answer;
  }
  return found;
}

// A step that changes rows and acts outside is done once when it did both.
std::uint64_t times_of(const std::vector<StepEffect>& effects) {
  const auto outside = static_cast<std::uint64_t>(
      std::count_if(effects.begin(), effects.end(), [](const auto& one) { return one.outside; }));
  return std::max(outside, effects.size() - outside);
}

StepFate fate_of(const SagaReading& saga, const std::string& step) {
  StepFate fate;
  fate.step = step;
  const std::vector<StepEffect> done = saga.effects(step, StepKind::action);
  fate.times = times_of(done);
  fate.action = done.empty() ? without_change(saga, step) : Action::done;
  if (!done.empty() && saga.was_refused(step)) fate.action = Action::refused;
  fate.taken_back = times_of(saga.effects(step, StepKind::compensation));
  const auto first = saga.first_compensation(step);
  fate.found_nothing = first && fate.taken_back == 0;
  fate.undone_first = first && !done.empty() && first->number < done.back().moment.number;
  return fate;
}

std::string words_of(Action action) {
  switch (action) {
    case Action::not_asked:
      return "never asked for";
    case Action::no_answer:
      return "asked for, not done";
    case Action::done:
      return "done";
    case Action::no_change:
      return "done without a change";
    case Action::refused:
      return "refused";
    case Action::failed:
      return "failed";
  }
  return {};
}

std::string counted(std::uint64_t times) {
  if (times == 1) return {};
  return times == 2 ? " twice" : " " + std::to_string(times) + " times";
}

}  // namespace

std::string to_text(const StepFate& fate) {
  std::string text = words_of(fate.action);
  if (fate.action == Action::done) text += counted(fate.times);
  if (fate.action == Action::refused && fate.times > 0) text += " after it had acted outside";
  if (fate.undone_first) {
    return text + (fate.found_nothing ? " after its compensation had found nothing"
                                      : " after it was taken back" + counted(fate.taken_back));
  }
  if (fate.taken_back > 0) return text + ", taken back" + counted(fate.taken_back);
  if (fate.found_nothing) return text + ", its compensation found nothing";
  return text;
}

std::optional<SagaFate> saga_fate_of(const std::vector<history::Fact>& facts,
                                     const Violation& violation, const contract::Contract& contract,
                                     const sim::Names& names) {
  Ledger ledger;
  for (const history::Fact& fact : facts) ledger.on_fact(fact);
  for (const SagaRecord& record : ledger.sagas()) {
    if (violation.intent.empty() || record.saga != violation.intent) continue;
    const auto definition = std::find_if(
        contract.sagas.begin(), contract.sagas.end(),
        [&](const contract::Saga& known) { return known.name == names.text(record.type); });
    if (definition == contract.sagas.end()) continue;
    const SagaReading saga(ledger, record, &*definition, contract, names);
    SagaFate fate;
    fate.title = saga.title();
    for (const contract::SagaStep& step : definition->steps)
      fate.steps.push_back(fate_of(saga, step.name));
    if (saga.decision() == SagaDecisionKind::commit) fate.decided = "to go through";
    if (saga.decision() == SagaDecisionKind::abort) fate.decided = "to go back";
    if (const SagaEnding* ending = saga.ending()) fate.ended = history::to_text(ending->state);
    return fate;
  }
  return std::nullopt;
}

}  // namespace halfwrite::invariants
