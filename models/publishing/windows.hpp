// The windows of this room: the dangerous stretches that its strategies, relays and subscriptions
// declare, and what a crash in each does. Names are looked up here when a scenario demands hits; a
// test finds each declared name in this table.
#pragma once

#include "sim/explanation.hpp"

#include <string>
#include <vector>

namespace halfwrite::publishing {

const std::vector<sim::Explanation>& windows();
std::vector<std::string> window_names();

}  // namespace halfwrite::publishing
