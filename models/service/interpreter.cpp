#include "models/service/interpreter.hpp"

#include "models/service/instance.hpp"
#include "models/service/retry.hpp"
#include "models/service/values.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::service {

Interpreter::Interpreter(OperationRun& run)
    : run_(run),
      instance_(run.instance()),
      simulation_(run.instance().simulation()),
      control_(run) {}

Outcome Interpreter::run_attempt() {
  spend_cpu(cost_in_steps(run_.operation().steps));
  const Result result = run_body();
  Outcome outcome;
  if (result) {
    outcome.kind = skipped_ ? Outcome::Kind::skipped : Outcome::Kind::done;
    outcome.returned = std::move(returned_);
  } else {
    switch (result.error().kind) {
      case StepFailure::Kind::business:
        outcome.kind = Outcome::Kind::business_failure;
        break;
      case StepFailure::Kind::error:
        outcome.kind = Outcome::Kind::error;
        break;
      case StepFailure::Kind::unknown:
        outcome.kind = Outcome::Kind::unknown;
        break;
    }
    outcome.name = result.error().name;
    outcome.message = result.error().message;
  }
  outcome.left_effects = run_.left_effects_;
  return outcome;
}

Interpreter::Result Interpreter::run_body() {
  const Operation& operation = run_.operation();
  const auto give_up = [&](const StepFailure& failure) -> Result {
    control_.roll_back(instance_.points().rollback);
    return sim::Unexpected(failure);
  };
  if (operation.transaction) {
    const auto prepared = control_.prepare(operation.steps);
    if (!prepared) return give_up(prepared.error());
  }
  if (run_.hooks_ != nullptr) {
    const auto next = run_.hooks_->before_steps(run_);
    if (!next) return give_up(next.error());
    if (*next == OperationHooks::Next::skip) {
      skipped_ = true;
      control_.roll_back(instance_.points().rollback);
      return Flow::go_on;
    }
  }
  // What hooks executed outside a transaction: true stands in a transaction of its own.
  if (!operation.transaction && run_.in_transaction()) {
    const auto committed = control_.commit(instance_.points().commit);
    if (!committed) return give_up(committed.error());
  }
  Result result = run_steps(operation.steps);
  if (result && operation.closing != nullptr) {
    const Result closed = run_steps(*operation.closing);
    if (!closed) result = closed;
  }
  if (!result) return give_up(result.error());
  if (operation.transaction && run_.in_transaction()) {
    if (outside_) outside_->closes_with({instance_.points().commit});
    const auto committed = control_.commit(instance_.points().commit);
    outside_.reset();
    if (!committed) return sim::Unexpected(committed.error());
  } else {
    // A transaction that an SQL BEGIN opened and nobody ended.
    control_.roll_back(instance_.points().rollback);
  }
  return result;
}

Interpreter::Result Interpreter::run_steps(const Steps& steps) {
  for (const Step& step : steps) {
    const Result result = run_step(step);
    if (!result || *result == Flow::returned) return result;
  }
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_step(const Step& step) {
  const sim::Name outer = run_.step_;
  run_.step_ = instance_.name_of(step.name);
  Result result = run_with_retry(step);
  if (!result && step.on_error != nullptr && !run_.is_late()) {
    // A job that goes on after such a failure may find the way open the next time.
    if (may_pass(result.error())) sim::look_again(simulation_);
    run_.variables_.insert_or_assign("error", sql::Value::text(result.error().name));
    result = run_steps(*step.on_error);
  }
  run_.step_ = outer;
  return result;
}

Interpreter::Result Interpreter::run_with_retry(const Step& step) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    run_.refresh_clock();
    if (run_.is_late()) {
      return sim::Unexpected(StepFailure::timeout("the operation took longer than its time-out"));
    }
    Result result = run_once(step);
    if (result || !step.retry || !tries_again(*step.retry, result.error(), attempt)) return result;
    instance_.wait_before_retry(*step.retry, attempt + 1);
    run_.step_ = instance_.name_of(step.name);
  }
}

Interpreter::Result Interpreter::run_once(const Step& step) {
  return std::visit([&](const auto& verb) { return run_verb(step, verb); }, step.verb);
}

void Interpreter::spend_cpu(std::uint64_t steps) {
  const sim::Place place{instance_.points().cpu};
  const sim::Key key = sim::key_of(simulation_.draws().key().with("cpu"), simulation_.names(),
                                   simulation_.address(place));
  const sim::Duration each = sim::Draws::between(key, instance_.settings().cpu);
  const sim::Duration all = each * static_cast<std::int64_t>(steps);
  if (!all.is_zero()) simulation_.sleep(all, place);
}

std::uint64_t cost_in_steps(const Steps& steps) {
  std::uint64_t count = 0;
  for (const Step& step : steps) {
    ++count;
    if (const auto* condition = std::get_if<IfStep>(&step.verb)) {
      const std::uint64_t then = condition->then == nullptr ? 0 : cost_in_steps(*condition->then);
      const std::uint64_t otherwise =
          condition->otherwise == nullptr ? 0 : cost_in_steps(*condition->otherwise);
      count += std::max(then, otherwise);
    } else if (const auto* own = std::get_if<TransactionStep>(&step.verb)) {
      count += cost_in_steps(*own->steps);
    }
  }
  return count;
}

}  // namespace halfwrite::service
