#include "models/database/sql/expression.hpp"

#include <optional>
#include <utility>

namespace halfwrite::sql {

namespace {

SqlError refused(std::string message) {
  SqlError error;
  error.sqlstate = "0A000";
  error.message = std::move(message);
  error.hint = "write it as an sql step: only a database can answer it";
  return error;
}

class ExpressionEnvironment final : public Environment {
 public:
  ExpressionEnvironment(sim::Key key, std::int64_t clock) : key_(key), clock_(clock) {}

  std::int64_t transaction_time() override { return clock_; }
  std::int64_t statement_time() override { return clock_; }
  std::int64_t clock_time() override { return clock_; }
  Expected<std::int64_t> next_value(std::size_t, SequenceId) override {
    return refused("a sequence belongs to a database");
  }
  Expected<std::int64_t> current_value(std::size_t, SequenceId) override {
    return refused("a sequence belongs to a database");
  }
  Expected<std::int64_t> set_value(std::size_t, SequenceId, std::int64_t, bool) override {
    return refused("a sequence belongs to a database");
  }
  Expected<std::int64_t> last_value() override {
    return refused("a sequence belongs to a database");
  }
  std::string random_uuid() override { return uuid_of(key_.with("uuid").with(++uuids_)); }
  Expected<std::int64_t> transaction_id() override { return 0; }
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

void add_missing(const Statement& statement, Parameters& variables) {
  for (const std::string& name : statement.parameters) variables.try_emplace(name);
}

Expected<Value> evaluate_expression(Evaluator& evaluator, const Statement& expression,
                                    const Parameters& variables, sim::Key key, std::int64_t clock) {
  if (!expression.tables_read.empty()) {
    return refused("an expression over variables reads a table");
  }
  const Parameters complete = named_by(expression, variables, Missing::null);
  ExpressionEnvironment environment(key, clock);
  Inputs inputs;
  inputs.environment = &environment;
  inputs.parameters = &complete;
  const Expected<Rows> rows = evaluator.select(expression, inputs);
  if (!rows.has_value()) return rows.error();
  if (rows->rows.empty() || rows->rows.front().empty()) return Value();
  return rows->rows.front().front();
}

}  // namespace halfwrite::sql
