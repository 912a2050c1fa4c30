#include "scenarios/variable_flow.hpp"

#include "models/database/sql/statement.hpp"
#include "scenarios/external_reader.hpp"
#include "scenarios/value_reader.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

namespace {

class FlowReader {
 public:
  FlowReader(const service::EventTypes& events, const std::vector<external::Settings>& externals)
      : events_(events), externals_(externals) {}

  void read(const service::Steps& steps) {
    for (const service::Step& step : steps) {
      std::visit([this](const auto& verb) { read(verb); }, step.verb);
      if (step.on_error != nullptr) {
        ++error_depth_;
        read(*step.on_error);
        --error_depth_;
      }
    }
  }
  VariableFlow take() { return std::move(flow_); }

 private:
  void use(const std::string& name) {
    static constexpr std::string_view always[] = {"now", "instance", "request", "row_count"};
    if (std::find(std::begin(always), std::end(always), name) != std::end(always)) return;
    if (name == "error" && error_depth_ > 0) return;
    if (flow_.set.count(name) != 0) return;
    if (std::find(flow_.inputs.begin(), flow_.inputs.end(), name) == flow_.inputs.end())
      flow_.inputs.push_back(name);
  }
  void use(const std::vector<std::string>& names) {
    for (const std::string& name : names) use(name);
  }
  void use(const service::StatementReference& statement) {
    if (statement != nullptr) use(statement->parameters);
  }
  void use(const std::optional<service::ValueSource>& value) {
    if (value) use(variables_of(*value));
  }

  void read(const service::SqlStep& step) {
    use(step.statement);
    flow_.set.insert(step.into.begin(), step.into.end());
  }
  void read(const service::EmitStep& step) { use(variables_of(step, events_)); }
  void read(const service::CodeStep&) {}  // the house's own, in no file
  void read(const service::PublishStep& step) {
    use(variables_of(step.event));
    use(step.event_id);
    use(step.key);
    use(step.payload_text);
    use(step.message_id);
    if (step.payload) use(variables_of(*step.payload));
    if (step.payload || step.payload_text) return;
    const auto* constant = std::get_if<sql::Value>(&step.event);
    const auto event = constant != nullptr && constant->is_text()
                           ? events_.find(std::string(constant->characters()))
                           : events_.end();
    if (event != events_.end()) use(event->second.payload);
  }
  void read(const service::ExternalStep& step) {
    use(step.idempotency_key);
    if (step.arguments) {
      use(variables_of(*step.arguments));
    } else {
      for (const external::Settings& system : externals_) {
        const external::Operation* operation = system.find(step.operation);
        if (system.name == step.system && operation != nullptr) use(variables_of(*operation));
      }
    }
    if (!step.into.empty()) flow_.set.insert(step.into);
  }
  void read(const service::IfStep& step) {
    use(step.condition);
    if (step.then != nullptr) read(*step.then);
    if (step.otherwise != nullptr) read(*step.otherwise);
  }
  void read(const service::ForEachStep& step) {
    use(step.select);
    if (step.select != nullptr) {
      for (const sql::ResultColumn& column : step.select->columns) flow_.set.insert(column.name);
    }
    if (step.steps != nullptr) read(*step.steps);
  }
  void read(const service::TransactionStep& step) {
    if (step.steps != nullptr) read(*step.steps);
  }
  void read(const service::SetStep& step) {
    use(variables_of(step.values));
    for (const auto& [name, value] : step.values) flow_.set.insert(name);
  }
  void read(const service::ReturnStep& step) { use(variables_of(step.values)); }
  void read(const service::FailStep&) {}
  void read(const service::SleepStep& step) { use(variables_of(step.duration_text)); }

  const service::EventTypes& events_;
  const std::vector<external::Settings>& externals_;
  VariableFlow flow_;
  int error_depth_ = 0;
};

}  // namespace

std::vector<std::string> variables_of(const service::EmitStep& emit,
                                      const service::EventTypes& events) {
  std::vector<std::string> variables;
  if (emit.key) variables = variables_of(*emit.key);
  if (emit.payload) {
    for (std::string& name : variables_of(*emit.payload)) variables.push_back(std::move(name));
    return variables;
  }
  const auto event = events.find(emit.event);
  if (event == events.end()) return variables;
  for (const std::string& field : event->second.payload) variables.push_back(field);
  if (!emit.key && event->second.payload.empty() && !event->second.key.empty())
    variables.push_back(event->second.key);
  return variables;
}

VariableFlow flow_of(const service::Steps& steps, const service::EventTypes& events,
                     const std::vector<external::Settings>& externals) {
  FlowReader reader(events, externals);
  reader.read(steps);
  return reader.take();
}

const std::vector<std::string>& delivery_variables() {
  static const std::vector<std::string> names{"event_id",  "event",   "version",
                                              "key",       "attempt", "redelivered",
                                              "partition", "offset",  "polled_offset"};
  return names;
}

}  // namespace halfwrite::scenarios
