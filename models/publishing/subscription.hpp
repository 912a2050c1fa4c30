// Subscriptions: a member of a consumer group in each instance of the service, and for each
// delivery a run of the operation that handles it. Owns how repeats are recognised (inbox), when
// the offset is committed relative to the effect, and what becomes of a message whose handler fails
// again and again. Volatile. A business failure is an answer: it is recorded as refused and
// acknowledged. It never knows how an event was published.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/publishing/statements.hpp"
#include "models/service/instance.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::publishing {

// Subscriptions of one service that share a group and a topic are one member, which hands each
// record to the subscription that names its event; records nobody names are acknowledged unread.
struct SubscriptionGroup {
  std::string group;
  std::string topic;
  std::vector<const service::Subscription*> subscriptions;  // in the order of the scenario
};

// In the order of first appearance. A topic or group left empty is the event's topic, the service.
std::vector<SubscriptionGroup> groups_of(const service::Settings& settings,
                                         const service::EventTypes& events);

// With `acknowledge: auto`: the same of all subscriptions of the group.
bool commits_by_itself(const SubscriptionGroup& group);

// Consumes on the running fiber until the process dies, or a message's attempts are used up with
// `then: fail`: then the member leaves its group. Points of "shipping.prepare": poll (idle),
// deliver with the alias {event, delivered}, inbox, the points of the operation, acknowledge;
// retry. With `acknowledge: auto` the polls commit, in the background, at the same point
// acknowledge; and so does a member that leaves, also over the message it failed at. Windows:
// "between effect and offset", "between offset and effect".
void run_subscriptions(service::Instance& instance, const SubscriptionGroup& group,
                       std::shared_ptr<const Statements> statements, Attempts& attempts);

}  // namespace halfwrite::publishing
