#include "models/publishing/refusals.hpp"

#include "models/publishing/schema.hpp"
#include "models/publishing/statements.hpp"
#include "models/publishing/subscription.hpp"

namespace halfwrite::publishing {
namespace {

class Refusals {
 public:
  void add(std::string path, std::string sentence) {
    list_.push_back({std::move(path), std::move(sentence)});
  }
  std::vector<Refusal> take() { return std::move(list_); }

 private:
  std::vector<Refusal> list_;
};

void refuse_publishing(const service::Settings& settings, Refusals& refusals) {
  using service::Publishing;
  const bool is_direct = settings.publishing == Publishing::database_first ||
                         settings.publishing == Publishing::broker_first ||
                         settings.publishing == Publishing::inside_transaction;
  const bool is_outbox = settings.publishing == Publishing::outbox;
  const bool has_relay = is_outbox && settings.outbox.relay != service::Relay::none;
  if ((is_direct || has_relay) && settings.broker.empty()) {
    refusals.add("publishing", "this way to publish needs a broker, and the service has none");
  }
  if ((is_direct || is_outbox) && settings.database.empty()) {
    refusals.add("publishing",
                 "an event is owed by a transaction, and the service has no database");
  }
}

void refuse_cursor(const service::Outbox& outbox, Refusals& refusals) {
  if (goes_by_xid(outbox) && !adds_xid(outbox)) {
    refusals.add("outbox.columns.xid",
                 "the outbox has the column xid of its own accord, where a relay goes by it; leave "
                 "it out");
  }
  if (!keeps_position(outbox)) return;
  if (outbox.mark == service::Mark::erase) {
    refusals.add("outbox.mark",
                 "a cursor moves over rows and leaves them where they are: write after_publish or "
                 "before_publish, and delete old rows by a job");
  }
  if (outbox.mark == service::Mark::before_publish && outbox.concurrency > 1) {
    refusals.add("outbox.concurrency",
                 "a position moves over every row before it, so what is marked before it is sent "
                 "is sent one after the other");
  }
  if (outbox.gap_timeout && outbox.gap_timeout->is_zero()) {
    refusals.add("outbox.gap_timeout",
                 "a gap that is given up at once is skipped; write `\"on_gap\": \"skip\"`");
  }
}

void refuse_outbox(const service::Settings& settings, Refusals& refusals) {
  if (!needs_outbox(settings)) return;
  const service::Outbox& outbox = settings.outbox;
  if (outbox.batch == 0) refusals.add("outbox.batch", "a batch holds at least one row");
  if (outbox.instances == 0) {
    refusals.add("outbox.instances",
                 "at least one relay; `\"relay\": \"none\"` says that there is none");
  }
  if (outbox.relay == service::Relay::cdc && outbox.instances > 1) {
    refusals.add("outbox.instances",
                 "a replication slot serves one connector at a time, so there can be only one");
  }
  if (outbox.relay == service::Relay::polling && outbox.every.is_zero()) {
    refusals.add("outbox.every", "a relay that polls without a pause never rests; write 1ms");
  }
  if (sends_heartbeats(outbox) && outbox.heartbeat->is_zero()) {
    refusals.add("outbox.heartbeat", "a heart that beats without a pause never rests; write 1ms");
  }
  refuse_cursor(outbox, refusals);
}

void refuse_subscription(const service::Settings& settings,
                         const service::Subscription& subscription, Refusals& refusals) {
  const std::string path = "subscriptions." + subscription.name;
  if (settings.broker.empty()) {
    refusals.add(path, "a subscription needs a broker, and the service has none");
  }
  if (subscription.when_waiting != service::WhenWaiting::hold_all) {
    refusals.add(path + ".when_waiting",
                 "a message that waits for its retry holds back all behind it: only hold_all is "
                 "modelled");
  }
  if (subscription.deduplicate != service::Deduplicate::inbox) return;
  if (settings.database.empty()) {
    refusals.add(path + ".deduplicate", "an inbox is a table, and the service has no database");
    return;
  }
  const std::string& run = subscription.run.empty() ? subscription.name : subscription.run;
  const auto operation = settings.operations.find(run);
  if (operation != settings.operations.end() && !operation->second.transaction &&
      subscription.inbox_when == service::InboxWhen::with_effect) {
    refusals.add(path + ".inbox.when",
                 "with_effect needs an operation that is one transaction; write before_effect or "
                 "after_effect, or make the operation a transaction");
  }
}

bool polls_alike(const broker::ConsumerSettings& one, const broker::ConsumerSettings& other) {
  return one.prefetch == other.prefetch && one.auto_offset_reset == other.auto_offset_reset &&
         one.max_poll_interval == other.max_poll_interval &&
         one.session_timeout == other.session_timeout &&
         one.auto_commit_interval == other.auto_commit_interval;
}

bool is_automatic(const service::Subscription& subscription) {
  return subscription.acknowledge == service::Acknowledge::automatic;
}

// Subscriptions of one group and topic are one member of the group, so they must not contradict.
void refuse_contradictions(const SubscriptionGroup& group, Refusals& refusals) {
  for (std::size_t later = 1; later < group.subscriptions.size(); ++later) {
    const service::Subscription& subscription = *group.subscriptions[later];
    const std::string path = "subscriptions." + subscription.name;
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const service::Subscription& other = *group.subscriptions[earlier];
      const bool share_event =
          other.event == subscription.event || other.event.empty() || subscription.event.empty();
      if (share_event) {
        refusals.add(path + ".group", "the group \"" + group.group + "\" hands each event to \"" +
                                          other.name +
                                          "\" already; give this subscription a group of its own");
      }
    }
    if (is_automatic(*group.subscriptions.front()) != is_automatic(subscription)) {
      refusals.add(path + ".acknowledge",
                   "it shares a member of the group \"" + group.group + "\" with \"" +
                       group.subscriptions.front()->name +
                       "\", whose client commits positions for both or for neither: auto for one "
                       "is auto for all");
    }
    if (!polls_alike(group.subscriptions.front()->consumer, subscription.consumer)) {
      refusals.add(path, "it shares a member of the group \"" + group.group + "\" with \"" +
                             group.subscriptions.front()->name +
                             "\", so their consumer settings must be the same");
    }
  }
}

}  // namespace

std::vector<Refusal> refusals(const service::Settings& settings,
                              const service::EventTypes& events) {
  Refusals found;
  refuse_publishing(settings, found);
  refuse_outbox(settings, found);
  for (const service::Subscription& subscription : settings.subscriptions) {
    refuse_subscription(settings, subscription, found);
  }
  for (const SubscriptionGroup& group : groups_of(settings, events)) {
    refuse_contradictions(group, found);
  }
  return found.take();
}

}  // namespace halfwrite::publishing
