#include "models/service/values.hpp"

#include "models/database/sql/expression.hpp"
#include "sim/assert.hpp"

#include <array>
#include <optional>
#include <span>
#include <utility>

namespace halfwrite::service {

sql::Expected<sql::Value> Values::evaluate(const StatementReference& expression,
                                           const sql::Parameters& variables,
                                           std::string_view purpose) const {
  std::optional<sql::Expected<sql::Value>> value;
  const auto work = [&] {
    value.emplace(
        sql::evaluate_expression(evaluator_, *expression, variables, key_.with(purpose), clock_));
  };
  if (simulation_.on_fiber()) {
    simulation_.on_main_stack(work);
  } else {
    work();
  }
  return std::move(*value);
}

sql::Expected<sql::Value> Values::value_of(const ValueSource& source,
                                           const sql::Parameters& variables,
                                           std::string_view purpose) const {
  const sim::Key key = key_.with(purpose);
  if (const auto* value = std::get_if<sql::Value>(&source)) return *value;
  if (const auto* variable = std::get_if<Variable>(&source)) {
    const auto found = variables.find(variable->name);
    return found == variables.end() ? sql::Value() : found->second;
  }
  if (const auto* expression = std::get_if<Expression>(&source)) {
    return evaluate(expression->statement, variables, purpose);
  }
  if (const auto* sequence = std::get_if<Sequence>(&source)) {
    return sql::Value::text(sequence->prefix + std::to_string(number_));
  }
  if (const auto* pick = std::get_if<Pick>(&source)) {
    HALFWRITE_ASSERT(!pick->values.empty(), "a pick has no values to pick from");
    return pick->values[sim::Draws::below(key, pick->values.size())];
  }
  if (const auto* between = std::get_if<Between>(&source)) {
    return sql::Value::bigint(sim::Draws::between(key, between->least, between->most));
  }
  if (const auto* from = std::get_if<PickFrom>(&source)) {
    HALFWRITE_ASSERT(pick_from_ != nullptr, "only a workload picks what another load has used");
    return pick_from_(*from, key);
  }
  return sql::Value::of(sql::TypeKind::uuid, sql::uuid_of(key));
}

std::string told(const std::vector<std::string>& names, const sql::Parameters& variables) {
  std::string text;
  for (const std::string& name : names) {
    const auto found = variables.find(name);
    if (found == variables.end()) continue;
    if (!text.empty()) text += ", ";
    text += name + ": " + (found->second.is_null() ? "null" : sql::to_text(found->second));
  }
  return text;
}

std::optional<sim::Duration> duration_of(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  static constexpr std::array<Unit, 7> units{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000}}};
  std::int64_t digits = 0;
  std::int64_t scale = 1;
  bool has_digit = false;
  bool has_point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !has_point) {
      has_point = true;
    } else if (text[at] >= '0' && text[at] <= '9') {
      if (digits > 9'000'000'000'000) return std::nullopt;
      digits = digits * 10 + (text[at] - '0');
      if (has_point) scale *= 10;
      has_digit = true;
    } else {
      break;
    }
  }
  if (!has_digit) return std::nullopt;
  for (const Unit& unit : units) {
    if (text.substr(at) != unit.name) continue;
    const std::int64_t whole = digits / scale;
    if (whole > sim::Duration::for_ever().in_nanoseconds() / unit.nanoseconds) return std::nullopt;
    // A fraction finer than a nanosecond is cut.
    const std::int64_t rest = digits % scale;
    std::int64_t fraction = 0;
    std::int64_t part = unit.nanoseconds;
    for (std::int64_t place = scale / 10; place > 0; place /= 10) {
      part /= 10;
      fraction += rest / place % 10 * part;
    }
    return sim::Duration::nanoseconds(whole * unit.nanoseconds + fraction);
  }
  return std::nullopt;
}

}  // namespace halfwrite::service
