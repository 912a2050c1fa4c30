// I18 (semantics.md, section H): a saga is decided one way only.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::invariants {
namespace {

class OneDecision : public SagaInvariant {
 public:
  explicit OneDecision(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_decision = false;
    for (const SagaReading& saga : sagas()) {
      const std::optional<Moment> committed = saga.committed();
      const SagaDecision* aborted = saga.firm_abort();
      some_decision = some_decision || committed || aborted != nullptr;
      if (!committed || aborted == nullptr) continue;
      const Moment last = committed->number > aborted->moment.number ? *committed : aborted->moment;
      const std::string reason = aborted->reason.empty() ? "" : ": " + aborted->reason;
      violations.push_back(violation_of(saga, last,
                                        saga.title() + " was decided both ways: to go through at " +
                                            seconds(committed->at) + ", and to be taken back at " +
                                            seconds(aborted->moment.at) + reason));
    }
    return conclude(std::move(violations), some_decision, "no saga was decided");
  }
};

}  // namespace

Builtin one_decision() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<OneDecision>(ingredients);
      },
      "both ways",
      {"one_decision",
       "A saga is decided one way only.",
       {{{"violated if",
          "the transaction of a saga's pivot survives, and so does a decision to take the saga "
          "back; or that one was made in memory and a compensation acted upon it"},
         {"evidence", "the surviving transactions of both decisions"},
         {"does not see", "a decision that was lost with its transaction"},
         {"mend it by",
          "finding out what became of a pivot whose answer is missing, instead of giving it up; a "
          "lease with a fence for whoever decides"}}}}};
}

}  // namespace halfwrite::invariants
