// Money is taken once for one thing, by the ledger of the system that takes it. A charge that was
// taken back may be followed by another.
#include "models/invariants/builtins.hpp"
#include "models/invariants/saga_invariant.hpp"

#include <map>
#include <utility>

namespace halfwrite::invariants {
namespace {

class ChargedOnce : public LedgerInvariant {
 public:
  explicit ChargedOnce(const Ingredients& ingredients) : LedgerInvariant(ingredients) {
    const std::string& external = ingredients.options.external;
    const std::size_t dot = external.find('.');
    system_ = external.substr(0, dot);
    operation_ = dot == std::string::npos ? "" : external.substr(dot + 1);
    inverse_ = contract::inverse_of(ingredients.contract.externals, system_, operation_);
  }

  Verdict judge(Instant) override {
    std::map<std::string, std::int64_t> standing;  // by unit
    std::map<std::string, std::size_t> reported;   // by unit: its violation
    std::vector<Violation> violations;
    bool some_charge = false;
    for (const OutsideRecord& record : ledger().outside()) {
      if (names().text(record.system) != system_) continue;
      const std::string done = text(record.operation);
      const std::string unit = unit_of(record);
      if (!inverse_.empty() && done == inverse_) {
        // A refund of nothing does not make room for a second charge.
        if (standing[unit] > 0) --standing[unit];
        continue;
      }
      if (done != operation_) continue;
      some_charge = true;
      const std::int64_t at_once = ++standing[unit];
      if (at_once < 2) continue;
      if (reported.try_emplace(unit, violations.size()).second)
        violations.push_back(charged_again(record, unit));
      Violation& violation = violations[reported[unit]];
      violation.sentence = system_ + " did " + operation_ + " for " + unit + " " +
                           times(static_cast<std::size_t>(at_once));
    }
    return conclude(std::move(violations), some_charge, system_ + " never did " + operation_);
  }

 private:
  std::string unit_of(const OutsideRecord& record) const {
    if (options().per.empty()) return sim::to_text(names(), record.intent);
    for (const history::Argument& argument : record.arguments) {
      if (argument.name == options().per) return argument.value;
    }
    return "";
  }

  Violation charged_again(const OutsideRecord& record, const std::string& unit) const {
    Violation violation;
    violation.subject = unit;
    violation.intent = record.intent;
    violation.at = record.moment.at;
    violation.fact_number = record.moment.number;
    return violation;
  }

  std::string system_;
  std::string operation_;
  std::string inverse_;
};

}  // namespace

Builtin charged_once() {
  return {
      [](const Ingredients& ingredients) -> std::unique_ptr<Invariant> {
        return std::make_unique<ChargedOnce>(ingredients);
      },
      "charged twice",
      {"charged_once",
       "What is asked of a system outside is done once for one thing.",
       {{{"violated if",
          "the operation named by `external` took effect for one unit while an earlier one stood "
          "that had not been taken back by its `inverse`; the unit is the argument named by `per`, "
          "else the request"},
         {"evidence", "the system's own ledger"},
         {"does not see",
          "a charge that stands for a saga that was cancelled: that is `saga_all_or_compensated`; "
          "money given away where nothing stood: that is `no_compensation_without_action`"},
         {"mend it by",
          "an `idempotency_key` that stays the same for all attempts, and a system that keeps it "
          "longer than anybody retries"}}}}};
}

}  // namespace halfwrite::invariants
