// I9 (semantics.md, section H): what was compensated, if only as empty, is not done afterwards.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class NoActionAfterCompensation : public SagaInvariant {
 public:
  explicit NoActionAfterCompensation(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_compensation = false;
    for (const SagaReading& saga : sagas()) {
      for (const SagaStepRecord& record : saga.record().steps) {
        const std::string step = text(record.step);
        const std::optional<Moment> undone = saga.first_compensation(step);
        if (!undone) continue;
        some_compensation = true;
        const std::vector<StepEffect> actions = saga.effects(step, StepKind::action);
        const auto late = std::find_if(
            actions.begin(), actions.end(),
            [&](const StepEffect& action) { return action.moment.number > undone->number; });
        if (late == actions.end()) continue;
        violations.push_back(violation_of(
            saga, late->moment,
            saga.named(step) + " of " + saga.title() + " took effect " +
                (late->outside ? "at " + late->where + " " : std::string()) + "at " +
                seconds(late->moment.at) + ", after its compensation at " + seconds(undone->at)));
      }
    }
    return conclude(std::move(violations), some_compensation, "no compensation was carried out");
  }
};

}  // namespace

Builtin no_action_after_compensation() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoActionAfterCompensation>(ingredients);
      },
      "done after undone",
      {"no_action_after_compensation",
       "What has been compensated is not done afterwards.",
       {{{"violated if",
          "a step of a saga took effect (in rows that survive, or outside) after its own "
          "compensation had been through, also where that found nothing to take back"},
         {"evidence", "the order of the two in the history, not by any clock"},
         {"does not see", "an action that came late, was refused, and changed nothing"},
         {"mend it by",
          "a fence: the compensation leaves a row that the action runs into, in the transaction "
          "of the effect"}}}}};
}

}  // namespace halfwrite::invariants
