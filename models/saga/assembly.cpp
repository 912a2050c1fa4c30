#include "models/saga/assembly.hpp"

#include "models/saga/chain.hpp"
#include "models/saga/vocabulary.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::saga {

using history::StepKind;

namespace {

constexpr std::uint32_t partitions_of_messages = 3;

bool is_participant(const Definition& definition, const service::Settings& service) {
  return std::any_of(definition.steps.begin(), definition.steps.end(),
                     [&](const Step& step) { return step.service == service.name; });
}

// A message is handled until it is handled: giving up would leave the saga where it is.
service::Retry without_end(service::Retry retry) {
  retry.attempts.reset();
  retry.errors.clear();
  if (!retry.max_delay) retry.max_delay = sim::Duration::seconds(1);
  return retry;
}
service::Retry doubling() {
  service::Retry retry;
  retry.attempts = 10;
  retry.multiplier = {2, 1};
  retry.then = service::Retry::Then::dead_letter;
  return retry;
}

class Extension {
 public:
  Extension(service::Settings& service, const DefinitionReference& definition,
            const ServiceStatements& statements)
      : service_(service), definition_(definition), statements_(statements) {}

  void add() {
    for (std::size_t i = 0; i < definition_->steps.size(); ++i) {
      if (definition_->steps[i].service == service_.name) add_step(i);
    }
    if (definition_->is_orchestrated_by(service_.name)) add_orchestrator();
    if (definition_->coordination == Coordination::synchronous &&
        definition_->steps.front().service == service_.name) {
      service_.operations[start_operation(*definition_)] = as_chain(definition_);
    }
  }

 private:
  const service::Operation& authored(const std::string& name) const {
    const auto found = service_.operations.find(name);
    HALFWRITE_ASSERT(found != service_.operations.end(),
                     "a step of a saga runs an operation that its service does not have");
    return found->second;
  }

  void add_step(std::size_t position) {
    const Step& step = definition_->steps[position];
    add_operations(position, StepKind::action, step.action);
    if (!step.compensation.empty()) {
      add_operations(position, StepKind::compensation, step.compensation);
    }
    switch (definition_->coordination) {
      case Coordination::orchestration:
        take_commands(step, StepKind::action, step.action);
        if (!step.compensation.empty()) {
          take_commands(step, StepKind::compensation, step.compensation);
        }
        return;
      case Coordination::choreography:
        take_events(position);
        return;
      case Coordination::synchronous:
        return;  // it is called
    }
  }

  void add_operations(std::size_t position, StepKind kind, const std::string& name) {
    const Step& step = definition_->steps[position];
    const service::Operation operation = authored(name);
    service_.operations[step_operation(*definition_, step, kind)] =
        as_step(definition_, position, kind, operation, statements_.participant);
    if (definition_->coordination == Coordination::synchronous) return;
    if (kind == StepKind::action || definition_->coordination == Coordination::orchestration) {
      service_.operations[refusal_operation(*definition_, step, kind)] =
          as_refusal(definition_, position, kind, operation, statements_.participant);
    }
    if (definition_->coordination == Coordination::orchestration) {
      service_.operations[error_operation(*definition_, step, kind)] =
          as_error(definition_, position, kind, operation);
    }
  }

  // A subscription of this saga: a member of a group of its own, so that others do not wait for it.
  service::Subscription subscription(const std::string& name, std::string run) const {
    service::Subscription subscription;
    subscription.name = name;
    subscription.run = std::move(run);
    subscription.concurrency = std::max(service_.workers, 1u);
    subscription.consumer.group = message_group(*definition_, service_.name);
    return subscription;
  }

  void take_commands(const Step& step, StepKind kind, const std::string& name) {
    service::Subscription commands = subscription(name, step_operation(*definition_, step, kind));
    commands.event = command_of(*definition_, step, kind);
    commands.topic = command_topic(*definition_, service_.name);
    commands.on_refusal = refusal_operation(*definition_, step, kind);
    commands.on_error = error_operation(*definition_, step, kind);
    commands.retry = without_end(doubling());
    service_.subscriptions.push_back(std::move(commands));
  }

  // Has its service an earlier step to take back? A group hands each event to one of its handlers.
  bool shares_service(std::size_t position) const {
    const auto& steps = definition_->steps;
    return std::any_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(position),
                       [&](const Step& earlier) {
                         return earlier.service == service_.name && !earlier.compensation.empty();
                       });
  }

  // A step that is refused after it asked systems outside takes back itself what it left there.
  bool hears_of_itself(const Step& step) const {
    return !step.compensation.empty() && !step.failure.empty() &&
           definition_->compensation.unknown && may_leave_effects(authored(step.action));
  }

