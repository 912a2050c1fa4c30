#include "scenarios/points.hpp"

#include "models/publishing/schema.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/step_search.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/value_text.hpp"

#include <algorithm>

namespace halfwrite::scenarios {

namespace {

std::string step_text(const sim::Point& point) {
  return point.moment.empty() ? point.step : point.step + "/" + point.moment;
}

bool publishes_directly(service::Publishing publishing) {
  return publishing == service::Publishing::database_first ||
         publishing == service::Publishing::broker_first ||
         publishing == service::Publishing::inside_transaction;
}

bool emits(const service::Operation& operation, const std::string& event) {
  return service::any_step(operation.steps, [&](const service::Step& step) {
    const auto* emit = std::get_if<service::EmitStep>(&step.verb);
    return emit != nullptr && (event.empty() || emit->event == event);
  });
}

// A plain send names its event by a value; only one that is written down can be told.
bool may_send(const service::Operation& operation) {
  return service::any_step(operation.steps, [](const service::Step& step) {
    return std::holds_alternative<service::PublishStep>(step.verb);
  });
}

bool has_transaction(const service::Operation& operation) {
  return operation.transaction || service::any_step(operation.steps, [](const service::Step& step) {
           return std::holds_alternative<service::TransactionStep>(step.verb);
         });
}

bool asks(const service::Operation& operation, const std::string& system,
          const std::string& asked) {
  return service::any_step(operation.steps, [&](const service::Step& step) {
    const auto* external = std::get_if<service::ExternalStep>(&step.verb);
    return external != nullptr && external->system == system && external->operation == asked;
  });
}

bool is_called_back(const Scenario& scenario, const std::string& run) {
  for (const external::Settings& system : scenario.externals)
    for (const external::Operation& operation : system.operations)
      if (operation.callback && operation.callback->run == run) return true;
  return false;
}

bool has_inbox(const service::Subscription& subscription) {
  return subscription.deduplicate == service::Deduplicate::inbox;
}

}  // namespace

Points::Points(const Scenario& scenario) {
  targets_ = {"here", "client"};
  for (const database::Settings& database : scenario.databases) {
    targets_.push_back(database.name);
    for (std::uint32_t number = 1; number <= database.standbys; ++number) {
      standbys_.push_back(database::standby_name(database.name, number));
    }
  }
  targets_.insert(targets_.end(), standbys_.begin(), standbys_.end());
  servers_.assign(targets_.begin() + 2, targets_.end());
  for (const broker::Settings& broker : scenario.brokers) {
    targets_.push_back(broker.name);
    for (std::uint32_t i = 1; i <= broker.replicas; ++i)
      targets_.push_back(broker.name + "." + std::to_string(i));
  }
  for (const external::Settings& external : scenario.externals) targets_.push_back(external.name);
  for (const service::Settings& service : scenario.services) add_service(service, scenario);
  for (const Scenario::Saga& saga : scenario.sagas) add_saga(*saga.definition, scenario);
  add_externals(scenario);
  add_events(scenario);
  add_loads(scenario);
  for (const contract::Obligation& obligation : scenario.contract.obligations) {
    if (!has_group(obligation.consumer)) groups_.push_back(obligation.consumer);
  }
}

namespace {

// By a step that has it as `success` or `failure`, or as a command or reply.
bool is_told_by_saga(const Scenario& scenario, const std::string& event) {
  return std::any_of(scenario.sagas.begin(), scenario.sagas.end(), [&](const Scenario::Saga& saga) {
    const saga::Definition& definition = *saga.definition;
    if (event.starts_with(definition.name + ".")) return true;
    return std::any_of(
        definition.steps.begin(), definition.steps.end(),
        [&](const saga::Step& step) { return step.success == event || step.failure == event; });
  });
}

}  // namespace

// The moments of an event that somebody brings about.
void Points::add_events(const Scenario& scenario) {
  for (const auto& [name, event] : scenario.events) {
    Steps& moments = subjects_[name];
    if (is_told_by_saga(scenario, name)) moments.insert({"committed", "published"});
    for (const service::Settings& service : scenario.services) {
      for (const auto& [_, operation] : service.operations) {
        if (emits(operation, name)) {
          moments.insert("committed");
          if (service.publishing != service::Publishing::none) moments.insert("published");
        }
        if (may_send(operation)) moments.insert("published");
      }
      for (const service::Subscription& subscription : service.subscriptions) {
        if (!subscription.event.empty() && subscription.event != name) continue;
        for (const char* moment : {"delivered", "applied"}) moments.insert(moment);
        // An automatic commit is of positions, of no event.
        if (subscription.acknowledge != service::Acknowledge::automatic)
          moments.insert("acknowledged");
      }
    }
  }
}

void Points::add_externals(const Scenario& scenario) {
  for (const external::Settings& system : scenario.externals) {
    for (const external::Operation& operation : system.operations) {
      const bool is_asked =
          std::any_of(scenario.services.begin(), scenario.services.end(), [&](const auto& service) {
            return std::any_of(service.operations.begin(), service.operations.end(),
                               [&](const auto& candidate) {
                                 return asks(candidate.second, system.name, operation.name);
                               });
          });
      if (!is_asked) continue;
      Steps& steps = subjects_[system.name + "." + operation.name];
      steps.insert({"request", "effect"});
      if (operation.callback) steps.insert({"wait", "connect", "callback", "retry"});
    }
  }
}

void Points::add_loads(const Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.workload.size(); ++i) {
    const service::Load& load = scenario.workload[i];
    load_counts_[load.name] = load.count;
    const auto operation = subjects_.find(load.entry.empty() ? load.run : load.entry);
    if (operation != subjects_.end()) subjects_[load.name] = operation->second;
    if (scenario.workload.size() > 1) targets_.push_back("client-" + std::to_string(i + 1));
  }
  subjects_["client"] = {"pace", "connect", "request", "retry"};
}

