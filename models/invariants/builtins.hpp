// The built-in invariants: one function per file, listed in registry.cpp.
#pragma once

#include "models/invariants/ledger_invariant.hpp"

#include <memory>

namespace halfwrite::invariants {

std::unique_ptr<Invariant> make_no_lost_event(const Ingredients& ingredients);
std::unique_ptr<Invariant> make_no_phantom_event(const Ingredients& ingredients);
std::unique_ptr<Invariant> make_no_premature_event(const Ingredients& ingredients);
std::unique_ptr<Invariant> make_no_duplicate_effect(const Ingredients& ingredients);
std::unique_ptr<Invariant> make_events_in_order_per_key(const Ingredients& ingredients);
std::unique_ptr<Invariant> make_no_lost_commit(const Ingredients& ingredients);

}  // namespace halfwrite::invariants
