#include "models/service/transaction_control.hpp"

#include "models/service/instance.hpp"
#include "models/service/step_search.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::service {

bool may_emit(const Steps& steps) {
  return any_step(steps, [](const Step& step) {
    const auto* code = std::get_if<CodeStep>(&step.verb);
    return std::holds_alternative<EmitStep>(step.verb) || (code != nullptr && code->emits);
  });
}

TransactionControl::Success TransactionControl::prepare(const Steps& body) {
  run_.begin_anew(body);
  run_.publisher_state.reset();
  EventPublisher* publisher = run_.instance_.publisher(run_.operation_);
  const bool closes = run_.operation_.closing != nullptr && may_emit(*run_.operation_.closing);
  if (publisher == nullptr || !(closes || may_emit(body))) return sim::Done{};
  return publisher->before_transaction(run_);
}

TransactionControl::Success TransactionControl::take_session() {
  if (run_.session_) return sim::Done{};
  auto lease = run_.instance_.pool().acquire(run_.remaining());
  if (!lease) return sim::Unexpected(lease.error());
  run_.session_ = std::move(*lease);
  return sim::Done{};
}

TransactionControl::Success TransactionControl::ensure_begun() {
  if (run_.in_transaction()) return sim::Done{};
  return begin(run_.operation_.isolation, sim::Place{run_.instance_.points().begin});
}

TransactionControl::Success TransactionControl::begin(std::optional<database::Isolation> isolation,
                                                      const sim::Place& place) {
  const Success taken = take_session();
  if (!taken) return taken;
  Instance& instance = run_.instance_;
  const history::TransactionToken token =
      instance.recorder().new_transaction(instance.simulation().address(place));
  if (run_.hooks_ != nullptr) run_.hooks_->transaction_begun(run_, token);
  const auto begun = run_.session_->begin(token, isolation, place, run_.remaining());
  if (!begun) {
    run_.session_.discard();
    return sim::Unexpected(failure_of(begun.error(), Doing::inside_transaction));
  }
  run_.token_ = token;
  return sim::Done{};
}

TransactionControl::Result TransactionControl::execute(const StatementReference& statement,
                                                       sql::Parameters variables,
                                                       const sim::Place& place) {
  HALFWRITE_ASSERT(run_.in_transaction(), "a statement was executed outside its transaction");
  // A session that broke is gone with its transaction; the steps that go on after `on_error` find
  // that out.
  if (!run_.session_) {
    return sim::Unexpected(
        StepFailure::error("08003", "the connection of this transaction is gone"));
  }
  auto result = run_.session_->execute(statement, std::move(variables), place, run_.remaining());
  if (result) return std::move(*result);
  const StepFailure failure = failure_of(result.error(), Doing::inside_transaction);
  if (!run_.session_->is_usable()) run_.session_.discard();
  return sim::Unexpected(failure);
}

TransactionControl::Result TransactionControl::execute_alone(const StatementReference& statement,
                                                             sql::Parameters variables,
                                                             const sim::Place& place) {
  HALFWRITE_ASSERT(!run_.in_transaction(), "a statement alone was executed inside a transaction");
  const Success taken = take_session();
  if (!taken) return sim::Unexpected(taken.error());
  Instance& instance = run_.instance_;
  const history::TransactionToken token =
      instance.recorder().new_transaction(instance.simulation().address(place));
  if (run_.hooks_ != nullptr) run_.hooks_->transaction_begun(run_, token);
  auto result =
      run_.session_->execute_alone(token, statement, std::move(variables), place, run_.remaining());
  run_.session_.give_back();
  if (result) {
    if (result->changed_count > 0) run_.left_effects_ = true;
    return std::move(*result);
  }
  const StepFailure failure = failure_of(result.error(), Doing::statement_alone);
  if (failure.kind == StepFailure::Kind::unknown && statement->changes_rows()) {
    run_.left_effects_ = true;
  }
  return sim::Unexpected(failure);
}

TransactionControl::Success TransactionControl::commit_session(sim::Name step) {
  Instance& instance = run_.instance_;
  if (!run_.session_) {
    forget_transaction();
    return sim::Unexpected(
        StepFailure::error("08003", "the connection of this transaction is gone"));
  }
  std::vector<sim::Alias> aliases;
  aliases.reserve(run_.emitted_.size() + run_.commit_aliases.size() + 1);
  for (const EmittedEvent& event : run_.emitted_) {
    aliases.push_back({instance.name_of(event.type->name), instance.points().committed});
    for (const EventType::Point& point : event.type->points) {
      if (point.moment != "committed") continue;
      aliases.push_back({instance.name_of(point.subject), instance.name_of(point.step)});
    }
  }
  aliases.insert(aliases.end(), run_.commit_aliases.begin(), run_.commit_aliases.end());
  if (run_.hooks_ != nullptr) {
    if (const auto alias = run_.hooks_->commit_alias(run_)) aliases.push_back(*alias);
  }
  const auto result = run_.session_->commit(sim::Place{step, aliases}, run_.remaining());
  run_.token_.reset();
  if (!result) {
    const StepFailure failure = failure_of(result.error(), Doing::commit);
    if (failure.kind == StepFailure::Kind::unknown) {
      run_.left_effects_ = true;
      for (const auto& act : run_.when_in_doubt) act();
    }
    run_.session_.discard();
    return sim::Unexpected(failure);
  }
  run_.session_.give_back();
  // semantics of PostgreSQL: COMMIT of a failed transaction answers ROLLBACK, without an error.
  if (result->tag == "ROLLBACK") {
    return sim::Unexpected(
        StepFailure::error("25P02", "COMMIT answered ROLLBACK: the transaction had failed"));
  }
  run_.left_effects_ = true;
  for (const auto& act : run_.after_commit) act();
  return sim::Done{};
}

TransactionControl::Success TransactionControl::commit(sim::Name step) {
  EventPublisher* publisher = run_.instance_.publisher(run_.operation_);
  const bool announces = publisher != nullptr && !run_.emitted_.empty();
  if (announces) {
    const Success before = publisher->before_commit(run_);
    if (!before) {
      roll_back(run_.instance_.points().rollback);
      return before;
    }
  }
  Success success = commit_session(step);
  if (success && announces) success = publisher->after_commit(run_);
  forget_transaction();
  return success;
}

void TransactionControl::roll_back(sim::Name step) {
  if (run_.in_transaction() && run_.session_) {
    // The time-out of the operation has passed or not: the rollback is for the server's sake, and
    // what does not answer is broken off.
    const bool usable = run_.session_->is_usable();
    if (!usable || !run_.session_->rollback(sim::Place{step}, run_.remaining())) {
      run_.session_.discard();
    } else {
      run_.session_.give_back();
    }
  }
  forget_transaction();
}

void TransactionControl::forget_transaction() {
  run_.token_.reset();
  run_.publisher_state.reset();
}

}  // namespace halfwrite::service
