// I10 (semantics.md, section H): nothing that cannot be taken back is done for a saga that does not
// go through.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class NoIrreversibleActionForFailedSaga : public SagaInvariant {
 public:
  explicit NoIrreversibleActionForFailedSaga(const Ingredients& ingredients)
      : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_action = false;
    for (const SagaReading& saga : sagas()) {
      for (const SagaStepRecord& record : saga.record().steps) {
        for (const Done& done : irreversible(saga, record)) {
          some_action = true;
          if (saga.decision() == SagaDecisionKind::commit) continue;
          const bool aborted = saga.decision() == SagaDecisionKind::abort;
          violations.push_back(violation_of(
              saga, done.moment,
              done.what + " for " + saga.title() + " cannot be taken back, and the saga " +
                  (aborted ? "was cancelled" + saga.reason_of_abort()
                           : std::string("was never decided to go through"))));
        }
      }
    }
    return conclude(std::move(violations), some_action,
                    "no saga did anything that cannot be taken back");
  }

 private:
  struct Done {
    std::string what;
    Moment moment;
  };

  // What the system outside calls irreversible; else what the contract says of the step.
  std::vector<Done> irreversible(const SagaReading& saga, const SagaStepRecord& record) const {
    std::vector<Done> done;
    for (const StepOutside& outside : record.outside) {
      if (outside.irreversible && outside.kind != StepKind::compensation)
        done.push_back({text(outside.operation) + " by " + text(outside.system), outside.moment});
    }
    const std::string step = text(record.step);
    const std::span<const contract::SagaStep> steps = saga.steps();
    const auto defined =
        std::find_if(steps.begin(), steps.end(),
                     [&](const contract::SagaStep& known) { return known.name == step; });
    if (!done.empty() || defined == steps.end() || !defined->irreversible) return done;
    for (const StepEffect& effect : saga.effects(step, StepKind::action))
      done.push_back({saga.named(step), effect.moment});
    return done;
  }
};

}  // namespace

Builtin no_irreversible_action_for_failed_saga() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoIrreversibleActionForFailedSaga>(ingredients);
      },
      "irreversible",
      {"no_irreversible_action_for_failed_saga",
       "What cannot be taken back is done only for sagas that go through.",
       {{{"violated if",
          "a system outside did something `irreversible` for a saga, or a step that the saga calls "
          "`irreversible` took effect, and the saga was cancelled, or was at rest never decided to "
          "go through"},
         {"evidence", "the ledgers of systems outside, and the durable decision"},
         {"does not see",
          "an irreversible action before the pivot of a saga that goes through in the end: nothing "
          "came of it"},
         {"mend it by", "putting such steps behind the pivot"}}}}};
}

}  // namespace halfwrite::invariants
