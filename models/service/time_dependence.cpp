#include "models/service/time_dependence.hpp"

#include "models/database/sql/statement.hpp"
#include "models/service/step_search.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace halfwrite::service {

namespace {

constexpr std::array<std::string_view, 7> time_words{"now",
                                                     "current_timestamp",
                                                     "current_date",
                                                     "localtimestamp",
                                                     "clock_timestamp",
                                                     "transaction_timestamp",
                                                     "statement_timestamp"};

bool names_the_time(const std::string& text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(time_words.begin(), time_words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

bool asks(const sql::Statement& statement) {
  const auto& variables = statement.parameters;
  if (std::find(variables.begin(), variables.end(), "now") != variables.end()) return true;
  if (statement.reads_clock && names_the_time(statement.text)) return true;
  return std::any_of(statement.lock_steps.begin(), statement.lock_steps.end(),
                     [](const auto& step) { return asks(*step); });
}
bool asks(const StatementReference& statement) {
  return statement != nullptr && asks(*statement);
}

bool asks(const ValueSource& source) {
  if (const auto* variable = std::get_if<Variable>(&source)) return variable->name == "now";
  const auto* expression = std::get_if<Expression>(&source);
  return expression != nullptr && asks(expression->statement);
}

bool asks(const NamedValues& values) {
  return std::any_of(values.begin(), values.end(),
                     [](const auto& value) { return asks(value.second); });
}

// Without the steps inside it.
bool asks(const Step& step) {
  if (const auto* sql = std::get_if<SqlStep>(&step.verb)) return asks(sql->statement);
  if (const auto* condition = std::get_if<IfStep>(&step.verb)) return asks(condition->condition);
  if (const auto* external = std::get_if<ExternalStep>(&step.verb))
    return external->arguments && asks(*external->arguments);
  if (const auto* set = std::get_if<SetStep>(&step.verb)) return asks(set->values);
  const auto* loop = std::get_if<ForEachStep>(&step.verb);
  return loop != nullptr && asks(loop->select);
}

}  // namespace

bool asks_for_the_time(const Operation& operation) {
  return any_step(operation.steps, [](const Step& step) { return asks(step); });
}

}  // namespace halfwrite::service
