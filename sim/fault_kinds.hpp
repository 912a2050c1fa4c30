// The table of fault kinds: the word of each, what it hangs on, and what it does. A new kind is a
// line of the enumeration in sim/fault.hpp and a row here.
#pragma once

#include "sim/explanation.hpp"
#include "sim/fault.hpp"

#include <vector>

namespace halfwrite::sim {

struct FaultKindRow {
  FaultKind kind;
  // It strikes one message or statement at the point that its word is followed by; the others
  // strike nodes and links, and say when beside it.
  bool is_of_one_message;
  Explanation explanation;  // its name is the word in plans, storms and reports
};

// In the order of the enumeration.
const std::vector<FaultKindRow>& all_fault_kinds();
const FaultKindRow& row_of(FaultKind kind);

}  // namespace halfwrite::sim
