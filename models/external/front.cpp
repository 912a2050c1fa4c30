#include "models/external/front.hpp"

#include "models/database/sql/expression.hpp"
#include "models/external/client.hpp"
#include "sim/fault_injection.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace halfwrite::external {

namespace {

// A callback that nobody took is brought again after a second, then after twice as long each time,
// at most a minute: webhooks are delivered at least once (Stripe: "Webhooks", retries with
// exponential back-off).
constexpr sim::Duration first_back_off = sim::Duration::seconds(1);
constexpr sim::Duration longest_back_off = sim::Duration::seconds(60);

sim::Duration back_off(std::uint32_t sent) {
  sim::Duration delay = first_back_off;
  for (std::uint32_t i = 1; i < sent && delay < longest_back_off; ++i) delay = delay * 2;
  return std::min(delay, longest_back_off);
}

}  // namespace

// Holds a key for the request that works on it; free again when it goes.
class Front::KeyInUse {
 public:
  KeyInUse(Front& front, Key key) : front_(front), key_(std::move(key)) {
    semaphore_ = std::make_shared<sim::Semaphore>(front.simulation(), 0);
    front_.in_use_[key_] = semaphore_;
  }
  ~KeyInUse() {
    front_.in_use_.erase(key_);
    semaphore_->release();
  }
  KeyInUse(const KeyInUse&) = delete;
  KeyInUse& operator=(const KeyInUse&) = delete;

 private:
  Front& front_;
  Key key_;
  std::shared_ptr<sim::Semaphore> semaphore_;
};

void Front::start() {
  simulation().network().listen(process_, name_of(system_.settings_.name),
                                [self = shared_from_this()](const sim::Connection& connection) {
                                  // The listener goes with the process, this fiber perhaps a moment
                                  // later.
                                  const std::shared_ptr<Front> kept = self;
                                  kept->serve(connection);
                                });
  for (const auto& [id, owed] : system_.ledger_.callbacks()) bring(id);
}

void Front::serve(const sim::Connection& connection) {
  for (;;) {
    const auto message = connection.receive({name_of("external/receive")});
    if (!message) return;
    const sim::ScopeGuard guard(simulation(), message->served());
    connection.send(std::make_unique<Reply>(answer(message->as<Request>())));
  }
}

std::string Front::full_name(const Operation& operation) const {
  return system_.settings_.name + "." + operation.name;
}

Reply Front::answer(const Request& request) {
  sim::FaultInjection& faults = simulation().faults();
  const std::string& name = system_.settings_.name;
  if (const auto fault =
          faults.asks(sim::FaultKind::refuse, request.address, request.aliases, name)) {
    return {Reply::Kind::refused, fault->error};
  }
  if (const auto twice =
          faults.asks(sim::FaultKind::duplicate, request.address, request.aliases, name)) {
    repeat_later(request, twice->by);
  }
  const Operation* operation = system_.settings_.find(request.operation);
  HALFWRITE_ASSERT(
      operation != nullptr,
      "a system outside was asked for what it does not have: the validator refuses it");
  return answer_keyed(request, *operation);
}

// The same request arrives a second time; nobody waits for its answer.
void Front::repeat_later(const Request& request, sim::Duration later) {
  auto copy = std::make_shared<Request>();
  copy->operation = request.operation;
  copy->arguments = request.arguments;
  copy->idempotency_key = request.idempotency_key;
  copy->address = request.address;
  copy->address.step = moment_of(simulation().names(), request.address.step, "again");
  process_.spawn(simulation().scope(), [self = shared_from_this(), copy, later] {
    const sim::Place place{moment_of(self->simulation().names(), copy->address.step, "arrive")};
    self->simulation().sleep(later, place);
    self->answer_keyed(*copy, *self->system_.settings_.find(copy->operation));
  });
}

Reply Front::answer_keyed(const Request& request, const Operation& operation) {
  const sim::Name step = moment_of(simulation().names(), request.address.step, "effect");
  const sim::Key key = sim::key_of(simulation().draws().key().with(system_.settings_.name),
                                   simulation().names(), request.address);
  const sim::Duration time =
      sim::Draws::between(key.with("time"), operation.time.value_or(system_.settings_.time));
  const auto& idempotency = system_.settings_.idempotency;
  if (!idempotency || request.idempotency_key.empty()) {
    return carry_out(request, operation, step, time);
  }
  const Key used{operation.name, request.idempotency_key};
  for (;;) {
    const Ledger::Known* known =
        system_.ledger_.find(operation.name, request.idempotency_key, simulation().now());
    if (known != nullptr) return replay(request, operation, *known);
    const auto first = in_use_.find(used);
    if (first == in_use_.end()) break;
    if (idempotency->concurrent == Concurrent::conflict) return {Reply::Kind::conflict, ""};
    const std::shared_ptr<sim::Semaphore> turn = first->second;
    turn->acquire({moment_of(simulation().names(), request.address.step, "key")});
    turn->release();
  }
  const KeyInUse in_use(*this, used);
  return carry_out(request, operation, step, time);
}

Reply Front::replay(const Request& request, const Operation& operation,
                    const Ledger::Known& known) {
  if (known.arguments != request.arguments) return {Reply::Kind::other_arguments, ""};
  record(request, operation, false, "repeated");
  return {known.result, known.text};
}

