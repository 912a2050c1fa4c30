// The verbs of the interpreter: one function each.
#include "models/broker/producer.hpp"
#include "models/service/instance.hpp"
#include "models/service/interpreter.hpp"
#include "models/service/payload.hpp"
#include "models/service/values.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace halfwrite::service {

namespace {

bool controls_transaction(sql::StatementKind kind) {
  return kind == sql::StatementKind::begin || kind == sql::StatementKind::commit ||
         kind == sql::StatementKind::rollback;
}

database::Isolation isolation_of(sql::Isolation isolation) {
  switch (isolation) {
    case sql::Isolation::read_committed:
      return database::Isolation::read_committed;
    case sql::Isolation::repeatable_read:
      return database::Isolation::repeatable_read;
    case sql::Isolation::serializable:
      return database::Isolation::serializable;
  }
  HALFWRITE_ASSERT(false, "a statement names an isolation that is none");
}

}  // namespace

sim::Expected<database::QueryResult, StepFailure> Interpreter::execute(
    const StatementReference& statement, const std::string& on) {
  const sim::Place place{run_.step_};
  if (!on.empty()) {
    add_missing(*statement, run_.variables_);
    auto read = instance_.execute_on(on, statement, run_.variables_, place, run_.remaining());
    if (read) {
      run_.variables_.insert_or_assign("row_count", sql::Value::bigint(read->row_count));
    }
    return read;
  }
  if (run_.operation().transaction) {
    const auto begun = control_.ensure_begun();
    if (!begun) return sim::Unexpected(begun.error());
  }
  add_missing(*statement, run_.variables_);
  sql::Parameters named = sql::named_by(*statement, run_.variables_, sql::Missing::null);
  auto result = run_.in_transaction() ? control_.execute(statement, std::move(named), place)
                                      : control_.execute_alone(statement, std::move(named), place);
  if (!result) return result;
  run_.variables_.insert_or_assign("row_count", sql::Value::bigint(result->row_count));
  if (result->changed_count > 0) run_.found_work();
  return result;
}

Interpreter::Result Interpreter::control_transaction(const StatementReference& statement) {
  if (run_.operation().transaction) {
    return sim::Unexpected(StepFailure::error(
        "2D000", "an operation that is one transaction cannot end or begin it by SQL"));
  }
  const bool begins = statement->kind == sql::StatementKind::begin;
  if (begins == run_.in_transaction()) {
    // PostgreSQL warns and goes on: 25001 "there is already a transaction in progress", 25P01
    // "there is no transaction in progress".
    return Flow::go_on;
  }
  if (begins) {
    std::optional<database::Isolation> isolation = run_.operation().isolation;
    if (statement->transaction.isolation) {
      isolation = isolation_of(*statement->transaction.isolation);
    }
    run_.begin_anew(run_.operation().steps);
    const auto begun = control_.begin(isolation, sim::Place{run_.step_});
    if (!begun) return sim::Unexpected(begun.error());
    return Flow::go_on;
  }
  if (statement->kind == sql::StatementKind::rollback) {
    control_.roll_back(run_.step_);
    return Flow::go_on;
  }
  const auto committed = control_.commit(run_.step_);
  if (!committed) return sim::Unexpected(committed.error());
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step&, const SqlStep& sql) {
  if (controls_transaction(sql.statement->kind)) return control_transaction(sql.statement);
  const auto result = execute(sql.statement, sql.on);
  if (!result) return sim::Unexpected(result.error());
  for (std::size_t column = 0; column < sql.into.size(); ++column) {
    const bool exists = !result->rows.empty() && column < result->rows.front().size();
    run_.variables_.insert_or_assign(sql.into[column],
                                     exists ? result->rows.front()[column] : sql::Value());
  }
  const auto rows = static_cast<std::uint64_t>(result->row_count);
  if (sql.expect_rows && rows != *sql.expect_rows) {
    if (!sql.or_fail.empty()) return sim::Unexpected(StepFailure::business(sql.or_fail));
    return sim::Unexpected(
        StepFailure::error("expect_rows", "expected " + std::to_string(*sql.expect_rows) +
                                              " rows, there were " + std::to_string(rows)));
  }
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step& step, const EmitStep& emit) {
  if (run_.operation().transaction) {
    const auto begun = control_.ensure_begun();
    if (!begun) return sim::Unexpected(begun.error());
  }
  HALFWRITE_ASSERT(run_.in_transaction(),
                   "an emit step ran outside a transaction: the validator refuses that");
  auto event = run_.event_of(emit);
  if (!event) return sim::Unexpected(event.error());
  run_.identify(step, *event);
  const auto announced = run_.announce(std::move(*event), {});
  if (!announced) return sim::Unexpected(announced.error());
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step&, const CodeStep& code) {
  const auto next = code.run(run_);
  if (!next) return sim::Unexpected(next.error());
  return *next == CodeStep::Next::end ? Flow::returned : Flow::go_on;
}

