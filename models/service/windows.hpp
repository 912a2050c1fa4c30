// The windows of this room: dangerous stretches of an operation itself, whatever publishes its
// events. Names are looked up here when a scenario demands hits.
#pragma once

#include "sim/explanation.hpp"

#include <string_view>
#include <vector>

namespace halfwrite::service {

inline constexpr std::string_view outside_window = "between effect outside and commit";

const std::vector<sim::Explanation>& windows();

}  // namespace halfwrite::service
