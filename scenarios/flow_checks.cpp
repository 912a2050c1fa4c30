#include "scenarios/flow_checks.hpp"

#include "models/database/sql/statement.hpp"
#include "models/service/step_search.hpp"
#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/value_reader.hpp"
#include "scenarios/variable_flow.hpp"

#include <algorithm>
#include <set>

namespace halfwrite::scenarios {

namespace {

// ":a", ":a and :b", ":a, :b and :c".
std::string named(const std::vector<std::string>& variables) {
  std::string text;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (i > 0) text += i + 1 == variables.size() ? " and " : ", ";
    text += ":" + variables[i];
  }
  return text;
}

class FlowChecker {
 public:
  FlowChecker(const Json& tree, const Scenario& scenario, Findings& findings)
      : tree_(tree), scenario_(scenario), findings_(findings) {}

  void check() {
    for (const service::Load& load : scenario_.workload) check_load(load);
    for (const service::Settings& service : scenario_.services) {
      for (const service::Subscription& subscription : service.subscriptions)
        check_subscription(service, subscription);
      for (const service::Job& job : service.jobs) check_job(service, job);
    }
    for (const external::Settings& system : scenario_.externals)
      for (const external::Operation& operation : system.operations)
        check_outside(system, operation);
  }

 private:
  const service::Operation* find_operation(const service::Settings& service,
                                           const std::string& name) const {
    const auto found = service.operations.find(name);
    return found == service.operations.end() ? nullptr : &found->second;
  }
  // "order.place"; null when there is none, which is reported.
  const service::Operation* find_operation(const Json& run) {
    std::vector<std::string> known;
    for (const service::Settings& service : scenario_.services) {
      for (const auto& [name, candidate] : service.operations) {
        if (service.name + "." + name == run.text) return &candidate;
        if (!candidate.part) known.push_back(service.name + "." + name);
      }
    }
    findings_.add(run, "unknown-name", "no operation is named " + in_quotes(run.text),
                  did_you_mean(run.text, known), "operations: " + listed(known));
    return nullptr;
  }
  static std::vector<std::string> missing(const service::Operation& operation,
                                          const std::set<std::string>& given) {
    std::vector<std::string> result;
    for (const std::string& input : operation.inputs) {
      if (given.count(input) == 0) result.push_back(input);
    }
    return result;
  }

  bool is_saga(const std::string& name) const {
    return std::any_of(scenario_.sagas.begin(), scenario_.sagas.end(),
                       [&](const Scenario::Saga& saga) { return saga.definition->name == name; });
  }

  void check_load(const service::Load& load) {
    const Json& json = object_at(object_at(tree_, "workload"), load.name);
    const Json* run = json.find("run");
    if (run == nullptr) return;
    const service::Operation* operation = nullptr;
    std::vector<std::string> known;
    const std::string& asked = load.entry.empty() ? load.run : load.entry;
    for (const Scenario::Saga& saga : scenario_.sagas) known.push_back(saga.definition->name);
    for (const service::Settings& service : scenario_.services) {
      for (const auto& [name, candidate] : service.operations) {
        const std::string full = service.name + "." + name;
        if (full == asked) operation = &candidate;
        // What sagas add is asked for by the name of the saga.
        if (candidate.part || name.find('.') != std::string::npos || is_saga(name)) continue;
        known.push_back(full);
      }
    }
    // A saga with a mistake in it is not built, and that is reported where it is.
    if (operation == nullptr && object_at(tree_, "sagas").find(load.run) != nullptr) return;
    if (operation == nullptr) {
      findings_.add(*run, "unknown-name", "no operation is named " + in_quotes(load.run),
                    did_you_mean(load.run, known), "operations: " + listed(known));
      return;
    }
    check_arguments(load, json, *operation);
  }

  void check_arguments(const service::Load& load, const Json& json,
                       const service::Operation& operation) {
    // As written: an argument with a mistake in its value is given all the same.
    std::set<std::string> given;
    for (const Member& argument : object_at(json, "arguments").members) given.insert(argument.key);
    std::vector<std::string> absent = missing(operation, given);
    for (const Member& argument : object_at(json, "arguments").members) {
      if (is_read(load, argument.key, operation)) {
        findings_.note_read(argument.value.path, argument.key_span);
        continue;
      }
      const std::string meant = nearest_word(argument.key, absent);
      const std::string message = load.run + " does not use :" + argument.key;
      if (!meant.empty()) {
        absent.erase(std::find(absent.begin(), absent.end(), meant));
        findings_.add(argument.key_span, argument.value.path, "input", message,
                      "did you mean " + in_quotes(meant) + "?",
                      "inputs: " + listed(operation.inputs));
      } else if (findings_.is_empty()) {  // else what uses it may be what is refused
        findings_.note_unread(
            argument.value.path, argument.key_span,
            diagnose(argument.key_span, "input", message,
                     operation.inputs.empty() ? "it has no inputs"
                                              : "inputs: " + listed(operation.inputs),
                     argument.value.path, "no variant of the file uses it"));
      }
    }
    if (absent.empty()) return;
    const Json& run = *json.find("run");
    const Member* arguments = json.find_member("arguments");
    findings_.add(arguments != nullptr ? arguments->key_span : run.span, json.path, "input",
                  load.run + " needs " + named(absent) + ", and the load " + load.name +
                      " gives no such argument",
                  "add " + in_quotes(absent.front()) + " to its arguments");
  }

