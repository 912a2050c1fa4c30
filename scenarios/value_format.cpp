#include "scenarios/value_format.hpp"

#include "scenarios/value_text.hpp"
#include "sim/assert.hpp"
#include "sim/fault.hpp"

#include <algorithm>
#include <iterator>

namespace halfwrite::scenarios {

namespace {

struct DurationForm {
  bool range = false;
  bool negative = false;
  bool zero = true;
};

// Of the right form and yet none: beyond what can be counted.
const char* why_no_duration(std::string_view text) {
  constexpr std::string_view units[] = {"ns", "us", "ms", "s", "m", "h", "d"};
  const std::size_t unit = std::min(text.find_first_not_of("0123456789."), text.size());
  const bool has_form =
      parse_decimal(text.substr(0, unit)) &&
      std::find(std::begin(units), std::end(units), text.substr(unit)) != std::end(units);
  if (!has_form) return " is no duration";
  return text.find('.') == std::string_view::npos ? " is longer than 20 years"
                                                  : " is no whole number of nanoseconds";
}

std::optional<FormatError> check_duration(const Json& value, DurationForm form) {
  const std::string& text = value.text;
  if (value.is_number()) {
    return FormatError{"duration", "a duration needs a unit, found the number " + text,
                       "write \"" + text + "s\" or \"" + text + "ms\"" +
                           (form.range ? "; a range is \"1s..3s\"" : "")};
  }
  if (!value.is_text())
    return FormatError{"type", std::string("expected a duration, found ") + to_text(value.kind),
                       "such as \"10ms\""};
  const auto range = parse_duration_range(text);
  const bool is_range = text.find("..") != std::string::npos;
  if (!range) {
    if (is_range && parse_duration(text.substr(0, text.find(".."))) &&
        parse_duration(text.substr(text.find("..") + 2))) {
      return FormatError{"duration", "this range begins with its greater end",
                         "the lesser stands first"};
    }
    if (!text.empty() && text.find_first_not_of("0123456789.-") == std::string::npos) {
      return FormatError{"duration", "a duration needs a unit, found " + in_quotes(text),
                         "ns, us, ms, s, m, h or d"};
    }
    return FormatError{"duration", in_quotes(text) + why_no_duration(text),
                       "one number and ns, us, ms, s, m, h or d, such as \"10ms\""};
  }
  if (is_range && !form.range)
    return FormatError{"duration", "a range cannot stand here", "write one duration"};
  if (!form.negative && range->least < sim::Duration())
    return FormatError{"duration", "this duration cannot be negative", ""};
  if (!form.zero && range->least == sim::Duration())
    return FormatError{"duration", "nothing can end within " + in_quotes(text),
                       "write a time above zero, or leave it out"};
  return std::nullopt;
}

std::optional<FormatError> check_chance(const Json& value) {
  if (!value.is_number() && !value.is_text()) {
    return FormatError{"type", std::string("expected a chance, found ") + to_text(value.kind),
                       "such as 0.01 or \"1/100\""};
  }
  if (parse_chance(value.text)) return std::nullopt;
  const bool percent = value.is_text() && !value.text.empty() && value.text.back() == '%';
  const auto number =
      percent ? parse_natural(value.text.substr(0, value.text.size() - 1)) : std::nullopt;
  if (number && *number <= 100)
    return FormatError{"chance", in_quotes(value.text) + " is no chance",
                       "write \"" + std::to_string(*number) + "/100\""};
  if (parse_decimal(value.text))
    return FormatError{"chance", "a chance is not above 1, found " + value.text,
                       "write \"1/100\" for one in a hundred"};
  return FormatError{"chance",
                     (value.is_text() ? in_quotes(value.text) : value.text) + " is no chance",
                     "such as 0.01 or \"1/100\""};
}

}  // namespace

std::optional<FormatError> check_format(std::string_view format, const Json& value) {
  if (format == "duration") return check_duration(value, {});
  if (format == "duration-above-zero") return check_duration(value, {.zero = false});
  if (format == "duration-range") return check_duration(value, {.range = true});
  if (format == "signed-duration") return check_duration(value, {.negative = true});
  if (format == "signed-duration-range")
    return check_duration(value, {.range = true, .negative = true});
  if (format == "duration-or-for-ever")
    return value.is_text() && value.text == "for_ever" ? std::nullopt : check_duration(value, {});
  if (format == "every-message-or-duration")
    return value.is_text() && value.text == "every_message" ? std::nullopt
                                                            : check_duration(value, {});
  if (format == "chance") return check_chance(value);
  if (format == "share-or-duration") {
    if (!value.is_text() || value.text.find('/') == std::string::npos)
      return check_duration(value, {});
    if (parse_chance(value.text)) return std::nullopt;
    return FormatError{"chance", in_quotes(value.text) + " is no share from 0 to 1",
                       "such as 0.01 or \"1/100\""};
  }
  if (format == "rate") {
    if (value.is_text() && parse_rate(value.text)) return std::nullopt;
    return FormatError{
        "rate",
        (value.is_text() ? in_quotes(value.text) + " is no rate"
                         : std::string("a rate is text, found ") + to_text(value.kind)),
        value.is_number() ? "write \"" + value.text + "/s\"" : "such as \"100/s\""};
  }
  if (format == "size") {
    if (value.is_text() && parse_size(value.text)) return std::nullopt;
    return FormatError{"size",
                       (value.is_text() ? in_quotes(value.text) : value.text) + " is no size",
                       "a whole number and B, kB, MB, GB or TB, such as \"64MB\""};
  }
  if (format == "drift") {
    if (value.is_text() && parse_drift(value.text)) return std::nullopt;
    return FormatError{
        "drift", (value.is_text() ? in_quotes(value.text) : value.text) + " is no drift",
        "whole parts per million, at most a tenth, such as \"50ppm\" or \"-200ppm\""};
  }
  if (format == "point-or-anywhere" && value.is_text() && value.text == "anywhere") {
    return std::nullopt;
  }
  HALFWRITE_ASSERT(format == "point" || format == "point-or-anywhere",
                   "the schema names a format that nobody reads");
  if (!value.is_text()) {
    return FormatError{"point", std::string("a point is text, found ") + to_text(value.kind),
                       "such as \"order.place/commit\""};
  }
  const auto point = sim::parse_point(value.text);
  if (point) return std::nullopt;
  return FormatError{"point", point.error(), "such as \"orders#17/commit\""};
}

}  // namespace halfwrite::scenarios
