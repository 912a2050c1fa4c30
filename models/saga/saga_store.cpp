#include "models/saga/saga_store.hpp"

#include "models/database/client.hpp"
#include "models/saga/conditions.hpp"
#include "models/saga/timers.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/instance.hpp"
#include "models/service/payload.hpp"
#include "models/service/values.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace halfwrite::saga {

using service::StepFailure;

namespace {

std::string json_of(const sql::Parameters& arguments, const std::vector<std::string>& order) {
  service::Fields fields;
  for (const std::string& name : order) {
    const auto found = arguments.find(name);
    if (found != arguments.end()) fields.emplace_back(name, found->second);
  }
  return service::payload_of(fields);
}

}  // namespace

SagaStore::SagaStore(service::OperationRun& run, const Definition& definition,
                     const OrchestratorStatements& statements, const LeaseStatements* lease)
    : run_(run),
      instance_(run.instance()),
      definition_(definition),
      statements_(statements),
      lease_(lease) {}

SagaFacts SagaStore::facts() const {
  const sim::Scope& scope = instance_.simulation().scope();
  const history::SagaStep step = instance_.recorder().step_of(scope.provenance);
  return {instance_, definition_, step.empty() ? scope.identity : step.saga,
          instance_.name_of(instance_.settings().database), run_.token()};
}

sql::Parameters SagaStore::row_of(const std::string& id, const State& state) const {
  const auto due = state.due();
  return {{"saga", sql::Value::text(definition_.name)},
          {"id", sql::Value::text(id)},
          {"state", sql::Value::text(to_text(state, definition_))},
          {"due_at", due ? sql::Value::bigint(*due) : sql::Value()},
          {"saved_at", sql::Value::bigint(instance_.now_in_microseconds())}};
}

sim::Expected<std::optional<SagaStore::Stored>, StepFailure> SagaStore::load(
    const std::string& id, const std::string& point) {
  const std::array<sim::Alias, 1> aliases{
      {{instance_.name_of(definition_.name), instance_.name_of(point)}}};
  sql::Parameters key{{"saga", sql::Value::text(definition_.name)}, {"id", sql::Value::text(id)}};
  const auto result = run_.execute(statements_.load, std::move(key),
                                   sim::Place{instance_.name_of("load"), aliases});
  if (!result) return sim::Unexpected(result.error());
  if (result->rows.empty()) return std::optional<Stored>();
  const sql::Row& row = result->rows.front();
  auto state = state_of(sql::to_text(row[0]), definition_);
  HALFWRITE_ASSERT(state.has_value(), "the state of a saga was stored and cannot be read");
  Stored stored;
  stored.id = id;
  stored.state = std::move(*state);
  stored.version = row[1].integer();
  stored.arguments = service::variables_of_payload(sql::to_text(row[2]));
  return std::optional<Stored>(std::move(stored));
}

SagaStore::Success SagaStore::insert(const std::string& id, const sql::Parameters& arguments,
                                     const Transition& transition) {
  const auto begun = run_.ensure_transaction();
  if (!begun) return begun;
  const bool sends_first = definition_.orchestrator.publishing == service::Publishing::broker_first;
  if (sends_first) {
    const auto existing = load(id, "start/load");
    if (!existing) return sim::Unexpected(existing.error());
    if (*existing) return sim::Done{};
    const auto sent = send(id, arguments, transition);
    if (!sent) return sent;
  }
  sql::Parameters row = row_of(id, transition.state);
  row.insert_or_assign("arguments", sql::Value::text(json_of(arguments, definition_.variables)));
  const auto inserted =
      run_.execute(statements_.insert, std::move(row), sim::Place{instance_.name_of("insert")});
  if (!inserted) return sim::Unexpected(inserted.error());
  // An earlier request of the same intent, or one that was faster.
  if (inserted->row_count == 0) {
    if (!sends_first) return sim::Done{};
    return sim::Unexpected(StepFailure::error("40001", "the saga has begun meanwhile"));
  }
  const SagaFacts facts = this->facts();
  facts.record_started(arguments);
  run_.commit_aliases.push_back({instance_.name_of(definition_.name), instance_.name_of("start")});
  if (!sends_first) {
    const auto sent = send(id, arguments, transition);
    if (!sent) return sent;
  }
  facts.record(transition);
  timers_of(instance_, definition_).remember(definition_, id, facts.saga);
  watch(id, transition.state);
  return sim::Done{};
}

