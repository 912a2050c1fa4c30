// PostgreSQL's numeric, exact, as a scaled integer of up to 38 digits. Results that would need more
// are an overflow here, where PostgreSQL goes on; the evaluator reports that openly.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::sql {

__extension__ using Int128 = __int128;

struct Numeric {
  Int128 unscaled = 0;
  int scale = 0;  // digits after the point that are shown

  static Numeric from_integer(std::int64_t value) { return {value, 0}; }
  // Decimal notation with optional sign and exponent; nothing if it is not a number of at most 38
  // digits.
  static std::optional<Numeric> parse(std::string_view text);
};

std::string to_text(const Numeric& number);
std::strong_ordering compare(const Numeric& a, const Numeric& b);

// Each answers nothing when the result has more than 38 digits; `divide` and `modulo` demand b !=
// 0.
std::optional<Numeric> add(const Numeric& a, const Numeric& b);
std::optional<Numeric> subtract(const Numeric& a, const Numeric& b);
std::optional<Numeric> multiply(const Numeric& a, const Numeric& b);
// The scale PostgreSQL chooses: at least 16 significant digits and no less than either operand's.
std::optional<Numeric> divide(const Numeric& a, const Numeric& b);
std::optional<Numeric> modulo(const Numeric& a, const Numeric& b);

// Half away from zero; a negative scale rounds before the point and leaves scale 0.
std::optional<Numeric> rounded(const Numeric& number, int scale);
Numeric truncated(const Numeric& number, int scale);
Numeric floored(const Numeric& number);
Numeric ceiled(const Numeric& number);
// Digits before the point, leading zeros not counted.
int digits_before_point(const Numeric& number);
std::optional<std::int64_t> to_integer(const Numeric& number);

}  // namespace halfwrite::sql
