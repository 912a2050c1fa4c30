#include "models/publishing/subscription.hpp"

#include "models/publishing/consumer_source.hpp"
#include "models/publishing/delivery_handler.hpp"
#include "models/publishing/subscription_gate.hpp"

namespace halfwrite::publishing {

std::vector<SubscriptionGroup> groups_of(const service::Settings& settings,
                                         const service::EventTypes& events) {
  std::vector<SubscriptionGroup> groups;
  for (const service::Subscription& subscription : settings.subscriptions) {
    const std::string group =
        subscription.consumer.group.empty() ? settings.name : subscription.consumer.group;
    std::string topic = subscription.topic;
    if (topic.empty()) {
      const auto type = events.find(subscription.event);
      if (type != events.end()) topic = type->second.topic;
    }
    SubscriptionGroup* shared = nullptr;
    for (SubscriptionGroup& known : groups) {
      if (known.group == group && known.topic == topic) shared = &known;
    }
    if (shared == nullptr) shared = &groups.emplace_back(SubscriptionGroup{group, topic, {}});
    shared->subscriptions.push_back(&subscription);
  }
  return groups;
}

bool commits_by_itself(const SubscriptionGroup& group) {
  return group.subscriptions.front()->acknowledge == service::Acknowledge::automatic;
}

void run_subscriptions(service::Instance& instance, const SubscriptionGroup& group,
                       std::shared_ptr<const Statements> statements, Attempts& attempts) {
  HALFWRITE_ASSERT(!group.topic.empty(),
                   "a subscription names neither a topic nor an event that is known");
  const service::Subscription& first = *group.subscriptions.front();
  const auto broker = instance.runtime().brokers.find(instance.settings().broker);
  HALFWRITE_ASSERT(broker != instance.runtime().brokers.end(),
                   "a service subscribes at a broker that is not there");
  broker::ConsumerSettings consumer_settings = first.consumer;
  consumer_settings.group = group.group;
  consumer_settings.enable_auto_commit = commits_by_itself(group);
  broker::Consumer consumer(instance.process(), *broker->second, consumer_settings, {group.topic});

  Commits commits = first.concurrency > 1 ? Commits::by_batch : Commits::by_record;
  if (commits_by_itself(group)) commits = Commits::by_client;
  ConsumerSource source(instance, consumer, commits, find_gate(instance, group.group, group.topic));
  DeliveryHandler handler(instance, group, std::move(statements));
  const std::string operation = instance.settings().name + "." + first.name;
  LoopSettings loop;
  loop.operation = operation;
  loop.name = std::string(instance.process().node().name()) + "." + first.name;
  // The poll itself waits; a dropped batch is asked for again at once, so that the member joins the
  // next round of its group.
  loop.after_trouble = sim::Duration::milliseconds(1);
  loop.concurrency = first.concurrency;
  run_loop(instance.simulation(), loop, attempts, source, handler);

  const sim::ScopeGuard scope(instance.simulation(),
                              {instance.name_of(operation), {}, 1, sim::Activity::work});
  consumer.leave({instance.name_of("leave")});
}

}  // namespace halfwrite::publishing
