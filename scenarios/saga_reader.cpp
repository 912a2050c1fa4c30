#include "scenarios/saga_reader.hpp"

#include "models/saga/vocabulary.hpp"
#include "models/service/step_search.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/settings_reader.hpp"
#include "scenarios/value_reader.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace halfwrite::scenarios {

namespace {

service::Retry unlimited() {
  service::Retry retry;
  retry.attempts.reset();
  return retry;
}

saga::Compensation read_compensation(const Json& json) {
  static constexpr std::string_view orders[] = {"reverse", "forward", "any", "parallel"};
  static constexpr std::string_view ends[] = {"park", "go_on", "stop"};
  saga::Compensation compensation;
  take_word(json, "order", orders, compensation.order);
  compensation.unknown = text_at(json, "unknown") != "skip";
  compensation.retry = read_retry_at(json, unlimited());
  take_word(json, "after_failure", ends, compensation.after_failure);
  return compensation;
}

// "hotel.book" -> "book"
std::string operation_in(const Json& step) {
  const std::string action = text_at(step, "do");
  const std::size_t dot = action.find('.');
  return dot == std::string::npos ? action : action.substr(dot + 1);
}

// How many steps of the list, those in parallel groups too, are named by this operation alone.
std::size_t unnamed(const Json& list, const std::string& operation) {
  std::size_t count = 0;
  for (const Json& item : list.items) {
    if (const Json* parallel = item.find("parallel")) count += unnamed(*parallel, operation);
    if (item.find("name") == nullptr && operation_in(item) == operation) ++count;
  }
  return count;
}

// Its own, else the operation's; where several steps would have that, with the service before it.
std::string name_in(const Json& all, const Json& step) {
  if (step.find("name") != nullptr) return text_at(step, "name");
  const std::string operation = operation_in(step);
  if (unnamed(all, operation) < 2) return operation;
  const std::string action = text_at(step, "do");
  return action.substr(0, action.find('.')) + "_" + operation;
}

// The step of this name in the list, or in one of its parallel groups.
const Json* find_step(const Json& all, const Json& list, const std::string& name) {
  for (const Json& item : list.items) {
    if (const Json* parallel = item.find("parallel")) {
      if (const Json* found = find_step(all, *parallel, name)) return found;
    } else if (name_in(all, item) == name) {
      return &item;
    }
  }
  return nullptr;
}

}  // namespace

void SagaReader::read_definitions() {
  for (const Member& member : object_at(tree_, "sagas").members) read_saga(member);
  for (const Draft& draft : drafts_) {
    saga::prepare(*draft.definition, scenario_.services);
    add_messages(draft);
    check(draft);
  }
}

void SagaReader::read_saga(const Member& member) {
  static constexpr std::string_view words[] = {"orchestration", "choreography", "synchronous"};
  const Json& json = member.value;
  if (json.find("steps") == nullptr || !json.find("steps")->is_list()) return;
  Draft draft{std::make_shared<saga::Definition>(), &member, ""};
  saga::Definition& definition = *draft.definition;
  definition.name = member.key;
  take_word(json, "coordination", words, definition.coordination);
  if (definition.coordination != saga::Coordination::choreography) {
    take(json, "timeout", definition.timeout);
  }
  const Json& participants = object_at(json, "participants");
  definition.participants.inbox = text_at(participants, "deduplicate") != "none";
  definition.participants.fence = text_at(participants, "fence") != "none";
  definition.compensation = read_compensation(object_at(json, "compensation"));
  read_steps(*json.find("steps"), draft);
  // What is wrong with a step is reported; nothing is built from half of a saga.
  if (definition.steps.empty() || findings_.has("unknown-name")) return;
  if (definition.coordination == saga::Coordination::orchestration) {
    read_orchestrator(object_at(json, "orchestrator"), draft);
  }
  drafts_.push_back(std::move(draft));
}

void SagaReader::read_steps(const Json& list, Draft& draft) {
  std::uint32_t group = 0;
  for (const Json& item : list.items) {
    const Json* parallel = item.find("parallel");
    if (parallel == nullptr) {
      read_step(item, group, draft);
    } else {
      if (item.find("do") != nullptr) {
        findings_.add(*parallel, "condition", "a step is an operation or a group, not both",
                      "leave out `do`");
      }
      for (const Json& one : parallel->items) read_step(one, group, draft);
    }
    ++group;
  }
}

std::string SagaReader::read_operation(const Json& json, std::string_view key,
                                       std::string& service) {
  const Json* written = json.find(key);
  if (written == nullptr || !written->is_text()) return "";
  const std::size_t dot = written->text.find('.');
  const std::string owner = written->text.substr(0, dot);
  const std::string operation = dot == std::string::npos ? "" : written->text.substr(dot + 1);
  const Json& operations = object_at(object_at(object_at(tree_, "services"), owner), "operations");
  if (operations.find(operation) != nullptr) {
    service = owner;
    return operation;
  }
  std::vector<std::string> known;
  for (const Member& candidate : object_at(tree_, "services").members) {
    for (const Member& entry : object_at(candidate.value, "operations").members) {
      known.push_back(candidate.key + "." + entry.key);
    }
  }
  findings_.add(*written, "unknown-name", "no operation is named " + in_quotes(written->text),
                did_you_mean(written->text, known), "operations: " + listed(known));
  return "";
}

