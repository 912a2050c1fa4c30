// The verb `external`: a question to a system outside, and what its answer means to the operation.
#include "models/external/client.hpp"
#include "models/service/instance.hpp"
#include "models/service/interpreter.hpp"
#include "models/service/values.hpp"
#include "models/service/windows.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace halfwrite::service {

namespace {

// Variables that are there without anybody giving them: they say how a run came about, and another
// attempt has others.
bool is_always_there(std::string_view name) {
  static constexpr std::string_view names[] = {
      "now",    "instance",      "request", "row_count",   "error",       "event_id",
      "event",  "version",       "attempt", "key",         "redelivered", "partition",
      "offset", "polled_offset", "saga_id", "saga_attempt"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// A compensation that finds nothing outside to take back is through: it was never done, or has been
// taken back (an empty compensation, as in Seata's empty rollback). Who names the decline wants it
// as a failure.
bool is_empty_compensation(const Operation& operation, const ExternalStep& asked,
                           const external::Failure& failure) {
  return operation.part && operation.part->kind == history::StepKind::compensation &&
         asked.or_fail.empty() && failure.kind == external::Failure::Kind::declined &&
         failure.name == external::nothing_to_take_back;
}

}  // namespace

sim::Expected<sql::Parameters, StepFailure> Interpreter::arguments_of(const ExternalStep& asked) {
  sql::Parameters arguments;
  if (!asked.arguments) {
    for (const auto& [name, value] : run_.variables_) {
      const auto& inputs = run_.operation().inputs;
      const bool is_input = std::find(inputs.begin(), inputs.end(), name) != inputs.end();
      if (is_input || !is_always_there(name)) arguments.insert_or_assign(name, value);
    }
    return arguments;
  }
  const Values values = run_.values();
  for (const auto& [name, source] : *asked.arguments) {
    auto value = values.value_of(source, run_.variables_, name);
    if (!value) return sim::Unexpected(failure_of(value.error()));
    arguments.insert_or_assign(name, std::move(*value));
  }
  return arguments;
}

Interpreter::Result Interpreter::run_verb(const Step&, const ExternalStep& asked) {
  auto arguments = arguments_of(asked);
  if (!arguments) return sim::Unexpected(arguments.error());
  auto request = std::make_unique<external::Request>();
  request->operation = asked.operation;
  request->arguments = std::move(*arguments);
  if (asked.idempotency_key) {
    auto key = text_of(*asked.idempotency_key, "idempotency_key");
    if (!key) return sim::Unexpected(key.error());
    request->idempotency_key = std::move(*key);
  }
  run_.found_work();
  // Only where a transaction is to say what was done outside.
  if (run_.operation().transaction && instance_.has_database() && !outside_) {
    outside_.emplace(simulation_, outside_window, sim::RequestAt{run_.step_});
  }
  const std::array<sim::Alias, 1> aliases{
      {{instance_.name_of(asked.system + "." + asked.operation), instance_.name_of("request")}}};
  const sim::Duration timeout = std::min(simulation_.truly(asked.timeout), run_.remaining());
  const auto answer = external::ask(simulation_, asked.system, std::move(request),
                                    sim::Place{run_.step_, aliases}, timeout);
  if (!answer) {
    StepFailure failure = failure_of(answer.error());
    if (failure.kind == StepFailure::Kind::unknown) {
      run_.left_effects_ = true;
    } else if (!run_.left_effects_) {
      outside_.reset();
    }
    if (is_empty_compensation(run_.operation(), asked, answer.error())) {
      if (!asked.into.empty())
        run_.variables_.insert_or_assign(asked.into, sql::Value::text(failure.name));
      return Flow::go_on;
    }
    const bool declined = failure.kind == StepFailure::Kind::business;
    if (declined && !asked.or_fail.empty()) failure.name = asked.or_fail;
    return sim::Unexpected(std::move(failure));
  }
  run_.left_effects_ = true;
  if (!asked.into.empty()) {
    run_.variables_.insert_or_assign(asked.into, sql::Value::text(*answer));
  }
  return Flow::go_on;
}

}  // namespace halfwrite::service
