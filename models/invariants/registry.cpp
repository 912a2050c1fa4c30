#include "models/invariants/builtins.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace halfwrite::invariants {
namespace {

struct Builtin {
  std::string_view name;
  std::unique_ptr<Invariant> (*make)(const Ingredients&);
};

constexpr std::array builtins{
    Builtin{"events_in_order_per_key", make_events_in_order_per_key},
    Builtin{"no_duplicate_effect", make_no_duplicate_effect},
    Builtin{"no_lost_commit", make_no_lost_commit},
    Builtin{"no_lost_event", make_no_lost_event},
    Builtin{"no_phantom_event", make_no_phantom_event},
    Builtin{"no_premature_event", make_no_premature_event},
};

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
  const auto* const builtin =
      std::find_if(builtins.begin(), builtins.end(),
                   [&options](const Builtin& known) { return known.name == options.name; });
  if (builtin == builtins.end()) return nullptr;
  if (!ledger) ledger = std::make_shared<Ledger>();
  return builtin->make({options, contract, names, std::move(ledger)});
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const Builtin& builtin : builtins) names.emplace_back(builtin.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace halfwrite::invariants
