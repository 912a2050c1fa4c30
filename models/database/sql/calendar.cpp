#include "models/database/sql/calendar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace halfwrite::sql {

namespace {

std::int64_t floor_division(std::int64_t a, std::int64_t b) {
  const auto quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

// What does not fit is the greatest that does; those who give it on know that as out of range. The
// least of all has no opposite and never comes out.
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) return a < 0 ? -kMost : kMost;
  return std::max(result, -kMost);
}
std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return (a < 0) != (b < 0) ? -kMost : kMost;
  return std::max(result, -kMost);
}

// To the nearest, to the even one of two (rint).
Int128 rounded_quotient(Int128 amount, Int128 divisor) {
  const Int128 quotient = amount / divisor;
  const Int128 rest = amount % divisor;
  const Int128 twice = (rest < 0 ? -rest : rest) * 2;
  if (twice < divisor || (twice == divisor && quotient % 2 == 0)) return quotient;
  return quotient + (amount < 0 ? -1 : 1);
}

std::string padded(std::int64_t value, int width) {
  auto text = std::to_string(value);
  while (static_cast<int>(text.size()) < width) text.insert(0, 1, '0');
  return text;
}

std::string fraction_text(std::int64_t microsecond) {
  if (microsecond == 0) return "";
  auto text = "." + padded(microsecond, 6);
  while (text.back() == '0') text.pop_back();
  return text;
}

// Reads numbers and signs from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(trimmed(text)) {}

  bool take(char c) {
    if (rest_.empty() || std::toupper(static_cast<unsigned char>(rest_.front())) != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::int64_t> number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || rest_.empty() || rest_.front() == '-') return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  // Digits after a point, as microseconds; more than six are rounded down.
  std::int64_t fraction() {
    std::int64_t value = 0;
    int digits = 0;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front()))) {
      if (digits < 6) value = value * 10 + (rest_.front() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    for (; digits < 6; ++digits) value *= 10;
    return value;
  }
  std::string word() {
    std::string out;
    while (!rest_.empty() && std::isalpha(static_cast<unsigned char>(rest_.front()))) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(rest_.front())));
      rest_.remove_prefix(1);
    }
    return out;
  }
  void skip_blanks() { rest_ = trimmed(rest_); }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

DateReading failed(DateError error) {
  return {error, 0};
}

DateReading scan_date(Scanner& scanner) {
  const auto year = scanner.number();
  if (!year || !scanner.take('-')) return failed(DateError::syntax);
  const auto month = scanner.number();
  if (!month || !scanner.take('-')) return failed(DateError::syntax);
  const auto day = scanner.number();
  if (!day) return failed(DateError::syntax);
  if (*year < 1 || *year > 9999 || *month < 1 || *month > 12 || *day < 1 ||
      *day > days_in_month(*year, static_cast<int>(*month)))
    return failed(DateError::range);
  return {DateError::none,
          days_from_civil({*year, static_cast<int>(*month), static_cast<int>(*day)})};
}

DateReading scan_time(Scanner& scanner) {
  const auto hour = scanner.number();
  if (!hour || !scanner.take(':')) return failed(DateError::syntax);
  const auto minute = scanner.number();
  if (!minute) return failed(DateError::syntax);
  std::int64_t second = 0;
  std::int64_t microsecond = 0;
  if (scanner.take(':')) {
    const auto read = scanner.number();
    if (!read) return failed(DateError::syntax);
    second = *read;
    if (scanner.take('.')) microsecond = scanner.fraction();
  }
  if (*hour > 24 || *minute > 59 || second > 60) return failed(DateError::range);
  return {DateError::none,
          ((*hour * 60 + *minute) * 60 + second) * kMicrosecondsPerSecond + microsecond};
}