void SagaReader::read_step(const Json& json, std::uint32_t group, Draft& draft) {
  saga::Definition& definition = *draft.definition;
  saga::Step step;
  step.action = read_operation(json, "do", step.service);
  if (json.find("do") == nullptr) {
    findings_.add(json, "missing-key", "a step needs an operation in `do`, or a `parallel` group");
  }
  if (step.action.empty()) return;
  step.name = name_in(*draft.member->value.find("steps"), json);
  step.group = group;
  std::string other_service;
  step.compensation = read_operation(json, "undo", other_service);
  if (!step.compensation.empty() && other_service != step.service) {
    findings_.add(*json.find("undo"), "condition",
                  "a step is taken back by the service that does it, " + step.service,
                  "its fence is a row in the database of that service");
    step.compensation.clear();
  }
  for (const char* key : {"success", "failure"}) {
    if (const Json* event = json.find(key)) {
      names_.check_defined(*event, "events", "event", findings_);
    }
  }
  take(json, "success", step.success);
  take(json, "failure", step.failure);
  take(json, "pivot", step.pivot);
  take(json, "irreversible", step.irreversible);
  take(json, "timeout", step.timeout);
  step.retry = read_retry_at(json, read_retry_at(draft.member->value, unlimited()));
  if (const Json* when = json.find("when")) step.when = sql_.read_expression(*when, true);
  if (const Json* values = json.find("with")) step.arguments = read_values(*values, sql_);
  if (definition.find(step.name) != nullptr) {
    findings_.add(json, "duplicate-name",
                  "two steps of " + definition.name + " are named " + in_quotes(step.name),
                  "give one a `name`");
    return;
  }
  definition.steps.push_back(std::move(step));
}

void SagaReader::read_orchestrator(const Json& json, Draft& draft) {
  static constexpr std::string_view publishing[] = {"none", "database_first", "broker_first",
                                                    "inside_transaction", "outbox"};
  static constexpr std::string_view unmatched[] = {"retry", "discard", "start"};
  saga::Orchestrator& orchestrator = draft.definition->orchestrator;
  take(json, "instances", orchestrator.instances);
  take_word(json, "publishing", publishing, orchestrator.publishing);
  orchestrator.inbox = text_at(json, "deduplicate") != "none";
  take_word(json, "unmatched_reply", unmatched, orchestrator.unmatched);
  if (text_at(json, "on_start") == "wait") orchestrator.on_start = saga::OnStart::wait;
  take(json, "version_check", orchestrator.version_check);
  if (const Json* written = json.find("lease")) {
    saga::Lease lease;
    take(*written, "for", lease.lasts);
    take(*written, "renew", lease.renew);
    take(*written, "fenced", lease.fenced);
    orchestrator.lease = lease;
  }
  const Json* service = json.find("service");
  if (service == nullptr) {
    add_own_service(json, draft);
    return;
  }
  names_.check_defined(*service, "services", "service", findings_);
  orchestrator.service = service->text;
  service::Settings* settings = find_service(orchestrator.service);
  if (settings == nullptr || json.find("outbox") == nullptr) return;
  if (settings->publishing == service::Publishing::outbox) {
    findings_.add(json.find_member("outbox")->key_span, json.path, "condition",
                  "the service " + settings->name + " has an outbox already, and one is enough",
                  "change the `outbox` of the service");
    return;
  }
  settings->outbox = read_outbox(*json.find("outbox"));
}

// A process and a database that no section of the file names.
void SagaReader::add_own_service(const Json& json, Draft& draft) {
  saga::Definition& definition = *draft.definition;
  const service::Settings* first = find_service(definition.steps.front().service);
  service::Settings own;
  own.name = definition.name;
  own.database = definition.name + "_db";
  own.broker = first == nullptr ? "" : first->broker;
  if (first != nullptr) own.producer = first->producer;
  own.publishing = definition.orchestrator.publishing;
  own.outbox =
      json.find("outbox") != nullptr
          ? read_outbox(*json.find("outbox"))
          : read_outbox(object_at(object_at(object_at(tree_, "defaults"), "services"), "outbox"));
  definition.orchestrator.service = own.name;
  draft.own_database = own.database;
  if (find_service(own.name) != nullptr ||
      object_at(tree_, "databases").find(own.database) != nullptr) {
    findings_.add(draft.member->key_span, draft.member->value.path, "duplicate-name",
                  "the orchestrator of " + own.name + " would have the name of something else",
                  "name its `service`");
    return;
  }
  scenario_.services.push_back(std::move(own));
}

