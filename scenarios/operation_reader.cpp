#include "scenarios/operation_reader.hpp"

#include "models/database/sql/statement.hpp"
#include "models/service/refusal.hpp"
#include "scenarios/external_reader.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/settings_reader.hpp"
#include "scenarios/value_reader.hpp"
#include "scenarios/value_text.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::scenarios {

service::Operation OperationReader::read(const std::string& name, const Json& json) {
  step_names_.clear();
  emits_.clear();
  service::Operation operation;
  operation.name = name;
  take(json, "transaction", operation.transaction);
  if (service_.database.empty()) operation.transaction = false;
  operation.isolation = read_isolation(json);
  operation.retry = read_optional_retry_at(json);
  take(json, "timeout", operation.timeout);
  if (const Json* steps = json.find("steps"))
    operation.steps = read_steps(*steps, {operation.transaction, ""});
  const VariableFlow flow = flow_of(operation.steps, events_, externals_);
  operation.inputs = flow.inputs;
  add_column_inputs(flow, operation);
  if (service_.publishing == service::Publishing::broker_first) check_emits_first(operation);
  if (const std::string refusal = service::refusal_of(operation); !refusal.empty()) {
    findings_.add(json, "transaction", refusal);
  }
  return operation;
}

// An emit also fills the further columns of the outbox, whose expressions may use variables.
void OperationReader::add_column_inputs(const VariableFlow& flow, service::Operation& operation) {
  if (service_.publishing != service::Publishing::outbox || emits_.empty()) return;
  for (const auto& [column, expression] : service_.outbox.columns) {
    for (const std::string& variable : sql::variables_of(expression)) {
      auto& inputs = operation.inputs;
      const bool known = flow.set.count(variable) != 0 ||
                         std::find(inputs.begin(), inputs.end(), variable) != inputs.end();
      if (!known && !variable.starts_with("outbox_") && variable != "now")
        inputs.push_back(variable);
    }
  }
}

// With broker_first the events leave before the transaction begins, so they can only say what the
// operation was called with.
void OperationReader::check_emits_first(const service::Operation& operation) {
  for (const Emit& emit : emits_) {
    for (const std::string& variable : variables_of(emit.step, events_)) {
      if (std::find(operation.inputs.begin(), operation.inputs.end(), variable) !=
          operation.inputs.end())
        continue;
      const auto built_in = {"now", "instance", "request"};
      if (std::find(built_in.begin(), built_in.end(), variable) != built_in.end()) continue;
      findings_.add(*emit.json, "emit",
                    "with broker_first " + emit.step.event +
                        " is sent before the transaction, and :" + variable +
                        " is set by a step of it",
                    "compute it before, or compare with another way to publish");
    }
  }
}

service::Steps OperationReader::read_steps(const Json& list, const Place& place) {
  service::Steps steps;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (auto step = read_step(list.items[i], place.prefix + std::to_string(i + 1), place))
      steps.push_back(std::move(*step));
  }
  return steps;
}

std::shared_ptr<const service::Steps> OperationReader::read_nested(const Json& object,
                                                                   std::string_view key,
                                                                   const Place& place) {
  const Json* list = object.find(key);
  if (list == nullptr || !list->is_list()) return nullptr;
  return std::make_shared<const service::Steps>(read_steps(*list, place));
}

void OperationReader::name_step(const Json& json, const std::string& position,
                                service::Step& step) {
  step.name = position;
  const Json* name = json.find("name");
  if (name == nullptr || !name->is_text()) return;
  step.name = name->text;
  static constexpr std::string_view taken[] = {"queue",  "cpu",      "pool",  "connect", "begin",
                                               "commit", "rollback", "reply", "retry"};
  if (std::find(std::begin(taken), std::end(taken), step.name) != std::end(taken)) {
    findings_.add(*name, "duplicate-name",
                  "every operation has a point " + in_quotes(step.name) + " of its own",
                  "choose another name");
  } else if (!step_names_.insert(step.name).second) {
    findings_.add(*name, "duplicate-name",
                  "another step of this operation is named " + in_quotes(step.name),
                  "points need names of their own");
  }
}

std::optional<service::Step> OperationReader::read_step(const Json& json,
                                                        const std::string& position,
                                                        const Place& place) {
  if (!json.is_object()) return std::nullopt;
  service::Step step;
  name_step(json, position, step);
  Place inner = place;
  inner.prefix = step.name + ".";
  auto verb = read_verb(json, inner);
  if (!verb) return std::nullopt;
  step.verb = std::move(*verb);
  step.retry = read_optional_retry_at(json);
  Place handler = inner;
  handler.prefix = step.name + ".on_error.";
  step.on_error = read_nested(json, "on_error", handler);
  return step;
}

