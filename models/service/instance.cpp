#include "models/service/instance.hpp"

#include "models/broker/producer.hpp"
#include "models/database/client.hpp"
#include "models/service/interpreter.hpp"
#include "models/service/retry.hpp"
#include "models/service/step_search.hpp"
#include "models/service/values.hpp"
#include "models/service/windows.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::service {

namespace {

bool equal(const broker::ProducerSettings& a, const broker::ProducerSettings& b) {
  return a.acks == b.acks && a.enable_idempotence == b.enable_idempotence &&
         a.retries == b.retries && a.request_timeout == b.request_timeout &&
         a.delivery_timeout == b.delivery_timeout;
}

}  // namespace

struct Instance::KeptProducer {
  KeptProducer(sim::Process& process, const broker::Settings& broker,
               const broker::ProducerSettings& producer_settings)
      : settings(producer_settings), producer(process, broker, producer_settings) {}
  broker::ProducerSettings settings;
  broker::Producer producer;
};

Instance::Points::Points(sim::Names& names)
    : queue(names.of("queue")),
      cpu(names.of("cpu")),
      pool(names.of("pool")),
      connect(names.of("connect")),
      begin(names.of("begin")),
      commit(names.of("commit")),
      rollback(names.of("rollback")),
      reply(names.of("reply")),
      retry(names.of("retry")),
      committed(names.of("committed")),
      published(names.of("published")) {}

Instance::Instance(Runtime& runtime, const Settings& settings, sim::Process& process,
                   std::uint32_t number)
    : runtime_(runtime),
      settings_(settings),
      process_(process),
      number_(number),
      points_(runtime.simulation.names()),
      workers_(runtime.simulation, settings.workers),
      work_{name_of(settings.name), settings.instances * settings.workers, {}} {
  if (!settings.database.empty()) {
    pool_ = std::make_unique<ConnectionPool>(runtime.simulation, runtime.recorder,
                                             settings.database, settings.pool);
    const bool acts_outside = std::any_of(
        settings.operations.begin(), settings.operations.end(), [](const auto& operation) {
          return operation.second.transaction && asks_outside(operation.second);
        });
    if (acts_outside) runtime.simulation.windows().declare(outside_window);
  }
}

Instance::~Instance() = default;

std::shared_ptr<Instance> Instance::make(Runtime& runtime, const Settings& settings,
                                         sim::Process& process, std::uint32_t number,
                                         const PublisherFactory& publisher) {
  std::shared_ptr<Instance> instance(new Instance(runtime, settings, process, number));
  if (!publisher) return instance;
  const auto add = [&](Publishing publishing) {
    auto& made = instance->publishers_[publishing];
    if (made == nullptr) made = publisher(*instance, publishing);
  };
  add(settings.publishing);
  if (settings.further_publishing) add(*settings.further_publishing);
  return instance;
}

EventPublisher* Instance::publisher(const Operation& operation) const {
  const auto found = publishers_.find(operation.publishing.value_or(settings_.publishing));
  return found == publishers_.end() ? nullptr : found->second.get();
}

const Operation& Instance::operation(std::string_view name) const {
  const auto found = settings_.operations.find(std::string(name));
  HALFWRITE_ASSERT(found != settings_.operations.end(),
                   "an operation was asked for that its service does not have");
  return found->second;
}

sim::Name Instance::provenance_of(const SagaPart& part, const sim::Scope& scope) const {
  history::SagaStep step = recorder().step_of(scope.provenance);
  const bool is_asked_for = step.step == name_of(part.step) && step.kind == part.kind;
  if (!is_asked_for) {
    if (step.empty()) step.saga = scope.identity;
    step.type = name_of(part.saga);
    step.step = name_of(part.step);
    step.kind = part.kind;
    step.attempt = 1;
  }
  return recorder().provenance_of(step);
}