// "+02", "+02:30", "-0330", "Z", "UTC": microseconds ahead of UTC.
DateReading scan_offset(Scanner& scanner) {
  if (scanner.at_end()) return {};
  if (std::isalpha(static_cast<unsigned char>(scanner.peek()))) {
    const auto zone = scanner.word();
    return zone == "z" || zone == "utc" || zone == "gmt" ? DateReading{}
                                                         : failed(DateError::syntax);
  }
  const bool minus = scanner.peek() == '-';
  if (!scanner.take('-') && !scanner.take('+')) return failed(DateError::syntax);
  auto hours = scanner.number();
  std::int64_t minutes = 0;
  if (!hours) return failed(DateError::syntax);
  if (scanner.take(':')) {
    const auto read = scanner.number();
    if (!read) return failed(DateError::syntax);
    minutes = *read;
  } else if (*hours >= 100) {
    minutes = *hours % 100;
    hours = *hours / 100;
  }
  if (*hours > 15 || minutes > 59) return failed(DateError::range);
  const auto offset = (*hours * 60 + minutes) * 60 * kMicrosecondsPerSecond;
  return {DateError::none, minus ? -offset : offset};
}

struct Unit {
  std::string_view name;
  std::int64_t months;
  std::int64_t days;
  std::int64_t microseconds;
};
constexpr std::int64_t kSecond = kMicrosecondsPerSecond;
constexpr std::array<Unit, 32> kUnits{{{"us", 0, 0, 1},
                                       {"usec", 0, 0, 1},
                                       {"microsecond", 0, 0, 1},
                                       {"microseconds", 0, 0, 1},
                                       {"ms", 0, 0, 1000},
                                       {"msec", 0, 0, 1000},
                                       {"millisecond", 0, 0, 1000},
                                       {"milliseconds", 0, 0, 1000},
                                       {"s", 0, 0, kSecond},
                                       {"sec", 0, 0, kSecond},
                                       {"secs", 0, 0, kSecond},
                                       {"second", 0, 0, kSecond},
                                       {"seconds", 0, 0, kSecond},
                                       {"m", 0, 0, 60 * kSecond},
                                       {"min", 0, 0, 60 * kSecond},
                                       {"mins", 0, 0, 60 * kSecond},
                                       {"minute", 0, 0, 60 * kSecond},
                                       {"minutes", 0, 0, 60 * kSecond},
                                       {"h", 0, 0, 3600 * kSecond},
                                       {"hour", 0, 0, 3600 * kSecond},
                                       {"hours", 0, 0, 3600 * kSecond},
                                       {"d", 0, 1, 0},
                                       {"day", 0, 1, 0},
                                       {"days", 0, 1, 0},
                                       {"week", 0, 7, 0},
                                       {"weeks", 0, 7, 0},
                                       {"mon", 1, 0, 0},
                                       {"mons", 1, 0, 0},
                                       {"month", 1, 0, 0},
                                       {"months", 1, 0, 0},
                                       {"year", 12, 0, 0},
                                       {"years", 12, 0, 0}}};

// One "number unit" or "hh:mm:ss" of an interval.
bool scan_interval_part(Scanner& scanner, Interval& interval) {
  const bool minus = scanner.peek() == '-';
  if (!scanner.take('-')) scanner.take('+');
  const std::int64_t sign = minus ? -1 : 1;
  auto whole = scanner.number();
  if (!whole) {
    if (scanner.peek() != '.') return false;
    whole = 0;
  }
  if (scanner.take(':')) {
    const auto minute = scanner.number();
    if (!minute || *minute > 59) return false;
    std::int64_t second = 0;
    std::int64_t microsecond = 0;
    if (scanner.take(':')) {
      const auto read = scanner.number();
      if (!read || *read > 59) return false;
      second = *read;
      if (scanner.take('.')) microsecond = scanner.fraction();
    }
    const auto seconds = sum(product(sum(product(*whole, 60), *minute), 60), second);
    const auto part = sum(product(seconds, kSecond), microsecond);
    interval.microseconds = sum(interval.microseconds, sign * part);
    return true;
  }
  std::int64_t millionths = 0;
  if (scanner.take('.')) millionths = scanner.fraction();
  scanner.skip_blanks();
  auto name = scanner.word();
  if (name.empty()) {
    if (!scanner.at_end()) return false;  // only the last number may go without a unit
    name = "second";
  }
  for (const auto& unit : kUnits) {
    if (unit.name != name) continue;
    interval.months = sum(interval.months, sign * product(*whole, unit.months));
    interval.days = sum(interval.days, sign * product(*whole, unit.days));
    // A fraction of a unit trickles down: half a year is six months, half a day twelve hours.
    interval.months = sum(interval.months, sign * millionths * unit.months / 1'000'000);
    if (unit.months != 0) return true;
    const auto fraction = millionths * unit.microseconds / 1'000'000 +
                          millionths * unit.days * (kMicrosecondsPerDay / 1'000'000);
    const auto part = sum(product(*whole, unit.microseconds), fraction);
    interval.microseconds = sum(interval.microseconds, sign * part);
    return true;
  }
  return false;
}

