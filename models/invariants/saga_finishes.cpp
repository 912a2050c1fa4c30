// I5 (semantics.md, section H): at rest every saga is completed, compensated or parked.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <utility>

namespace halfwrite::invariants {
namespace {

class SagaFinishes : public SagaInvariant {
 public:
  explicit SagaFinishes(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    const std::vector<SagaReading> begun = sagas();
    std::uint64_t parked = 0;
    for (const SagaReading& saga : begun) {
      const SagaEnding* ending = saga.ending();
      if (ending == nullptr) {
        violations.push_back(
            violation_of(saga, {}, saga.title() + " never finished: " + saga.waits_for()));
      } else if (ending->state == history::SagaEnd::parked) {
        ++parked;
      }
    }
    Verdict verdict = conclude(std::move(violations), !begun.empty(), "no saga was begun");
    verdict.parked = parked;
    return verdict;
  }
};

}  // namespace

Builtin saga_finishes() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<SagaFinishes>(ingredients);
      },
      "stuck",
      {"saga_finishes",
       "Every saga that was begun comes to an end.",
       {{{"violated if",
          "everything is at rest, a saga was begun (its start survives, or one of its steps took "
          "effect), and no surviving record says that it was completed, compensated or parked"},
         {"evidence", "the last step that was asked for and what became of it: the sentence says"},
         {"does not see", "whether what it did is right: that is `saga_all_or_compensated`"},
         {"mend it by",
          "an orchestrator that keeps state and commands in one transaction and resumes; time-outs "
          "that are durable; `retry` of steps without an answer"}}}}};
}

}  // namespace halfwrite::invariants
