// Shares with their intervals: how many of n seeds broke something, and between which shares the
// truth lies with 95 % confidence. Pure arithmetic for people to read; no run depends on it, so
// floating point is allowed here.
#pragma once

#include <cstdint>

namespace halfwrite::campaign {

struct Interval {
  double lower_percent = 0;
  double upper_percent = 0;
};

// Wilson's score interval, which stays inside 0..100 and is honest for few seeds. Requires
// violating <= seeds, seeds > 0.
Interval share_interval(std::uint64_t violating, std::uint64_t seeds);

// What "none in n seeds" is worth: with 95 % confidence the true share is below this (1 -
// 0.05^(1/n)).
double none_bound_percent(std::uint64_t seeds);

}  // namespace halfwrite::campaign
