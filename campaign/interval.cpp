#include "campaign/interval.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <cmath>

namespace halfwrite::campaign {

Interval share_interval(std::uint64_t violating, std::uint64_t seeds) {
  HALFWRITE_ASSERT(seeds > 0 && violating <= seeds,
                   "a share was asked of no seeds, or of more than there are");
  const double z = 1.959963984540054;
  const double n = static_cast<double>(seeds);
  const double share = static_cast<double>(violating) / n;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // At the ends the interval touches the end exactly; rounding must not leave a crumb.
  const double lower = violating == 0 ? 0 : std::max(0.0, centre - half);
  const double upper = violating == seeds ? 1 : std::min(1.0, centre + half);
  return {100 * lower, 100 * upper};
}

double none_bound_percent(std::uint64_t seeds) {
  HALFWRITE_ASSERT(seeds > 0, "a bound was asked of no seeds");
  return 100 * (1 - std::pow(0.05, 1 / static_cast<double>(seeds)));
}

}  // namespace halfwrite::campaign