  // By the operation, by another argument, by a load that picks from it, or by the author's own SQL
  // over the requests.
  bool is_read(const service::Load& load, const std::string& argument,
               const service::Operation& operation) const {
    const auto contains = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), argument) != names.end();
    };
    if (contains(operation.inputs)) return true;
    // Without `arguments` of its own a question to a system outside sends all variables.
    if (service::any_step(operation.steps, [](const service::Step& step) {
          const auto* external = std::get_if<service::ExternalStep>(&step.verb);
          return external != nullptr && !external->arguments;
        }))
      return true;
    for (const auto& [name, value] : load.arguments) {
      if (contains(variables_of(value))) return true;
    }
    for (const service::Load& other : scenario_.workload) {
      for (const auto& [name, value] : other.arguments) {
        const auto* pick = std::get_if<service::PickFrom>(&value);
        if (pick != nullptr && pick->load == load.name && pick->argument == argument) return true;
      }
    }
    return std::any_of(scenario_.invariants.begin(), scenario_.invariants.end(),
                       [](const Invariant& invariant) {
                         const auto* author = std::get_if<AuthorSql>(&invariant);
                         return author != nullptr && author->statement != nullptr &&
                                author->statement->text.find("requests") != std::string::npos;
                       });
  }

  // The fields an event carries: declared, else all inputs of the operations that emit it.
  std::set<std::string> fields_of(const service::EventType& event) const {
    std::set<std::string> fields(event.payload.begin(), event.payload.end());
    if (!fields.empty()) return fields;
    for (const service::Settings& service : scenario_.services) {
      for (const auto& [name, operation] : service.operations) {
        if (emits(operation.steps, event.name))
          fields.insert(operation.inputs.begin(), operation.inputs.end());
      }
    }
    for (const Scenario::Saga& saga : scenario_.sagas) {
      const auto& steps = saga.definition->steps;
      const bool tells = std::any_of(steps.begin(), steps.end(), [&](const saga::Step& step) {
        return step.success == event.name || step.failure == event.name;
      });
      if (!tells) continue;
      fields.insert(saga.definition->variables.begin(), saga.definition->variables.end());
    }
    return fields;
  }
  static bool emits(const service::Steps& steps, const std::string& event) {
    return service::any_step(steps, [&](const service::Step& step) {
      const auto* emit = std::get_if<service::EmitStep>(&step.verb);
      return emit != nullptr && emit->event == event;
    });
  }

  void check_subscription(const service::Settings& service,
                          const service::Subscription& subscription) {
    const service::Operation* operation = find_operation(service, subscription.run);
    const auto event = scenario_.events.find(subscription.event);
    if (operation == nullptr || event == scenario_.events.end()) return;
    if (operation->part) return;  // a saga's own: checked with it
    std::set<std::string> given = fields_of(event->second);
    const std::vector<std::string> fields(given.begin(), given.end());
    given.insert(delivery_variables().begin(), delivery_variables().end());
    const auto absent = missing(*operation, given);
    if (absent.empty()) return;
    const Json& json =
        object_at(object_at(object_at(object_at(tree_, "services"), service.name), "subscriptions"),
                  subscription.name);
    findings_.add(*json.find("event"), "input",
                  service.name + "." + subscription.run + " needs " + named(absent) +
                      ", and the event " + subscription.event + " carries no such field",
                  did_you_mean(absent.front(), fields), "payload: " + listed(fields));
  }

  void check_job(const service::Settings& service, const service::Job& job) {
    const service::Operation* operation = find_operation(service, job.run);
    if (operation == nullptr) return;
    const auto absent = missing(*operation, {});
    if (absent.empty()) return;
    const Member* member = object_at(object_at(object_at(tree_, "services"), service.name), "jobs")
                               .find_member(job.name);
    findings_.add(
        member->key_span, member->value.path, "input",
        service.name + "." + job.run + " needs " + named(absent) + ", and a job gives no variables",
        "read them with an `sql` step and `into`");
  }

  const Json& written(const external::Settings& system,
                      const external::Operation& operation) const {
    const Json& of_system = object_at(object_at(tree_, "externals"), system.name);
    return object_at(object_at(of_system, "operations"), operation.name);
  }

  void check_outside(const external::Settings& system, const external::Operation& operation) {
    if (operation.callback) check_callback(system, operation);
    if (system.find(operation.inverse) != nullptr) check_inverse(system, operation);
  }

  // Does every service that asks for it say what is sent?
  bool are_arguments_written(const external::Settings& system, const std::string& operation) const {
    const auto sends_all = [&](const service::Step& step) {
      const auto* external = std::get_if<service::ExternalStep>(&step.verb);
      return external != nullptr && external->system == system.name &&
             external->operation == operation && !external->arguments;
    };
    return std::none_of(
        scenario_.services.begin(), scenario_.services.end(),
        [&](const service::Settings& service) {
          return std::any_of(
              service.operations.begin(), service.operations.end(),
              [&](const auto& entry) { return service::any_step(entry.second.steps, sends_all); });
        });
  }

  // An inverse names what it takes back by an argument that both have.
  void check_inverse(const external::Settings& system, const external::Operation& operation) {
    const external::Operation& inverse = *system.find(operation.inverse);
    if (!are_arguments_written(system, operation.name) ||
        !are_arguments_written(system, inverse.name))
      return;
    const std::set<std::string> done = arguments_sent(scenario_, system, operation);
    const std::set<std::string> taken_back = arguments_sent(scenario_, system, inverse);
    if (done.empty() || taken_back.empty()) return;  // nobody asks for it
    std::vector<std::string> in_common;
    std::set_intersection(done.begin(), done.end(), taken_back.begin(), taken_back.end(),
                          std::back_inserter(in_common));
    const bool is_named = operation.per.empty() ? !in_common.empty()
                                                : std::find(in_common.begin(), in_common.end(),
                                                            operation.per) != in_common.end();
    if (is_named) return;
    const std::vector<std::string> given(done.begin(), done.end());
    const std::vector<std::string> given_back(taken_back.begin(), taken_back.end());
    const Json& json = written(system, operation);
    findings_.add(*json.find(operation.per.empty() ? "inverse" : "per"), "input",
                  operation.per.empty()
                      ? inverse.name +
                            " names nothing to take back: it has no argument in common "
                            "with " +
                            operation.name
                      : "not both " + operation.name + " and " + inverse.name +
                            " are sent an argument " + in_quotes(operation.per),
                  operation.name + " is sent " + listed(given) + ", and " + inverse.name + " " +
                      listed(given_back));
  }

  void check_callback(const external::Settings& system, const external::Operation& operation) {
    const Json& json = object_at(written(system, operation), "callback");
    const Json* run = json.find("run");
    if (run == nullptr || !run->is_text()) return;
    const service::Operation* called = find_operation(*run);
    if (called == nullptr) return;
    std::set<std::string> given = arguments_sent(scenario_, system, operation);
    given.insert("result");
    const auto absent = missing(*called, given);
    if (absent.empty()) return;
    findings_.add(*run, "input",
                  run->text + " needs " + named(absent) + ", and a callback of " + system.name +
                      "." + operation.name + " brings no such variable",
                  did_you_mean(absent.front(), {given.begin(), given.end()}),
                  "it brings what was sent, and `result`: " +
                      listed(std::vector<std::string>(given.begin(), given.end())));
  }

  const Json& tree_;
  const Scenario& scenario_;
  Findings& findings_;
};

}  // namespace

std::set<std::string> arguments_sent(const Scenario& scenario, const external::Settings& system,
                                     const external::Operation& operation) {
  std::set<std::string> sent;
  for (const service::Settings& service : scenario.services) {
    for (const auto& [name, asking] : service.operations) {
      service::any_step(asking.steps, [&, &inputs = asking.inputs](const service::Step& step) {
        const auto* external = std::get_if<service::ExternalStep>(&step.verb);
        if (external == nullptr || external->system != system.name ||
            external->operation != operation.name)
          return false;
        if (!external->arguments) sent.insert(inputs.begin(), inputs.end());
        if (!external->arguments) return false;
        for (const auto& [argument, value] : *external->arguments) sent.insert(argument);
        return false;
      });
    }
  }
  return sent;
}

void check_flow(const Json& tree, const Scenario& scenario, Findings& findings) {
  FlowChecker(tree, scenario, findings).check();
}

}  // namespace halfwrite::scenarios
