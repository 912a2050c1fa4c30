// I7, the order in it (semantics.md, section H): steps are taken back in the order the contract
// says, or the invariant itself: last first, or first first. Steps of one parallel group have no
// order, and neither has anything where it is not asked for.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class OrderOfCompensation : public SagaInvariant {
 public:
  explicit OrderOfCompensation(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_pair = false;
    for (const SagaReading& saga : sagas()) {
      const auto order = options().order.value_or(saga.compensation_order());
      const bool reverse = order == contract::CompensationOrder::reverse;
      if (!reverse && order != contract::CompensationOrder::forward) continue;
      const std::span<const contract::SagaStep> steps = saga.steps();
      for (std::size_t i = 0; i < steps.size(); ++i) {
        for (std::size_t j = i + 1; j < steps.size(); ++j) {
          if (steps[i].group == steps[j].group) continue;
          const contract::SagaStep& first = reverse ? steps[j] : steps[i];
          const contract::SagaStep& second = reverse ? steps[i] : steps[j];
          check(saga, first.name, second.name, some_pair, violations);
        }
      }
    }
    return conclude(std::move(violations), some_pair,
                    "no saga had two compensations that have an order");
  }

 private:
  // Repeats are left out: the first effect of each counts.
  void check(const SagaReading& saga, const std::string& first, const std::string& second,
             bool& some_pair, std::vector<Violation>& violations) const {
    const std::vector<StepEffect> earlier = saga.effects(first, StepKind::compensation);
    const std::vector<StepEffect> later = saga.effects(second, StepKind::compensation);
    if (earlier.empty() || later.empty()) return;
    some_pair = true;
    if (earlier.front().moment.number < later.front().moment.number) return;
    violations.push_back(violation_of(saga, earlier.front().moment,
                                      saga.named(second) + " of " + saga.title() +
                                          " was compensated before " + saga.named(first) +
                                          ", which has to be first"));
  }
};

}  // namespace

Builtin compensation_order() {
  return {[](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
            return std::make_unique<OrderOfCompensation>(ingredients);
          },
          "undone in order",
          {"compensation_order",
           "Steps are taken back in the order the saga asks for.",
           {{{"violated if",
              "of two steps of one saga, not of one \"parallel\" group, the compensation that has "
              "to be "
              "second (the earlier step's with \"reverse\", the later one's with \"forward\") took "
              "effect "
              "first"},
             {"evidence",
              "the first surviving effect of each compensation, in the order of the history"},
             {"order",
              "what the saga's \"compensation\" says, whoever coordinates; or \"order\" of the "
              "invariant, whatever the saga says"},
             {"does not see", "anything where the order is \"any\" or \"parallel\""},
             {"mend it by",
              "asking for the next compensation when the one before it is known to be done"}}}}};
}

}  // namespace halfwrite::invariants
