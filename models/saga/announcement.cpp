#include "models/saga/announcement.hpp"

#include "models/saga/admission.hpp"
#include "models/saga/run_variables.hpp"
#include "models/saga/saga_facts.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/instance.hpp"
#include "models/service/payload.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

using history::StepKind;
using service::StepFailure;

namespace {

const service::EventType& type_of(service::OperationRun& run, const std::string& name) {
  const service::EventTypes& types = run.instance().runtime().events;
  const auto type = types.find(name);
  HALFWRITE_ASSERT(type != types.end(), "a saga emits an event whose type does not exist");
  return type->second;
}

}  // namespace

sim::Expected<sim::Done, StepFailure> emit_reply(service::OperationRun& run,
                                                 const Definition& definition, const Step& step,
                                                 StepKind kind, history::StepOutcome outcome,
                                                 const std::string& reason, bool left_effects) {
  const std::string id = id_of(run);
  const sql::Value attempt = value_of(run, saga_attempt);
  service::EmittedEvent event;
  event.type = &type_of(run, reply_of(definition, step, kind));
  event.topic = event.type->topic;
  event.key = message_key(id, step.name, kind);
  const auto number =
      attempt.is_null() ? 1u
                        : static_cast<std::uint32_t>(std::max<std::int64_t>(1, attempt.integer()));
  event.event_id = message_id(id, step.name, kind, number) + "-reply";
  service::Fields fields{{saga_id, sql::Value::text(id)},
                         {saga_attempt, attempt},
                         {saga_outcome, sql::Value::text(history::to_text(outcome))},
                         {saga_reason, sql::Value::text(reason)}};
  if (left_effects) fields.emplace_back(saga_left_effects, sql::Value::boolean(true));
  // An orchestrator that stores its saga later than it sends can begin it with the reply.
  if (definition.orchestrator.unmatched == Unmatched::start) {
    for (const std::string& name : definition.variables) {
      if (run.variables().count(name) > 0) fields.emplace_back(name, value_of(run, name));
    }
  }
  event.payload = service::payload_of(fields);
  return run.emit(std::move(event));
}

sim::Expected<sim::Done, StepFailure> emit_event(service::OperationRun& run,
                                                 const Definition& definition,
                                                 const std::string& name, bool left_effects) {
  service::EmittedEvent event;
  event.type = &type_of(run, name);
  event.topic = event.type->topic;
  event.key = sql::to_text(value_of(run, event.type->key));
  const std::string id = id_of(run);
  event.event_id = message_id(id, name, StepKind::action, 1);
  service::Fields fields;
  if (!event.type->payload.empty()) {
    for (const std::string& field : event.type->payload) {
      fields.emplace_back(field, value_of(run, field));
    }
  } else {
    for (const std::string& field : definition.variables) {
      if (run.variables().count(field) > 0) fields.emplace_back(field, value_of(run, field));
    }
  }
  if (definition.coordination == Coordination::choreography) {
    fields.emplace_back(saga_id, sql::Value::text(id));
    if (left_effects) fields.emplace_back(saga_left_effects, sql::Value::boolean(true));
  }
  event.payload = service::payload_of(fields);
  return run.emit(std::move(event));
}

void record_started(service::OperationRun& run, const Definition& definition) {
  const service::Instance& instance = run.instance();
  const history::SagaStep step =
      instance.recorder().step_of(instance.simulation().scope().provenance);
  const SagaFacts facts{instance, definition, step.saga,
                        instance.name_of(instance.settings().database), run.token()};
  facts.record_started(run.variables());
}

void record_refused(service::OperationRun& run, const std::string& reason, bool decides) {
  const service::Instance& instance = run.instance();
  const history::SagaStep step =
      instance.recorder().step_of(instance.simulation().scope().provenance);
  history::SagaStepEnded ended;
  ended.step = step;
  ended.outcome = history::StepOutcome::refused;
  ended.reason = reason;
  instance.recorder().record(std::move(ended));
  if (!decides) return;
  history::SagaDecided decided;
  decided.saga = step.saga;
  decided.type = step.type;
  decided.commit = false;
  decided.database = instance.name_of(instance.settings().database);
  decided.transaction = run.token();
  decided.reason = std::string(instance.simulation().names().text(step.step)) + ": " + reason;
  instance.recorder().record(std::move(decided));
}

}  // namespace halfwrite::saga
