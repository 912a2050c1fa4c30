#include "models/publishing/delivery_handler.hpp"

#include "models/database/client.hpp"
#include "models/service/payload.hpp"
#include "models/service/retry.hpp"
#include "sim/fault_injection.hpp"

#include <utility>

namespace halfwrite::publishing {

using history::HandlingOutcome;
using service::Outcome;

struct DeliveryHandler::Reader {
  const service::Subscription* subscription = nullptr;
  const service::Operation* operation = nullptr;
  Policy policy;

  bool has_inbox(service::InboxWhen when) const {
    return subscription->deduplicate == service::Deduplicate::inbox &&
           subscription->inbox_when == when;
  }
};

// How one handling ended; `failure` with `refused` and `failed`.
struct DeliveryHandler::Ending {
  HandlingOutcome outcome = HandlingOutcome::done;
  StepFailure failure;
};

namespace {

sql::Parameters inbox_row(const Item& item, const Policy& policy) {
  return {{"consumer", sql::Value::text(policy.operation)},
          {"event_id", sql::Value::text(item.record.event_id)}};
}

// Inside the operation: the inbox row in the transaction of the effect, and the fact that the
// event is applied in it.
class Hooks : public service::OperationHooks {
 public:
  Hooks(const Item& item, const Policy& policy, const InboxStatements* inbox, sim::Name consumer)
      : item_(item), policy_(policy), inbox_(inbox), consumer_(consumer) {}

  sim::Expected<Next, StepFailure> before_steps(service::OperationRun& run) override {
    if (inbox_ == nullptr) return Next::proceed;
    const auto inserted =
        run.execute(inbox_->insert, inbox_row(item_, policy_), {run.instance().name_of("inbox")});
    if (!inserted.has_value()) return sim::Unexpected<StepFailure>(inserted.error());
    return inserted->row_count == 0 ? Next::skip : Next::proceed;
  }

  void transaction_begun(service::OperationRun& run, history::TransactionToken token) override {
    service::Instance& instance = run.instance();
    instance.recorder().record(
        history::Applied{item_.record.event_id, instance.name_of(item_.record.event_type),
                         item_.record.key, consumer_, instance.process().name(),
                         instance.name_of(instance.settings().database), token});
  }

  std::optional<sim::Alias> commit_alias(service::OperationRun& run) override {
    service::Instance& instance = run.instance();
    return sim::Alias{instance.name_of(item_.record.event_type), instance.name_of("applied")};
  }

