// What a saga cannot be, by the way it is coordinated (part of saga_reader.hpp).
#include "scenarios/field_reader.hpp"
#include "scenarios/nearest_word.hpp"
#include "scenarios/saga_reader.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace halfwrite::scenarios {

using saga::Coordination;

namespace {

void note(const Json& object, std::string_view key, bool is_read, Findings& findings) {
  const Member* member = object.find_member(key);
  if (member == nullptr) return;
  // What participants do anyway may be said.
  if (is_read || (member->value.is_text() && member->value.text == "unlimited")) {
    findings.note_read(member->value.path, member->key_span);
    return;
  }
  findings.note_unread(
      member->value.path, member->key_span,
      diagnose(member->key_span, "choice",
               "in choreography nobody asks for steps, and nobody reads `" + member->key + "`",
               "participants handle an event until it is handled; leave it out", object.path,
               "no variant of the file reads it"));
}

}  // namespace

// Time-outs and ends of trying are of who asks.
void SagaReader::note_what_is_read(const Draft& draft) {
  const saga::Definition& definition = *draft.definition;
  const bool is_read = definition.coordination != Coordination::choreography;
  const auto note_retry = [&](const Json& owner) {
    for (const char* key : {"attempts", "errors", "then"})
      note(object_at(owner, "retry"), key, is_read, findings_);
  };
  const Json& compensation = object_at(draft.member->value, "compensation");
  note(compensation, "after_failure", is_read, findings_);
  note_retry(compensation);
  note_retry(draft.member->value);
  for (const saga::Step& step : definition.steps) {
    const Json& json = json_of(draft, step);
    note(json, "timeout", is_read, findings_);
    note_retry(json);
  }
}

// Who reacts to an event must know what it tells of.
void SagaReader::check_events(const Draft& draft, const saga::Step& step,
                              std::map<std::string, std::string>& told) {
  if (draft.definition->coordination != Coordination::choreography) return;
  const std::pair<const char*, const std::string*> events[] = {{"success", &step.success},
                                                               {"failure", &step.failure}};
  for (const auto& [key, event] : events) {
    if (event->empty()) continue;
    const std::string what = "the " + std::string(key) + " of " + step.name;
    const auto [known, is_new] = told.emplace(*event, what);
    if (is_new) continue;
    findings_.add(*json_of(draft, step).find(key), "condition",
                  "the event " + *event + " tells of two things: " + known->second + " and " + what,
                  "who hears it must know how far the saga came; name two");
    for (const saga::Step& each : draft.definition->steps) misled_.insert(each.service);
  }
}

void SagaReader::check(const Draft& draft) {
  const saga::Definition& definition = *draft.definition;
  note_what_is_read(draft);
  std::map<std::string, std::string> told;
  const saga::Step* pivot = nullptr;
  for (const saga::Step& step : definition.steps) {
    const Json& json = json_of(draft, step);
    if (step.pivot && pivot != nullptr) {
      findings_.add(json, "condition", "a saga has one pivot, and " + pivot->name + " is it",
                    "after the first there is only forward");
    }
    if (step.pivot) pivot = &step;
    const auto beside =
        std::count_if(definition.steps.begin(), definition.steps.end(),
                      [&](const saga::Step& other) { return other.group == step.group; });
    if (step.pivot && beside > 1) {
      findings_.add(json, "condition", "a pivot stands alone, not in a parallel group",
                    "another step of the group could still fail when it is done");
    }
    if (step.irreversible && !step.compensation.empty()) {
      findings_.add(*json.find("undo"), "condition",
                    "the step " + step.name + " is irreversible and has an `undo`",
                    "one of them is wrong");
    }
    if (pivot != nullptr && pivot != &step && !step.compensation.empty()) {
      findings_.add(*json.find("undo"), "condition",
                    "the step " + step.name + " is behind the pivot " + pivot->name +
                        " and has an `undo`, which nobody asks for",
                    "after the pivot there is only forward; leave it out");
    }
    check_events(draft, step, told);
    check_participant(draft, step);
  }
  if (definition.coordination == Coordination::choreography) check_choreography(draft);
  if (definition.coordination != Coordination::orchestration) return;
  const service::Settings* orchestrator = find_service(definition.orchestrator.service);
  if (orchestrator == nullptr) return;
  const Json& json = draft.member->value;
  if (orchestrator->database.empty()) {
    findings_.add(draft.member->key_span, json.path, "condition",
                  "the orchestrator's service " + orchestrator->name + " has no database",
                  "its state is a row");
  }
  for (const saga::Step& step : definition.steps) {
    const service::Settings* service = find_service(step.service);
    if (service == nullptr || service->broker == orchestrator->broker) continue;
    findings_.add(json_of(draft, step), "condition",
                  service->name + " is at another broker than the orchestrator's service " +
                      orchestrator->name,
                  "commands and replies go over one broker");
  }
}

