#include "models/database/sql/numeric.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::sql {

namespace {

constexpr int kDigitsMost = 38;

constexpr Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

constexpr Int128 kLimit = power_of_ten(kDigitsMost);

Int128 absolute(Int128 value) {
  return value < 0 ? -value : value;
}

bool fits(Int128 value) {
  return absolute(value) < kLimit;
}

std::optional<Int128> scaled_up(Int128 value, int digits) {
  for (int i = 0; i < digits; ++i) {
    if (absolute(value) >= kLimit / 10) return std::nullopt;
    value *= 10;
  }
  return value;
}

std::optional<Int128> product(Int128 a, Int128 b) {
  if (a == 0 || b == 0) return Int128{0};
  if (absolute(a) > (kLimit - 1) / absolute(b)) return std::nullopt;
  return a * b;
}

// Base-10000 weight and first digit, as PostgreSQL's numeric keeps them: they decide the scale of a
// quotient.
void leading_group(const Numeric& number, int& weight, int& first) {
  const Int128 value = absolute(number.unscaled);
  weight = 0;
  first = 0;
  if (value == 0) return;
  int digits = 0;
  for (Int128 rest = value; rest != 0; rest /= 10) ++digits;
  const int exponent = digits - number.scale - 1;  // of the leading digit
  weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  const int drop = number.scale + weight * 4;  // decimal digits below the leading group
  if (drop >= 0)
    first = static_cast<int>(value / power_of_ten(drop));
  else
    first = static_cast<int>(value * power_of_ten(-drop));
}

Int128 rounded_division(Int128 dividend, Int128 divisor) {
  const Int128 quotient = dividend / divisor;
  const Int128 rest = absolute(dividend % divisor);
  const Int128 size = absolute(divisor);
  if (rest < size - rest) return quotient;
  return (dividend < 0) == (divisor < 0) ? quotient + 1 : quotient - 1;
}

}  // namespace

std::optional<Numeric> Numeric::parse(std::string_view text) {
  std::size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
  Numeric number;
  bool any = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (absolute(number.unscaled) >= kLimit / 10) return std::nullopt;
      number.unscaled = number.unscaled * 10 + (c - '0');
      if (point) ++number.scale;
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    ++at;
    bool down = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) down = text[at++] == '-';
    int exponent = 0;
    if (at >= text.size()) return std::nullopt;
    for (; at < text.size(); ++at) {
      if (text[at] < '0' || text[at] > '9' || exponent > 1000) return std::nullopt;
      exponent = exponent * 10 + (text[at] - '0');
    }
    number.scale += down ? exponent : -exponent;
    if (number.scale > kDigitsMost) return std::nullopt;
    if (number.scale < 0) {
      const auto up = scaled_up(number.unscaled, -number.scale);
      if (!up) return std::nullopt;
      number = {*up, 0};
    }
  }
  if (negative) number.unscaled = -number.unscaled;
  return number;
}

std::string to_text(const Numeric& number) {
  std::string digits;
  for (Int128 rest = absolute(number.unscaled); rest != 0; rest /= 10)
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  while (static_cast<int>(digits.size()) <= number.scale) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (number.scale > 0)
    digits.insert(digits.size() - static_cast<std::size_t>(number.scale), 1, '.');
  return number.unscaled < 0 ? "-" + digits : digits;
}