void Points::add_service(const service::Settings& service, const Scenario& scenario) {
  instances_[service.name] = service.instances;
  targets_.push_back(service.name);
  for (std::uint32_t i = 1; i <= service.instances; ++i)
    targets_.push_back(service.name + "." + std::to_string(i));
  for (const auto& [name, operation] : service.operations) {
    const std::string subject = service.name + "." + name;
    const bool is_asked_for = std::any_of(scenario.workload.begin(), scenario.workload.end(),
                                          [&subject = subject](const service::Load& load) {
                                            return load.run == subject || load.entry == subject;
                                          }) ||
                              is_called_back(scenario, subject);
    // What sagas keep under names of their own is found under that of the author's operation.
    if (name.find('.') != std::string::npos) continue;
    if (!is_asked_for) {
      idle_.insert(subject);
      continue;
    }
    add_operation(subject, operation, service);
    subjects_[subject].insert("reply");
  }
  const auto run_of = [&](const std::string& run) {
    const auto found = service.operations.find(run);
    return found == service.operations.end() ? nullptr : &found->second;
  };
  for (const service::Subscription& subscription : service.subscriptions) {
    const std::string subject = service.name + "." + subscription.name;
    if (const service::Operation* operation = run_of(subscription.run))
      add_operation(subject, *operation, service);
    Steps& steps = subjects_[subject];
    for (const char* step : {"poll", "deliver", "acknowledge", "leave", "pause"})
      steps.insert(step);
    if (!has_inbox(subscription)) continue;
    // Inside the operation, or in a statement of its own before or after it.
    for (const char* step : {"inbox", "begin", "commit", "rollback"}) steps.insert(step);
  }
  for (const service::Job& job : service.jobs) {
    const std::string subject = service.name + "." + job.name;
    if (const service::Operation* operation = run_of(job.run))
      add_operation(subject, *operation, service);
    subjects_[subject].insert("every");
    if (!job.listen.empty()) subjects_[subject].insert("listen");
    if (job.own_node) targets_.push_back(subject);
  }
  add_relay(service);
}

// An operation that a chain calls; in the other styles subscriptions have added theirs.
void Points::add_called(const saga::Definition& definition, const saga::Step& step,
                        history::StepKind kind, const Scenario& scenario) {
  for (const service::Settings& service : scenario.services) {
    if (service.name != step.service) continue;
    const auto operation = service.operations.find(saga::step_operation(definition, step, kind));
    if (operation == service.operations.end()) continue;
    const std::string subject = service.name + "." + operation->second.name;
    add_operation(subject, operation->second, service);
    subjects_[subject].insert({"begin", "commit", "rollback", "reply"});
  }
}

void Points::add_saga(const saga::Definition& definition, const Scenario& scenario) {
  using history::StepKind;
  using saga::Coordination;
  const bool orchestrated = definition.coordination == Coordination::orchestration;
  const bool called = definition.coordination == Coordination::synchronous;
  Steps& points = subjects_[definition.name];
  if (orchestrated) points.insert({"start", "finish", "timeout"});
  for (const saga::Step& step : definition.steps) {
    for (const StepKind kind : {StepKind::action, StepKind::compensation}) {
      const bool back = kind == StepKind::compensation;
      if (back && step.compensation.empty()) continue;
      const std::string prefix = step.name + (back ? "/undo_" : "/");
      if (orchestrated) points.insert({prefix + "send", prefix + "save", prefix + "reply"});
      if (called) points.insert(prefix + "send");
      const std::string& name = back ? step.compensation : step.action;
      subjects_[step.service + "." + name].insert({"admit", "answer", "inbox"});
      if (called) add_called(definition, step, kind, scenario);
    }
  }
  if (orchestrated) {
    Steps& timer =
        subjects_[definition.orchestrator.service + "." + saga::timer_operation(definition)];
    timer.insert({"timers", "lease", "wait", "load", "save", "begin", "commit", "rollback"});
  }
  const std::string entry = saga::entry_of(definition);
  if (called) subjects_[entry].insert({"call", "connect", "pause", "parallel"});
  if (orchestrated) subjects_[entry].insert({"insert", "load"});
}

