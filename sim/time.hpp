// Virtual time: integer nanoseconds, never floating point, never the wall clock. An Instant counts
// from the start of a run; a Duration is a difference. Both are plain values; neither converts by
// itself from or to a bare number.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace halfwrite::sim {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
  static constexpr Duration microseconds(std::int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
  // Longer than any run; used for "never".
  static constexpr Duration for_ever() {
    return Duration(std::numeric_limits<std::int64_t>::max() / 4);
  }

  constexpr std::int64_t in_nanoseconds() const { return nanoseconds_; }
  constexpr bool is_zero() const { return nanoseconds_ == 0; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const {
    return Duration(nanoseconds_ + other.nanoseconds_);
  }
  constexpr Duration operator-(Duration other) const {
    return Duration(nanoseconds_ - other.nanoseconds_);
  }
  constexpr Duration operator-() const { return Duration(-nanoseconds_); }
  constexpr Duration operator*(std::int64_t factor) const {
    return Duration(nanoseconds_ * factor);
  }
  constexpr Duration operator/(std::int64_t divisor) const {
    return Duration(nanoseconds_ / divisor);
  }

 private:
  explicit constexpr Duration(std::int64_t n) : nanoseconds_(n) {}
  std::int64_t nanoseconds_ = 0;
};

class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant at(Duration since_start) { return Instant(since_start); }
  static constexpr Instant never() { return Instant(Duration::for_ever()); }

  constexpr Duration since_start() const { return since_start_; }

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return Instant(since_start_ + d); }
  constexpr Instant operator-(Duration d) const { return Instant(since_start_ - d); }
  constexpr Duration operator-(Instant other) const { return since_start_ - other.since_start_; }

 private:
  explicit constexpr Instant(Duration d) : since_start_(d) {}
  Duration since_start_;
};

// "1.4 ms", "0.51 s", "38 ms": three significant digits at most, for people.
std::string to_text(Duration duration);
// "0.094" seconds with three decimals, as the stories print instants.
std::string to_text(Instant instant);

}  // namespace halfwrite::sim