Reply Front::carry_out(const Request& request, const Operation& operation, sim::Name step,
                       sim::Duration time) {
  const std::array<sim::Alias, 1> aliases{{{name_of(full_name(operation)), name_of("effect")}}};
  simulation().sleep(time, sim::Place{step, aliases});
  const std::string no = refusal_of(request, operation);
  const std::string result = no.empty() ? "applied" : no;
  Reply reply(no.empty() ? Reply::Kind::applied : Reply::Kind::declined, no);
  if (operation.callback) reply = Reply(Reply::Kind::pending, "");
  record(request, operation, no.empty(), result);
  if (no.empty()) system_.ledger_.note_effect(operation, request.arguments);
  // A request that names nothing is not valid, and what is not valid leaves its key free (Stripe).
  if (no != nothing_to_take_back) {
    system_.ledger_.remember(operation.name, request.idempotency_key,
                             {request.arguments, reply.result, reply.text, simulation().now()});
  }
  simulation().quiescence().durable_change();
  if (operation.callback) owe_callbacks(request, operation, result);
  return reply;
}

// Why it is not done; empty: it is.
std::string Front::refusal_of(const Request& request, const Operation& operation) {
  if (operation.declines && declines(request, operation)) return operation.declines->with;
  const bool can_be_done = system_.ledger_.can_be_done(operation, request.arguments);
  return can_be_done ? "" : nothing_to_take_back;
}

// By intent and key, not by attempt: who is asked again for the same thing says the same.
bool Front::declines(const Request& request, const Operation& operation) {
  const Declines& rule = *operation.declines;
  const sim::Identity& intent = request.address.scope.identity;
  const sim::Key key = simulation()
                           .draws()
                           .key()
                           .with("declines")
                           .with(full_name(operation))
                           .with(simulation().names().hash(intent.source))
                           .with(intent.number)
                           .with(request.idempotency_key);
  if (rule.probability && !sim::Draws::happens(key, *rule.probability)) return false;
  if (rule.condition == nullptr) return true;
  std::optional<sql::Expected<sql::Value>> holds;
  simulation().on_main_stack([&] {
    holds.emplace(sql::evaluate_expression(system_.evaluator_, *rule.condition, request.arguments,
                                           key, sql::microseconds_of(simulation().now())));
  });
  // A condition that fails on these arguments is no yes: the system cannot say it may.
  return !holds->has_value() || holds->value().is_true();
}

void Front::record(const Request& request, const Operation& operation, bool effect,
                   std::string answer) {
  history::ExternalEffect fact;
  fact.system = name_of(system_.settings_.name);
  fact.operation = name_of(operation.name);
  fact.key = request.idempotency_key;
  for (const auto& [name, value] : request.arguments) {
    fact.arguments.push_back({name, value.is_null() ? std::string() : sql::to_text(value)});
  }
  fact.intent = request.address.scope.identity;
  fact.step = system_.recorder_.step_of(request.address.scope.provenance);
  fact.effect = effect;
  fact.answer = std::move(answer);
  fact.irreversible = operation.irreversible;
  system_.recorder_.record(std::move(fact));
}

void Front::owe_callbacks(const Request& request, const Operation& operation,
                          const std::string& result) {
  const Callback& callback = *operation.callback;
  const sim::Key key = sim::key_of(simulation().draws().key().with("callback"),
                                   simulation().names(), request.address);
  for (std::uint32_t copy = 1; copy <= callback.times; ++copy) {
    OwedCallback owed;
    owed.operation = &operation;
    owed.scope = request.address.scope;
    owed.scope.operation = name_of(full_name(operation));
    owed.scope.activity = sim::Activity::work;
    owed.scope.loop = 0;
    owed.copy = copy;
    owed.due = simulation().now() + sim::Draws::between(key.with(copy), callback.delay);
    owed.arguments = request.arguments;
    owed.arguments.insert_or_assign("result", sql::Value::text(result));
    owed.open = sim::OpenThing(simulation().quiescence(),
                               system_.settings_.name + " owes " + callback.run +
                                   " the result of " + operation.name + " of " +
                                   sim::to_text(simulation().names(), owed.scope.identity));
    bring(system_.ledger_.owe(std::move(owed)));
  }
}

void Front::bring(Ledger::CallbackId id) {
  sim::Scope scope = system_.ledger_.find_callback(id)->scope;
  scope.attempt = system_.ledger_.find_callback(id)->copy;
  process_.spawn(scope, [self = shared_from_this(), id] { self->deliver(id); });
}

void Front::deliver(Ledger::CallbackId id) {
  OwedCallback* owed = system_.ledger_.find_callback(id);
  const sim::Place waiting{name_of("wait")};
  if (simulation().now() < owed->due) {
    simulation().sleep(owed->due - simulation().now(), waiting);
  }
  for (;;) {
    // Copies come beside each other, and each is tried again: no two tries have the same attempt.
    owed = system_.ledger_.find_callback(id);
    sim::Scope scope = simulation().scope();
    scope.attempt = owed->copy + owed->sent * owed->operation->callback->times;
    ++owed->sent;
    bool taken = false;
    {
      const sim::ScopeGuard guard(simulation(), scope);
      taken = system_.carrier_(owed->operation->callback->run, owed->arguments);
    }
    owed = system_.ledger_.find_callback(id);
    if (taken) break;
    simulation().sleep(back_off(owed->sent), sim::Place{name_of("retry")});
  }
  system_.ledger_.settle(id);
  simulation().quiescence().durable_change();
}

}  // namespace halfwrite::external
