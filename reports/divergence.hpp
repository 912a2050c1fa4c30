// Two runs that should have been one, told: the first record in which they differ, with both sides.
// It judges nothing.
#pragma once

#include "campaign/outcome.hpp"

#include <string>

namespace halfwrite::reports {

// Several lines, each with its end, each after `indent`.
std::string divergence_text(const campaign::Divergence& divergence, const std::string& indent);

}  // namespace halfwrite::reports