void Points::add_relay(const service::Settings& service) {
  if (!publishing::needs_outbox(service) || service.outbox.relay == service::Relay::none) return;
  const std::string relay = service.name + ".relay";
  subjects_[relay] = service.outbox.relay == service::Relay::polling
                         ? Steps{"pause", "read", "publish", "mark", "retry"}
                         : Steps{"pause",   "connect",  "receive",   "publish",     "store",
                                 "confirm", "snapshot", "drop_slot", "create_slot", "retry"};
  if (publishing::remembers_gaps(service.outbox)) subjects_[relay].insert("remember");
  if (publishing::sends_heartbeats(service.outbox)) subjects_[relay].insert("heartbeat");
  const bool is_one = service.outbox.relay == service::Relay::cdc || service.outbox.instances == 1;
  if (service.outbox.relay != service::Relay::cdc && !service.outbox.own_node) return;
  for (std::uint32_t i = 1; i <= (is_one ? 1 : service.outbox.instances); ++i) {
    targets_.push_back(is_one ? relay : relay + "." + std::to_string(i));
  }
}

void Points::add_operation(const std::string& subject, const service::Operation& operation,
                           const service::Settings& service) {
  Steps& steps = subjects_[subject];
  for (const char* step : {"queue", "cpu", "pool", "connect", "retry", "commit/logged",
                           "commit/flushed", "commit/visible", "commit/answered"}) {
    steps.insert(step);
  }
  if (!standbys_.empty()) steps.insert("commit/replicated");
  if (has_transaction(operation)) steps.insert({"begin", "commit", "rollback"});
  if (publishes_directly(service.publishing) && emits(operation, "")) steps.insert("publish");
  add_steps(subject, operation.steps);
}

void Points::add_steps(const std::string& subject, const service::Steps& steps) {
  service::any_step(steps, [&](const service::Step& step) {
    subjects_[subject].insert(step.name);
    if (std::holds_alternative<service::ExternalStep>(step.verb)) {
      for (const char* moment : {"/connect", "/effect", "/key"})
        subjects_[subject].insert(step.name + moment);
    }
    return false;
  });
}

const Points::Steps* Points::steps_of(const sim::Point& point) const {
  const auto found = subjects_.find(point.subject);
  if (found != subjects_.end()) return &found->second;
  // "order.2.place": the operation on one instance.
  const std::size_t first = point.subject.find('.');
  const std::size_t second =
      first == std::string::npos ? first : point.subject.find('.', first + 1);
  if (second == std::string::npos) return nullptr;
  const std::string service = point.subject.substr(0, first);
  const auto instance =
      parse_natural(std::string_view(point.subject).substr(first + 1, second - first - 1));
  const auto instances = instances_.find(service);
  if (!instance || instances == instances_.end() || *instance < 1 || *instance > instances->second)
    return nullptr;
  const auto operation = subjects_.find(service + point.subject.substr(second));
  return operation == subjects_.end() ? nullptr : &operation->second;
}

bool Points::has(const sim::Point& point) const {
  if (!point.actor.empty()) return true;
  const Steps* steps = steps_of(point);
  if (steps == nullptr || steps->count(step_text(point)) == 0) return false;
  if (!point.number) return true;
  const auto load = load_counts_.find(point.subject);
  return load != load_counts_.end() && *point.number >= 1 && *point.number <= load->second;
}

