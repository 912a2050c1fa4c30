#include "models/invariants/builtins.hpp"

#include <algorithm>
#include <string_view>

namespace halfwrite::invariants {
namespace {

const std::vector<Builtin>& table() {
  static const std::vector<Builtin> builtins{
      events_in_order_per_key(),
      no_duplicate_effect(),
      no_lost_commit(),
      no_lost_event(),
      no_phantom_event(),
      no_premature_event(),
      saga_all_or_compensated(),
      saga_finishes(),
      one_decision(),
      compensated_at_most_once(),
      no_compensation_without_action(),
      no_action_after_compensation(),
      compensation_order(),
      no_irreversible_action_for_failed_saga(),
      charged_once(),
  };
  return builtins;
}

const Builtin* find_builtin(std::string_view name) {
  for (const Builtin& builtin : table())
    if (builtin.explanation.name == name) return &builtin;
  return nullptr;
}

}  // namespace

const char* to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::holds:
      return "holds";
    case Outcome::violated:
      return "violated";
    case Outcome::vacuous:
      return "vacuous";
  }
  return "vacuous";
}

std::unique_ptr<Invariant> make(const Options& options, const contract::Contract& contract,
                                sim::Names& names, std::shared_ptr<Ledger> ledger) {
  const Builtin* const builtin = find_builtin(options.name);
  if (builtin == nullptr) return nullptr;
  if (!ledger) ledger = std::make_shared<Ledger>();
  return builtin->make({options, contract, names, std::move(ledger)});
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const Builtin& builtin : table()) names.emplace_back(builtin.explanation.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<sim::Explanation> builtin_explanations() {
  std::vector<sim::Explanation> texts;
  for (const Builtin& builtin : table()) texts.push_back(builtin.explanation);
  return texts;
}

std::string column_of(std::string_view name) {
  const Builtin* const builtin = find_builtin(name);
  return std::string(builtin == nullptr ? name : builtin->column);
}

}  // namespace halfwrite::invariants
