// Only what was done is taken back (semantics.md, section F: an empty compensation is recorded and
// changes nothing).
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class NoCompensationWithoutAction : public SagaInvariant {
 public:
  explicit NoCompensationWithoutAction(const Ingredients& ingredients)
      : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_compensation = false;
    for (const SagaReading& saga : sagas()) {
      for (const SagaStepRecord& record : saga.record().steps) {
        const std::string step = text(record.step);
        some_compensation = some_compensation || saga.first_compensation(step).has_value();
        if (auto outside = without_action_outside(saga, record))
          violations.push_back(std::move(*outside));
        const std::vector<StepEffect> undone = saga.changes(step, StepKind::compensation);
        if (undone.empty() || saga.took_place(step, StepKind::action)) continue;
        violations.push_back(violation_of(saga, undone.front().moment,
                                          saga.named(step) + " of " + saga.title() +
                                              " was compensated, and it never took effect"));
      }
    }
    return conclude(std::move(violations), some_compensation, "no compensation was carried out");
  }

 private:
  // A refund of what was never charged gives money away, whatever the rows of the service say.
  std::optional<Violation> without_action_outside(const SagaReading& saga,
                                                  const SagaStepRecord& record) const {
    for (const StepOutside& outside : record.outside) {
      if (outside.kind != StepKind::compensation) continue;
      const std::string system = text(outside.system);
      const std::string taking_back = text(outside.operation);
      const bool was_done =
          std::any_of(record.outside.begin(), record.outside.end(), [&](const StepOutside& action) {
            return action.kind == StepKind::action && action.system == outside.system &&
                   saga.inverse_of(system, text(action.operation)) == taking_back;
          });
      if (was_done || !saga.is_inverse(system, taking_back)) continue;
      return violation_of(saga, outside.moment,
                          system + " did " + taking_back + " for " + saga.title() +
                              ", and there was nothing to take back");
    }
    return std::nullopt;
  }
};

}  // namespace

Builtin no_compensation_without_action() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<NoCompensationWithoutAction>(ingredients);
      },
      "undone for nothing",
      {"no_compensation_without_action",
       "Nothing is taken back that was never done.",
       {{{"violated if",
          "the compensation of a step changed rows, or a system outside did an operation that "
          "takes "
          "another one back, and the step, or that operation, never took effect"},
         {"evidence",
          "surviving transactions of both, and the ledgers of systems outside; a compensation that "
          "was recorded as empty is right"},
         {"does not see", "an action that comes later: that is `no_action_after_compensation`"},
         {"mend it by",
          "a fence that turns the compensation of what was never done into a note, and asking "
          "the system outside before taking back what may not be there"}}}}};
}

}  // namespace halfwrite::invariants