void append_part(std::string& out, std::int64_t value, const char* unit, bool& negative_before) {
  if (value == 0) return;
  if (!out.empty()) out += ' ';
  if (negative_before && value > 0) out += '+';
  negative_before = value < 0;
  out += std::to_string(value) + " " + unit;
  if (value != 1) out += 's';
}

// A letter that is neither the T before the time nor a zone's Z: such a text is no date at all.
bool has_a_word(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'T' && c != 'Z';
  });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::int64_t days_from_civil(const CivilDate& date) {
  const auto year = date.month <= 2 ? date.year - 1 : date.year;
  const auto era = floor_division(year, 400);
  const auto year_of_era = year - era * 400;
  const auto day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const auto era = floor_division(days, 146097);
  const auto day_of_era = days - era * 146097;
  const auto year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto shifted = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  date.month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int days_in_month(std::int64_t year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

std::int64_t day_of(std::int64_t microseconds) {
  return floor_division(microseconds, kMicrosecondsPerDay);
}

ClockTime time_of_day(std::int64_t microseconds) {
  const auto rest = microseconds - day_of(microseconds) * kMicrosecondsPerDay;
  const auto seconds = rest / kMicrosecondsPerSecond;
  return {static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
          static_cast<int>(seconds % 60), static_cast<int>(rest % kMicrosecondsPerSecond)};
}

DateReading read_timestamp(std::string_view text, bool with_zone) {
  Scanner scanner(text);
  const auto date = scan_date(scanner);
  if (date.error == DateError::range && has_a_word(text)) return failed(DateError::syntax);
  if (date.error != DateError::none) return date;
  std::int64_t value = date.value * kMicrosecondsPerDay;
  if (scanner.at_end()) return {DateError::none, value};
  if (!scanner.take('T')) scanner.skip_blanks();
  const auto time = scan_time(scanner);
  if (time.error != DateError::none) return time;
  scanner.skip_blanks();
  const auto offset = scan_offset(scanner);
  if (offset.error != DateError::none || !scanner.at_end()) return failed(DateError::syntax);
  value += time.value;
  return {DateError::none, with_zone ? value - offset.value : value};
}

DateReading read_date(std::string_view text) {
  const auto reading = read_timestamp(text, false);
  if (reading.error != DateError::none) return reading;
  return {DateError::none, day_of(reading.value)};
}

DateReading read_time(std::string_view text) {
  Scanner scanner(text);
  const auto time = scan_time(scanner);
  if (time.error == DateError::none && !scanner.at_end()) return failed(DateError::syntax);
  return time;
}

std::string timestamp_text(std::int64_t microseconds, bool with_zone) {
  const auto day = day_of(microseconds);
  return date_text(day) + " " + time_text(microseconds - day * kMicrosecondsPerDay) +
         (with_zone ? "+00" : "");
}

std::string date_text(std::int64_t days) {
  const auto date = civil_from_days(days);
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
}

std::string time_text(std::int64_t microseconds) {
  const auto seconds = microseconds / kMicrosecondsPerSecond;
  return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" +
         padded(seconds % 60, 2) + fraction_text(microseconds % kMicrosecondsPerSecond);
}

std::optional<Interval> read_interval(std::string_view text) {
  Scanner scanner(text);
  if (scanner.at_end()) return std::nullopt;
  Interval interval;
  while (!scanner.at_end()) {
    if (std::isalpha(static_cast<unsigned char>(scanner.peek()))) {
      if (scanner.word() != "ago" || !scanner.at_end()) return std::nullopt;
      return negated(interval);
    }
    if (!scan_interval_part(scanner, interval) || !is_in_range(interval)) return std::nullopt;
    scanner.skip_blanks();
  }
  return interval;
}

bool is_in_range(const Interval& interval) {
  return interval.months == static_cast<std::int32_t>(interval.months) &&
         interval.days == static_cast<std::int32_t>(interval.days) &&
         interval.microseconds > -kMost && interval.microseconds < kMost;
}

std::string to_text(const Interval& interval) {
  std::string out;
  bool negative_before = false;
  append_part(out, interval.months / 12, "year", negative_before);
  append_part(out, interval.months % 12, "mon", negative_before);
  append_part(out, interval.days, "day", negative_before);
  if (interval.microseconds != 0 || out.empty()) {
    if (!out.empty()) out += ' ';
    if (interval.microseconds < 0)
      out += '-';
    else if (negative_before)
      out += '+';
    out += time_text(interval.microseconds < 0 ? -interval.microseconds : interval.microseconds);
  }
  return out;
}

std::strong_ordering compare(const Interval& a, const Interval& b) {
  const auto days = [](const Interval& i) {
    return i.months * 30 + i.days + floor_division(i.microseconds, kMicrosecondsPerDay);
  };
  const auto rest = [](const Interval& i) {
    return i.microseconds -
           floor_division(i.microseconds, kMicrosecondsPerDay) * kMicrosecondsPerDay;
  };
  if (const auto order = days(a) <=> days(b); order != 0) return order;
  return rest(a) <=> rest(b);
}

std::int64_t plus(std::int64_t microseconds, const Interval& interval) {
  if (interval.months != 0) {
    const auto day = day_of(microseconds);
    auto date = civil_from_days(day);
    const auto month = date.year * 12 + date.month - 1 + interval.months;
    date.year = floor_division(month, 12);
    date.month = static_cast<int>(month - date.year * 12) + 1;
    date.day = std::min(date.day, days_in_month(date.year, date.month));
    microseconds = sum(microseconds, product(days_from_civil(date) - day, kMicrosecondsPerDay));
  }
  return sum(sum(microseconds, product(interval.days, kMicrosecondsPerDay)), interval.microseconds);
}

Interval negated(const Interval& interval) {
  return {-interval.months, -interval.days, -interval.microseconds};
}

Interval plus(const Interval& a, const Interval& b) {
  return {sum(a.months, b.months), sum(a.days, b.days), sum(a.microseconds, b.microseconds)};
}

std::optional<Interval> multiple(const Interval& value, Int128 numerator, Int128 denominator) {
  Int128 months = 0;
  Int128 days = 0;
  Int128 time = 0;
  if (__builtin_mul_overflow(Int128{value.months}, numerator, &months) ||
      __builtin_mul_overflow(Int128{value.days}, numerator, &days) ||
      __builtin_mul_overflow(Int128{value.microseconds}, numerator, &time))
    return std::nullopt;
  // What is left of a month is rounded to a millionth of a day, 86,400 microseconds.
  constexpr Int128 million = 1'000'000;
  const Int128 of_month = rounded_quotient(months % denominator * 30 * million, denominator);
  const Int128 rest = of_month % million * (kMicrosecondsPerDay / million) +
                      rounded_quotient(days % denominator * kMicrosecondsPerDay, denominator);
  const Int128 whole_months = months / denominator;
  const Int128 whole_days = days / denominator + of_month / million + rest / kMicrosecondsPerDay;
  const Int128 whole_time = rounded_quotient(time, denominator) + rest % kMicrosecondsPerDay;
  const Interval result{static_cast<std::int64_t>(whole_months),
                        static_cast<std::int64_t>(whole_days),
                        static_cast<std::int64_t>(whole_time)};
  const bool fits = result.months == whole_months && result.days == whole_days &&
                    result.microseconds == whole_time && is_in_range(result);
  return fits ? std::optional(result) : std::nullopt;
}

Interval between(std::int64_t later, std::int64_t earlier) {
  const auto difference = sum(later, -std::max(earlier, -kMost));
  return {0, difference / kMicrosecondsPerDay, difference % kMicrosecondsPerDay};
}

}  // namespace halfwrite::sql
