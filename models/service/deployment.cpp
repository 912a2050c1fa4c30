#include "models/service/deployment.hpp"

#include "models/service/job.hpp"
#include "models/service/refusal.hpp"
#include "sim/draw.hpp"

#include <utility>

namespace halfwrite::service {

namespace {

sim::Key with(sim::Key key, const sql::Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    key = key.with(name).with(static_cast<std::uint64_t>(value.kind())).with(sql::to_text(value));
  }
  return key;
}

// One request: a worker, the operation, the answer.
void handle(Instance& instance, const sim::Connection& connection, const sim::Message& message) {
  const auto& request = message.as<OperationRequest>();
  sim::Scope scope = message.scope;
  const Operation& operation = instance.operation(request.operation);
  scope.operation = instance.name_of(instance.settings().name + "." + operation.name);
  const sim::ScopeGuard guard(instance.simulation(), scope);
  Outcome outcome;
  {
    const BusyWorker worker = instance.take_worker();
    outcome = instance.run(operation, request.parameters);
    instance.simulation().pass(sim::Place{instance.points().reply});
  }
  // Under the scope of its request, so that a fault aimed at the request's place finds it.
  connection.send(std::make_unique<OperationReply>(std::move(outcome)), message.scope);
}

void serve(Instance& instance, const sim::Connection& connection) {
  const sim::Place place{instance.name_of("receive")};
  while (true) {
    const auto message = connection.receive(place);
    if (!message) return;
    handle(instance, connection, *message);
  }
}

}  // namespace

std::uint64_t OperationRequest::fingerprint() const {
  return with(sim::Key(0).with(operation), parameters).value();
}

std::uint64_t OperationReply::fingerprint() const {
  const sim::Key key =
      sim::Key(0).with(static_cast<std::uint64_t>(outcome.kind)).with(outcome.name);
  return with(key, outcome.returned).value();
}

Deployment::Deployment(Runtime& runtime, const Settings& settings)
    : runtime_(runtime), settings_(settings) {
  for (const auto& entry : settings.operations) {
    HALFWRITE_ASSERT(refusal_of(entry.second).empty(),
                     "an operation has a step that no service here runs: refusal_of says which");
  }
  for (const Job& job : settings.jobs) {
    if (!job.own_node) continue;
    add_own_node(job.name, [&job](Instance& instance) {
      if (job.at_start) run_at_start(instance, job);
      if (job.every || !job.listen.empty()) start_job(instance, job);
    });
  }
}

void Deployment::add_own_node(std::string name, Companion main) {
  HALFWRITE_ASSERT(!added_, "a node was added to a service whose nodes exist already");
  own_nodes_.push_back({std::move(name), std::move(main)});
}

void Deployment::add_nodes() {
  HALFWRITE_ASSERT(!added_, "the nodes of a service were added twice");
  added_ = true;
  sim::NodeOptions options;
  options.clock = settings_.clock;
  options.starts = sim::Instant::at(settings_.starts);
  for (std::uint32_t number = 1; number <= settings_.instances; ++number) {
    options.name = settings_.name + "." + std::to_string(number);
    options.group = settings_.name;
    options.main = [this, number](sim::Process& process) { start(process, number); };
    runtime_.simulation.add_node(options);
  }
  for (const OwnNode& node : own_nodes_) {
    options.name = settings_.name + "." + node.name;
    options.group = options.name;
    options.main = [this, &node](sim::Process& process) { start_own(process, node); };
    runtime_.simulation.add_node(options);
  }
}

void Deployment::start(sim::Process& process, std::uint32_t number) const {
  const std::shared_ptr<Instance> instance =
      Instance::make(runtime_, settings_, process, number, publisher_);
  for (const Job& job : settings_.jobs) {
    if (job.at_start && !job.own_node) run_at_start(*instance, job);
  }
  for (const Companion& companion : companions_) companion(*instance);
  for (const Job& job : settings_.jobs) {
    if ((job.every || !job.listen.empty()) && !job.own_node) start_job(*instance, job);
  }
  runtime_.simulation.network().listen(process, instance->name_of(settings_.name),
                                       [instance](const sim::Connection& connection) {
                                         // The listener goes with the process, this fiber perhaps a
                                         // moment later.
                                         const std::shared_ptr<Instance> kept = instance;
                                         serve(*kept, connection);
                                       });
}

void Deployment::start_own(sim::Process& process, const OwnNode& node) const {
  const std::shared_ptr<Instance> instance =
      Instance::make(runtime_, settings_, process, 1, publisher_);
  node.main(*instance);
}

}  // namespace halfwrite::service
