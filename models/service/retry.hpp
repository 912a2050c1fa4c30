// The rule of `retry`, the same for steps, operations, handlers and clients (delay_before stands
// with Retry in program.hpp). Pure functions.
#pragma once

#include "models/service/outcome.hpp"
#include "models/service/program.hpp"

#include <cstdint>

namespace halfwrite::service {

// Is this failure one that is tried again? Without `errors`: every error and unknown outcome, no
// business failure. A failure whose outcome is unknown also goes by the name "unknown".
bool covers(const Retry& retry, const StepFailure& failure);

// Is there another attempt after `attempts_made` (at least 1) that ended so?
bool tries_again(const Retry& retry, const StepFailure& failure, std::uint32_t attempts_made);

}  // namespace halfwrite::service
