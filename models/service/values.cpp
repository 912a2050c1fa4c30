#include "models/service/values.hpp"

#include "models/database/sql/statement.hpp"
#include "sim/assert.hpp"

#include <array>
#include <optional>
#include <span>
#include <utility>

namespace halfwrite::service {

namespace {

std::string uuid_of(sim::Key key) {
  static constexpr char digits[] = "0123456789abcdef";
  const std::uint64_t high = key.with("high").value();
  const std::uint64_t low = key.with("low").value();
  std::string text;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
    const std::uint64_t half = nibble < 16 ? high : low;
    auto digit = static_cast<unsigned>((half >> (4 * (nibble % 16))) & 15);
    if (nibble == 12) digit = 4;                // version 4: random
    if (nibble == 16) digit = 8 | (digit & 3);  // variant of RFC 4122
    text += digits[digit];
  }
  return text;
}

sql::SqlError refused(std::string message) {
  sql::SqlError error;
  error.sqlstate = "0A000";
  error.message = std::move(message);
  error.hint = "write it as an sql step: only a database can answer it";
  return error;
}

// What an expression over variables can ask for: the clock of the node, and random values by key.
class ExpressionEnvironment final : public sql::Environment {
 public:
  ExpressionEnvironment(sim::Key key, std::int64_t clock) : key_(key), clock_(clock) {}

  std::int64_t transaction_time() override { return clock_; }
  std::int64_t statement_time() override { return clock_; }
  std::int64_t clock_time() override { return clock_; }
  sql::Expected<std::int64_t> next_value(std::size_t, sql::SequenceId) override {
    return refused("a sequence belongs to a database");
  }
  sql::Expected<std::int64_t> current_value(std::size_t, sql::SequenceId) override {
    return refused("a sequence belongs to a database");
  }
  sql::Expected<std::int64_t> set_value(std::size_t, sql::SequenceId, std::int64_t, bool) override {
    return refused("a sequence belongs to a database");
  }
  sql::Expected<std::int64_t> last_value() override {
    return refused("a sequence belongs to a database");
  }
  std::string random_uuid() override { return uuid_of(key_.with("uuid").with(++uuids_)); }
  std::int64_t transaction_id() override { return 0; }
  std::optional<std::int64_t> transaction_id_if_assigned() override { return std::nullopt; }
  std::string snapshot() override { return "1:1:"; }
  std::optional<std::string> setting(std::string_view) override { return std::nullopt; }

 private:
  sim::Key key_;
  std::int64_t clock_;
  std::uint64_t uuids_ = 0;  // within one evaluation
};

}  // namespace

std::int64_t microseconds_of(sim::Instant instant) {
  // Runs start at 2026-01-01 00:00 UTC, on databases and services alike.
  constexpr std::int64_t start_of_runs = 1'767'225'600'000'000;
  return start_of_runs + instant.since_start().in_nanoseconds() / 1000;
}

void add_missing(const sql::Statement& statement, sql::Parameters& variables) {
  for (const std::string& name : statement.parameters) variables.try_emplace(name);
}

sql::Expected<sql::Value> Values::evaluate(const StatementReference& expression,
                                           const sql::Parameters& variables,
                                           std::string_view purpose) const {
  if (!expression->tables_read.empty()) {
    return refused("an expression over variables reads a table");
  }
  sql::Parameters complete = variables;
  add_missing(*expression, complete);
  ExpressionEnvironment environment(key_.with(purpose), clock_);
  sql::Inputs inputs;
  inputs.environment = &environment;
  inputs.parameters = &complete;
  std::optional<sql::Expected<sql::Rows>> rows;
  const auto work = [&] { rows.emplace(evaluator_.select(*expression, inputs)); };
  if (simulation_.on_fiber()) {
    simulation_.on_main_stack(work);
  } else {
    work();
  }
  if (!rows->has_value()) return rows->error();
  if ((*rows)->rows.empty() || (*rows)->rows.front().empty()) return sql::Value();
  return (*rows)->rows.front().front();
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
  return sql::Value::of(sql::TypeKind::uuid, uuid_of(key));
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
