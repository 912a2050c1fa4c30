#include "sim/clock.hpp"

#include "sim/assert.hpp"

namespace halfwrite::sim {

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t million = 1'000'000;

std::int64_t round_down(std::int64_t value, std::int64_t step) {
  if (step <= 1) return value;
  std::int64_t rest = value % step;
  if (rest < 0) rest += step;
  return value - rest;
}

}  // namespace

Instant Clock::reads(Instant now, Duration stepped) const {
  const std::int64_t elapsed = now.since_start().in_nanoseconds();
  const auto gained = static_cast<std::int64_t>(Wide{elapsed} * drift_ppm / million);
  const std::int64_t time = elapsed + gained + (offset + stepped).in_nanoseconds();
  return Instant::at(Duration::nanoseconds(round_down(time, resolution.in_nanoseconds())));
}

Duration Clock::truly(Duration measured) const {
  // What is left of "for ever" is still for ever.
  if (drift_ppm == 0 || measured >= Duration::for_ever() / 2) return measured;
  HALFWRITE_ASSERT(drift_ppm >= -most_drift_ppm && drift_ppm <= most_drift_ppm,
                   "a clock drifts by more than a tenth");
  const std::int64_t pace = million + drift_ppm;
  const Wide scaled = Wide{measured.in_nanoseconds()} * million;
  // Rounded up: a timer never fires early.
  const Wide rest = scaled % pace;
  const Wide truly = scaled / pace + (rest > 0 ? 1 : 0);
  return Duration::nanoseconds(static_cast<std::int64_t>(truly));
}

}  // namespace halfwrite::sim
