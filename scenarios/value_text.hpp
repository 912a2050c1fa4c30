// Durations, chances, rates and decimal numbers as a scenario writes them. Integers throughout: a
// decimal is read from its digits, never through floating point.
#pragma once

#include "sim/draw.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::scenarios {

// "10ms", "1.5s", "-5ms"; units ns us ms s m h d. Nothing when the text has another form, is no
// whole number of nanoseconds or is longer than 20 years.
std::optional<sim::Duration> parse_duration(std::string_view text);
// The same, or "2ms..5ms" with the lesser first.
std::optional<sim::DurationRange> parse_duration_range(std::string_view text);
// "0.25", "3": reduced. Nothing when negative, in another form or beyond 18 digits.
std::optional<sim::Ratio> parse_decimal(std::string_view text);
// "0.01" or "1/100", from 0 to 1.
std::optional<sim::Ratio> parse_chance(std::string_view text);
// "100/s": the time between two requests, rounded down to nanoseconds; from 1 per day to 1 per
// nanosecond.
std::optional<sim::Duration> parse_rate(std::string_view text);
// "50ppm", "-200ppm": whole parts per million, to a tenth (sim::Clock::most_drift_ppm) either way.
std::optional<std::int64_t> parse_drift(std::string_view text);
// "64MB": bytes; units B kB MB GB TB, powers of 1024 as PostgreSQL counts them.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::optional<std::uint64_t> parse_natural(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace halfwrite::scenarios
