#include "sim/time.hpp"

#include <fmt/format.h>

namespace halfwrite::sim {

namespace {

struct Unit {
  std::int64_t nanoseconds;
  const char* name;
};

// From 400 ms on people read seconds: "0.51 s".
Unit unit_for(std::int64_t nanoseconds) {
  if (nanoseconds < 1'000) return {1, "ns"};
  if (nanoseconds < 1'000'000) return {1'000, "us"};
  if (nanoseconds < 400'000'000) return {1'000'000, "ms"};
  return {1'000'000'000, "s"};
}

}  // namespace

std::string to_text(Duration duration) {
  if (duration >= Duration::for_ever()) return "for ever";
  std::int64_t value = duration.in_nanoseconds();
  const char* sign = value < 0 ? "-" : "";
  if (value < 0) value = -value;
  const Unit unit = unit_for(value);
  // Decimals that leave three significant digits, rounded half up in integers.
  const std::int64_t whole = value / unit.nanoseconds;
  std::int64_t scale = whole >= 100 ? 1 : whole >= 10 ? 10 : whole >= 1 ? 100 : 1000;
  if (unit.nanoseconds == 1) scale = 1;
  const std::int64_t step = unit.nanoseconds / scale;
  std::int64_t scaled = value / step + (value % step >= step - step / 2 && step > 1 ? 1 : 0);
  while (scale > 1 && scaled % 10 == 0) {
    scaled /= 10;
    scale /= 10;
  }
  if (scale == 1) return fmt::format("{}{} {}", sign, scaled, unit.name);
  const int decimals = scale == 10 ? 1 : scale == 100 ? 2 : 3;
  return fmt::format("{}{}.{:0{}} {}", sign, scaled / scale, scaled % scale, decimals, unit.name);
}

std::string to_text(Instant instant) {
  const std::int64_t value = instant.since_start().in_nanoseconds();
  const std::int64_t milliseconds = (value + 500'000) / 1'000'000;
  return fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

}  // namespace halfwrite::sim