void SagaReader::check_participant(const Draft& draft, const saga::Step& step) {
  const service::Settings* service = find_service(step.service);
  if (service == nullptr) return;
  const Json& json = json_of(draft, step);
  const Json& at = json.find("do") != nullptr ? *json.find("do") : json;
  if (service->database.empty()) {
    findings_.add(at, "condition",
                  "the service " + service->name +
                      " has no database, and a step of a saga is a "
                      "transaction in one",
                  "give it a `database`");
  }
  const bool by_message = draft.definition->coordination != Coordination::synchronous;
  if (by_message && service->broker.empty()) {
    findings_.add(at, "condition",
                  "the service " + service->name +
                      " has no broker, and hears of its steps by "
                      "messages",
                  "give it a `broker`");
  }
  const bool replies = draft.definition->coordination == Coordination::orchestration;
  if (replies && service->publishing == service::Publishing::none) {
    findings_.add(at, "condition",
                  "the service " + service->name +
                      " publishes nothing, so its replies would go "
                      "nowhere",
                  "give it a way of `publishing`");
  }
  const Json& operations =
      object_at(object_at(object_at(tree_, "services"), service->name), "operations");
  for (const std::string& name : {step.action, step.compensation}) {
    const Json& operation = object_at(operations, name);
    const Json* transaction = operation.find("transaction");
    if (transaction == nullptr || !transaction->is_boolean() || transaction->boolean) continue;
    findings_.add(at, "condition",
                  service->name + "." + name + " is not one transaction, and a step of a saga is",
                  "its inbox, its fence and its answer are rows of that transaction");
  }
}

void SagaReader::check_choreography(const Draft& draft) {
  const saga::Definition& definition = *draft.definition;
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    const saga::Step& step = definition.steps[i];
    const Json& json = json_of(draft, step);
    const bool is_last = i + 1 == definition.steps.size();
    if (!is_last && definition.steps[i + 1].group == step.group) {
      findings_.add(json, "condition",
                    "steps of a parallel group need somebody who waits for all of them, and in "
                    "choreography nobody does",
                    "write them one after the other, or use orchestration");
    }
    if (step.when != nullptr || !step.arguments.empty()) {
      const char* key = step.when != nullptr ? "when" : "with";
      findings_.add(*json.find(key), "condition",
                    std::string("in choreography a step gets what the event before it carries, and "
                                "nobody reads `") +
                        key + "`",
                    "write it into the operation");
    }
    if (!is_last && step.success.empty()) {
      findings_.add(json, "condition",
                    "in choreography the step " + step.name + " needs a `success` event: " +
                        definition.steps[i + 1].name + " has nothing to react to");
    }
    const service::Settings* service = find_service(step.service);
    const bool tells = !step.success.empty() || !step.failure.empty();
    if (service != nullptr && tells && service->publishing == service::Publishing::none) {
      findings_.add(
          json, "condition",
          "the service " + service->name + " publishes nothing, so nobody hears of " + step.name,
          "give it a way of `publishing`");
    }
  }
}

// What the event before a step carries is all it gets.
void SagaReader::check_inputs(const Draft& draft) {
  const saga::Definition& definition = *draft.definition;
  if (definition.coordination != Coordination::choreography) return;
  std::set<std::string> given(definition.variables.begin(), definition.variables.end());
  const auto narrow = [&](std::set<std::string> before, const std::string& event) {
    const auto type = scenario_.events.find(event);
    if (type == scenario_.events.end() || type->second.payload.empty()) return before;
    std::set<std::string> carried;
    for (const std::string& field : type->second.payload) carried.insert(field);
    return carried;
  };
  const auto miss = [&](const saga::Step& step, const std::vector<std::string>& inputs,
                        const std::set<std::string>& known, const std::string& event) {
    for (const std::string& input : inputs) {
      if (known.count(input) > 0) continue;
      const std::vector<std::string> fields(known.begin(), known.end());
      findings_.add(json_of(draft, step), "input",
                    "the step " + step.name + " needs :" + input + ", and the event " + event +
                        " does not carry it",
                    did_you_mean(input, fields), "payload: " + listed(fields));
      return;
    }
  };
  for (std::size_t i = 0; i < definition.steps.size(); ++i) {
    const saga::Step& step = definition.steps[i];
    if (i > 0) miss(step, step.inputs, given, definition.steps[i - 1].success);
    if (!step.failure.empty()) {
      const std::set<std::string> told = narrow(given, step.failure);
      for (std::size_t earlier = 0; earlier < i; ++earlier) {
        miss(definition.steps[earlier], definition.steps[earlier].compensation_inputs, told,
             step.failure);
      }
    }
    given = narrow(given, step.success);
  }
}

}  // namespace halfwrite::scenarios
