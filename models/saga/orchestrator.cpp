#include "models/saga/orchestrator.hpp"

#include "models/publishing/subscription_gate.hpp"
#include "models/saga/conditions.hpp"
#include "models/saga/run_variables.hpp"
#include "models/saga/saga_store.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/instance.hpp"
#include "models/service/payload.hpp"

#include <utility>

namespace halfwrite::saga {

using history::StepKind;
using history::StepOutcome;
using service::CodeStep;
using service::OperationRun;
using service::StepFailure;
using Next = sim::Expected<CodeStep::Next, StepFailure>;

namespace {

struct Parts {
  DefinitionReference definition;
  OrchestratorReference statements;
  LeaseReference lease;
};

StepOutcome outcome_of(const std::string& word) {
  for (const StepOutcome outcome :
       {StepOutcome::applied, StepOutcome::refused, StepOutcome::failed, StepOutcome::unknown}) {
    if (word == history::to_text(outcome)) return outcome;
  }
  return StepOutcome::failed;
}

// Which step an event type of a reply is about; nothing where it is about none.
std::optional<StepAnswer> answer_of(OperationRun& run, const Definition& definition) {
  const std::string event = text_of(run, "event");
  StepAnswer answer;
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    for (const StepKind kind : {StepKind::action, StepKind::compensation}) {
      if (event != reply_of(definition, definition.steps[i], kind)) continue;
      answer.step = i;
      answer.kind = kind;
      const sql::Value attempt = value_of(run, saga_attempt);
      if (!attempt.is_null()) answer.attempt = static_cast<std::uint32_t>(attempt.integer());
      answer.outcome = outcome_of(text_of(run, saga_outcome));
      answer.reason = text_of(run, saga_reason);
      answer.left_effects = value_of(run, saga_left_effects).is_true();
      return answer;
    }
  }
  return std::nullopt;
}

Next start(OperationRun& run, const Parts& parts) {
  const Definition& definition = *parts.definition;
  if (definition.orchestrator.on_start == OnStart::wait) {
    const std::string group = message_group(definition, run.instance().settings().name);
    publishing::open_gate(run.instance(), group, reply_topic(definition));
  }
  SagaStore store(run, definition, *parts.statements, nullptr);
  const sql::Parameters arguments = arguments_of(run, definition);
  const auto skipped = skipped_steps(run.instance(), definition, arguments);
  if (!skipped) return sim::Unexpected(skipped.error());
  const Transition transition = begin(definition, *skipped, run.instance().now_in_microseconds());
  const auto made = store.insert(text_of(run, "request"), arguments, transition);
  if (!made) return sim::Unexpected(made.error());
  return CodeStep::Next::go_on;
}

Next begin_with_reply(OperationRun& run, const Parts& parts, SagaStore& store,
                      const StepAnswer& answer) {
  const Definition& definition = *parts.definition;
  const sql::Parameters arguments = arguments_of(run, definition);
  const auto skipped = skipped_steps(run.instance(), definition, arguments);
  if (!skipped) return sim::Unexpected(skipped.error());
  const Transition transition =
      begin_with(definition, *skipped, answer, run.instance().now_in_microseconds());
  const auto made = store.insert(text_of(run, saga_id), arguments, transition);
  if (!made) return sim::Unexpected(made.error());
  return CodeStep::Next::go_on;
}

Next take_reply(OperationRun& run, const Parts& parts) {
  const Definition& definition = *parts.definition;
  const auto answer = answer_of(run, definition);
  if (!answer) return CodeStep::Next::end;
  SagaStore store(run, definition, *parts.statements, nullptr);
  const Step& step = definition.steps[answer->step];
  const std::string point =
      step.name + (answer->kind == StepKind::compensation ? "/undo_reply" : "/reply");
  const auto stored = store.load(text_of(run, saga_id), point);
  if (!stored) return sim::Unexpected(stored.error());
  if (!*stored) {
    switch (definition.orchestrator.unmatched) {
      case Unmatched::retry:
        return sim::Unexpected(
            StepFailure::error("unmatched_reply", "no saga is stored for this reply"));
      case Unmatched::discard:
        return CodeStep::Next::end;
      case Unmatched::start:
        return begin_with_reply(run, parts, store, *answer);
    }
  }
  const Transition transition =
      take_answer(definition, (*stored)->state, *answer, run.instance().now_in_microseconds());
  const auto saved = store.save(**stored, transition);
  if (!saved) return sim::Unexpected(saved.error());
  return CodeStep::Next::go_on;
}

Next take_timer(OperationRun& run, const Parts& parts) {
  SagaStore store(run, *parts.definition, *parts.statements, parts.lease.get());
  const auto stored = store.load(text_of(run, saga_id), "timeout");
  if (!stored) return sim::Unexpected(stored.error());
  if (!*stored) return CodeStep::Next::end;
  const Transition transition =
      take_time(*parts.definition, (*stored)->state, run.instance().now_in_microseconds());
  const auto saved = store.save(**stored, transition);
  if (!saved) return sim::Unexpected(saved.error());
  return CodeStep::Next::go_on;
}

service::Operation operation_of(std::string name, Parts parts,
                                Next (*run)(OperationRun&, const Parts&)) {
  service::Operation operation;
  operation.name = std::move(name);
  operation.publishing = parts.definition->orchestrator.publishing;
  // Another message of the same saga was faster: look again, at once.
  service::Retry retry;
  retry.attempts = 20;
  retry.delay = sim::Duration::milliseconds(2);
  retry.multiplier = {2, 1};
  retry.max_delay = sim::Duration::milliseconds(100);
  retry.errors = {"40001", "40P01"};
  operation.retry = retry;
  service::Step step;
  step.name = "decide";
  CodeStep verb;
  verb.run = [parts = std::move(parts), run](OperationRun& operation_run) {
    return run(operation_run, parts);
  };
  verb.emits = true;
  step.verb = std::move(verb);
  operation.steps.push_back(std::move(step));
  return operation;
}

}  // namespace

service::Operation as_start(const DefinitionReference& definition,
                            const OrchestratorReference& statements) {
  service::Operation operation =
      operation_of(start_operation(*definition), {definition, statements, nullptr}, start);
  operation.inputs = definition->variables;
  return operation;
}

service::Operation as_reply(const DefinitionReference& definition,
                            const OrchestratorReference& statements) {
  return operation_of(reply_operation(*definition), {definition, statements, nullptr}, take_reply);
}

service::Operation as_timer(const DefinitionReference& definition,
                            const OrchestratorReference& statements, const LeaseReference& lease) {
  return operation_of(timer_operation(*definition), {definition, statements, lease}, take_timer);
}

}  // namespace halfwrite::saga