  void take_events(std::size_t position) {
    const Step& step = definition_->steps[position];
    const bool of_itself = hears_of_itself(step);
    if (position == 0) {
      service::Operation& entry = service_.operations[start_operation(*definition_)];
      entry = service_.operations.at(step_operation(*definition_, step, StepKind::action));
      entry.name = start_operation(*definition_);
      entry.inputs = definition_->variables;
      if (of_itself) entry = as_entry(definition_);
    } else {
      service::Subscription reaction =
          subscription(step.action, step_operation(*definition_, step, StepKind::action));
      reaction.event = definition_->steps[position - 1].success;
      reaction.on_refusal = refusal_operation(*definition_, step, StepKind::action);
      reaction.retry = without_end(step.retry);
      service_.subscriptions.push_back(std::move(reaction));
    }
    if (step.compensation.empty()) return;
    const std::size_t first = of_itself ? position : position + 1;
    for (std::size_t later = first; later < definition_->steps.size(); ++later) {
      if (definition_->steps[later].failure.empty() || definition_->is_behind_pivot(later))
        continue;
      service::Subscription back = subscription(
          step.compensation, step_operation(*definition_, step, StepKind::compensation));
      back.event = definition_->steps[later].failure;
      if (shares_service(position)) back.consumer.group += "." + step.name;
      back.retry = without_end(definition_->compensation.retry);
      service_.subscriptions.push_back(std::move(back));
    }
  }

  void add_orchestrator() {
    const bool fenced = definition_->orchestrator.lease && definition_->orchestrator.lease->fenced;
    service_.operations[start_operation(*definition_)] =
        as_start(definition_, statements_.orchestrator);
    service_.operations[reply_operation(*definition_)] =
        as_reply(definition_, statements_.orchestrator);
    service_.operations[timer_operation(*definition_)] =
        as_timer(definition_, statements_.orchestrator, fenced ? statements_.lease : nullptr);
    service::Subscription replies =
        subscription(reply_operation(*definition_), reply_operation(*definition_));
    replies.topic = reply_topic(*definition_);
    if (definition_->orchestrator.inbox) replies.deduplicate = service::Deduplicate::inbox;
    replies.retry = doubling();
    service_.subscriptions.push_back(std::move(replies));
  }

  service::Settings& service_;
  const DefinitionReference& definition_;
  const ServiceStatements& statements_;
};

}  // namespace

void prepare(Definition& definition, std::vector<service::Settings>& services) {
  for (service::Settings& service : services) {
    if (definition.is_orchestrated_by(service.name)) {
      service.instances = std::max(service.instances, definition.orchestrator.instances);
      if (definition.orchestrator.publishing != service.publishing) {
        service.further_publishing = definition.orchestrator.publishing;
      }
      service.further_inbox = service.further_inbox || definition.orchestrator.inbox;
    }
  }
  for (Step& step : definition.steps) {
    for (const service::Settings& service : services) {
      if (service.name == step.service) step.instances = service.instances;
    }
  }
}

bool needs_instances(const Definition& definition, const service::Settings& service) {
  return definition.is_orchestrated_by(service.name);
}
bool needs_lease(const Definition& definition, const service::Settings& service) {
  return definition.is_orchestrated_by(service.name) && definition.orchestrator.lease.has_value();
}
bool needs_inbox(const Definition& definition, const service::Settings& service) {
  return is_participant(definition, service) &&
         (definition.participants.inbox || definition.participants.fence);
}

std::vector<broker::TopicSettings> topics_of(const Definition& definition) {
  std::vector<broker::TopicSettings> topics;
  if (definition.coordination != Coordination::orchestration) return topics;
  const auto add = [&](std::string name) {
    const bool is_known = std::any_of(topics.begin(), topics.end(),
                                      [&](const auto& topic) { return topic.name == name; });
    if (is_known) return;
    broker::TopicSettings topic;
    topic.name = std::move(name);
    topic.partitions = std::max(partitions_of_messages, definition.orchestrator.instances);
    topics.push_back(std::move(topic));
  };
  for (const Step& step : definition.steps) add(command_topic(definition, step.service));
  add(reply_topic(definition));
  return topics;
}

void extend(service::Settings& service, const DefinitionReference& definition,
            const ServiceStatements& statements) {
  Extension(service, definition, statements).add();
}

std::string entry_of(const Definition& definition) {
  const std::string& service = definition.coordination == Coordination::orchestration
                                   ? definition.orchestrator.service
                                   : definition.steps.front().service;
  return service + "." + start_operation(definition);
}

}  // namespace halfwrite::saga
