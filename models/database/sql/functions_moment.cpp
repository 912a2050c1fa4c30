// Clocks, timestamps, dates and intervals.
#include "models/database/sql/calendar.hpp"
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/numeric.hpp"
#include "sim/assert.hpp"

namespace halfwrite::sql {

namespace {

Interval interval(const Call& call, int i) {
  const auto read = read_interval(call.text(i));
  HALFWRITE_ASSERT(read.has_value(), "an interval argument does not hold an interval");
  return *read;
}

void answer_interval(Call& call, const Interval& value) {
  if (!is_in_range(value)) return call.fail("22008", "interval out of range");
  call.answer(std::string_view(to_text(value)));
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

void now(Call& call) {
  if (auto* environment = call.environment()) call.answer(environment->transaction_time());
}
void statement_time(Call& call) {
  if (auto* environment = call.environment()) call.answer(environment->statement_time());
}
void clock_time(Call& call) {
  if (auto* environment = call.environment()) call.answer(environment->clock_time());
}
void day(Call& call) {
  call.answer(day_of(call.integer(0)));
}

void add_intervals(Call& call) {
  const auto other = interval(call, 1);
  answer_interval(call, plus(interval(call, 0), call.integer(2) < 0 ? negated(other) : other));
}

void add_to_moment(Call& call) {
  const auto other = interval(call, 1);
  // Until the year 294247, and from 4713 before Christ on, as PostgreSQL's.
  constexpr std::int64_t last = 9'200'000'000'000'000'000;
  constexpr std::int64_t first = -210'866'803'200'000'000;
  const auto moment = plus(call.integer(0), call.integer(2) < 0 ? negated(other) : other);
  if (moment < first || moment > last) return call.fail("22008", "timestamp out of range");
  call.answer(moment);
}

// 4713 BC to 5874897 AD, as PostgreSQL's (timestamp.h).
void add_to_date(Call& call) {
  constexpr std::int64_t kFirst = -2'440'588;
  constexpr std::int64_t kEnd = 2'145'042'905;
  const auto day = call.integer(0) + call.integer(1) * call.integer(2);
  if (day < kFirst || day >= kEnd) return call.fail("22008", "date out of range");
  call.answer(day);
}

void in_zone(Call& call) {
  const auto zone = call.text(0);
  if (zone != "UTC" && zone != "utc")
    return call.fail("0A000", "a time zone other than UTC is not supported here");
  call.answer_argument(1);
}

void difference(Call& call) {
  answer_interval(call, between(call.integer(0), call.integer(1)));
}

std::optional<Numeric> factor(const Call& call, int i) {
  auto number = call.is_integer(i) ? Numeric::from_integer(call.integer(i))
                                   : Numeric::parse(call.text(i)).value_or(Numeric{});
  return rounded(number, number.scale > 9 ? 9 : number.scale);
}

void scale_interval(Call& call, bool divides) {
  const auto number = factor(call, 1);
  if (!number || (divides && number->unscaled == 0))
    return call.fail(number ? "22012" : "22003",
                     number ? "division by zero" : "interval out of range");
  Int128 power = 1;
  for (int i = 0; i < number->scale; ++i) power *= 10;
  Int128 numerator = divides ? power : number->unscaled;
  Int128 denominator = divides ? number->unscaled : power;
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const auto result = multiple(interval(call, 0), numerator, denominator);
  if (!result) return call.fail("22008", "interval out of range");
  answer_interval(call, *result);
}
void multiply_interval(Call& call) {
  scale_interval(call, false);
}
void divide_interval(Call& call) {
  scale_interval(call, true);
}

void make_interval(Call& call) {
  Interval value{call.integer(0) * 12 + call.integer(1), call.integer(2) * 7 + call.integer(3),
                 (call.integer(4) * 60 + call.integer(5)) * 60 * kMicrosecondsPerSecond};
  const auto seconds = call.is_integer(6) ? Numeric::from_integer(call.integer(6))
                                          : Numeric::parse(call.text(6)).value_or(Numeric{});
  const auto micros = rounded(seconds, 6);
  const auto time = micros ? micros->unscaled + value.microseconds : Int128{0};
  value.microseconds = static_cast<std::int64_t>(time);
  if (!micros || value.microseconds != time) return call.fail("22008", "interval out of range");
  answer_interval(call, value);
}

void to_timestamp(Call& call) {
  const auto seconds = call.is_integer(0) ? Numeric::from_integer(call.integer(0))
                                          : Numeric::parse(call.text(0)).value_or(Numeric{});
  const auto micros = rounded(seconds, 6);
  if (!micros || micros->unscaled > (Int128{1} << 62))
    return call.fail("22008", "timestamp out of range");
  call.answer(static_cast<std::int64_t>(micros->unscaled));
}

void date_trunc(Call& call) {
  const auto field = lower_case(call.text(0));
  const auto value = call.integer(1);
  const auto days = day_of(value);
  auto date = civil_from_days(days);
  const auto to = [&](std::int64_t unit) { call.answer(value - ((value % unit) + unit) % unit); };
  if (field == "microseconds") return call.answer(value);
  if (field == "milliseconds") return to(1000);
  if (field == "second") return to(kMicrosecondsPerSecond);
  if (field == "minute") return to(60 * kMicrosecondsPerSecond);
  if (field == "hour") return to(3600 * kMicrosecondsPerSecond);
  if (field == "day") return call.answer(days * kMicrosecondsPerDay);
  if (field == "week") return call.answer((days - ((days + 3) % 7 + 7) % 7) * kMicrosecondsPerDay);
  date.day = 1;
  if (field == "quarter") date.month = (date.month - 1) / 3 * 3 + 1;
  // A century begins with the year 1, a decade with the year 0 (timestamp.c, timestamp_trunc).
  if (field == "decade") date.year -= ((date.year % 10) + 10) % 10;
  if (field == "century" && date.year > 0) date.year = (date.year + 99) / 100 * 100 - 99;
  if (field == "millennium" && date.year > 0) date.year = (date.year + 999) / 1000 * 1000 - 999;
  const bool whole_years =
      field == "year" || field == "decade" || field == "century" || field == "millennium";
  if (whole_years) date.month = 1;
  if (field != "month" && field != "quarter" && !whole_years)
    return call.fail("22023",
                     "unit \"" + field + "\" not recognized for type timestamp with time zone");
  call.answer(days_from_civil(date) * kMicrosecondsPerDay);
}

std::string with_decimals(Int128 unscaled, int scale) {
  return to_text(Numeric{unscaled, scale});
}

// Fields of an instant; empty if there is no such field.
std::string field_of_moment(std::string_view field, std::int64_t value, bool is_date) {
  const auto days = day_of(value);
  const auto date = civil_from_days(days);
  const auto time = time_of_day(value);
  const auto day_of_year = days - days_from_civil({date.year, 1, 1}) + 1;
  if (field == "epoch")
    return is_date ? std::to_string(value / kMicrosecondsPerSecond) : with_decimals(value, 6);
  if (field == "year") return std::to_string(date.year);
  if (field == "quarter") return std::to_string((date.month - 1) / 3 + 1);
  if (field == "month") return std::to_string(date.month);
  if (field == "day") return std::to_string(date.day);
  if (field == "hour") return std::to_string(time.hour);
  if (field == "minute") return std::to_string(time.minute);
  const auto seconds = time.second * kMicrosecondsPerSecond + time.microsecond;
  if (field == "second") return with_decimals(seconds, 6);
  if (field == "milliseconds") return with_decimals(seconds, 3);
  if (field == "microseconds") return std::to_string(seconds);
  if (field == "dow") return std::to_string(((days + 4) % 7 + 7) % 7);
  if (field == "isodow") return std::to_string(((days + 3) % 7 + 7) % 7 + 1);
  if (field == "doy") return std::to_string(day_of_year);
  return "";
}

std::string field_of_interval(std::string_view field, const Interval& value) {
  const auto micros = value.microseconds;
  const auto seconds = micros / kMicrosecondsPerSecond;
  if (field == "epoch") {
    // A year has 365.25 days and a month 30.
    const Int128 days = Int128{value.months / 12} * 1461 * 6 + Int128{value.months % 12} * 30 * 24 +
                        Int128{value.days} * 24;  // in hours
    return with_decimals(days * 3600 * kMicrosecondsPerSecond + micros, 6);
  }
  if (field == "year") return std::to_string(value.months / 12);
  if (field == "month") return std::to_string(value.months % 12);
  if (field == "day") return std::to_string(value.days);
  if (field == "hour") return std::to_string(seconds / 3600);
  if (field == "minute") return std::to_string(seconds / 60 % 60);
  if (field == "second") return with_decimals(micros % (60 * kMicrosecondsPerSecond), 6);
  if (field == "milliseconds") return with_decimals(micros % (60 * kMicrosecondsPerSecond), 3);
  if (field == "microseconds") return std::to_string(micros % (60 * kMicrosecondsPerSecond));
  return "";
}

bool is_of_time(std::string_view field) {
  return field == "hour" || field == "minute" || field == "second" || field == "milliseconds" ||
         field == "microseconds";
}

void extract(Call& call) {
  const auto kind = static_cast<TypeKind>(call.integer(2));
  const auto field = call.text(0);
  std::string result;
  if (kind == TypeKind::interval)
    result = field_of_interval(field, interval(call, 1));
  else if (kind == TypeKind::date && is_of_time(field))
    return call.fail("0A000", "unit \"" + std::string(field) + "\" not supported for type date");
  else if (kind == TypeKind::date)
    result = field_of_moment(field, call.integer(1) * kMicrosecondsPerDay, true);
  else
    result = field_of_moment(field, call.integer(1), false);
  if (result.empty())
    return call.fail("22023", "unit \"" + std::string(field) + "\" not recognized for type " +
                                  type_name({.kind = kind}));
  call.answer(std::string_view(result));
}

constexpr std::int64_t kDayOfMicroseconds = 86'400'000'000;
constexpr std::int64_t kDaysOfMonth = 30;

void move_days(Interval& value) {
  value.months += value.days / kDaysOfMonth;
  value.days %= kDaysOfMonth;
}
void move_hours(Interval& value) {
  value.days += value.microseconds / kDayOfMicroseconds;
  value.microseconds %= kDayOfMicroseconds;
}
// The smaller unit gets the sign of the larger one.
void agree(std::int64_t& large, std::int64_t& small, std::int64_t of_large, bool is_less,
           bool is_more) {
  if (large > 0 && is_less) {
    small += of_large;
    --large;
  } else if (large < 0 && is_more) {
    small -= of_large;
    ++large;
  }
}

void justify_hours(Call& call) {
  auto value = interval(call, 0);
  move_hours(value);
  agree(value.days, value.microseconds, kDayOfMicroseconds,
        value.microseconds<0, value.microseconds> 0);
  answer_interval(call, value);
}

void justify_days(Call& call) {
  auto value = interval(call, 0);
  move_days(value);
  agree(value.months, value.days, kDaysOfMonth, value.days<0, value.days> 0);
  answer_interval(call, value);
}

void justify_interval(Call& call) {
  auto value = interval(call, 0);
  move_hours(value);
  move_days(value);
  const auto rest = value.microseconds;
  agree(value.months, value.days, kDaysOfMonth, value.days < 0 || (value.days == 0 && rest < 0),
        value.days > 0 || (value.days == 0 && rest > 0));
  agree(value.days, value.microseconds, kDayOfMicroseconds, rest<0, rest> 0);
  answer_interval(call, value);
}

const FunctionDefinition kMomentFunctions[] = {
    {"hw_now", now, true, false},
    {"hw_statement_time", statement_time, true, false},
    {"hw_clock_time", clock_time, true, false},
    {"hw_day", day},
    {"hw_interval_add", add_intervals},
    {"hw_moment_add", add_to_moment},
    {"hw_date_add", add_to_date},
    {"hw_zone", in_zone},
    {"hw_moment_difference", difference},
    {"hw_interval_multiply", multiply_interval},
    {"hw_interval_divide", divide_interval},
    {"hw_make_interval", make_interval},
    {"hw_to_timestamp", to_timestamp},
    {"hw_justify_hours", justify_hours},
    {"hw_justify_days", justify_days},
    {"hw_justify_interval", justify_interval},
    {"hw_date_trunc", date_trunc},
    {"hw_extract", extract},
};

}  // namespace

FunctionList moment_functions() {
  return {std::begin(kMomentFunctions), std::end(kMomentFunctions)};
}

}  // namespace halfwrite::sql