Points::Miss Points::explain(const sim::Point& point) const {
  const Steps* steps = steps_of(point);
  if (steps == nullptr && idle_.contains(point.subject)) {
    return {"no load, subscription or job runs the operation \"" + point.subject + "\"",
            "under the name of who runs it its points are found"};
  }
  if (steps == nullptr) {
    std::vector<std::string> subjects;
    for (const auto& [subject, _] : subjects_) subjects.push_back(subject);
    const std::string suggestion = did_you_mean(point.subject, subjects);
    return {"no operation, load or event is named " + std::string("\"") + point.subject + "\"",
            suggestion.empty() ? "there are " + listed(subjects, 10) : suggestion};
  }
  if (steps->count(step_text(point)) == 0) {
    const std::vector<std::string> known(steps->begin(), steps->end());
    const std::string suggestion = did_you_mean(step_text(point), known);
    return {"\"" + point.subject + "\" has no point \"" + step_text(point) + "\"",
            suggestion.empty() ? "points: " + listed(known, 20) : suggestion};
  }
  const auto load = load_counts_.find(point.subject);
  if (load == load_counts_.end())
    return {
        "\"" + point.subject + "\" is no load, so it has no number " +
            std::to_string(*point.number),
        "write the number behind the step: /" + point.step + "#" + std::to_string(*point.number)};
  return {"the load \"" + point.subject + "\" has " + std::to_string(load->second) +
              " requests, so there is no number " + std::to_string(*point.number),
          "from 1 to " + std::to_string(load->second)};
}

Points::Targets Points::targets_of(sim::FaultKind kind, bool by_chance) {
  switch (kind) {
    case sim::FaultKind::slow:
      return {!by_chance, by_chance};
    case sim::FaultKind::partition:
    case sim::FaultKind::crash:
    case sim::FaultKind::pause:
    case sim::FaultKind::clock:
    case sim::FaultKind::disconnect:
    case sim::FaultKind::rebalance:
    case sim::FaultKind::promote:
      return {false, by_chance};
    case sim::FaultKind::reset:
    case sim::FaultKind::lose_request:
    case sim::FaultKind::lose_reply:
    case sim::FaultKind::delay:
      return {true, true};
    case sim::FaultKind::duplicate:
    case sim::FaultKind::refuse:
    case sim::FaultKind::cancel:
      return {false, true};
    case sim::FaultKind::disk_full:
    case sim::FaultKind::fail_sync:
      return {false, true, true};
  }
  return {};
}

bool Points::is_node(const std::string& name) const {
  return std::find(targets_.begin(), targets_.end(), name) != targets_.end();
}

std::optional<Points::Miss> Points::miss_target(const std::string& target, Targets allowed) const {
  const auto unknown = [this](const std::string& name, const char* what) {
    const std::string suggestion = did_you_mean(name, targets_);
    return Miss{std::string(what) + " is named \"" + name + "\"",
                suggestion.empty()
                    ? "there are " + listed({targets_.begin() + 1, targets_.end()}, 12)
                    : suggestion};
  };
  const std::size_t arrow = target.find(" -> ");
  if (arrow != std::string::npos) {
    for (const std::string& end : {target.substr(0, arrow), target.substr(arrow + 4)}) {
      if (!is_node(end)) return unknown(end, "no node or group");
    }
    if (allowed.links) return std::nullopt;
    return Miss{"\"" + target + "\" is a link, and this fault strikes none",
                allowed.points ? "name a node, a group or a point" : "name a node or a group"};
  }
  if (target.find('/') != std::string::npos) {
    const auto point = sim::parse_point(target);
    if (!point) return Miss{point.error(), "such as order.place/commit"};
    if (!has(point.value())) return explain(point.value());
    if (allowed.points) return std::nullopt;
    return Miss{"\"" + target + "\" is a point, and this fault is aimed at nodes",
                "name a node or a group"};
  }
  if (allowed.only_databases && is_node(target) && target != "here") {
    if (std::find(servers_.begin(), servers_.end(), target) != servers_.end()) return std::nullopt;
    return Miss{"\"" + target + "\" is no database, and this fault is of a database's disk",
                servers_.empty() ? "there is none" : "databases: " + listed(servers_, 12)};
  }
  if (is_node(target)) return std::nullopt;
  return unknown(target, allowed.links    ? "no node, group or link"
                         : allowed.points ? "no node, group or point"
                                          : "no node or group");
}

std::optional<Points::Miss> Points::miss_standby(const std::string& name) const {
  if (std::find(standbys_.begin(), standbys_.end(), name) != standbys_.end()) return std::nullopt;
  const std::string suggestion = did_you_mean(name, standbys_);
  return Miss{"no standby is named \"" + name + "\"",
              !suggestion.empty() ? suggestion
              : standbys_.empty()
                  ? "no database here has standbys; say \"standbys\": 1 in its settings"
                  : "standbys: " + listed(standbys_, 12)};
}

bool Points::has_group(const std::string& group) const {
  return std::find(groups_.begin(), groups_.end(), group) != groups_.end();
}

std::string Points::nearest_group(const std::string& group) const {
  const std::string suggestion = did_you_mean(group, groups_);
  if (!suggestion.empty()) return suggestion;
  return groups_.empty() ? "there are none" : "groups: " + listed(groups_, 12);
}

}  // namespace halfwrite::scenarios
