#include "models/service/workload.hpp"

#include "models/service/retry.hpp"
#include "models/service/service_client.hpp"
#include "models/service/values.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::service {

namespace {

// In the order the load gives them.
std::string text_of(const NamedValues& order, const sql::Parameters& arguments) {
  std::vector<std::string> names;
  for (const auto& [name, source] : order) names.push_back(name);
  return told(names, arguments);
}

}  // namespace

// What the client knows afterwards: the answer, and the failure by the rules of retry.
struct Workload::Answered {
  history::Answer answer = history::Answer::ok;
  StepFailure failure;  // unless ok

  static Answered surely_failed(std::string name, std::string message) {
    return {history::Answer::fail, StepFailure::error(std::move(name), std::move(message))};
  }
  static Answered unknown(sim::Broken broken) {
    return {history::Answer::unknown,
            {StepFailure::Kind::unknown, broken == sim::Broken::timed_out ? "timeout" : "unknown",
             sim::to_text(broken)}};
  }
  static Answered of(const Outcome& outcome) {
    if (outcome.succeeded()) return {};
    return {outcome.answer(), outcome.failure()};
  }
};

Workload::Workload(Runtime& runtime, std::vector<Load> loads,
                   std::map<std::string, const Settings*, std::less<>> services)
    : runtime_(runtime), loads_(std::move(loads)), services_(std::move(services)) {}

sim::Instant Workload::planned(const Load& load, std::uint64_t number) const {
  const sim::Duration interval = load.interval.value_or(sim::Duration());
  return sim::Instant::at(load.at + interval * static_cast<std::int64_t>(number - 1));
}

sim::Instant Workload::last_request() const {
  sim::Instant last;
  for (const Load& load : loads_) {
    if (load.last_made() > 0) last = std::max(last, planned(load, load.last_made()));
  }
  return last;
}

const Load* Workload::find(std::string_view load) const {
  const auto found = std::find_if(loads_.begin(), loads_.end(),
                                  [&](const Load& candidate) { return candidate.name == load; });
  return found == loads_.end() ? nullptr : &*found;
}

void Workload::add_nodes() {
  HALFWRITE_ASSERT(next_.empty(), "the nodes of a workload were added twice");
  next_.assign(loads_.size(), 1);
  for (std::size_t position = 0; position < loads_.size(); ++position) {
    sim::NodeOptions options;
    options.name = loads_.size() == 1 ? "client" : "client-" + std::to_string(position + 1);
    options.group = "client";
    options.main = [this, position](sim::Process& process) { run_load(process, position); };
    runtime_.simulation.add_node(options);
  }
  runtime_.simulation.keep_busy_until(last_request());
}

sql::Expected<sql::Parameters> Workload::arguments_of(std::string_view load,
                                                      std::uint64_t number) const {
  const Load* found = find(load);
  HALFWRITE_ASSERT(found != nullptr, "the arguments of a load were asked for that does not exist");
  return arguments_of(*found, number, 0);
}

sql::Expected<sql::Parameters> Workload::arguments_of(const Load& load, std::uint64_t number,
                                                      int depth) const {
  HALFWRITE_ASSERT(depth < 8, "loads pick their arguments from each other in a circle");
  const sim::Instant instant = planned(load, number);
  const sim::Key key =
      runtime_.simulation.draws().key().with("arguments").with(load.name).with(number);
  Values values(runtime_.simulation, runtime_.evaluator, key, microseconds_of(instant));
  values.count_by(number);
  std::optional<sql::SqlError> error;
  values.pick_with([&](const PickFrom& from, sim::Key pick) {
    const Load* other = find(from.load);
    HALFWRITE_ASSERT(other != nullptr && other->count > 0,
                     "an argument is picked from a load that has no requests");
    std::uint64_t used = other->count;
    if (other->interval && !other->interval->is_zero() && planned(*other, 1) <= instant) {
      const std::int64_t since = (instant - planned(*other, 1)).in_nanoseconds();
      const auto passed = static_cast<std::uint64_t>(since / other->interval->in_nanoseconds());
      used = std::min(used, passed + 1);
    }
    const auto arguments = arguments_of(*other, 1 + sim::Draws::below(pick, used), depth + 1);
    if (!arguments) {
      error = arguments.error();
      return sql::Value();
    }
    const auto found = arguments->find(from.argument);
    return found == arguments->end() ? sql::Value() : found->second;
  });
  sql::Parameters arguments;
  for (const auto& [name, source] : load.arguments) {
    auto value = values.value_of(source, arguments, name);
    if (!value) return value.error();
    if (error) return *error;
    arguments.insert_or_assign(name, std::move(*value));
  }
  return arguments;
}

