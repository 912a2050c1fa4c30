#include "scenarios/plan_text.hpp"
#include "scenarios/value_text.hpp"
#include "sim/assert.hpp"
#include "sim/fault.hpp"
#include "tests/fuzz/targets.hpp"

#include <string>

namespace halfwrite::fuzz {

namespace {

void check_point(std::string_view text) {
  const auto point = sim::parse_point(text);
  if (!point) {
    HALFWRITE_ASSERT(!point.error().empty(), "a point is refused without a sentence");
    return;
  }
  const auto again = sim::parse_point(sim::to_text(point.value()));
  HALFWRITE_ASSERT(again.has_value() && again.value() == point.value(),
                   "a point that is written and read is another point");
}

void check_values(std::string_view text) {
  if (const auto duration = scenarios::parse_duration(text)) {
    const auto again = scenarios::parse_duration(scenarios::write_duration(*duration));
    HALFWRITE_ASSERT(again == duration, "a duration that is written and read is another one");
  }
  if (const auto range = scenarios::parse_duration_range(text))
    HALFWRITE_ASSERT(range->least <= range->most, "a range begins with its greater end");
  if (const auto chance = scenarios::parse_chance(text))
    HALFWRITE_ASSERT(chance->denominator != 0 && chance->numerator <= chance->denominator,
                     "a chance is above 1");
  if (const auto rate = scenarios::parse_rate(text))
    HALFWRITE_ASSERT(*rate > sim::Duration(), "a rate has no time between two requests");
  scenarios::parse_decimal(text);
  scenarios::parse_integer(text);
}

}  // namespace

void run_plan(std::string_view input) {
  check_point(input);
  check_values(input);
  if (const auto fault = scenarios::parse_fault(input)) {
    const auto again = scenarios::parse_fault(scenarios::write_fault(fault.value()));
    HALFWRITE_ASSERT(again.has_value() && again.value() == fault.value(),
                     "a fault that is written and read is another fault");
  }
  const auto plan = scenarios::parse_plan(input);
  if (plan) {
    const auto again = scenarios::parse_plan(scenarios::write_plan(plan.value()));
    HALFWRITE_ASSERT(again.has_value() && again.value() == plan.value(),
                     "a plan that is written and read is another plan");
    return;
  }
  HALFWRITE_ASSERT(!plan.error().empty(), "a plan is refused without a mistake being told");
  for (const scenarios::Diagnostic& diagnostic : plan.error())
    HALFWRITE_ASSERT(!scenarios::to_text(diagnostic).empty(), "a diagnostic has no text");
}

}  // namespace halfwrite::fuzz
