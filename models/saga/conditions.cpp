#include "models/saga/conditions.hpp"

#include "models/service/values.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

using service::StepFailure;

namespace {

service::Values values_of(const service::Instance& instance) {
  sim::Simulation& simulation = instance.simulation();
  const sim::Scope& scope = simulation.scope();
  const sim::Key key = sim::key_of(simulation.draws().key().with("saga"), simulation.names(),
                                   simulation.address({instance.name_of("value")}))
                           .with(simulation.names().hash(scope.provenance));
  return {simulation, instance.runtime().evaluator, key, instance.now_in_microseconds()};
}

}  // namespace

sim::Expected<std::vector<bool>, StepFailure> skipped_steps(const service::Instance& instance,
                                                            const Definition& definition,
                                                            const sql::Parameters& arguments) {
  std::vector<bool> skipped(definition.steps.size(), false);
  for (std::size_t i = 0; i < skipped.size(); ++i) {
    const Step& step = definition.steps[i];
    if (step.when == nullptr) continue;
    const auto wanted = values_of(instance).evaluate(step.when, arguments, step.name);
    if (!wanted) return sim::Unexpected(service::failure_of(wanted.error()));
    skipped[i] = !wanted->is_true();
  }
  return skipped;
}

sim::Expected<std::vector<std::pair<std::string, sql::Value>>, StepFailure> inputs_of(
    const service::Instance& instance, const Step& step, history::StepKind kind,
    const sql::Parameters& arguments) {
  std::vector<std::pair<std::string, sql::Value>> inputs;
  const bool back = kind == history::StepKind::compensation;
  for (const std::string& name : back ? step.compensation_inputs : step.inputs) {
    const auto given =
        std::find_if(step.arguments.begin(), step.arguments.end(),
                     [&name = name](const auto& argument) { return argument.first == name; });
    if (given == step.arguments.end()) {
      const auto variable = arguments.find(name);
      inputs.emplace_back(name, variable == arguments.end() ? sql::Value() : variable->second);
      continue;
    }
    auto value = values_of(instance).value_of(given->second, arguments, name);
    if (!value) return sim::Unexpected(service::failure_of(value.error()));
    inputs.emplace_back(name, std::move(*value));
  }
  return inputs;
}

}  // namespace halfwrite::saga
