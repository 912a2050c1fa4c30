#include "models/service/retry.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::service {

sim::Duration delay_before(const Retry& retry, std::uint32_t next_attempt) {
  HALFWRITE_ASSERT(next_attempt >= 2, "no delay stands before a first attempt");
  const std::int64_t longest = retry.max_delay.value_or(sim::Duration::for_ever()).in_nanoseconds();
  const auto numerator = static_cast<std::int64_t>(retry.multiplier.numerator);
  const auto denominator = static_cast<std::int64_t>(retry.multiplier.denominator);
  HALFWRITE_ASSERT(numerator >= 0 && denominator > 0, "a multiplier is not below zero");
  std::int64_t delay = std::min(retry.delay.in_nanoseconds(), longest);
  // Rounded down at each attempt. A delay that no longer changes will not change again.
  for (std::uint32_t attempt = 3; attempt <= next_attempt; ++attempt) {
    std::int64_t next = longest;
    if (numerator == 0 || delay <= std::numeric_limits<std::int64_t>::max() / numerator) {
      next = std::min(delay * numerator / denominator, longest);
    }
    if (next == delay) break;
    delay = next;
  }
  return sim::Duration::nanoseconds(delay);
}

bool covers(const Retry& retry, const StepFailure& failure) {
  if (retry.errors.empty()) return failure.kind != StepFailure::Kind::business;
  return std::any_of(retry.errors.begin(), retry.errors.end(), [&](const std::string& name) {
    return name == failure.name ||
           (name == "unknown" && failure.kind == StepFailure::Kind::unknown);
  });
}

bool tries_again(const Retry& retry, const StepFailure& failure, std::uint32_t attempts_made) {
  if (retry.attempts && attempts_made >= *retry.attempts) return false;
  return covers(retry, failure);
}

}  // namespace halfwrite::service
