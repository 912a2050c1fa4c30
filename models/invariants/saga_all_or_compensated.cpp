// I6 and I6' (semantics.md, section H): a saga that was called off leaves none of its compensatable
// steps standing, and one that went through lacks none of its required ones. Their order is
// compensation_order's.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class SagaAllOrCompensated : public SagaInvariant {
 public:
  explicit SagaAllOrCompensated(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_decision = false;
    std::uint64_t parked = 0;
    for (const SagaReading& saga : sagas()) {
      if (saga.decision() == SagaDecisionKind::none) continue;
      some_decision = true;
      std::vector<Violation> halves =
          saga.decision() == SagaDecisionKind::commit ? half_done(saga) : half_compensated(saga);
      // U5: whoever parks a saga says so, and a scenario may allow it.
      const SagaEnding* ending = saga.ending();
      if (!halves.empty() && ending != nullptr && ending->state == history::SagaEnd::parked) {
        ++parked;
        if (!options().parked_fails) continue;
        for (Violation& half : halves) half.stage = "parked";
      }
      for (Violation& half : halves) violations.push_back(std::move(half));
    }
    Verdict verdict =
        conclude(std::move(violations), some_decision, "no saga was decided one way or the other");
    verdict.parked = parked;
    return verdict;
  }

 private:
  std::vector<Violation> half_done(const SagaReading& saga) const {
    std::vector<Violation> violations;
    for (const contract::SagaStep& step : saga.steps()) {
      if (!step.required) continue;
      const std::vector<StepEffect> undone = saga.effects(step.name, StepKind::compensation);
      const std::vector<StepEffect> done = saga.effects(step.name, StepKind::action);
      if (!done.empty() && saga.failed_at_last(step.name, StepKind::action)) {
        violations.push_back(violation_of(saga, done.back().moment,
                                          saga.title() + " went through, but " +
                                              saga.named(step.name) +
                                              " did not take place: what it did at " +
                                              done.back().where + " is all there is of it"));
      } else if (!saga.took_place(step.name, StepKind::action)) {
        violations.push_back(violation_of(
            saga, {},
            saga.title() + " went through, but " + saga.named(step.name) + " never took effect"));
      } else if (!undone.empty()) {
        violations.push_back(violation_of(
            saga, undone.front().moment,
            saga.title() + " went through, but " + saga.named(step.name) + " was taken back"));
      }
    }
    return violations;
  }

  std::vector<Violation> half_compensated(const SagaReading& saga) const {
    std::vector<Violation> violations;
    const std::string cancelled =
        saga.title() + " was cancelled" + saga.reason_of_abort() + ", but ";
    for (const contract::SagaStep& step : saga.steps()) {
      const bool changed = step.compensatable && !saga.changes(step.name, StepKind::action).empty();
      if (changed && saga.changes(step.name, StepKind::compensation).empty()) {
        violations.push_back(violation_of(
            saga, {}, cancelled + saga.named(step.name) + " stands" + why_it_stands(saga, step)));
      }
      for (const SagaReading::Standing& standing : saga.standing_outside(step.name)) {
        // Of a step without a compensation another step may take it back.
        if (!step.compensatable && saga.is_taken_back(standing)) continue;
        violations.push_back(
            violation_of(saga, {},
                         cancelled + "the " + standing.operation + " at " + standing.system +
                             " stands: nothing took it back by " + standing.inverse));
      }
    }
    return violations;
  }

  static std::string why_it_stands(const SagaReading& saga, const contract::SagaStep& step) {
    const std::string who = step.compensation.empty() ? "its compensation" : step.compensation;
    const auto first = saga.first_compensation(step.name);
    if (!first) return ": " + who + " was never carried out for it";
    const std::vector<StepEffect> actions = saga.changes(step.name, StepKind::action);
    if (first->number < actions.front().moment.number)
      return ": " + who + " came before it and found nothing to take back";
    const std::vector<StepEffect> undone = saga.effects(step.name, StepKind::compensation);
    if (!undone.empty())
      return ": " + who + " did its part at " + undone.back().where + " and changed no row";
    return ": " + who + " was carried out and changed nothing";
  }
};

}  // namespace

Builtin saga_all_or_compensated() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<SagaAllOrCompensated>(ingredients);
      },
      "half done",
      {"saga_all_or_compensated",
       "A saga that went through lacks no step, and one that was called off leaves none standing.",
       {{{"violated if",
          "a saga was decided to go through and a required step has no surviving effect, or was "
          "taken back; or it was decided to be taken back and a step that can be compensated "
          "changed something and its compensation did not, or an operation outside that has an "
          "`inverse` was done more often than its inverse"},
         {"evidence",
          "what surviving transactions changed on behalf of each step, the ledgers of systems "
          "outside, and the durable decisions"},
         {"does not see",
          "a saga that nobody decided: that is `saga_finishes`; the order of compensations: that "
          "is `compensation_order`"},
         {"mend it by",
          "compensating steps whose outcome is unknown, an outbox for commands, and participants "
          "that remember which steps they did and undid"}}}}};
}

}  // namespace halfwrite::invariants