sim::Expected<std::string, StepFailure> Interpreter::text_of(const ValueSource& source,
                                                             std::string_view purpose) {
  const auto value = run_.values().value_of(source, run_.variables_, purpose);
  if (!value) return sim::Unexpected(failure_of(value.error()));
  return sql::to_text(*value);
}

sim::Expected<broker::Record, StepFailure> Interpreter::record_of(const PublishStep& publish) {
  const auto name = text_of(publish.event, "event");
  if (!name) return sim::Unexpected(name.error());
  const EventTypes& types = instance_.runtime().events;
  const auto type = types.find(*name);
  if (type == types.end()) {
    return sim::Unexpected(
        StepFailure::error("unknown_event", "there is no event type \"" + *name + "\""));
  }
  // The same content an emit step of this event would give, unless the step says another.
  EmitStep content;
  content.event = *name;
  content.topic = publish.topic;
  content.key = publish.key;
  content.payload = publish.payload;
  EmittedEvent event;
  if (publish.payload_text) {
    const auto text = text_of(*publish.payload_text, "payload");
    if (!text) return sim::Unexpected(text.error());
    event.type = &type->second;
    event.topic = publish.topic.empty() ? event.type->topic : publish.topic;
    event.payload = *text;
    if (publish.key) {
      const auto key = text_of(*publish.key, "key");
      if (!key) return sim::Unexpected(key.error());
      event.key = *key;
    } else {
      const sql::Parameters fields = variables_of_payload(*text);
      const auto field = fields.find(event.type->key);
      if (field != fields.end()) event.key = sql::to_text(field->second);
    }
  } else {
    auto made = run_.event_of(content);
    if (!made) return sim::Unexpected(made.error());
    event = std::move(*made);
  }
  if (publish.event_id) {
    const auto id = text_of(*publish.event_id, "event_id");
    if (!id) return sim::Unexpected(id.error());
    event.event_id = *id;
  } else {
    event.event_id = instance_.runtime().event_ids.make(simulation_.names(), simulation_.scope(),
                                                        ++run_.sends_, "send");
  }
  return service::record_of(event);
}

Interpreter::Result Interpreter::run_verb(const Step&, const PublishStep& publish) {
  auto record = record_of(publish);
  if (!record) return sim::Unexpected(record.error());
  run_.found_work();
  const std::array<sim::Alias, 1> aliases{
      {{instance_.name_of(record->event_type), instance_.points().published}}};
  const sim::Place place{run_.step_, aliases};
  broker::Producer& producer =
      publish.producer ? instance_.producer(*publish.producer) : instance_.producer();
  if (!publish.await) {
    producer.send_and_forget(std::move(*record), place);
    return Flow::go_on;
  }
  const auto sent = producer.send(std::move(*record), place);
  if (!sent) return sim::Unexpected(failure_of(sent.error()));
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step&, const IfStep& condition) {
  const auto value = run_.values().evaluate(condition.condition, run_.variables_, "if");
  if (!value) return sim::Unexpected(failure_of(value.error()));
  const auto& branch = value->is_true() ? condition.then : condition.otherwise;
  return branch == nullptr ? Result(Flow::go_on) : run_steps(*branch);
}

