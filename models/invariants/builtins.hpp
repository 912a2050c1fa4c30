// The built-in invariants: one function per file, which gives the whole row of the table in
// registry.cpp: how it is made, and the text that explains it.
#pragma once

#include "models/invariants/ledger_invariant.hpp"
#include "sim/explanation.hpp"

#include <memory>
#include <string_view>

namespace halfwrite::invariants {

struct Builtin {
  std::unique_ptr<Invariant> (*make)(const Ingredients& ingredients);
  std::string_view column;       // its short name as a column of a comparison
  sim::Explanation explanation;  // its name is the invariant's
};

Builtin charged_once();
Builtin compensated_at_most_once();
Builtin compensation_order();
Builtin events_in_order_per_key();
Builtin no_action_after_compensation();
Builtin no_compensation_without_action();
Builtin no_duplicate_effect();
Builtin no_irreversible_action_for_failed_saga();
Builtin no_lost_commit();
Builtin no_lost_event();
Builtin no_phantom_event();
Builtin no_premature_event();
Builtin one_decision();
Builtin saga_all_or_compensated();
Builtin saga_finishes();

}  // namespace halfwrite::invariants
