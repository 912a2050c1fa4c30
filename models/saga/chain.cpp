#include "models/saga/chain.hpp"

#include "models/saga/conditions.hpp"
#include "models/saga/run_variables.hpp"
#include "models/saga/saga_facts.hpp"
#include "models/saga/transition.hpp"
#include "models/saga/vocabulary.hpp"
#include "models/service/deployment.hpp"
#include "models/service/instance.hpp"
#include "sim/network.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace halfwrite::saga {

using history::StepKind;
using history::StepOutcome;
using service::CodeStep;
using service::Outcome;
using service::StepFailure;
using Next = sim::Expected<CodeStep::Next, StepFailure>;

namespace {

// The longest a call waits where the step says nothing (language: a call's time-out).
constexpr sim::Duration call_timeout = sim::Duration::seconds(5);

class Chain {
 public:
  Chain(service::OperationRun& run, const Definition& definition)
      : instance_(run.instance()),
        simulation_(instance_.simulation()),
        definition_(definition),
        facts_{instance_, definition, simulation_.scope().identity},
        id_(text_of(run, "request")),
        arguments_(arguments_of(run, definition)) {}

  Next run() {
    const auto skipped = skipped_steps(instance_, definition_, arguments_);
    if (!skipped) return sim::Unexpected(skipped.error());
    facts_.record_started(arguments_);
    take(begin(definition_, *skipped, now()));
    while (!state_.is_over()) {
      const std::vector<Asked> asked = std::exchange(asked_, {});
      if (asked.empty()) {
        wait_for_timer();
        continue;
      }
      const std::vector<StepAnswer> answers = ask(asked);
      for (const StepAnswer& answer : answers) {
        take(take_answer(definition_, state_, answer, now()));
      }
      take(take_time(definition_, state_, now()));
    }
    if (state_.phase == Phase::completed) return CodeStep::Next::go_on;
    if (state_.phase == Phase::compensated) {
      return sim::Unexpected(StepFailure::business(reason_));
    }
    return sim::Unexpected(StepFailure::error("parked", reason_));
  }

 private:
  std::int64_t now() const { return instance_.now_in_microseconds(); }

  void take(Transition transition) {
    state_ = std::move(transition.state);
    asked_.insert(asked_.end(), transition.asked.begin(), transition.asked.end());
    if (transition.decision) reason_ = transition.decision->reason;
    facts_.record(transition);
  }

  void wait_for_timer() {
    const auto due = state_.due();
    HALFWRITE_ASSERT(due.has_value(), "a chain of calls waits for nothing");
    const std::int64_t left = std::max<std::int64_t>(*due - now(), 1);
    simulation_.sleep(simulation_.truly(sim::Duration::microseconds(left)),
                      {instance_.name_of("pause")});
    take(take_time(definition_, state_, now()));
  }

  // Steps of a parallel group are called at once.
  std::vector<StepAnswer> ask(const std::vector<Asked>& asked) {
    if (asked.size() == 1) return {ask(asked.front())};
    struct Crew {
      std::vector<StepAnswer> answers;
      std::size_t left = 0;
      sim::FiberReference waiting;
    };
    const auto crew = std::make_shared<Crew>();
    crew->left = asked.size();
    crew->waiting = simulation_.current_fiber();
    for (const Asked& one : asked) {
      instance_.spawn(simulation_.scope(), [this, crew, one](service::Instance&) {
        crew->answers.push_back(ask(one));
        if (--crew->left == 0) simulation_.wake(crew->waiting);
      });
    }
    while (crew->left > 0) simulation_.suspend({instance_.name_of("parallel")});
    return std::move(crew->answers);
  }

