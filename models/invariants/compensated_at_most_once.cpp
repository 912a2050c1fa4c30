// I8 (semantics.md, section H): the compensation of a step changes state once.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace halfwrite::invariants {
namespace {

using history::StepKind;

class CompensatedAtMostOnce : public SagaInvariant {
 public:
  explicit CompensatedAtMostOnce(const Ingredients& ingredients) : SagaInvariant(ingredients) {}

  Verdict judge(Instant) override {
    std::vector<Violation> violations;
    bool some_compensation = false;
    for (const SagaReading& saga : sagas()) {
      for (const SagaStepRecord& record : saga.record().steps) {
        const std::string step = text(record.step);
        some_compensation =
            some_compensation || !saga.effects(step, StepKind::compensation).empty();
        if (auto twice = twice_in_rows(saga, step)) {
          violations.push_back(std::move(*twice));
        } else if (auto outside = twice_outside(saga, record)) {
          violations.push_back(std::move(*outside));
        }
      }
    }
    return conclude(std::move(violations), some_compensation, "no compensation took effect");
  }

 private:
  std::optional<Violation> twice_in_rows(const SagaReading& saga, const std::string& step) const {
    const std::vector<StepEffect> undone = saga.changes(step, StepKind::compensation);
    if (undone.size() < 2) return std::nullopt;
    return violation_of(
        saga, undone[1].moment,
        saga.named(step) + " of " + saga.title() + " was compensated " + times(undone.size()));
  }

  // What was done twice may be taken back twice: an operation outside counts beyond what it takes
  // back.
  std::optional<Violation> twice_outside(const SagaReading& saga,
                                         const SagaStepRecord& record) const {
    using Operation = std::pair<std::string, std::string>;
    std::map<Operation, std::size_t> meant;
    for (const StepOutside& outside : record.outside) {
      if (outside.kind != StepKind::action) continue;
      const std::string system = text(outside.system);
      ++meant[{system, saga.inverse_of(system, text(outside.operation))}];
    }
    std::map<Operation, std::size_t> done;
    for (const StepOutside& outside : record.outside) {
      if (outside.kind != StepKind::compensation) continue;
      const Operation operation{text(outside.system), text(outside.operation)};
      const auto known = meant.find(operation);
      const std::size_t allowed =
          std::max<std::size_t>(1, known == meant.end() ? 0 : known->second);
      if (++done[operation] <= allowed) continue;
      return violation_of(saga, outside.moment,
                          operation.first + " did " + operation.second + " " +
                              times(count(record, operation)) + " for " + saga.title());
    }
    return std::nullopt;
  }

  std::size_t count(const SagaStepRecord& record,
                    const std::pair<std::string, std::string>& operation) const {
    return static_cast<std::size_t>(std::count_if(
        record.outside.begin(), record.outside.end(), [&](const StepOutside& outside) {
          return outside.kind == StepKind::compensation &&
                 text(outside.system) == operation.first &&
                 text(outside.operation) == operation.second;
        }));
  }
};

}  // namespace

Builtin compensated_at_most_once() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<CompensatedAtMostOnce>(ingredients);
      },
      "undone twice",
      {"compensated_at_most_once",
       "No step is taken back twice.",
       {{{"violated if",
          "more than one surviving transaction changed rows as the compensation of one step of one "
          "saga; or a system outside did the compensating operation more often than what it takes "
          "back"},
         {"evidence", "rows that changed, and the ledgers of systems outside"},
         {"does not see",
          "a compensation that is asked for again and changes nothing: that is how it should be"},
         {"mend it by",
          "an `idempotency_key` for operations outside, an `inbox` for commands, a fence that "
          "knows what was undone"}}}}};
}

}  // namespace halfwrite::invariants
