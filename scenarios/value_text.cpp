#include "scenarios/value_text.hpp"

#include "sim/clock.hpp"

#include <array>
#include <limits>
#include <numeric>
#include <utility>

namespace halfwrite::scenarios {

namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> units{
    {{"ns", 1},
     {"us", 1'000},
     {"ms", 1'000'000},
     {"s", 1'000'000'000},
     {"m", 60'000'000'000},
     {"h", 3'600'000'000'000},
     {"d", 86'400'000'000'000}}};
constexpr std::int64_t longest = 7300 * 86'400'000'000'000;

std::optional<std::int64_t> nanoseconds_in(std::string_view unit) {
  for (const auto& [name, nanoseconds] : units) {
    if (name == unit) return nanoseconds;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_drift(std::string_view text) {
  constexpr std::string_view unit = "ppm";
  if (!text.ends_with(unit)) return std::nullopt;
  const auto parts = parse_integer(text.substr(0, text.size() - unit.size()));
  constexpr std::int64_t most = sim::Clock::most_drift_ppm;
  return parts && *parts >= -most && *parts <= most ? parts : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view size_units[] = {"B", "kB", "MB", "GB", "TB"};
  const std::size_t unit = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_natural(text.substr(0, unit));
  if (!number) return std::nullopt;
  std::uint64_t factor = 1;
  for (const std::string_view known : size_units) {
    if (text.substr(unit) != known) {
      factor *= 1024;
    } else if (*number <= ~0ull / factor) {
      return *number * factor;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_natural(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  const auto magnitude = parse_natural(negative ? text.substr(1) : text);
  if (!magnitude) return std::nullopt;
  const auto value = static_cast<std::int64_t>(*magnitude);
  return negative ? -value : value;
}

std::optional<sim::Ratio> parse_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::uint64_t denominator = 1;
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    if (digits.empty() || fraction.empty() || fraction.size() > 18) return std::nullopt;
    digits += fraction;
    for (std::size_t i = 0; i < fraction.size(); ++i) denominator *= 10;
  }
  while (digits.size() > 1 && digits.front() == '0') digits.erase(0, 1);
  const auto numerator = parse_natural(digits);
  if (!numerator) return std::nullopt;
  const std::uint64_t divisor = std::gcd(*numerator, denominator);
  return sim::Ratio{*numerator / divisor, denominator / divisor};
}

std::optional<sim::Duration> parse_duration(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t unit_start = text.find_first_not_of("0123456789.");
  if (unit_start == std::string_view::npos) return std::nullopt;
  const auto number = parse_decimal(text.substr(0, unit_start));
  const auto unit = nanoseconds_in(text.substr(unit_start));
  if (!number || !unit) return std::nullopt;
  const auto unit_nanoseconds = static_cast<std::uint64_t>(*unit);
  const std::uint64_t shared = std::gcd(unit_nanoseconds, number->denominator);
  if (number->denominator != shared) return std::nullopt;
  const std::uint64_t factor = unit_nanoseconds / shared;
  if (number->numerator > static_cast<std::uint64_t>(longest) / factor) return std::nullopt;
  const auto nanoseconds = static_cast<std::int64_t>(number->numerator * factor);
  return sim::Duration::nanoseconds(negative ? -nanoseconds : nanoseconds);
}

std::optional<sim::DurationRange> parse_duration_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    const auto duration = parse_duration(text);
    if (!duration) return std::nullopt;
    return sim::DurationRange::exactly(*duration);
  }
  const auto least = parse_duration(text.substr(0, dots));
  const auto most = parse_duration(text.substr(dots + 2));
  if (!least || !most || *most < *least) return std::nullopt;
  return sim::DurationRange{*least, *most};
}

std::optional<sim::Ratio> parse_chance(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    const auto chance = parse_decimal(text);
    if (!chance || chance->numerator > chance->denominator) return std::nullopt;
    return chance;
  }
  const auto numerator = parse_natural(text.substr(0, slash));
  const auto denominator = parse_natural(text.substr(slash + 1));
  if (!numerator || !denominator || *denominator == 0 || *numerator > *denominator) {
    return std::nullopt;
  }
  const std::uint64_t divisor = std::gcd(*numerator, *denominator);
  return sim::Ratio{*numerator / divisor, *denominator / divisor};
}

std::optional<sim::Duration> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto number = parse_decimal(text.substr(0, slash));
  const auto unit = nanoseconds_in(text.substr(slash + 1));
  if (!number || !unit || number->numerator == 0) return std::nullopt;
  const auto unit_nanoseconds = static_cast<std::uint64_t>(*unit);
  if (number->denominator > std::numeric_limits<std::int64_t>::max() / unit_nanoseconds) {
    return std::nullopt;
  }
  const std::uint64_t interval = unit_nanoseconds * number->denominator / number->numerator;
  if (interval == 0 || interval > 86'400'000'000'000u) return std::nullopt;
  return sim::Duration::nanoseconds(static_cast<std::int64_t>(interval));
}

}  // namespace halfwrite::scenarios
