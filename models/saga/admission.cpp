#include "models/saga/admission.hpp"

#include "models/database/client.hpp"
#include "models/saga/run_variables.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/instance.hpp"

#include <utility>

namespace halfwrite::saga {

using history::StepKind;
using service::StepFailure;

namespace {

constexpr const char* refused_prefix = "refused ";

class Gate {
 public:
  Gate(service::OperationRun& run, const Definition& definition, const Step& step,
       const ParticipantStatements& statements)
      : run_(run),
        participants_(definition.participants),
        statements_(statements),
        saga_(definition.name + " " + id_of(run)),
        step_(step.name),
        place_{run.instance().name_of("inbox")} {}

  sim::Expected<Admission, StepFailure> action() {
    const auto inserted = execute(statements_.insert, StepKind::action, "done");
    if (!inserted) return sim::Unexpected(inserted.error());
    if (*inserted > 0) return Admission::proceed;
    const auto outcome = find(StepKind::action);
    if (!outcome) return sim::Unexpected(outcome.error());
    if (participants_.fence && (*outcome == "undone" || *outcome == "blocked")) {
      return sim::Unexpected(StepFailure::business(after_compensation));
    }
    const bool refused = outcome->starts_with(refused_prefix);
    if (!participants_.inbox) {
      if (!refused) return Admission::proceed;
      const auto marked = execute(statements_.mark_done, StepKind::action, "");
      if (!marked) return sim::Unexpected(marked.error());
      return Admission::proceed;
    }
    if (!refused) return Admission::repeated;
    return sim::Unexpected(
        StepFailure::business(outcome->substr(std::string(refused_prefix).size())));
  }

  sim::Expected<Admission, StepFailure> compensation() {
    if (!participants_.fence) return compensation_by_inbox();
    // Each round may meet an action that was under way when the one before looked.
    for (int round = 0; round < 3; ++round) {
      const auto undone =
          execute(participants_.inbox ? statements_.undo_once : statements_.undo_again,
                  StepKind::action, "");
      if (!undone) return sim::Unexpected(undone.error());
      if (*undone > 0) return Admission::proceed;
      const auto blocked = execute(statements_.insert, StepKind::action, "blocked");
      if (!blocked) return sim::Unexpected(blocked.error());
      if (*blocked > 0) return Admission::empty;
      const auto outcome = find(StepKind::action);
      if (!outcome) return sim::Unexpected(outcome.error());
      if (*outcome == "done") continue;
      if (*outcome == "undone") return Admission::repeated;
      if (*outcome == "blocked") {
        return participants_.inbox ? Admission::repeated : Admission::empty;
      }
      const auto closed = execute(statements_.block, StepKind::action, "");
      if (!closed) return sim::Unexpected(closed.error());
      return Admission::empty;
    }
    return sim::Unexpected(StepFailure::error("40001", "its action is changing all the time"));
  }

  sim::Expected<std::int64_t, StepFailure> execute(const service::StatementReference& statement,
                                                   StepKind kind, std::string outcome) {
    sql::Parameters values{{"saga", sql::Value::text(saga_)},
                           {"step", sql::Value::text(step_)},
                           {"kind", sql::Value::text(history::to_text(kind))},
                           {"outcome", sql::Value::text(std::move(outcome))}};
    const auto result = run_.execute(statement, std::move(values), place_);
    if (!result) return sim::Unexpected(result.error());
    return result->row_count;
  }

 private:
  sim::Expected<Admission, StepFailure> compensation_by_inbox() {
    const auto inserted = execute(statements_.insert, StepKind::compensation, "done");
    if (!inserted) return sim::Unexpected(inserted.error());
    return *inserted > 0 ? Admission::proceed : Admission::repeated;
  }
  sim::Expected<std::string, StepFailure> find(StepKind kind) {
    sql::Parameters key{{"saga", sql::Value::text(saga_)},
                        {"step", sql::Value::text(step_)},
                        {"kind", sql::Value::text(history::to_text(kind))}};
    const auto result = run_.execute(statements_.find, std::move(key), place_);
    if (!result) return sim::Unexpected(result.error());
    return result->rows.empty() ? std::string() : sql::to_text(result->rows.front().front());
  }

  service::OperationRun& run_;
  const Participants& participants_;
  const ParticipantStatements& statements_;
  std::string saga_;
  std::string step_;
  sim::Place place_;
};

}  // namespace

std::string id_of(service::OperationRun& run) {
  std::string id = text_of(run, saga_id);
  // The request of the client that begins a saga where its first step is done.
  return id.empty() ? text_of(run, "request") : id;
}

sim::Expected<Admission, StepFailure> admit(service::OperationRun& run,
                                            const Definition& definition, const Step& step,
                                            StepKind kind,
                                            const ParticipantStatements* statements) {
  const Participants& participants = definition.participants;
  if (statements == nullptr || (!participants.inbox && !participants.fence)) {
    return Admission::proceed;
  }
  Gate gate(run, definition, step, *statements);
  return kind == StepKind::action ? gate.action() : gate.compensation();
}

sim::Expected<sim::Done, StepFailure> note_refusal(service::OperationRun& run,
                                                   const Definition& definition, const Step& step,
                                                   const std::string& reason,
                                                   const ParticipantStatements& statements) {
  Gate gate(run, definition, step, statements);
  const auto noted = gate.execute(statements.insert, StepKind::action, refused_prefix + reason);
  if (!noted) return sim::Unexpected(noted.error());
  return sim::Done{};
}

}  // namespace halfwrite::saga
