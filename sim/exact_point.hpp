// An address as the point that a plan names it by: this pass of this step, for this intent and
// attempt, on this process, and no other. A fault anchored there lands there when the run is made
// again. It owns nothing.
#pragma once

#include "sim/address.hpp"
#include "sim/fault.hpp"

namespace halfwrite::sim {

Point exact_point(const Names& names, const Address& address);

}  // namespace halfwrite::sim
