#include "scenarios/points.hpp"

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

}  // namespace

Points::Points(const Scenario& scenario) {
  targets_ = {"here", "client"};
  for (const database::Settings& database : scenario.databases) targets_.push_back(database.name);
  for (const broker::Settings& broker : scenario.brokers) {
    targets_.push_back(broker.name);
    for (std::uint32_t i = 1; i <= broker.replicas; ++i)
      targets_.push_back(broker.name + "." + std::to_string(i));
  }
  for (const service::Settings& service : scenario.services) add_service(service);
  for (const auto& [name, event] : scenario.events) {
    subjects_[name] = {"committed", "published", "delivered", "applied", "acknowledged"};
  }
  add_loads(scenario);
  for (const contract::Obligation& obligation : scenario.contract.obligations) {
    if (!has_group(obligation.consumer)) groups_.push_back(obligation.consumer);
  }
}

void Points::add_loads(const Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.workload.size(); ++i) {
    const service::Load& load = scenario.workload[i];
    load_counts_[load.name] = load.count;
    const auto operation = subjects_.find(load.run);
    if (operation != subjects_.end()) subjects_[load.name] = operation->second;
    if (scenario.workload.size() > 1) targets_.push_back("client-" + std::to_string(i + 1));
  }
  subjects_["client"] = {"pace", "connect", "request", "retry"};
}

void Points::add_service(const service::Settings& service) {
  instances_[service.name] = service.instances;
  targets_.push_back(service.name);
  for (std::uint32_t i = 1; i <= service.instances; ++i)
    targets_.push_back(service.name + "." + std::to_string(i));
  for (const auto& [name, operation] : service.operations)
    add_operation(service.name + "." + name, operation, service);
  const auto run_of = [&](const std::string& run) {
    const auto found = service.operations.find(run);
    return found == service.operations.end() ? nullptr : &found->second;
  };
  for (const service::Subscription& subscription : service.subscriptions) {
    const std::string subject = service.name + "." + subscription.name;
    if (const service::Operation* operation = run_of(subscription.run))
      add_operation(subject, *operation, service);
    for (const char* step : {"poll", "deliver", "inbox", "acknowledge", "leave"})
      subjects_[subject].insert(step);
  }
  for (const service::Job& job : service.jobs) {
    const std::string subject = service.name + "." + job.name;
    if (const service::Operation* operation = run_of(job.run))
      add_operation(subject, *operation, service);
    subjects_[subject].insert("every");
    if (job.own_node) targets_.push_back(subject);
  }
  if (service.publishing != service::Publishing::outbox ||
      service.outbox.relay == service::Relay::none)
    return;
  const std::string relay = service.name + ".relay";
  subjects_[relay] = service.outbox.relay == service::Relay::polling
                         ? Steps{"pause", "read", "publish", "mark", "retry"}
                         : Steps{"connect", "receive", "publish", "store", "confirm", "retry"};
  const bool is_one = service.outbox.relay == service::Relay::cdc || service.outbox.instances == 1;
  if (service.outbox.relay != service::Relay::cdc && !service.outbox.own_node) return;
  for (std::uint32_t i = 1; i <= (is_one ? 1 : service.outbox.instances); ++i) {
    targets_.push_back(is_one ? relay : relay + "." + std::to_string(i));
  }
}

void Points::add_operation(const std::string& subject, const service::Operation& operation,
                           const service::Settings& service) {
  Steps& steps = subjects_[subject];
  for (const char* step :
       {"queue", "cpu", "pool", "connect", "begin", "commit", "rollback", "reply", "retry",
        "commit/logged", "commit/flushed", "commit/visible", "commit/answered"}) {
    steps.insert(step);
  }
  if (publishes_directly(service.publishing)) steps.insert("publish");
  add_steps(subject, operation.steps);
}

void Points::add_steps(const std::string& subject, const service::Steps& steps) {
  const auto add_nested = [&](const std::shared_ptr<const service::Steps>& nested) {
    if (nested != nullptr) add_steps(subject, *nested);
  };
  for (const service::Step& step : steps) {
    subjects_[subject].insert(step.name);
    add_nested(step.on_error);
    if (const auto* condition = std::get_if<service::IfStep>(&step.verb)) {
      add_nested(condition->then);
      add_nested(condition->otherwise);
    } else if (const auto* loop = std::get_if<service::ForEachStep>(&step.verb)) {
      add_nested(loop->steps);
    } else if (const auto* transaction = std::get_if<service::TransactionStep>(&step.verb)) {
      add_nested(transaction->steps);
    }
  }
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

bool Points::has_target(const std::string& target) const {
  const std::size_t arrow = target.find(" -> ");
  if (arrow != std::string::npos) {
    return has_target(target.substr(0, arrow)) && has_target(target.substr(arrow + 4));
  }
  if (target.find('/') != std::string::npos) {
    const auto point = sim::parse_point(target);
    return point && has(point.value());
  }
  return std::find(targets_.begin(), targets_.end(), target) != targets_.end();
}

std::string Points::nearest_target(const std::string& target) const {
  const std::string suggestion = did_you_mean(target, targets_);
  return suggestion.empty() ? "there are " + listed({targets_.begin() + 1, targets_.end()}, 12)
                            : suggestion;
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
