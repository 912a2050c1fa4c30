#include "models/invariants/saga_fate.hpp"

#include "models/invariants/saga_reading.hpp"

#include <algorithm>

namespace halfwrite::invariants {
namespace {

using history::StepKind;
using history::StepOutcome;

template <class Items>
bool has(const Items& items, StepKind kind) {
  return std::any_of(items.begin(), items.end(),
                     [kind](const auto& item) { return item.kind == kind; });
}

// Where nothing was changed, in rows or outside.
Fate without_change(const SagaReading& saga, const std::string& step, StepKind kind) {
  const SagaStepRecord* known = saga.find(step);
  if (known == nullptr) return Fate::never_asked;
  if (kind == StepKind::compensation && saga.first_compensation(step)) return Fate::no_change;
  if (saga.took_place(step, kind)) return Fate::no_change;
  if (const auto outcome = saga.failed_at_last(step, kind))
    return *outcome == StepOutcome::refused ? Fate::refused : Fate::failed;
  if (has(known->works, kind)) return Fate::begun;
  return has(known->asked, kind) || has(known->learned, kind) ? Fate::not_done : Fate::never_asked;
}

// What changes rows and acts outside, perhaps in several systems, is done once when it did all of
// that once.
std::uint64_t times_of(const SagaReading& saga, const std::string& step, StepKind kind) {
  std::uint64_t times = saga.changes(step, kind).size();
  const SagaStepRecord* known = saga.find(step);
  if (known == nullptr) return times;
  for (const StepOutside& one : known->outside) {
    const auto same =
        std::count_if(known->outside.begin(), known->outside.end(), [&](const StepOutside& other) {
          return one.kind == kind && other.kind == kind && other.system == one.system &&
                 other.operation == one.operation;
        });
    times = std::max(times, static_cast<std::uint64_t>(same));
  }
  return times;
}

Fate fate_of_action(const SagaReading& saga, const std::string& step) {
  if (saga.effects(step, StepKind::action).empty())
    return without_change(saga, step, StepKind::action);
  const auto outcome = saga.failed_at_last(step, StepKind::action);
  if (!outcome) return Fate::done;
  return *outcome == StepOutcome::refused ? Fate::refused : Fate::failed;
}

Fate fate_of_compensation(const SagaReading& saga, const std::string& step) {
  if (saga.effects(step, StepKind::compensation).empty())
    return without_change(saga, step, StepKind::compensation);
  const bool rows_stand = saga.changes(step, StepKind::compensation).empty() &&
                          !saga.changes(step, StepKind::action).empty();
  return rows_stand ? Fate::outside_only : Fate::done;
}

StepFate fate_of(const SagaReading& saga, const std::string& step) {
  StepFate fate;
  fate.step = step;
  fate.action = fate_of_action(saga, step);
  fate.compensation = fate_of_compensation(saga, step);
  fate.times = times_of(saga, step, StepKind::action);
  fate.times_back = times_of(saga, step, StepKind::compensation);
  const std::vector<StepEffect> done = saga.effects(step, StepKind::action);
  const auto undone = saga.first_compensation(step);
  if (!undone || done.empty()) return fate;
  if (undone->number < done.front().moment.number) {
    fate.undone = StepFate::Order::before;
  } else if (fate.times > 1 && undone->number < done.back().moment.number) {
    fate.undone = StepFate::Order::before_last;
  }
  return fate;
}

std::string counted(std::uint64_t times) {
  if (times <= 1) return {};
  return times == 2 ? " twice" : " " + std::to_string(times) + " times";
}

std::string words_of_action(const StepFate& fate) {
  const std::string outside = fate.times > 0 ? " after it had acted outside" : "";
  switch (fate.action) {
    case Fate::never_asked:
      return "never asked for";
    case Fate::not_done:
      return "asked for, not done";
    case Fate::begun:
      return "begun, not done";
    case Fate::done:
    case Fate::outside_only:
      return "done" + counted(fate.times);
    case Fate::no_change:
      return "done without a change";
    case Fate::refused:
      return "refused" + outside;
    case Fate::failed:
      return "failed" + outside;
  }
  return {};
}

std::string words_of_compensation(const StepFate& fate) {
  switch (fate.compensation) {
    case Fate::never_asked:
      return {};
    case Fate::not_done:
      return ", its compensation asked for, not done";
    case Fate::begun:
      return ", its compensation begun, not done";
    case Fate::done:
      return ", taken back" + counted(fate.times_back);
    case Fate::outside_only:
      return ", taken back outside only";
    case Fate::no_change:
      return ", its compensation found nothing";
    case Fate::refused:
      return ", its compensation refused";
    case Fate::failed:
      return ", its compensation failed";
  }
  return {};
}

}  // namespace

std::string to_text(const StepFate& fate) {
  const std::string text = words_of_action(fate);
  if (fate.undone == StepFate::Order::after) return text + words_of_compensation(fate);
  const bool last = fate.undone == StepFate::Order::before_last;
  return text + (last ? ", the last time" : "") +
         (fate.compensation == Fate::no_change ? " after its compensation had found nothing"
                                               : " after it was taken back");
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
