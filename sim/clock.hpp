// The clock of a node: how it was set, how fast it runs, how finely it reads. A pure function of
// true time, in integers. It tells a node what time it is and how long its timers truly take; who
// orders events, judges or measures uses true time and never asks it.
#pragma once

#include "sim/time.hpp"

#include <cstdint>

namespace halfwrite::sim {

struct Clock {
  // Of drift; a real quartz is off by less than 200, a virtual machine by some thousands.
  static constexpr std::int64_t most_drift_ppm = 100'000;

  Duration offset;             // ahead of true time at its start; negative: behind
  std::int64_t drift_ppm = 0;  // it gains so many microseconds in a true second; negative: it loses
  Duration resolution = Duration::microseconds(1);  // what it reads is rounded down to this

  // What it shows at a true instant, when faults have set it ahead by `stepped`.
  Instant reads(Instant now, Duration stepped = Duration()) const;
  // How long it truly takes until it has gone on by `measured`: what a timer of its node takes.
  // Steps do not touch timers (CLOCK_MONOTONIC is slewed, never set). "For ever" stays for ever.
  Duration truly(Duration measured) const;
  friend bool operator==(const Clock&, const Clock&) = default;
};

}  // namespace halfwrite::sim