std::strong_ordering compare(const Numeric& a, const Numeric& b) {
  if ((a.unscaled < 0) != (b.unscaled < 0))
    return a.unscaled < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  // Whole parts first, so that scaling up cannot overflow unnoticed.
  const Int128 whole_a = a.unscaled / power_of_ten(a.scale);
  const Int128 whole_b = b.unscaled / power_of_ten(b.scale);
  if (whole_a != whole_b)
    return whole_a < whole_b ? std::strong_ordering::less : std::strong_ordering::greater;
  const int scale = std::max(a.scale, b.scale);
  const Int128 rest_a = a.unscaled % power_of_ten(a.scale) * power_of_ten(scale - a.scale);
  const Int128 rest_b = b.unscaled % power_of_ten(b.scale) * power_of_ten(scale - b.scale);
  if (rest_a == rest_b) return std::strong_ordering::equal;
  return rest_a < rest_b ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::optional<Numeric> add(const Numeric& a, const Numeric& b) {
  const int scale = std::max(a.scale, b.scale);
  const auto left = scaled_up(a.unscaled, scale - a.scale);
  const auto right = scaled_up(b.unscaled, scale - b.scale);
  if (!left || !right || !fits(*left + *right)) return std::nullopt;
  return Numeric{*left + *right, scale};
}

std::optional<Numeric> subtract(const Numeric& a, const Numeric& b) {
  return add(a, {-b.unscaled, b.scale});
}

std::optional<Numeric> multiply(const Numeric& a, const Numeric& b) {
  const auto value = product(a.unscaled, b.unscaled);
  if (!value || a.scale + b.scale > kDigitsMost) return std::nullopt;
  return Numeric{*value, a.scale + b.scale};
}

std::optional<Numeric> divide(const Numeric& a, const Numeric& b) {
  HALFWRITE_ASSERT(b.unscaled != 0, "a numeric was divided by zero without a check before");
  int weight_a = 0;
  int first_a = 0;
  int weight_b = 0;
  int first_b = 0;
  leading_group(a, weight_a, first_a);
  leading_group(b, weight_b, first_b);
  int weight = weight_a - weight_b;
  if (first_a <= first_b) --weight;
  const int scale = std::max({16 - weight * 4, a.scale, b.scale, 0});
  const int shift = scale - a.scale + b.scale;
  std::optional<Int128> dividend = a.unscaled;
  Int128 divisor = b.unscaled;
  if (shift >= 0) {
    dividend = scaled_up(a.unscaled, shift);
  } else {
    const auto up = scaled_up(b.unscaled, -shift);
    if (!up) return std::nullopt;
    divisor = *up;
  }
  if (!dividend || scale > kDigitsMost) return std::nullopt;
  return Numeric{rounded_division(*dividend, divisor), scale};
}

std::optional<Numeric> modulo(const Numeric& a, const Numeric& b) {
  HALFWRITE_ASSERT(b.unscaled != 0, "a numeric modulo zero was asked for without a check before");
  const int scale = std::max(a.scale, b.scale);
  const auto left = scaled_up(a.unscaled, scale - a.scale);
  const auto right = scaled_up(b.unscaled, scale - b.scale);
  if (!left || !right) return std::nullopt;
  return Numeric{*left % *right, scale};
}

std::optional<Numeric> rounded(const Numeric& number, int scale) {
  if (scale >= number.scale) {
    const auto up = scaled_up(number.unscaled, scale - number.scale);
    if (!up) return std::nullopt;
    return Numeric{*up, scale};
  }
  const int drop = number.scale - scale;
  if (drop > kDigitsMost) return Numeric{0, std::max(scale, 0)};
  Numeric result{rounded_division(number.unscaled, power_of_ten(drop)), scale};
  if (scale < 0) {
    const auto up = scaled_up(result.unscaled, -scale);
    if (!up) return std::nullopt;
    result = {*up, 0};
  }
  return result;
}

Numeric truncated(const Numeric& number, int scale) {
  if (scale >= number.scale) return rounded(number, scale).value_or(number);
  const int drop = std::min(number.scale - scale, kDigitsMost);
  Numeric result{number.unscaled / power_of_ten(drop), std::max(scale, 0)};
  if (scale < 0) result.unscaled *= power_of_ten(-scale);
  return result;
}

Numeric floored(const Numeric& number) {
  const Numeric whole = truncated(number, 0);
  const bool exact = number.unscaled % power_of_ten(number.scale) == 0;
  return number.unscaled < 0 && !exact ? Numeric{whole.unscaled - 1, 0} : whole;
}

Numeric ceiled(const Numeric& number) {
  const Numeric negated = floored({-number.unscaled, number.scale});
  return {-negated.unscaled, 0};
}

int digits_before_point(const Numeric& number) {
  int digits = 0;
  for (Int128 rest = absolute(number.unscaled) / power_of_ten(number.scale); rest != 0; rest /= 10)
    ++digits;
  return digits;
}

std::optional<std::int64_t> to_integer(const Numeric& number) {
  const auto whole = rounded(number, 0);
  if (!whole || whole->unscaled > std::numeric_limits<std::int64_t>::max() ||
      whole->unscaled < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(whole->unscaled);
}

}  // namespace halfwrite::sql