SagaStore::Success SagaStore::save(const Stored& stored, const Transition& transition) {
  watch(stored.id, transition.state);
  if (!transition.changed) return sim::Done{};
  const auto fenced = check_lease();
  if (!fenced) return fenced;
  const auto sent = send(stored.id, stored.arguments, transition);
  if (!sent) return sent;
  sql::Parameters row = row_of(stored.id, transition.state);
  row.insert_or_assign("version", sql::Value::bigint(stored.version));
  const auto& statement =
      definition_.orchestrator.version_check ? statements_.save : statements_.overwrite;
  const auto saved = run_.execute(statement, std::move(row), sim::Place{instance_.name_of("save")});
  if (!saved) return sim::Unexpected(saved.error());
  if (saved->row_count == 0) {
    return sim::Unexpected(StepFailure::error("40001", "the saga was saved by somebody else"));
  }
  if (transition.ended) {
    run_.commit_aliases.push_back(
        {instance_.name_of(definition_.name), instance_.name_of("finish")});
  }
  facts().record(transition);
  return sim::Done{};
}

SagaStore::Success SagaStore::check_lease() {
  if (lease_ == nullptr) return sim::Done{};
  const Timers& timers = timers_of(instance_, definition_);
  sql::Parameters values{
      {"saga", sql::Value::text(definition_.name)},
      {"holder", sql::Value::text(std::string(instance_.process().node().name()))},
      {"term", sql::Value::bigint(timers.term)}};
  const auto held =
      run_.execute(lease_->check, std::move(values), sim::Place{instance_.name_of("lease")});
  if (!held) return sim::Unexpected(held.error());
  if (!held->rows.empty()) return sim::Done{};
  return sim::Unexpected(StepFailure::error("57P04", "the lease of this instance is over"));
}

SagaStore::Success SagaStore::send(const std::string& id, const sql::Parameters& arguments,
                                   const Transition& transition) {
  for (const Asked& asked : transition.asked) {
    const auto sent = send_one(id, arguments, asked);
    if (!sent) return sent;
  }
  return sim::Done{};
}

SagaStore::Success SagaStore::send_one(const std::string& id, const sql::Parameters& arguments,
                                       const Asked& asked) {
  const Step& step = definition_.steps[asked.step];
  auto inputs = inputs_of(instance_, step, asked.kind, arguments);
  if (!inputs) return sim::Unexpected(inputs.error());
  const service::EventTypes& types = instance_.runtime().events;
  const auto type = types.find(command_of(definition_, step, asked.kind));
  HALFWRITE_ASSERT(type != types.end(), "a command has no event type");

  const SagaFacts facts = this->facts();
  const history::SagaStep provenance = facts.step(asked.step, asked.kind, asked.attempt);
  instance_.recorder().record(history::SagaStepAsked{provenance, instance_.name_of(step.service),
                                                     facts.database, facts.transaction});

  service::EmittedEvent event;
  event.type = &type->second;
  event.topic = event.type->topic;
  event.key = message_key(id, step.name, asked.kind);
  event.event_id = message_id(id, step.name, asked.kind, asked.attempt);
  service::Fields fields{{saga_id, sql::Value::text(id)},
                         {saga_attempt, sql::Value::bigint(asked.attempt)}};
  for (auto& input : *inputs) fields.push_back(std::move(input));
  if (definition_.orchestrator.unmatched == Unmatched::start) {
    for (const std::string& name : definition_.variables) {
      const auto argument = arguments.find(name);
      const bool is_given = std::any_of(fields.begin(), fields.end(),
                                        [&](const auto& field) { return field.first == name; });
      if (argument != arguments.end() && !is_given) fields.emplace_back(name, argument->second);
    }
  }
  event.payload = service::payload_of(fields);
  return run_.emit(std::move(event), instance_.recorder().provenance_of(provenance));
}

void SagaStore::watch(const std::string& id, const State& state) {
  Timers& timers = timers_of(instance_, definition_);
  const auto due = state.due();
  run_.after_commit.emplace_back([&timers, id, due] { timers.watch(id, due); });
  run_.when_in_doubt.emplace_back([&timers] { timers.doubt(); });
}

}  // namespace halfwrite::saga
