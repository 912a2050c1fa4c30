// What a fault that landed struck, read from its target and address: for stories that look for the
// fault that broke an event. It knows faults and names, no events.
#pragma once

#include "sim/fault.hpp"

#include <string_view>

namespace halfwrite::invariants {

// As a whole name: "order.1" is in "order.1 - kafka.1" and not in "order.17".
bool contains_name(std::string_view text, std::string_view name);

// Did it strike the process or what it was connected by? A single message lost on the way to it
// was somebody else's, unless its address says otherwise.
bool strikes_node(const sim::LandedFault& fault, std::string_view node);

}  // namespace halfwrite::invariants
