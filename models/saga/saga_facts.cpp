#include "models/saga/saga_facts.hpp"

#include "models/service/values.hpp"

#include <utility>

namespace halfwrite::saga {

history::SagaStep SagaFacts::step(std::size_t position, StepKind kind,
                                  std::uint32_t attempt) const {
  return {saga, instance.name_of(definition.name),
          instance.name_of(definition.steps[position].name), kind, attempt};
}

void SagaFacts::record_started(const sql::Parameters& arguments) const {
  history::SagaStarted started;
  started.saga = saga;
  started.type = instance.name_of(definition.name);
  started.intent = saga;
  started.arguments = service::told(definition.variables, arguments);
  started.database = database;
  started.transaction = transaction;
  instance.recorder().record(std::move(started));
}

void SagaFacts::record(const Transition& transition) const {
  history::Recorder& recorder = instance.recorder();
  const sim::Name type = instance.name_of(definition.name);
  for (const StepAnswer& answer : transition.learned) {
    history::SagaStepEnded ended;
    ended.step = step(answer.step, answer.kind, answer.attempt);
    ended.outcome = answer.outcome;
    ended.reason = answer.reason;
    recorder.record(std::move(ended));
  }
  if (transition.decision) {
    recorder.record(history::SagaDecided{saga, type, transition.decision->commit, database,
                                         transaction, transition.decision->reason});
  }
  if (transition.ended) {
    recorder.record(history::SagaEnded{saga, type, *transition.ended, database, transaction,
                                       transition.reason});
  }
}

}  // namespace halfwrite::saga