void SagaReader::add_messages(const Draft& draft) {
  const saga::Definition& definition = *draft.definition;
  if (definition.coordination != saga::Coordination::orchestration) return;
  for (service::EventType& type : saga::message_types(definition)) {
    scenario_.events[type.name] = std::move(type);
  }
  const service::Settings* orchestrator = find_service(definition.orchestrator.service);
  if (orchestrator == nullptr) return;
  for (broker::Settings& broker : scenario_.brokers) {
    if (broker.name != orchestrator->broker) continue;
    for (broker::TopicSettings& topic : saga::topics_of(definition)) {
      broker.topics.push_back(std::move(topic));
    }
  }
}

std::vector<SqlReader::AddedTable> SagaReader::tables_added_to(
    const service::Settings& service, std::vector<std::string>& names) const {
  std::vector<SqlReader::AddedTable> added;
  const auto add = [&](const char* name, std::vector<std::string> ddl, const Member* member) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    names.emplace_back(name);
    added.push_back({std::move(ddl), member});
  };
  for (const Draft& draft : drafts_) {
    const saga::Definition& definition = *draft.definition;
    if (saga::needs_instances(definition, service))
      add(saga::instance_table, saga::instance_schema(), draft.member);
    if (saga::needs_lease(definition, service))
      add(saga::lease_table, saga::lease_schema(), draft.member);
    if (saga::needs_inbox(definition, service))
      add(saga::inbox_table, saga::inbox_schema(), draft.member);
  }
  return added;
}

std::vector<std::string> SagaReader::own_databases() const {
  std::vector<std::string> databases;
  for (const Draft& draft : drafts_) {
    if (!draft.own_database.empty()) databases.push_back(draft.own_database);
  }
  return databases;
}

void SagaReader::extend_services() {
  for (const Draft& draft : drafts_) extend(draft);
}

void SagaReader::extend(const Draft& draft) {
  saga::Definition& definition = *draft.definition;
  std::set<std::string> known;
  const auto use = [&](const std::string& variable) {
    if (known.insert(variable).second) definition.variables.push_back(variable);
  };
  for (saga::Step& step : definition.steps) {
    const service::Settings* service = find_service(step.service);
    if (service == nullptr) return;
    const auto action = service->operations.find(step.action);
    if (action == service->operations.end()) return;  // reported
    step.inputs = action->second.inputs;
    step.acts_outside = service::asks_outside(action->second);
    if (step.when != nullptr) {
      for (const std::string& variable : step.when->parameters) use(variable);
    }
    for (const std::string& variable : variables_of(step.arguments)) use(variable);
    const auto back = service->operations.find(step.compensation);
    if (back != service->operations.end()) step.compensation_inputs = back->second.inputs;
    for (const auto* inputs : {&step.inputs, &step.compensation_inputs}) {
      for (const std::string& input : *inputs) {
        const bool is_given =
            std::any_of(step.arguments.begin(), step.arguments.end(),
                        [&](const auto& argument) { return argument.first == input; });
        if (!is_given) use(input);
      }
    }
  }
  check_inputs(draft);
  Scenario::Saga built{draft.definition, nullptr, nullptr};
  for (service::Settings& service : scenario_.services) {
    const sql::Catalog* catalog = sql_.find_catalog(service.database);
    if (catalog == nullptr) continue;
    saga::ServiceStatements statements;
    if (saga::needs_instances(definition, service)) {
      const auto read = sql_.shared().orchestrator(service.database, *catalog);
      if (!read.has_value()) return;  // the author's own table stands in its way: reported
      built.orchestrator = statements.orchestrator = read.value();
    }
    if (saga::needs_lease(definition, service)) {
      const auto read = sql_.shared().lease(service.database, *catalog);
      if (!read.has_value()) return;
      built.lease = statements.lease = read.value();
    }
    if (saga::needs_inbox(definition, service)) {
      const auto read = sql_.shared().participant(service.database, *catalog);
      if (!read.has_value()) return;
      statements.participant = read.value();
    }
    saga::extend(service, draft.definition, statements);
  }
  scenario_.sagas.push_back(std::move(built));
  scenario_.contract.sagas.push_back(saga::contract_of(definition));
}

void SagaReader::resolve_loads() {
  for (service::Load& load : scenario_.workload) {
    for (const Scenario::Saga& saga : scenario_.sagas) {
      if (load.run == saga.definition->name) load.entry = saga::entry_of(*saga.definition);
    }
  }
}

service::Settings* SagaReader::find_service(const std::string& name) const {
  for (service::Settings& service : scenario_.services) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

const Json& SagaReader::json_of(const Draft& draft, const saga::Step& step) const {
  const Json& steps = *draft.member->value.find("steps");
  const Json* found = find_step(steps, steps, step.name);
  return found == nullptr ? draft.member->value : *found;
}

}  // namespace halfwrite::scenarios
