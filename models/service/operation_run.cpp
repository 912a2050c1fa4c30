#include "models/service/operation_run.hpp"

#include "models/broker/record.hpp"
#include "models/database/client.hpp"
#include "models/database/sql/statement.hpp"
#include "models/service/instance.hpp"
#include "models/service/payload.hpp"
#include "models/service/transaction_control.hpp"
#include "models/service/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace halfwrite::service {

broker::Record record_of(const EmittedEvent& event) {
  return {event.event_id, event.type->name, event.type->version,
          event.topic,    event.key,        event.payload};
}

namespace {

constexpr std::size_t room_for_results = 4;

}  // namespace

OperationRun::OperationRun(Instance& instance, const Operation& operation,
                           const sql::Parameters& inputs, OperationHooks* hooks,
                           std::optional<sim::Instant> deadline)
    : instance_(instance),
      operation_(operation),
      hooks_(hooks),
      variables_(
          inputs,
          {{"instance", sql::Value::bigint(instance.number())},
           {"now", sql::Value::timestamptz(instance.now_in_microseconds())},
           {"request", sql::Value::text(sim::to_text(instance.simulation().names(),
                                                     instance.simulation().scope().identity))},
           {"row_count", sql::Value::bigint(0)}},
          room_for_results),
      deadline_(deadline) {}

OperationRun::~OperationRun() = default;

history::TransactionToken OperationRun::token() const {
  HALFWRITE_ASSERT(token_.has_value(), "the token of a transaction was asked for outside of one");
  return *token_;
}

sim::Expected<database::QueryResult, StepFailure> OperationRun::execute(
    const StatementReference& statement, sql::Parameters variables, const sim::Place& place) {
  TransactionControl control(*this);
  const auto begun = control.ensure_begun();
  if (!begun) return sim::Unexpected(begun.error());
  return control.execute(
      statement, sql::named_by(*statement, std::move(variables), sql::Missing::null), place);
}

sim::Expected<sim::Done, StepFailure> OperationRun::ensure_transaction() {
  return TransactionControl(*this).ensure_begun();
}

sim::Expected<sim::Done, StepFailure> OperationRun::emit(EmittedEvent event, sim::Name provenance) {
  const auto begun = ensure_transaction();
  if (!begun) return begun;
  event.ordinal = ++ordinals_;
  event.event_id = instance_.runtime().event_ids.make_as(std::move(event.event_id));
  return announce(std::move(event), provenance);
}

sim::Expected<sim::Done, StepFailure> OperationRun::announce(EmittedEvent event,
                                                             sim::Name provenance) {
  found_work();
  const sim::Scope& scope = instance_.simulation().scope();
  history::Emitted fact;
  fact.event_id = event.event_id;
  fact.event = instance_.name_of(event.type->name);
  fact.version = event.type->version;
  fact.key = event.key;
  fact.payload = event.payload;
  fact.database = instance_.name_of(instance_.settings().database);
  fact.transaction = token();
  fact.intent = scope.identity;
  fact.attempt = scope.attempt;
  fact.ordinal = event.ordinal;
  fact.service = instance_.name_of(instance_.settings().name);
  instance_.recorder().record(std::move(fact));
  instance_.recorder().carry(event.event_id, provenance.empty() ? scope.provenance : provenance);

  emitted_.push_back(std::move(event));
  EventPublisher* publisher = instance_.publisher(operation_);
  if (publisher == nullptr) return sim::Done{};
  // A copy: the publisher may wait, and what it emits by itself may move the vector.
  const EmittedEvent emitted = emitted_.back();
  return publisher->on_emit(*this, emitted);
}

const std::vector<EmittedEvent>& OperationRun::planned_emits() {
  if (is_planned_ || body_ == nullptr) return planned_emits_;
  is_planned_ = true;
  for (const Step& step : *body_) {
    const auto* emit = std::get_if<EmitStep>(&step.verb);
    if (emit == nullptr) continue;
    auto event = event_of(*emit, true);
    if (!event) continue;
    identify(step, *event);
    plan_.push_back({&step, event->ordinal, event->event_id, false});
    planned_emits_.push_back(std::move(*event));
  }
  return planned_emits_;
}

