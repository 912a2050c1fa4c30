#include "sim/exact_point.hpp"
#include "sim/fault_state.hpp"

#include <fmt/format.h>

#include <charconv>

namespace halfwrite::sim {

std::string to_text(const Point& point) {
  std::string text = point.subject;
  if (point.number) text += fmt::format("#{}", *point.number);
  text += "/" + point.step;
  if (!point.moment.empty()) text += "/" + point.moment;
  if (point.nth != 0) text += fmt::format("#{}", point.nth);
  if (!point.source.empty()) {
    text += " of " + point.source;
    if (point.source_number) text += fmt::format("#{}", *point.source_number);
  }
  if (point.attempt) text += fmt::format(", attempt {}", *point.attempt);
  if (!point.asked_by.empty()) text += ", asked by " + point.asked_by;
  if (point.occurrence) text += fmt::format(", pass {}", *point.occurrence);
  if (!point.actor.empty()) text += ", on " + point.actor;
  return text;
}

namespace {

using Error = Unexpected<std::string>;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Cuts "#17" off the end of `text`; false: what follows the last # is no number.
bool cut_number(std::string_view& text, std::optional<std::uint64_t>& number) {
  const std::size_t mark = text.rfind('#');
  if (mark == std::string_view::npos) return true;
  number = number_of(text.substr(mark + 1));
  text = text.substr(0, mark);
  return number.has_value();
}

// ", attempt 2", ", asked by order.1/mark", ", pass 3", ", on order.1": cut from the end, one by
// one.
std::optional<std::string> cut_suffixes(std::string_view& text, Point& point) {
  for (;;) {
    const std::size_t comma = text.rfind(", ");
    if (comma == std::string_view::npos) return std::nullopt;
    const std::string_view suffix = text.substr(comma + 2);
    text = text.substr(0, comma);
    if (suffix.starts_with("on ") && suffix.size() > 3) {
      point.actor = suffix.substr(3);
    } else if (suffix.starts_with("asked by ")) {
      point.asked_by = suffix.substr(9);
      const std::size_t slash = point.asked_by.find('/');
      if (slash == 0 || slash == std::string::npos || slash + 1 == point.asked_by.size()) {
        return fmt::format("\"{}\" names no request, as in asked by order.1/mark#2", suffix);
      }
    } else if (suffix.starts_with("attempt ")) {
      const auto number = number_of(suffix.substr(8));
      if (!number || *number > ~0u) return fmt::format("\"{}\" has no number", suffix);
      point.attempt = static_cast<std::uint32_t>(*number);
    } else if (suffix.starts_with("pass ")) {
      const auto number = number_of(suffix.substr(5));
      if (!number || *number > ~0u) return fmt::format("\"{}\" has no number", suffix);
      point.occurrence = static_cast<std::uint32_t>(*number);
    } else {
      return fmt::format(
          "\"{}\" is not understood after a point; attempt N, asked by NODE/STEP, pass N, on NODE "
          "are",
          suffix);
    }
  }
}

}  // namespace

Expected<Point, std::string> parse_point(std::string_view whole) {
  Point point;
  std::string_view text = whole;
  if (const auto error = cut_suffixes(text, point)) return Error(*error);
  if (const std::size_t of = text.find(" of "); of != std::string_view::npos) {
    std::string_view source = text.substr(of + 4);
    text = text.substr(0, of);
    if (!cut_number(source, point.source_number) || source.empty()) {
      return Error(fmt::format("\"{}\" names no intent after \"of\"", whole));
    }
    point.source = source;
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return Error(fmt::format(
        "\"{}\" is no point: it needs a subject and a step, as in order.place/commit", whole));
  }
  std::string_view subject = text.substr(0, slash);
  std::string_view step = text.substr(slash + 1);
  std::optional<std::uint64_t> nth;
  if (!cut_number(subject, point.number) || !cut_number(step, nth)) {
    return Error(fmt::format("\"{}\" has no number after #", whole));
  }
  if (nth && *nth == 0) return Error(fmt::format("\"{}\": passes are counted from 1", whole));
  point.nth = nth.value_or(0);
  if (const std::size_t moment = step.find('/'); moment != std::string_view::npos) {
    point.moment = step.substr(moment + 1);
    step = step.substr(0, moment);
    if (point.moment.empty()) return Error(fmt::format("\"{}\" ends in /", whole));
  }
  if (subject.empty() || step.empty()) {
    return Error(fmt::format(
        "\"{}\" is no point: it needs a subject and a step, as in order.place/commit", whole));
  }
  point.subject = subject;
  point.step = step;
  return point;
}

namespace {

bool is_instance_operation(std::string_view subject, std::string_view actor,
                           std::string_view operation) {
  if (!subject.starts_with(actor)) return false;
  const std::size_t dot = operation.find('.');
  return dot != std::string_view::npos && subject.substr(actor.size()) == operation.substr(dot);
}

}  // namespace

bool FaultState::matches(const Point& point, Name step, const Address& address,
                         std::span<const Alias> aliases) const {
  const Names& names = simulation.names();
  const Scope& scope = address.scope;
  if (point.attempt && *point.attempt != scope.attempt) return false;
  if (point.number && *point.number != scope.identity.number) return false;
  if (point.occurrence && *point.occurrence != address.occurrence) return false;
  if (!point.actor.empty() && point.actor != names.text(address.actor)) return false;
  if (!point.asked_by.empty() &&
      (scope.asked_by.empty() || point.asked_by != to_text(names, scope.asked_by))) {
    return false;
  }
  if (!point.source.empty() && point.source != names.text(scope.identity.source)) return false;
  if (point.source_number && *point.source_number != scope.identity.number) return false;
  if (address.step == step) {
    const std::string_view operation = names.text(scope.operation);
    if (point.subject == operation) return true;
    if (point.subject == names.text(scope.identity.source)) return true;
    if (is_instance_operation(point.subject, names.text(address.actor), operation)) return true;
  }
  for (const Alias& alias : aliases) {
    if (alias.moment == step && point.subject == names.text(alias.subject)) return true;
  }
  return false;
}

Point FaultState::exact_point(const Address& address) const {
  return sim::exact_point(simulation.names(), address);
}

Point exact_point(const Names& names, const Address& address) {
  Point point;
  point.subject = names.text(address.scope.operation);
  const std::string_view step = names.text(address.step);
  const std::size_t slash = step.find('/');
  point.step = step.substr(0, slash);
  if (slash != std::string_view::npos) point.moment = step.substr(slash + 1);
  point.source = names.text(address.scope.identity.source);
  if (address.scope.identity.number != 0) point.source_number = address.scope.identity.number;
  point.attempt = address.scope.attempt;
  point.occurrence = address.occurrence;
  if (!address.scope.asked_by.empty()) point.asked_by = to_text(names, address.scope.asked_by);
  point.actor = names.text(address.actor);
  return point;
}

}  // namespace halfwrite::sim
