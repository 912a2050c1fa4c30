// Arithmetic with PostgreSQL's errors, numeric, casts and comparisons of any kind.
#include "models/database/sql/array_text.hpp"
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/numeric.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::sql {

namespace {

void answer_integer(Call& call, Int128 value, std::int64_t bits) {
  const Int128 limit = Int128{1} << (bits - 1);
  if (value >= limit || value < -limit)
    return call.fail("22003", std::string(bits == 16   ? "smallint"
                                          : bits == 32 ? "integer"
                                                       : "bigint") +
                                  " out of range");
  call.answer(static_cast<std::int64_t>(value));
}

void add_integers(Call& call) {
  answer_integer(call, Int128{call.integer(0)} + call.integer(1), call.integer(2));
}
void subtract_integers(Call& call) {
  answer_integer(call, Int128{call.integer(0)} - call.integer(1), call.integer(2));
}
void multiply_integers(Call& call) {
  answer_integer(call, Int128{call.integer(0)} * call.integer(1), call.integer(2));
}
void divide_integers(Call& call) {
  if (call.integer(1) == 0) return call.fail("22012", "division by zero");
  answer_integer(call, Int128{call.integer(0)} / call.integer(1), call.integer(2));
}
void modulo_integers(Call& call) {
  if (call.integer(1) == 0) return call.fail("22012", "division by zero");
  answer_integer(call, Int128{call.integer(0)} % call.integer(1), call.integer(2));
}

void absolute_integer(Call& call) {
  const Int128 value = call.integer(0);
  answer_integer(call, value < 0 ? -value : value, call.integer(1));
}
// The machine's shifts, as in PostgreSQL (int.c): the count wraps at the width of the type.
void shift_left(Call& call) {
  const auto bits = call.integer(2);
  const auto value = static_cast<std::uint64_t>(call.integer(0))
                     << (call.integer(1) & (bits == 64 ? 63 : 31));
  call.answer(bits == 64   ? static_cast<std::int64_t>(value)
              : bits == 32 ? static_cast<std::int32_t>(value)
                           : static_cast<std::int16_t>(value));
}
void shift_right(Call& call) {
  call.answer(call.integer(0) >> (call.integer(1) & (call.integer(2) == 64 ? 63 : 31)));
}
void hexadecimal(Call& call) {
  auto value = static_cast<std::uint64_t>(call.integer(0));
  if (call.integer(1) == 32) value = static_cast<std::uint32_t>(value);
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[value & 15]);
    value >>= 4;
  } while (value != 0);
  call.answer(std::string_view(digits));
}

Numeric number(const Call& call, int i) {
  if (call.is_integer(i)) return Numeric::from_integer(call.integer(i));
  const auto parsed = Numeric::parse(call.text(i));
  HALFWRITE_ASSERT(parsed.has_value(), "a numeric argument does not hold a number");
  return *parsed;
}

void answer_number(Call& call, const std::optional<Numeric>& result) {
  if (!result) return call.fail("22003", "a numeric of more than 38 digits is not supported");
  call.answer(std::string_view(to_text(*result)));
}

void add_numbers(Call& call) {
  answer_number(call, add(number(call, 0), number(call, 1)));
}
void subtract_numbers(Call& call) {
  answer_number(call, subtract(number(call, 0), number(call, 1)));
}
void multiply_numbers(Call& call) {
  answer_number(call, multiply(number(call, 0), number(call, 1)));
}
void divide_numbers(Call& call) {
  if (number(call, 1).unscaled == 0) return call.fail("22012", "division by zero");
  answer_number(call, divide(number(call, 0), number(call, 1)));
}
void modulo_numbers(Call& call) {
  if (number(call, 1).unscaled == 0) return call.fail("22012", "division by zero");
  answer_number(call, modulo(number(call, 0), number(call, 1)));
}
void whole_division(Call& call) {
  if (number(call, 1).unscaled == 0) return call.fail("22012", "division by zero");
  const auto rest = modulo(number(call, 0), number(call, 1));
  const auto even = rest ? subtract(number(call, 0), *rest) : std::nullopt;
  const auto quotient = even ? divide(*even, number(call, 1)) : std::nullopt;
  answer_number(call, quotient ? rounded(*quotient, 0) : std::nullopt);
}
void absolute_number(Call& call) {
  const auto value = number(call, 0);
  answer_number(call, Numeric{value.unscaled < 0 ? -value.unscaled : value.unscaled, value.scale});
}
void round_number(Call& call) {
  answer_number(call, rounded(number(call, 0), static_cast<int>(std::clamp<std::int64_t>(
                                                   call.integer(1), -38, 38))));
}
void truncate_number(Call& call) {
  answer_number(call, truncated(number(call, 0), static_cast<int>(std::clamp<std::int64_t>(
                                                     call.integer(1), -38, 38))));
}
void floor_number(Call& call) {
  answer_number(call, floored(number(call, 0)));
}
void ceil_number(Call& call) {
  answer_number(call, ceiled(number(call, 0)));
}
void sign_of_number(Call& call) {
  const auto value = number(call, 0).unscaled;
  answer_number(call, Numeric::from_integer(value > 0 ? 1 : value < 0 ? -1 : 0));
}