 private:
  const Item& item_;
  const Policy& policy_;
  const InboxStatements* inbox_;
  sim::Name consumer_;
};

Policy policy_for(const service::Settings& settings, const service::Subscription& subscription) {
  const bool before = subscription.acknowledge == service::Acknowledge::before;
  // Of what the client commits by itself UncommittedEffects keeps the window.
  const bool is_automatic = subscription.acknowledge == service::Acknowledge::automatic;
  const char* const of_a_crash = before ? "between offset and effect" : "between effect and offset";
  return {settings.name + "." + subscription.name,
          before ? MarkOrder::before_handling : MarkOrder::after_handling,
          is_automatic ? "" : of_a_crash,
          "commit",
          "acknowledge",
          subscription.retry};
}

}  // namespace

DeliveryHandler::DeliveryHandler(service::Instance& instance, const SubscriptionGroup& group,
                                 std::shared_ptr<const Statements> statements)
    : instance_(instance),
      statements_(std::move(statements)),
      consumer_(instance.name_of(group.group)) {
  for (const service::Subscription* subscription : group.subscriptions) {
    const std::string& run = subscription->run.empty() ? subscription->name : subscription->run;
    Reader reader{subscription, &instance.operation(run),
                  policy_for(instance.settings(), *subscription)};
    if (!reader.policy.window.empty()) {
      instance.simulation().windows().declare(reader.policy.window);
    }
    readers_.push_back(std::move(reader));
  }
  unread_.operation = readers_.front().policy.operation;
}

DeliveryHandler::~DeliveryHandler() = default;

const DeliveryHandler::Reader* DeliveryHandler::reader_of(const Item& item) const {
  for (const Reader& reader : readers_) {
    const std::string& event = reader.subscription->event;
    if (event.empty() || event == item.record.event_type) return &reader;
  }
  return nullptr;
}

const Policy& DeliveryHandler::policy_of(const Item& item) {
  const Reader* reader = reader_of(item);
  return reader == nullptr ? unread_ : reader->policy;
}

sim::Expected<sim::Done, StepFailure> DeliveryHandler::handle(const Item& item) {
  const Reader* reader = reader_of(item);
  if (reader == nullptr) return sim::Done{};
  const service::BusyWorker worker = instance_.take_worker();
  deliver(item);
  Ending ending = run(item, *reader);
  instance_.recorder().record(history::Handled{
      item.record.event_id, instance_.name_of(item.record.event_type), consumer_,
      instance_.process().name(), instance_.simulation().scope().attempt, ending.outcome,
      ending.failure.message.empty() ? ending.failure.name : ending.failure.message});
  const bool is_refusal = ending.outcome == HandlingOutcome::refused;
  if (ending.outcome == HandlingOutcome::failed ||
      (is_refusal && service::covers(reader->subscription->retry, ending.failure))) {
    return sim::Unexpected<StepFailure>(std::move(ending.failure));
  }
  return sim::Done{};
}

void DeliveryHandler::deliver(const Item& item) {
  sim::Simulation& simulation = instance_.simulation();
  const sim::Name event = instance_.name_of(item.record.event_type);
  const auto aliases = instance_.runtime().aliases_of(item.record.event_type, "delivered");
  const sim::Place place{instance_.name_of("deliver"), aliases};
  const auto twice = simulation.faults().asks(sim::FaultKind::duplicate, simulation.address(place),
                                              aliases, instance_.process().node().name());
  if (twice) again_[item.record.event_id] = twice->by;
  simulation.pass(place);
  instance_.recorder().record(history::Delivered{
      item.record.event_id, event, instance_.name_of(item.record.topic), item.partition,
      item.position, consumer_, instance_.process().name(), simulation.scope().attempt});
}

sql::Parameters DeliveryHandler::variables_of(const Item& item,
                                              const service::Fields& fields) const {
  return {service::variables_of(fields),
          {{"attempt", sql::Value::bigint(item.tries)},
           {"event", sql::Value::text(item.record.event_type)},
           {"event_id", sql::Value::text(item.record.event_id)},
           {"key", sql::Value::text(item.record.key)},
           {"offset", sql::Value::bigint(static_cast<std::int64_t>(item.position))},
           {"partition", sql::Value::bigint(item.partition)},
           {"redelivered", sql::Value::boolean(item.redelivered || item.tries > 1)},
           {"version", sql::Value::bigint(item.record.version)}}};
}

DeliveryHandler::Ending DeliveryHandler::run(const Item& item, const Reader& reader) {
  const std::optional<service::Fields> fields = service::fields_of(item.record.payload);
  if (!fields) {
    return {HandlingOutcome::failed,
            StepFailure::error("payload", "the payload is no JSON object: " + item.record.payload)};
  }
  const sql::Parameters inputs = variables_of(item, *fields);
  if (reader.subscription->deduplicate == service::Deduplicate::inbox &&
      !reader.has_inbox(service::InboxWhen::with_effect)) {
    return run_with_own_inbox(item, reader, inputs);
  }
  return run_operation(item, reader, inputs);
}

// The inbox in a transaction of its own: what a crash between the two leaves is the lesson.
DeliveryHandler::Ending DeliveryHandler::run_with_own_inbox(const Item& item, const Reader& reader,
                                                            const sql::Parameters& inputs) {
  const bool is_before = reader.has_inbox(service::InboxWhen::before_effect);
  const InboxStatements& inbox = *statements_->inbox;
  const auto asked = ask_inbox(is_before ? inbox.insert : inbox.find, item, reader);
  if (!asked.has_value()) return {HandlingOutcome::failed, asked.error()};
  const bool was_seen = is_before ? *asked == 0 : *asked != 0;
  if (was_seen) return {HandlingOutcome::repeated, {}};
  Ending ending = run_operation(item, reader, inputs);
  if (is_before || ending.outcome == HandlingOutcome::failed) return ending;
  const auto written = ask_inbox(inbox.insert, item, reader);
  if (!written.has_value()) return {HandlingOutcome::failed, written.error()};
  return ending;
}

// The number of rows found or inserted.
sim::Expected<std::int64_t, StepFailure> DeliveryHandler::ask_inbox(
    const StatementReference& statement, const Item& item, const Reader& reader) {
  const auto result = instance_.execute_alone(statement, inbox_row(item, reader.policy),
                                              {instance_.name_of("inbox")});
  if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
  return result->row_count;
}

DeliveryHandler::Ending DeliveryHandler::run_operation(const Item& item, const Reader& reader,
                                                       const sql::Parameters& inputs) {
  const bool with_effect = reader.has_inbox(service::InboxWhen::with_effect);
  Hooks hooks(item, reader.policy, with_effect ? &*statements_->inbox : nullptr, consumer_);
  const Outcome outcome = instance_.run(*reader.operation, inputs, &hooks);
  const StepFailure failure{StepFailure::Kind::error, outcome.name, outcome.message};
  switch (outcome.kind) {
    case Outcome::Kind::done:
      return {HandlingOutcome::done, {}};
    case Outcome::Kind::skipped:
      return {HandlingOutcome::repeated, {}};
    case Outcome::Kind::business_failure: {
      const StepFailure refusal = StepFailure::business(outcome.name);
      if (reader.subscription->on_refusal.empty()) return {HandlingOutcome::refused, refusal};
      return answer_for(reader.subscription->on_refusal, refusal, outcome.left_effects, inputs);
    }
    case Outcome::Kind::error:
      if (reader.subscription->on_error.empty()) return {HandlingOutcome::failed, failure};
      return answer_for(reader.subscription->on_error, failure, outcome.left_effects, inputs);
    case Outcome::Kind::unknown:
      return {HandlingOutcome::failed, {StepFailure::Kind::unknown, outcome.name, outcome.message}};
  }
  HALFWRITE_ASSERT(false, "an operation ended in a way nobody knows");
}

// What the handler could not do is answered in a transaction of its own; only when that fails too
// the delivery is not done with.
DeliveryHandler::Ending DeliveryHandler::answer_for(const std::string& operation,
                                                    const StepFailure& failure, bool left_effects,
                                                    const sql::Parameters& inputs) {
  sql::Parameters told = inputs;
  told.insert_or_assign("error", sql::Value::text(failure.name));
  if (left_effects) told.insert_or_assign("left_effects", sql::Value::boolean(true));
  const Outcome outcome = instance_.run(instance_.operation(operation), told);
  if (!outcome.succeeded()) return {HandlingOutcome::failed, outcome.failure()};
  return {HandlingOutcome::refused, StepFailure::business(failure.name)};
}

std::optional<sim::Duration> DeliveryHandler::comes_again(const Item& item) {
  const auto found = again_.find(item.record.event_id);
  if (found == again_.end()) return std::nullopt;
  const sim::Duration later = found->second;
  again_.erase(found);
  return later;
}

sim::Name DeliveryHandler::provenance_of(const Item& item) {
  return instance_.recorder().carried_by(item.record.event_id);
}

void DeliveryHandler::park(const Item& item, const StepFailure& failure) {
  instance_.recorder().record(
      history::Parked{item.record.event_id, instance_.name_of(item.record.event_type), consumer_,
                      failure.message.empty() ? failure.name : failure.message});
}

}  // namespace halfwrite::publishing
