#include "models/saga/chronicle.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace halfwrite::saga {

Chronicle::Chronicle(history::Recorder& recorder, std::shared_ptr<const Definition> definition)
    : recorder_(recorder),
      definition_(std::move(definition)),
      type_(recorder.simulation().names().of(definition_->name)) {}

std::size_t Chronicle::position(sim::Name step) const {
  return definition_->position(recorder_.simulation().names().text(step));
}

void Chronicle::on_fact(const history::Fact& fact) {
  using What = Brings::What;
  if (const auto* applied = std::get_if<history::SagaStepApplied>(&fact.content)) {
    if (!(applied->step.type == type_)) return;
    const bool is_action = applied->step.kind == history::StepKind::action;
    expect(applied->transaction, {applied->step.saga, position(applied->step.step),
                                  is_action ? What::action : What::compensation});
  } else if (const auto* decided = std::get_if<history::SagaDecided>(&fact.content)) {
    if (!(decided->type == type_) || decided->commit) return;
    expect(decided->transaction, {decided->saga, 0, What::refusal});
  } else if (const auto* outside = std::get_if<history::ExternalEffect>(&fact.content)) {
    if (!(outside->step.type == type_) || !outside->effect) return;
    if (outside->step.kind != history::StepKind::action) return;
    const history::Identity& saga = outside->step.saga;
    stories_[{saga.source.index(), saga.number}].outside.insert(position(outside->step.step));
  } else if (const auto* visible = std::get_if<history::CommitVisible>(&fact.content)) {
    became_visible(visible->transaction, visible->database);
  } else if (const auto* aborted = std::get_if<history::TransactionAborted>(&fact.content)) {
    pending_.erase(aborted->transaction);
  } else if (const auto* lost = std::get_if<history::CommitLost>(&fact.content)) {
    pending_.erase(lost->transaction);
  }
}

void Chronicle::expect(history::TransactionToken transaction, Brings brings) {
  pending_[transaction].push_back(brings);
}

void Chronicle::became_visible(history::TransactionToken transaction, sim::Name database) {
  const auto found = pending_.find(transaction);
  if (found == pending_.end()) return;
  const std::vector<Brings> brought = std::move(found->second);
  pending_.erase(found);
  for (const Brings& brings : brought) {
    Story& story = stories_[{brings.saga.source.index(), brings.saga.number}];
    switch (brings.what) {
      case Brings::What::action:
        story.done.insert(brings.step);
        break;
      case Brings::What::compensation:
        story.undone.insert(brings.step);
        break;
      case Brings::What::refusal:
        story.refused = true;
        break;
    }
    end_if_over(brings.saga, transaction, database);
  }
}

void Chronicle::end_if_over(const history::Identity& saga, history::TransactionToken transaction,
                            sim::Name database) {
  Story& story = stories_[{saga.source.index(), saga.number}];
  if (story.ended) return;
  std::optional<history::SagaEnd> end;
  if (!story.refused && story.done.size() == definition_->steps.size()) {
    end = history::SagaEnd::completed;
  } else if (story.refused) {
    const auto is_taken_back = [&](std::size_t step) {
      return definition_->steps[step].compensation.empty() || story.undone.count(step) > 0;
    };
    const bool whole = std::all_of(story.done.begin(), story.done.end(), is_taken_back) &&
                       std::all_of(story.outside.begin(), story.outside.end(), is_taken_back);
    if (whole) end = history::SagaEnd::compensated;
  }
  if (!end) return;
  story.ended = true;
  history::SagaEnded ended;
  ended.saga = saga;
  ended.type = type_;
  ended.state = *end;
  ended.database = database;
  ended.transaction = transaction;
  // Not within another fact: the order of facts is what listeners go by.
  sim::Simulation& simulation = recorder_.simulation();
  simulation.at(simulation.now(), sim::Activity::work,
                [this, ended = std::move(ended)] { recorder_.record(ended); });
}

}  // namespace halfwrite::saga
