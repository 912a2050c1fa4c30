// Dates, times and intervals as PostgreSQL reads and prints them, proleptic Gregorian, time zone
// UTC. Instants are microseconds since 1970-01-01 00:00 UTC; no clock is read here.
#pragma once

#include "models/database/sql/numeric.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::sql {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

struct CivilDate {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
};
struct ClockTime {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
};

// Without the blanks around it, which input functions skip.
std::string_view trimmed(std::string_view text);

std::int64_t days_from_civil(const CivilDate& date);
CivilDate civil_from_days(std::int64_t days);
int days_in_month(std::int64_t year, int month);
std::int64_t day_of(std::int64_t microseconds);  // rounds down
ClockTime time_of_day(std::int64_t microseconds);

enum class DateError : std::uint8_t { none, syntax, range };
// A reading: the value if `error` is none.
struct DateReading {
  DateError error = DateError::none;
  std::int64_t value = 0;
};
// "2026-01-31 12:00:00.5+02", "2026-01-31", "2026-01-31T12:00Z"; an offset counts only with
// `with_zone`.
DateReading read_timestamp(std::string_view text, bool with_zone);
DateReading read_date(std::string_view text);  // days
DateReading read_time(std::string_view text);  // microseconds of the day

std::string timestamp_text(std::int64_t microseconds, bool with_zone);
std::string date_text(std::int64_t days);
std::string time_text(std::int64_t microseconds);

struct Interval {
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::int64_t microseconds = 0;
};
// PostgreSQL keeps months and days in 32 bits and microseconds in 64. A sum that does not fit into
// 64 bits becomes the greatest number there is, which is out of range.
bool is_in_range(const Interval& interval);
// "5 minutes", "1 day 02:00:00", "-00:00:01.5", "1 year 2 mons", "PT" forms are refused. A bare
// number counts seconds.
std::optional<Interval> read_interval(std::string_view text);
std::string to_text(const Interval& interval);
// As PostgreSQL: a month is 30 days and a day 24 hours.
std::strong_ordering compare(const Interval& a, const Interval& b);
// Months first (the day is cut to the length of the month), then days, then the rest.
std::int64_t plus(std::int64_t microseconds, const Interval& interval);
Interval negated(const Interval& interval);
Interval plus(const Interval& a, const Interval& b);
// Times numerator / denominator, as interval_mul and interval_div (timestamp.c): what is left of a
// month becomes days, what is left of those and of the days becomes time, rounded on its own.
// Nothing if it is out of range; the denominator is positive.
std::optional<Interval> multiple(const Interval& value, Int128 numerator, Int128 denominator);
// Difference of two instants as `-` gives it: days and time.
Interval between(std::int64_t later, std::int64_t earlier);

}  // namespace halfwrite::sql