namespace {

const sql::Value* find(const Fields& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

// A variable that the value needs and nobody has set, or nullptr.
const std::string* first_unset(const ValueSource& source, const sql::Parameters& variables) {
  if (const auto* variable = std::get_if<Variable>(&source)) {
    return variables.find(variable->name) == variables.end() ? &variable->name : nullptr;
  }
  if (const auto* expression = std::get_if<Expression>(&source)) {
    for (const std::string& name : expression->statement->parameters) {
      if (variables.find(name) == variables.end()) return &name;
    }
  }
  return nullptr;
}

}  // namespace

sim::Expected<EmittedEvent, StepFailure> OperationRun::event_of(const EmitStep& emit,
                                                                bool strictly) {
  const EventTypes& types = instance_.runtime().events;
  const auto type = types.find(emit.event);
  HALFWRITE_ASSERT(type != types.end(), "an emit step names an event type that does not exist");
  EmittedEvent event;
  event.type = &type->second;
  event.topic = emit.topic.empty() ? event.type->topic : emit.topic;

  const Values drawn = values();
  std::optional<StepFailure> failure;
  const auto told = [&](const std::string& purpose, const ValueSource& source) {
    if (strictly && !failure) {
      const std::string* unset = first_unset(source, variables_);
      if (unset != nullptr) {
        failure = StepFailure::error("42703", "the variable :" + *unset + " is not set yet");
      }
    }
    auto value = drawn.value_of(source, variables_, purpose);
    if (value) return std::move(*value);
    if (!failure) failure = failure_of(value.error());
    return sql::Value();
  };
  Fields fields;
  if (emit.payload) {
    for (const auto& [name, source] : *emit.payload) fields.emplace_back(name, told(name, source));
  } else {
    const bool declared = !event.type->payload.empty();
    for (const std::string& name : declared ? event.type->payload : operation_.inputs) {
      fields.emplace_back(name, told(name, Variable{name}));
    }
  }
  if (emit.key) {
    event.key = sql::to_text(told("key", *emit.key));
  } else if (const sql::Value* field = find(fields, event.type->key)) {
    event.key = sql::to_text(*field);
  } else {
    event.key = sql::to_text(told("key", Variable{event.type->key}));
  }
  if (failure) return sim::Unexpected(*failure);
  event.payload = payload_of(fields);
  return event;
}

void OperationRun::identify(const Step& step, EmittedEvent& event) {
  for (Planned& planned : plan_) {
    if (planned.step != &step || planned.reached) continue;
    planned.reached = true;
    event.ordinal = planned.ordinal;
    event.event_id = planned.event_id;
    return;
  }
  sim::Simulation& simulation = instance_.simulation();
  event.ordinal = ++ordinals_;
  event.event_id =
      instance_.runtime().event_ids.make(simulation.names(), simulation.scope(), event.ordinal);
}

void OperationRun::begin_anew(const Steps& body) {
  body_ = &body;
  is_planned_ = false;
  plan_.clear();
  planned_emits_.clear();
  emitted_.clear();
  commit_aliases.clear();
  after_commit.clear();
  when_in_doubt.clear();
  ordinals_ = 0;
}

void OperationRun::refresh_clock() {
  variables_.find(std::string_view("now"))->second =
      sql::Value::timestamptz(instance_.now_in_microseconds());
}

Values OperationRun::values() {
  sim::Simulation& simulation = instance_.simulation();
  const sim::Key key = sim::key_of(simulation.draws().key().with("value"), simulation.names(),
                                   simulation.address(sim::Place{step_}))
                           .with(++uses_);
  Values values(simulation, instance_.runtime().evaluator, key, instance_.now_in_microseconds());
  values.count_by(simulation.scope().identity.number);
  return values;
}

void OperationRun::found_work() {
  sim::Simulation& simulation = instance_.simulation();
  if (work_ || simulation.scope().activity != sim::Activity::idle) return;
  work_.emplace(simulation.quiescence(), [this, operation = simulation.scope().operation] {
    const sim::Names& names = instance_.simulation().names();
    return fmt::format("{} on {} is at work on what it found", names.text(operation),
                       names.text(instance_.process().name()));
  });
}

sim::Duration OperationRun::remaining() const {
  if (!deadline_) return sim::Duration::for_ever();
  return std::max(*deadline_ - instance_.simulation().now(), sim::Duration::nanoseconds(1));
}

bool OperationRun::is_late() const {
  return deadline_ && instance_.simulation().now() >= *deadline_;
}

}  // namespace halfwrite::service