std::optional<decltype(service::Step::verb)> OperationReader::read_verb(const Json& json,
                                                                        const Place& place) {
  if (json.find("sql") != nullptr) return read_sql(json);
  if (json.find("emit") != nullptr) return read_emit(json, place);
  if (json.find("publish") != nullptr) return read_publish(json);
  if (json.find("external") != nullptr) return read_external_step(json);
  if (const Json* condition = json.find("if")) {
    service::IfStep step;
    step.condition = sql_.read_expression(*condition, true);
    step.then = read_nested(json, "then", place);
    Place otherwise = place;
    otherwise.prefix += "else.";
    step.otherwise = read_nested(json, "else", otherwise);
    return step;
  }
  if (const Json* select = json.find("for_each")) {
    service::ForEachStep step;
    check_database(*select);
    step.select = sql_.read_statement(*select, service_.database);
    step.on = read_on(json);
    if (step.select != nullptr && step.select->kind != sql::StatementKind::select) {
      findings_.add(SqlText(*select).whole(), select->path, "sql",
                    "`for_each` goes over the rows of a SELECT");
    }
    step.steps = read_nested(json, "steps", place);
    return step;
  }
  if (json.find("transaction") != nullptr) {
    service::TransactionStep step;
    check_database(*json.find("transaction"));
    step.isolation = read_isolation(json);
    step.steps = read_nested(json, "transaction", {true, place.prefix});
    return step;
  }
  if (const Json* values = json.find("set")) return service::SetStep{read_values(*values, sql_)};
  if (const Json* values = json.find("return"))
    return service::ReturnStep{read_values(*values, sql_)};
  if (json.find("fail") != nullptr) return service::FailStep{text_at(json, "fail")};
  if (json.find("sleep") != nullptr) return read_sleep(json);
  return std::nullopt;
}

void OperationReader::check_database(const Json& written) {
  if (!service_.database.empty() || std::exchange(database_is_missed_, true)) return;
  findings_.add(written, "condition",
                "this step needs a database, and the service " + service_.name + " has none",
                "add \"database\" to the service");
}

std::string OperationReader::read_on(const Json& json) {
  const Json* on = json.find("on");
  if (on == nullptr || !on->is_text() || on->text == service_.database) return {};
  if (std::find(standbys_.begin(), standbys_.end(), on->text) != standbys_.end()) return on->text;
  findings_.add(*on, "unknown-name",
                "no standby of this service's database is named " + in_quotes(on->text),
                did_you_mean(on->text, standbys_),
                standbys_.empty() ? "say \"standbys\": 1 in the settings of the database"
                                  : "standbys: " + listed(standbys_));
  return {};
}

service::SqlStep OperationReader::read_sql(const Json& json) {
  const Json& text = *json.find("sql");
  service::SqlStep step;
  check_database(text);
  step.statement = sql_.read_statement(text, service_.database);
  step.on = read_on(json);
  take(json, "into", step.into);
  take(json, "expect_rows", step.expect_rows);
  take(json, "or_fail", step.or_fail);
  if (!step.or_fail.empty() && !step.expect_rows) {
    findings_.add(*json.find("or_fail"), "condition",
                  "`or_fail` names the failure meant by `expect_rows`, which is missing",
                  "add \"expect_rows\": 1");
  }
  if (step.statement != nullptr && step.into.size() > step.statement->columns.size()) {
    findings_.add(*json.find("into"), "sql",
                  "the statement returns " + std::to_string(step.statement->columns.size()) +
                      (step.statement->columns.size() == 1 ? " column" : " columns") +
                      ", and `into` names " + std::to_string(step.into.size()),
                  step.statement->columns.empty() ? "add RETURNING" : "");
  }
  return step;
}

void OperationReader::check_event(const Json& written, const std::string& event) {
  if (events_.count(event) != 0) return;
  std::vector<std::string> known;
  for (const auto& [name, type] : events_) known.push_back(name);
  findings_.add(written, "unknown-name", "no event is named " + in_quotes(event),
                did_you_mean(event, known), "events: " + listed(known));
}

void OperationReader::check_topic(const Json& json) {
  const Json* topic = json.find("topic");
  if (topic == nullptr || !topic->is_text() || topics_.empty() || topics_.count(topic->text) != 0)
    return;
  const std::vector<std::string> known(topics_.begin(), topics_.end());
  findings_.add(*topic, "unknown-name",
                "the broker " + service_.broker + " has no topic " + in_quotes(topic->text),
                did_you_mean(topic->text, known), "topics: " + listed(known));
}

void OperationReader::check_key_field(const Json& json, const std::string& event, bool has_own_key,
                                      const service::NamedValues& payload) {
  const auto type = events_.find(event);
  if (has_own_key || type == events_.end()) return;
  const bool has_field = std::any_of(payload.begin(), payload.end(), [&](const auto& field) {
    return field.first == type->second.key;
  });
  if (has_field) return;
  findings_.add(
      *json.find("payload"), "emit",
      "the key field " + in_quotes(type->second.key) + " of " + event + " is not in this payload",
      "add it, or give `key`");
}