// Two variables of which nothing is known but their values.
void compare_any(Call& call) {
  const auto order =
      call.is_integer(0) == call.is_integer(1)
          ? compare(call.value(0, TypeKind::unknown), call.value(1, TypeKind::unknown))
          : call.text(0).compare(call.text(1)) <=> 0;
  call.answer(std::int64_t{order < 0 ? -1 : order > 0 ? 1 : 0});
}

void choose(Call& call, bool greatest) {
  const auto kind = static_cast<TypeKind>(call.integer(0));
  int best = -1;
  for (int i = 1; i < call.count(); ++i) {
    if (call.is_null(i)) continue;
    if (best < 0) {
      best = i;
      continue;
    }
    const auto order = compare(call.value(i, kind), call.value(best, kind));
    if (greatest ? order > 0 : order < 0) best = i;
  }
  if (best < 0) return call.answer_null();
  call.answer_argument(best);
}
void greatest(Call& call) {
  choose(call, true);
}
void least(Call& call) {
  choose(call, false);
}

void limit(Call& call) {
  const bool offset = call.integer(1) != 0;
  if (call.is_null(0)) return call.answer(std::int64_t{offset ? 0 : -1});
  if (call.integer(0) < 0)
    return call.fail(offset ? "2201X" : "2201W",
                     std::string(offset ? "OFFSET" : "LIMIT") + " must not be negative");
  call.answer_argument(0);
}

void cast(Call& call) {
  const auto from = static_cast<TypeKind>(call.integer(1));
  const Type to{.kind = static_cast<TypeKind>(call.integer(2)),
                .length = static_cast<std::int32_t>(call.integer(3)),
                .scale = static_cast<std::int32_t>(call.integer(4))};
  auto result = convert(call.value(0, from), to, call.integer(5) != 0);
  if (!result) return call.fail(result.error());
  call.answer(*result);
}

// Is a text an element of '{a,b,NULL}'? NULL if not found and the array holds one; of nothing not
// even NULL is an element.
void in_array(Call& call) {
  if (call.is_null(1)) return call.answer_null();
  const auto elements = read_array(call.text(1));
  if (!elements)
    return call.fail("22P02", "malformed array literal: \"" + std::string(call.text(1)) + "\"");
  if (elements->empty()) return call.answer(std::int64_t{0});
  if (call.is_null(0)) return call.answer_null();
  if (std::find(elements->begin(), elements->end(), std::string(call.text(0))) != elements->end())
    return call.answer(std::int64_t{1});
  if (std::find(elements->begin(), elements->end(), std::nullopt) != elements->end())
    return call.answer_null();
  call.answer(std::int64_t{0});
}

// Kind, then the elements.
void array(Call& call) {
  ArrayElements elements;
  const auto kind = static_cast<TypeKind>(call.integer(0));
  for (int i = 1; i < call.count(); ++i)
    elements.push_back(call.is_null(i) ? std::nullopt
                                       : std::optional(to_text(call.value(i, kind))));
  call.answer(std::string_view(array_text(elements)));
}

void series_step(Call& call) {
  if (call.integer(0) == 0) return call.fail("22023", "step size cannot equal zero");
  call.answer_argument(0);
}

// OR and AND that look at all their sides.
void any_true(Call& call) {
  bool unknown = false;
  for (int i = 0; i < call.count(); ++i) {
    if (call.is_null(i))
      unknown = true;
    else if (call.integer(i) != 0)
      return call.answer(std::int64_t{1});
  }
  return unknown ? call.answer_null() : call.answer(std::int64_t{0});
}
void all_true(Call& call) {
  bool unknown = false;
  for (int i = 0; i < call.count(); ++i) {
    if (call.is_null(i))
      unknown = true;
    else if (call.integer(i) == 0)
      return call.answer(std::int64_t{0});
  }
  return unknown ? call.answer_null() : call.answer(std::int64_t{1});
}

const FunctionDefinition kNumberFunctions[] = {
    {"hw_add", add_integers},
    {"hw_subtract", subtract_integers},
    {"hw_multiply", multiply_integers},
    {"hw_divide", divide_integers},
    {"hw_modulo", modulo_integers},
    {"hw_abs", absolute_integer},
    {"hw_shift_left", shift_left},
    {"hw_shift_right", shift_right},
    {"hw_hexadecimal", hexadecimal},
    {"hw_numeric_add", add_numbers},
    {"hw_numeric_subtract", subtract_numbers},
    {"hw_numeric_multiply", multiply_numbers},
    {"hw_numeric_divide", divide_numbers},
    {"hw_numeric_modulo", modulo_numbers},
    {"hw_numeric_div", whole_division},
    {"hw_numeric_abs", absolute_number},
    {"hw_numeric_round", round_number},
    {"hw_numeric_trunc", truncate_number},
    {"hw_numeric_floor", floor_number},
    {"hw_numeric_ceil", ceil_number},
    {"hw_numeric_sign", sign_of_number},
    {"hw_compare", compare_any},
    {"hw_greatest", greatest, false},
    {"hw_least", least, false},
    {"hw_limit", limit, false},
    {"hw_any_true", any_true, false},
    {"hw_all_true", all_true, false},
    {"hw_cast", cast},
    {"hw_in_array", in_array, false},
    {"hw_array", array, false},
    {"hw_series_step", series_step},
};

}  // namespace

FunctionList number_functions() {
  return {std::begin(kNumberFunctions), std::end(kNumberFunctions)};
}

}  // namespace halfwrite::sql
