#include "models/saga/participant.hpp"

#include "models/saga/admission.hpp"
#include "models/saga/announcement.hpp"
#include "models/saga/run_variables.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/instance.hpp"
#include "models/service/step_search.hpp"

#include <utility>

namespace halfwrite::saga {

using history::StepKind;
using history::StepOutcome;
using service::CodeStep;
using service::OperationRun;
using service::StepFailure;
using Next = sim::Expected<CodeStep::Next, StepFailure>;

namespace {

// What the operation has found out about itself on the way in, for its last step.
constexpr const char* repeated = "saga_repeated";

struct Part {
  DefinitionReference definition;
  std::size_t position = 0;
  StepKind kind = StepKind::action;
  ParticipantReference statements;
  bool may_leave_effects = false;  // of an answer to a refusal or error

  const Step& step() const { return definition->steps[position]; }
};

history::SagaStep step_of(OperationRun& run) {
  const service::Instance& instance = run.instance();
  return instance.recorder().step_of(instance.simulation().scope().provenance);
}

void record_applied(OperationRun& run, const Part& part, bool empty) {
  service::Instance& instance = run.instance();
  const history::SagaStep step = step_of(run);
  const sim::Name database = instance.name_of(instance.settings().database);
  instance.recorder().record(history::SagaStepApplied{step, database, run.token(), empty});
  if (part.kind != StepKind::action) return;
  // Where nobody coordinates, the first step is the saga's beginning.
  if (part.definition->coordination == Coordination::choreography && part.position == 0) {
    record_started(run, *part.definition);
  }
  if (!part.step().pivot) return;
  history::SagaDecided decided;
  decided.saga = step.saga;
  decided.type = step.type;
  decided.database = database;
  decided.transaction = run.token();
  instance.recorder().record(std::move(decided));
}

// May something stand outside of a step that failed? A handling that was given up before may have
// asked systems outside too.
bool left_effects(OperationRun& run, const Part& part) {
  if (value_of(run, "left_effects").is_true()) return true;
  return part.may_leave_effects && value_of(run, "redelivered").is_true();
}

// In choreography a step hears of its own failure, and takes back what it left outside; where it
// left nothing there is nothing to do.
bool is_own_clean_failure(OperationRun& run, const Part& part) {
  return part.definition->coordination == Coordination::choreography &&
         part.kind == StepKind::compensation && text_of(run, "event") == part.step().failure &&
         !value_of(run, saga_left_effects).is_true();
}

Next enter(OperationRun& run, const Part& part) {
  if (is_own_clean_failure(run, part)) return CodeStep::Next::end;
  const auto begun = run.ensure_transaction();
  if (!begun) return sim::Unexpected(begun.error());
  const auto admitted = admit(run, *part.definition, part.step(), part.kind, part.statements.get());
  if (!admitted) return sim::Unexpected(admitted.error());
  switch (*admitted) {
    case Admission::proceed:
      record_applied(run, part, false);
      return CodeStep::Next::go_on;
    case Admission::empty:
      record_applied(run, part, !part.step().acts_outside);
      // A missing row says that the action did not commit, not that it never asked outside.
      if (part.step().acts_outside) return CodeStep::Next::go_on;
      run.variables().insert_or_assign(repeated, sql::Value::boolean(true));
      return CodeStep::Next::end;
    case Admission::repeated:
      run.variables().insert_or_assign(repeated, sql::Value::boolean(true));
      return CodeStep::Next::end;
  }
  HALFWRITE_ASSERT(false, "a step was admitted in a way that is none");
}

Next leave(OperationRun& run, const Part& part) {
  const bool is_new = run.variables().find(repeated) == run.variables().end();
  if (is_new && part.kind == StepKind::action && !part.step().success.empty()) {
    const auto told = emit_event(run, *part.definition, part.step().success);
    if (!told) return sim::Unexpected(told.error());
  }
  // A repeat is answered again: the first answer may be lost.
  if (part.definition->coordination == Coordination::orchestration) {
    const auto replied =
        emit_reply(run, *part.definition, part.step(), part.kind, StepOutcome::applied, "");
    if (!replied) return sim::Unexpected(replied.error());
  }
  return CodeStep::Next::go_on;
}

Next refuse(OperationRun& run, const Part& part) {
  const auto begun = run.ensure_transaction();
  if (!begun) return sim::Unexpected(begun.error());
  const std::string reason = text_of(run, "error");
  if (part.kind == StepKind::action && part.definition->participants.inbox) {
    const auto noted = note_refusal(run, *part.definition, part.step(), reason, *part.statements);
    if (!noted) return sim::Unexpected(noted.error());
  }
  if (part.kind == StepKind::action && !part.step().failure.empty()) {
    const auto told =
        emit_event(run, *part.definition, part.step().failure, left_effects(run, part));
    if (!told) return sim::Unexpected(told.error());
  }
  if (part.definition->coordination == Coordination::orchestration) {
    const auto replied = emit_reply(run, *part.definition, part.step(), part.kind,
                                    StepOutcome::refused, reason, left_effects(run, part));
    if (!replied) return sim::Unexpected(replied.error());
  } else if (part.kind == StepKind::action) {
    record_refused(run, reason, !part.definition->is_behind_pivot(part.position));
  }
  return CodeStep::Next::go_on;
}

// The first step of a saga that nobody coordinates; no message brought it that could be answered.
Next begin_unwatched(OperationRun& run, const Part& part) {
  sql::Parameters inputs = arguments_of(run, *part.definition);
  const service::Outcome outcome =
      run.instance().run_here(step_operation(*part.definition, part.step(), part.kind), inputs);
  if (outcome.succeeded()) return CodeStep::Next::go_on;
  if (outcome.kind == service::Outcome::Kind::business_failure && outcome.left_effects) {
    inputs.insert_or_assign("error", sql::Value::text(outcome.name));
    inputs.insert_or_assign("left_effects", sql::Value::boolean(true));
    const service::Outcome told = run.instance().run_here(
        refusal_operation(*part.definition, part.step(), part.kind), inputs);
    if (!told.succeeded()) return sim::Unexpected(told.failure());
  }
  return sim::Unexpected(outcome.failure());
}

Next fail(OperationRun& run, const Part& part) {
  const auto replied =
      emit_reply(run, *part.definition, part.step(), part.kind, StepOutcome::failed,
                 text_of(run, "error"), left_effects(run, part));
  if (!replied) return sim::Unexpected(replied.error());
  return CodeStep::Next::go_on;
}

service::Step code(std::string name, Part part, Next (*run)(OperationRun&, const Part&),
                   bool emits) {
  service::Step step;
  step.name = std::move(name);
  CodeStep verb;
  verb.run = [part = std::move(part), run](OperationRun& operation) {
    return run(operation, part);
  };
  verb.emits = emits;
  step.verb = std::move(verb);
  return step;
}

service::Operation answering(Part part, const service::Operation& authored,
                             Next (*run)(OperationRun&, const Part&)) {
  part.may_leave_effects = part.kind == StepKind::action && may_leave_effects(authored);
  service::Operation operation;
  operation.name = authored.name;
  operation.part = service::SagaPart{part.definition->name, part.step().name, part.kind};
  operation.inputs = authored.inputs;
  operation.steps.push_back(code("answer", part, run, true));
  return operation;
}

}  // namespace

service::Operation as_step(const DefinitionReference& definition, std::size_t step, StepKind kind,
                           const service::Operation& authored,
                           const ParticipantReference& statements) {
  const Part part{definition, step, kind, statements};
  service::Operation operation = authored;
  operation.part = service::SagaPart{definition->name, part.step().name, kind};
  operation.steps.insert(operation.steps.begin(), code("admit", part, enter, false));
  service::Steps closing;
  closing.push_back(code("answer", part, leave, true));
  operation.closing = std::make_shared<const service::Steps>(std::move(closing));
  return operation;
}

bool may_leave_effects(const service::Operation& action) {
  std::size_t asked_outside = 0;
  bool refuses_itself = false;
  service::any_step(action.steps, [&](const service::Step& step) {
    const auto* statement = std::get_if<service::SqlStep>(&step.verb);
    if (std::holds_alternative<service::ExternalStep>(step.verb)) ++asked_outside;
    refuses_itself = refuses_itself || std::holds_alternative<service::FailStep>(step.verb) ||
                     (statement != nullptr && !statement->or_fail.empty());
    return false;
  });
  return asked_outside > 0 && (refuses_itself || asked_outside > 1);
}

service::Operation as_refusal(const DefinitionReference& definition, std::size_t step,
                              StepKind kind, const service::Operation& authored,
                              const ParticipantReference& statements) {
  return answering({definition, step, kind, statements}, authored, refuse);
}

service::Operation as_entry(const DefinitionReference& definition) {
  service::Operation operation;
  operation.name = start_operation(*definition);
  operation.inputs = definition->variables;
  operation.transaction = false;
  operation.steps.push_back(
      code("first", {definition, 0, StepKind::action, nullptr}, begin_unwatched, false));
  return operation;
}

service::Operation as_error(const DefinitionReference& definition, std::size_t step, StepKind kind,
                            const service::Operation& authored) {
  return answering({definition, step, kind, nullptr}, authored, fail);
}

}  // namespace halfwrite::saga