void Interpreter::take_columns(const database::QueryResult& result, std::size_t row) {
  const std::vector<sql::ResultColumn>& columns = result.statement->columns;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    run_.variables_.insert_or_assign(columns[column].name, result.rows[row][column]);
  }
}

Interpreter::Result Interpreter::run_verb(const Step&, const ForEachStep& loop) {
  const auto result = execute(loop.select, loop.on);
  if (!result) return sim::Unexpected(result.error());
  if (result->rows.empty()) return Flow::go_on;
  run_.found_work();
  spend_cpu(cost_in_steps(*loop.steps) * result->rows.size());
  for (std::size_t row = 0; row < result->rows.size(); ++row) {
    take_columns(*result, row);
    const Result flow = run_steps(*loop.steps);
    if (!flow || *flow == Flow::returned) return flow;
  }
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step&, const TransactionStep& transaction) {
  HALFWRITE_ASSERT(!run_.in_transaction(),
                   "a transaction step ran inside a transaction: the validator refuses that");
  const auto give_up = [&](const StepFailure& failure) -> Result {
    control_.roll_back(instance_.points().rollback);
    return sim::Unexpected(failure);
  };
  const auto prepared = control_.prepare(*transaction.steps);
  if (!prepared) return give_up(prepared.error());
  const auto isolation = transaction.isolation ? transaction.isolation : run_.operation().isolation;
  const auto begun = control_.begin(isolation, sim::Place{instance_.points().begin});
  if (!begun) return give_up(begun.error());
  const Result result = run_steps(*transaction.steps);
  if (!result) return give_up(result.error());
  // An SQL COMMIT among the steps may have ended it already.
  if (run_.in_transaction()) {
    const auto committed = control_.commit(instance_.points().commit);
    if (!committed) return sim::Unexpected(committed.error());
  }
  return result;
}

Interpreter::Result Interpreter::run_verb(const Step&, const SetStep& set) {
  for (const auto& [name, source] : set.values) {
    auto value = run_.values().value_of(source, run_.variables_, name);
    if (!value) return sim::Unexpected(failure_of(value.error()));
    run_.variables_.insert_or_assign(name, std::move(*value));
  }
  return Flow::go_on;
}

Interpreter::Result Interpreter::run_verb(const Step&, const ReturnStep& values) {
  for (const auto& [name, source] : values.values) {
    auto value = run_.values().value_of(source, run_.variables_, name);
    if (!value) return sim::Unexpected(failure_of(value.error()));
    returned_.insert_or_assign(name, std::move(*value));
  }
  return Flow::returned;
}

Interpreter::Result Interpreter::run_verb(const Step&, const FailStep& fail) {
  return sim::Unexpected(StepFailure::business(fail.failure));
}

Interpreter::Result Interpreter::run_verb(const Step&, const SleepStep& sleep) {
  const sim::Place place{run_.step_};
  sim::Duration duration;
  if (sleep.fixed) {
    const sim::Key key = sim::key_of(simulation_.draws().key().with("sleep"), simulation_.names(),
                                     simulation_.address(place));
    duration = sim::Draws::between(key, *sleep.fixed);
  } else {
    const auto text = text_of(sleep.duration_text, "sleep");
    if (!text) return sim::Unexpected(text.error());
    const std::optional<sim::Duration> parsed = duration_of(*text);
    if (!parsed) {
      return sim::Unexpected(
          StepFailure::error("sleep", "\"" + *text + "\" is no duration such as 10ms"));
    }
    duration = *parsed;
  }
  const sim::Duration left = run_.remaining();
  duration = simulation_.truly(duration);
  simulation_.sleep(std::min(duration, left), place);
  if (duration < left) return Flow::go_on;
  return sim::Unexpected(StepFailure::timeout("the operation took longer than its time-out"));
}

}  // namespace halfwrite::service