std::optional<service::ValueSource> OperationReader::read_value_at(const Json& json,
                                                                   std::string_view key) {
  const Json* value = json.find(key);
  return value == nullptr ? std::nullopt : read_value(*value, sql_);
}

service::EmitStep OperationReader::read_emit(const Json& json, const Place& place) {
  const Json& event = *json.find("emit");
  service::EmitStep step;
  step.event = event.text;
  step.topic = text_at(json, "topic");
  step.key = read_value_at(json, "key");
  if (const Json* payload = json.find("payload")) step.payload = read_values(*payload, sql_);
  check_event(event, step.event);
  check_topic(json);
  if (step.payload) check_key_field(json, step.event, step.key.has_value(), *step.payload);
  // A way to publish says at its own place what it needs.
  const bool says_so_itself = service_.publishing != service::Publishing::none;
  if (service_.database.empty()) {
    if (!says_so_itself)
      findings_.add(event, "emit",
                    "an event is owed by a transaction, and the service " + service_.name +
                        " has no database",
                    "add \"database\" to the service, or use `publish`");
  } else if (!place.in_transaction) {
    findings_.add(event, "emit", "`emit` stands outside a transaction",
                  "put it into a `transaction` step, or use `publish`");
  }
  if (service_.broker.empty()) {
    findings_.add(event, "emit", "the service " + service_.name + " has no broker to emit to",
                  "add \"broker\" to the service");
  }
  emits_.push_back({&json, step});
  return step;
}

service::PublishStep OperationReader::read_publish(const Json& json) {
  const Json& event = *json.find("publish");
  service::PublishStep step;
  if (auto value = read_value(event, sql_)) step.event = std::move(*value);
  const auto* constant = std::get_if<sql::Value>(&step.event);
  if (constant != nullptr) check_event(event, event.text);
  step.event_id = read_value_at(json, "event_id");
  step.topic = text_at(json, "topic");
  step.key = read_value_at(json, "key");
  if (const Json* payload = json.find("payload")) {
    if (payload->is_object()) {
      step.payload = read_values(*payload, sql_);
      if (constant != nullptr)
        check_key_field(json, event.text, step.key.has_value(), *step.payload);
    } else {
      step.payload_text = read_value(*payload, sql_);
    }
  }
  take(json, "await", step.await);
  if (const Json* producer = json.find("producer"))
    step.producer = read_producer(*producer, service_.producer);
  check_topic(json);
  if (service_.broker.empty()) {
    findings_.add(event, "condition",
                  "the service " + service_.name + " has no broker to publish to",
                  "add \"broker\" to the service");
  }
  return step;
}

service::ExternalStep OperationReader::read_external_step(const Json& json) {
  const Json& written = *json.find("external");
  service::ExternalStep step;
  const ExternalName asked = find_external(written, externals_, findings_);
  if (asked.system != nullptr) {
    step.system = asked.system->name;
    step.operation = asked.operation->name;
  }
  take(json, "timeout", step.timeout);
  take(json, "or_fail", step.or_fail);
  take(json, "into", step.into);
  if (const Member* key = json.find_member("idempotency_key")) {
    step.idempotency_key = read_value(key->value, sql_);
    if (asked.system != nullptr && asked.system->idempotency) {
      findings_.note_read(key->value.path, key->key_span);
    } else if (asked.system != nullptr) {
      findings_.note_unread(
          key->value.path, key->key_span,
          diagnose(key->key_span, "choice", step.system + " knows no idempotency keys",
                   "add \"idempotency\": {} to it", key->value.path));
    }
  }
  const Json* arguments = json.find("arguments");
  if (arguments == nullptr || !arguments->is_object()) return step;
  step.arguments = read_values(*arguments, sql_);
  if (asked.operation == nullptr) return step;
  for (const std::string& variable : variables_of(*asked.operation)) {
    if (arguments->find(variable) != nullptr) continue;
    findings_.add(*arguments, "input",
                  written.text + " decides by :" + variable + ", which is not sent",
                  "add " + in_quotes(variable) + " to the arguments");
  }
  return step;
}

service::SleepStep OperationReader::read_sleep(const Json& json) {
  const Json& written = *json.find("sleep");
  service::SleepStep step;
  if (auto value = read_value(written, sql_)) step.duration_text = std::move(*value);
  if (!std::holds_alternative<sql::Value>(step.duration_text) || !written.is_text()) return step;
  step.fixed = parse_duration_range(written.text);
  if (!step.fixed)
    findings_.add(written, "duration", in_quotes(written.text) + " is no duration",
                  "such as \"10ms\", \"2ms..5ms\" or a variable \":delay\"");
  return step;
}

}  // namespace halfwrite::scenarios
