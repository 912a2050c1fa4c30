#include "models/publishing/attach.hpp"

#include "models/publishing/connector.hpp"
#include "models/publishing/message_relay.hpp"
#include "models/publishing/strategies.hpp"
#include "models/publishing/subscription.hpp"
#include "models/publishing/uncommitted_effects.hpp"
#include "models/publishing/unread_events.hpp"

#include <algorithm>
#include <optional>

namespace halfwrite::publishing {
namespace {

using StatementsReference = std::shared_ptr<const Statements>;
using UnreadReference = std::shared_ptr<UnreadEvents>;
using UncommittedReference = std::shared_ptr<UncommittedEffects>;

// Starting is work: until the loop is known to quiescence a run must not count as quiet. What the
// loop does afterwards says for itself whether it is idle.
sim::Scope scope_of(const service::Instance& instance, const std::string& operation) {
  return {instance.name_of(operation), {}, 1, sim::Activity::work};
}

void start_relay(service::Instance& instance, const StatementsReference& statements,
                 const std::shared_ptr<Attempts>& attempts, const UnreadReference& unread,
                 const std::string& loop_name) {
  instance.spawn(scope_of(instance, instance.settings().name + ".relay"),
                 [statements, attempts, unread, loop_name](service::Instance& running) {
                   run_message_relay(running, *statements, *attempts, *unread, loop_name);
                 });
}

UnreadReference watch_unread(const service::Deployment& deployment) {
  service::Runtime& runtime = deployment.runtime();
  auto unread = std::make_shared<UnreadEvents>(runtime.simulation, deployment.settings());
  runtime.recorder.listen(*unread);
  return unread;
}

void attach_relays(service::Deployment& deployment, const StatementsReference& statements) {
  const service::Settings& settings = deployment.settings();
  const auto attempts = std::make_shared<Attempts>();
  const UnreadReference unread = watch_unread(deployment);
  const std::uint32_t relays = settings.outbox.instances;
  if (!settings.outbox.own_node) {
    deployment.add_companion([statements, attempts, unread, relays](service::Instance& instance) {
      const std::uint32_t instances = std::max(instance.settings().instances, 1u);
      const std::string node(instance.process().node().name());
      for (std::uint32_t relay = instance.number(); relay <= relays; relay += instances) {
        const bool is_first = relay == instance.number();
        std::string name = node + ".relay";
        if (!is_first) name.append(".").append(std::to_string(relay));
        start_relay(instance, statements, attempts, unread, std::move(name));
      }
    });
    return;
  }
  for (std::uint32_t relay = 1; relay <= relays; ++relay) {
    std::string name = "relay";
    if (relays != 1) name.append(".").append(std::to_string(relay));
    deployment.add_own_node(name, [statements, attempts, unread](service::Instance& instance) {
      start_relay(instance, statements, attempts, unread,
                  std::string(instance.process().node().name()));
    });
  }
}

void attach_connector(service::Deployment& deployment, const StatementsReference& statements) {
  struct Storage {
    Attempts attempts;
    std::optional<ConnectorOffsets> offsets;  // made with the node's first process
  };
  const auto storage = std::make_shared<Storage>();
  const UnreadReference unread = watch_unread(deployment);
  deployment.add_own_node("relay", [statements, storage, unread](service::Instance& instance) {
    if (!storage->offsets) storage->offsets.emplace(instance.process().node().disk());
    instance.spawn(scope_of(instance, instance.settings().name + ".relay"),
                   [statements, storage, unread](service::Instance& running) {
                     run_connector(running, *statements, storage->attempts, *storage->offsets,
                                   *unread);
                   });
  });
}

// Null where the members commit with each record: the loop guards that window.
UncommittedReference watch_uncommitted(const service::Deployment& deployment,
                                       const SubscriptionGroup& group) {
  if (!commits_by_itself(group)) return nullptr;
  service::Runtime& runtime = deployment.runtime();
  auto uncommitted =
      std::make_shared<UncommittedEffects>(runtime.simulation, group.group, group.topic);
  runtime.recorder.listen(*uncommitted);
  return uncommitted;
}

void attach_subscriptions(service::Deployment& deployment, const StatementsReference& statements) {
  const auto groups = std::make_shared<const std::vector<SubscriptionGroup>>(
      groups_of(deployment.settings(), deployment.runtime().events));
  for (const SubscriptionGroup& group : *groups) {
    const auto attempts = std::make_shared<Attempts>();
    const UncommittedReference uncommitted = watch_uncommitted(deployment, group);
    deployment.add_companion(
        [statements, attempts, groups, uncommitted, &group](service::Instance& instance) {
          const std::string operation =
              instance.settings().name + "." + group.subscriptions.front()->name;
          instance.spawn(scope_of(instance, operation),
                         [statements, attempts, groups, &group](service::Instance& running) {
                           run_subscriptions(running, group, statements, *attempts);
                         });
        });
  }
}

}  // namespace

void attach(service::Deployment& deployment, std::shared_ptr<const Statements> statements) {
  const service::Settings& settings = deployment.settings();
  deployment.publish_with(make_publishers(statements));
  if (needs_outbox(settings)) {
    if (settings.outbox.relay == service::Relay::polling) attach_relays(deployment, statements);
    if (settings.outbox.relay == service::Relay::cdc) attach_connector(deployment, statements);
  }
  attach_subscriptions(deployment, statements);
}

std::vector<std::string> slots_of(const service::Settings& settings) {
  const bool follows = needs_outbox(settings) && settings.outbox.relay == service::Relay::cdc;
  if (!follows) return {};
  return {settings.outbox.slot};
}

}  // namespace halfwrite::publishing
