#include "scenarios/history_sagas.hpp"

#include "sim/address.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::scenarios {

using namespace history;

const TransactionToken* HistorySagas::transaction_of(const FactContent& content) {
  if (const auto* f = std::get_if<SagaStarted>(&content)) return &f->transaction;
  if (const auto* f = std::get_if<SagaStepAsked>(&content)) return &f->transaction;
  if (const auto* f = std::get_if<SagaStepApplied>(&content)) return &f->transaction;
  if (const auto* f = std::get_if<SagaDecided>(&content)) return &f->transaction;
  if (const auto* f = std::get_if<SagaEnded>(&content)) return &f->transaction;
  return nullptr;
}

void HistorySagas::on_fact(const Fact& fact) {
  if (const TransactionToken* transaction = transaction_of(fact.content)) {
    if (transaction->value == 0) return learn({fact, {}, false});
    written_[*transaction].facts.push_back(fact);
  } else if (std::holds_alternative<SagaStepEnded>(fact.content)) {
    learn({fact, {}, false});
  } else if (const auto* logged = std::get_if<CommitLogged>(&fact.content)) {
    const auto found = written_.find(logged->transaction);
    if (found != written_.end()) found->second.changed_rows = logged->rows_changed > 0;
  } else if (const auto* visible = std::get_if<CommitVisible>(&fact.content)) {
    became_visible(visible->transaction);
  } else if (const auto* aborted = std::get_if<TransactionAborted>(&fact.content)) {
    written_.erase(aborted->transaction);
  } else if (const auto* lost = std::get_if<CommitLost>(&fact.content)) {
    was_lost(lost->transaction);
  }
}

void HistorySagas::became_visible(TransactionToken transaction) {
  const auto found = written_.find(transaction);
  if (found == written_.end()) return;
  Written written = std::move(found->second);
  written_.erase(found);
  for (Fact& fact : written.facts) learn({std::move(fact), transaction, written.changed_rows});
}

// Rare: the server crashed, and readers may have seen it. All is told once more without it.
void HistorySagas::was_lost(TransactionToken transaction) {
  written_.erase(transaction);
  const auto is_of_it = [&](const Known& known) { return known.transaction == transaction; };
  const auto kept = std::remove_if(known_.begin(), known_.end(), is_of_it);
  if (kept == known_.end()) return;
  known_.erase(kept, known_.end());
  rows_.clear("sagas");
  rows_.clear("saga_steps");
  saga_rows_.clear();
  step_rows_.clear();
  for (const Known& known : known_) show(known);
}

void HistorySagas::learn(Known known) {
  show(known);
  known_.push_back(std::move(known));
}

void HistorySagas::show(const Known& known) {
  const Fact& fact = known.fact;
  if (const auto* started = std::get_if<SagaStarted>(&fact.content)) {
    saga(started->saga, started->type, fact.at);
  } else if (const auto* decided = std::get_if<SagaDecided>(&fact.content)) {
    saga(decided->saga, decided->type, fact.at)
        .set("decision", sql::Value::text(decided->commit ? "commit" : "abort"));
  } else if (const auto* ended = std::get_if<SagaEnded>(&fact.content)) {
    saga(ended->saga, ended->type, fact.at)
        .set("state", sql::Value::text(to_text(ended->state)))
        .set("ended_at", HistoryRows::milliseconds(fact.at));
  } else if (const auto* asked = std::get_if<SagaStepAsked>(&fact.content)) {
    step(asked->step, fact.at);
  } else if (const auto* applied = std::get_if<SagaStepApplied>(&fact.content)) {
    auto row = step(applied->step, fact.at);
    if (known.changed_rows && !applied->empty) row.set("changed", sql::Value::boolean(true));
  } else if (const auto* said = std::get_if<SagaStepEnded>(&fact.content)) {
    step(said->step, fact.at).set("outcome", sql::Value::text(to_text(said->outcome)));
  }
}

// Somebody may decide about a saga whose beginning was lost: it shows all the same.
HistoryRows::Writer HistorySagas::saga(const sim::Identity& identity, sim::Name type,
                                       sim::Instant at) {
  std::string id = sim::to_text(names_, identity);
  const auto [found, is_new] = saga_rows_.try_emplace(id, rows_.count("sagas"));
  if (!is_new) return rows_.at("sagas", found->second);
  return rows_.add("sagas")
      .set("id", sql::Value::text(std::move(id)))
      .set("saga", sql::Value::text(std::string(names_.text(type))))
      .set("state", sql::Value::text("running"))
      .set("decision", sql::Value::text("none"))
      .set("started_at", HistoryRows::milliseconds(at));
}

HistoryRows::Writer HistorySagas::step(const SagaStep& of, sim::Instant at) {
  std::string id = sim::to_text(names_, of.saga);
  std::string name(names_.text(of.step));
  const auto [found, is_new] =
      step_rows_.try_emplace({id, name, of.kind, of.attempt}, rows_.count("saga_steps"));
  if (!is_new) return rows_.at("saga_steps", found->second);
  return rows_.add("saga_steps")
      .set("id", sql::Value::text(std::move(id)))
      .set("saga", sql::Value::text(std::string(names_.text(of.type))))
      .set("step", sql::Value::text(std::move(name)))
      .set("kind", sql::Value::text(to_text(of.kind)))
      .set("attempt", HistoryRows::number(of.attempt))
      .set("at", HistoryRows::milliseconds(at))
      .set("changed", sql::Value::boolean(false));
}

}  // namespace halfwrite::scenarios
