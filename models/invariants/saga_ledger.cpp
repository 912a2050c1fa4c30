#include "models/invariants/saga_ledger.hpp"

#include "sim/draw.hpp"

namespace halfwrite::invariants {

SagaRecord& SagaLedger::saga(const Identity& identity, Name type) {
  const std::uint64_t hash = sim::Key(identity.number)
                                 .with(std::uint64_t{identity.source.index()})
                                 .with(std::uint64_t{type.index()})
                                 .value();
  std::vector<std::uint32_t>& candidates = by_hash_[hash];
  for (const std::uint32_t index : candidates) {
    if (sagas_[index].saga == identity && sagas_[index].type == type) return sagas_[index];
  }
  candidates.push_back(static_cast<std::uint32_t>(sagas_.size()));
  SagaRecord& record = sagas_.emplace_back();
  record.saga = identity;
  record.type = type;
  return record;
}

SagaStepRecord& SagaLedger::step(const history::SagaStep& step) {
  SagaRecord& record = saga(step.saga, step.type);
  for (SagaStepRecord& known : record.steps) {
    if (known.step == step.step) return known;
  }
  record.steps.emplace_back().step = step.step;
  return record.steps.back();
}

void SagaLedger::fold(const history::SagaStarted& fact, Moment moment) {
  SagaRecord& record = saga(fact.saga, fact.type);
  if (record.arguments.empty()) record.arguments = fact.arguments;
  record.starts.push_back({{fact.database, fact.transaction}, moment});
}

void SagaLedger::fold(const history::SagaStepAsked& fact, Moment moment) {
  step(fact.step).asked.push_back(
      {fact.step.kind, fact.step.attempt, fact.service, {fact.database, fact.transaction}, moment});
}

void SagaLedger::fold(const history::SagaStepApplied& fact, Moment moment) {
  step(fact.step).works.push_back(
      {fact.step.kind, {fact.database, fact.transaction}, fact.empty, moment});
}

void SagaLedger::fold(const history::SagaStepEnded& fact, Moment moment) {
  step(fact.step).learned.push_back({fact.step.kind, fact.outcome, fact.reason, moment});
}

void SagaLedger::fold(const history::SagaDecided& fact, Moment moment) {
  saga(fact.saga, fact.type)
      .decisions.push_back({fact.commit, {fact.database, fact.transaction}, fact.reason, moment});
}

void SagaLedger::fold(const history::SagaEnded& fact, Moment moment) {
  saga(fact.saga, fact.type)
      .endings.push_back({fact.state, {fact.database, fact.transaction}, fact.reason, moment});
}

void SagaLedger::fold(const history::ExternalEffect& fact, Moment moment) {
  if (fact.step.empty() || !fact.effect) return;
  step(fact.step).outside.push_back(
      {fact.step.kind, fact.system, fact.operation, fact.irreversible, moment});
}

}  // namespace halfwrite::invariants