Outcome Instance::run(const Operation& operation, const sql::Parameters& inputs,
                      OperationHooks* hooks) {
  sim::Simulation& simulation = runtime_.simulation;
  sim::Scope scope = simulation.scope();
  std::optional<sim::ScopeGuard> as_step;
  if (operation.part) {
    scope.provenance = provenance_of(*operation.part, scope);
    as_step.emplace(simulation, scope);
  }
  std::optional<sim::Instant> deadline;
  if (operation.timeout) deadline = simulation.now() + simulation.truly(*operation.timeout);
  bool left_effects = false;
  for (std::uint32_t attempt = 1;; ++attempt) {
    Outcome outcome;
    {
      sim::Scope attempt_scope = scope;
      attempt_scope.attempt = scope.attempt + attempt - 1;
      std::optional<sim::ScopeGuard> guard;
      if (attempt > 1) guard.emplace(simulation, attempt_scope);
      OperationRun run(*this, operation, inputs, hooks, deadline);
      outcome = Interpreter(run).run_attempt();
    }
    left_effects = left_effects || outcome.left_effects;
    outcome.left_effects = left_effects;
    const bool late = deadline && simulation.now() >= *deadline;
    if (outcome.succeeded() || late || !operation.retry ||
        !tries_again(*operation.retry, outcome.failure(), attempt)) {
      return outcome;
    }
    wait_before_retry(*operation.retry, attempt + 1);
  }
}

Outcome Instance::run_here(std::string_view name, const sql::Parameters& inputs) {
  const Operation& own = operation(name);
  sim::Scope scope = runtime_.simulation.scope();
  scope.operation = name_of(settings().name + "." + own.name);
  const sim::ScopeGuard guard(runtime_.simulation, scope);
  return run(own, inputs);
}

BusyWorker::~BusyWorker() {
  if (workers_ == nullptr) return;
  work_.busy = recorder_.simulation().now() - since_;
  recorder_.measure(work_);
  workers_->release();
}

BusyWorker Instance::take_worker() {
  workers_.acquire(sim::Place{points_.queue});
  return BusyWorker(recorder(), workers_, work_);
}

void Instance::spawn(sim::Scope scope, std::function<void(Instance&)> body) {
  process_.spawn(scope, [self = shared_from_this(), body = std::move(body)] { body(*self); });
}

sim::Expected<database::QueryResult, StepFailure> Instance::execute_alone(
    const StatementReference& statement, sql::Parameters variables, const sim::Place& place) {
  auto session = pool().acquire();
  if (!session) return sim::Unexpected(session.error());
  sql::Parameters complete = sql::named_by(*statement, std::move(variables), sql::Missing::null);
  const history::TransactionToken token =
      recorder().new_transaction(runtime_.simulation.address(place));
  auto result = (*session)->execute_alone(token, statement, std::move(complete), place);
  if (!result) return sim::Unexpected(failure_of(result.error(), Doing::statement_alone));
  return std::move(*result);
}

sim::Expected<database::QueryResult, StepFailure> Instance::execute_on(
    const std::string& server, const StatementReference& statement,
    const sql::Parameters& variables, const sim::Place& place, sim::Duration timeout) {
  std::unique_ptr<ConnectionPool>& pool = pools_on_[server];
  if (pool == nullptr) {
    pool = std::make_unique<ConnectionPool>(runtime_.simulation, runtime_.recorder, server,
                                            settings_.pool);
  }
  auto session = pool->acquire(timeout);
  if (!session) return sim::Unexpected(session.error());
  const history::TransactionToken token =
      recorder().new_transaction(runtime_.simulation.address(place));
  auto result = (*session)->execute_alone(token, statement, variables, place, timeout);
  if (!result) return sim::Unexpected(failure_of(result.error(), Doing::statement_alone));
  return std::move(*result);
}

ConnectionPool& Instance::pool() const {
  HALFWRITE_ASSERT(pool_ != nullptr, "a service without a database was asked for a session");
  return *pool_;
}

broker::Producer& Instance::producer() const {
  return producer(settings_.producer);
}

broker::Producer& Instance::producer(const broker::ProducerSettings& settings) const {
  const auto kept = std::find_if(producers_.begin(), producers_.end(), [&](const auto& candidate) {
    return equal(candidate->settings, settings);
  });
  if (kept != producers_.end()) return (*kept)->producer;
  const auto broker = runtime_.brokers.find(settings_.broker);
  HALFWRITE_ASSERT(broker != runtime_.brokers.end(),
                   "a service without a known broker was asked for a producer");
  producers_.push_back(std::make_unique<KeptProducer>(process_, *broker->second, settings));
  return producers_.back()->producer;
}

std::int64_t Instance::now_in_microseconds() const {
  return microseconds_of(process_.node().clock());
}

void Instance::wait_before_retry(const Retry& retry, std::uint32_t next_attempt) {
  const sim::Duration delay = delay_before(retry, next_attempt);
  if (delay.is_zero()) return;
  sim::Simulation& simulation = runtime_.simulation;
  simulation.sleep(simulation.truly(delay), sim::Place{points_.retry});
}

}  // namespace halfwrite::service