void Workload::run_load(sim::Process& process, std::size_t position) {
  sim::Simulation& simulation = runtime_.simulation;
  const Load& load = loads_[position];
  sim::Scope scope;
  scope.operation = simulation.names().of("client");
  scope.identity.source = simulation.names().of(load.name);
  const sim::Place pace{simulation.names().of("pace")};
  for (; next_[position] <= load.last_made(); ++next_[position]) {
    const std::uint64_t number = next_[position];
    if (!load.makes(number)) continue;
    scope.identity.number = number;
    const sim::Instant instant = planned(load, number);
    if (simulation.now() < instant) {
      const sim::ScopeGuard guard(simulation, scope);
      simulation.sleep(instant - simulation.now(), pace);
    }
    // Copies and retries of one intent share its attempt numbers.
    const auto attempts = std::make_shared<std::uint32_t>(0);
    for (std::uint32_t copy = 0; copy < load.copies; ++copy) {
      process.spawn(scope, [this, &process, position, number, attempts] {
        use(process, position, number, attempts);
      });
    }
  }
}

void Workload::use(sim::Process& process, std::size_t position, std::uint64_t number,
                   const std::shared_ptr<std::uint32_t>& attempts) const {
  sim::Simulation& simulation = runtime_.simulation;
  const Load& load = loads_[position];
  const auto arguments = arguments_of(load, number, 0);
  sim::Scope scope = simulation.scope();
  for (std::uint32_t made = 1;; ++made) {
    scope.attempt = ++*attempts;
    const sim::ScopeGuard guard(simulation, scope);
    history::RequestInvoked invoked;
    invoked.request = scope.identity;
    invoked.attempt = scope.attempt;
    invoked.client = process.name();
    invoked.run = simulation.names().of(load.run);
    if (arguments) invoked.arguments = text_of(load.arguments, *arguments);
    runtime_.recorder.record(std::move(invoked));

    const Answered answered =
        arguments ? ask(load, number, *arguments)
                  : Answered::surely_failed(arguments.error().sqlstate, arguments.error().message);
    history::RequestAnswered fact;
    fact.request = scope.identity;
    fact.attempt = scope.attempt;
    fact.answer = answered.answer;
    if (answered.answer != history::Answer::ok) {
      fact.reason =
          answered.failure.message.empty() ? answered.failure.name : answered.failure.message;
    }
    runtime_.recorder.record(std::move(fact));
    if (answered.answer == history::Answer::ok || !load.retry ||
        !tries_again(*load.retry, answered.failure, made)) {
      return;
    }
    const sim::Duration delay = delay_before(*load.retry, made + 1);
    if (!delay.is_zero()) simulation.sleep(delay, sim::Place{simulation.names().of("retry")});
  }
}

Workload::Answered Workload::ask(const Load& load, std::uint64_t number,
                                 const sql::Parameters& arguments) const {
  sim::Simulation& simulation = runtime_.simulation;
  const OperationName name = split(load.entry.empty() ? load.run : load.entry);
  const auto service = services_.find(name.service);
  HALFWRITE_ASSERT(service != services_.end(), "a load asks a service that does not exist");
  ServiceRequest request;
  request.service = service->second;
  request.operation = name.operation;
  request.parameters = &arguments;
  request.instance = simulation.draws()
                         .key()
                         .with("instance")
                         .with(load.name)
                         .with(number)
                         .with(simulation.scope().attempt);
  request.connect_step = simulation.names().of("connect");
  request.request_step = simulation.names().of("request");
  request.timeout = load.timeout;
  const auto outcome = service::ask(simulation, request);
  if (outcome) return Answered::of(*outcome);
  // Nothing was sent: the client may well know that.
  if (!outcome.error().sent) {
    return Answered::surely_failed("refused", sim::to_text(outcome.error().broken));
  }
  return Answered::unknown(outcome.error().broken);
}

}  // namespace halfwrite::service