  StepAnswer ask(const Asked& asked) {
    const Step& step = definition_.steps[asked.step];
    StepAnswer answer{asked.step, asked.kind, asked.attempt, StepOutcome::failed, ""};
    const auto inputs = inputs_of(instance_, step, asked.kind, arguments_);
    if (!inputs) {
      answer.reason = inputs.error().name;
      return answer;
    }
    sql::Parameters parameters{{saga_id, sql::Value::text(id_)},
                               {saga_attempt, sql::Value::bigint(asked.attempt)}};
    for (const auto& [name, value] : *inputs) parameters.insert_or_assign(name, value);
    history::SagaStepAsked fact;
    fact.step = facts_.step(asked.step, asked.kind, asked.attempt);
    fact.service = instance_.name_of(step.service);
    instance_.recorder().record(fact);
    sim::Scope scope = simulation_.scope();
    scope.provenance = instance_.recorder().provenance_of(fact.step);
    // A further attempt has chances of its own: what struck the one before strikes it not again.
    scope.attempt += asked.attempt - 1;
    const sim::ScopeGuard guard(simulation_, scope);
    const std::string operation = step_operation(definition_, step, asked.kind);
    const auto outcome = step.service == instance_.settings().name
                             ? instance_.run_here(operation, parameters)
                             : call(step, operation, parameters, asked.kind);
    if (!outcome) {
      answer.outcome = StepOutcome::unknown;
      answer.reason = outcome.error();
      return answer;
    }
    return answered(std::move(answer), *outcome);
  }

  static StepAnswer answered(StepAnswer answer, const Outcome& outcome) {
    answer.reason = outcome.name;
    answer.left_effects = outcome.left_effects;
    switch (outcome.kind) {
      case Outcome::Kind::done:
      case Outcome::Kind::skipped:
        answer.outcome = StepOutcome::applied;
        break;
      case Outcome::Kind::business_failure:
        answer.outcome = StepOutcome::refused;
        break;
      case Outcome::Kind::error:
        answer.outcome = StepOutcome::failed;
        break;
      case Outcome::Kind::unknown:
        answer.outcome = StepOutcome::unknown;
        break;
    }
    return answer;
  }

  // A failure: the outcome is unknown to us. That nobody could be reached is sure, and an error.
  sim::Expected<Outcome, std::string> call(const Step& step, const std::string& operation,
                                           const sql::Parameters& parameters, StepKind kind) {
    const sim::Duration timeout = simulation_.truly(step.timeout.value_or(call_timeout));
    const sim::Key key =
        sim::key_of(simulation_.draws().key().with("instance"), simulation_.names(),
                    simulation_.address({instance_.name_of("connect")}))
            .with(simulation_.names().hash(simulation_.scope().provenance));
    const std::uint64_t number = 1 + sim::Draws::below(key, step.instances);
    auto connection = simulation_.network().connect(step.service + "." + std::to_string(number),
                                                    {instance_.name_of("connect")}, timeout);
    if (!connection) {
      Outcome refused;
      refused.kind = Outcome::Kind::error;
      refused.name = sim::to_text(connection.error());
      return refused;
    }
    const std::string point = step.name + (kind == StepKind::compensation ? "/undo_send" : "/send");
    const std::array<sim::Alias, 1> aliases{
        {{instance_.name_of(definition_.name), instance_.name_of(point)}}};
    const auto reply =
        connection->request(std::make_unique<service::OperationRequest>(operation, parameters),
                            sim::Place{instance_.name_of("call"), aliases}, timeout);
    if (!reply) {
      connection->abort();
      return sim::Unexpected(std::string(sim::to_text(reply.error())));
    }
    connection->close();
    return reply->as<service::OperationReply>().outcome;
  }

  service::Instance& instance_;
  sim::Simulation& simulation_;
  const Definition& definition_;
  const SagaFacts facts_;
  const std::string id_;
  const sql::Parameters arguments_;
  State state_;
  std::vector<Asked> asked_;
  std::string reason_;
};

}  // namespace

service::Operation as_chain(const DefinitionReference& definition) {
  service::Operation operation;
  operation.name = start_operation(*definition);
  operation.inputs = definition->variables;
  operation.transaction = false;
  service::Step step;
  step.name = "chain";
  CodeStep verb;
  verb.run = [definition](service::OperationRun& run) { return Chain(run, *definition).run(); };
  step.verb = std::move(verb);
  operation.steps.push_back(std::move(step));
  return operation;
}

}  // namespace halfwrite::saga
