#include "models/saga/message_windows.hpp"

#include "models/saga/vocabulary.hpp"

#include <set>
#include <utility>

namespace halfwrite::saga {

using history::StepKind;

namespace {

constexpr const char* state_and_command = "between state and command";
constexpr const char* decision_and_send = "between decision and send";
constexpr const char* effect_and_reply = "between effect and reply";
constexpr const char* effect_and_event = "between effect and event";

}  // namespace

const std::vector<sim::Explanation>& windows() {
  static const std::vector<sim::Explanation> table{
      {state_and_command,
       "From the state of a saga saved until the command that follows is in the broker, or the "
       "other way round.",
       {{{"a crash there",
          "with `outbox` delays the command; with `database_first` loses it and the saga waits for "
          "ever; with `broker_first` leaves a command of which no saga knows"},
         {"opened by", "an orchestrator, with each command of a step"}}}},
      {decision_and_send,
       "From the decision to take a saga back until a compensation is in the broker, or the other "
       "way round.",
       {{{"a crash there",
          "with `outbox` delays the compensation, with `database_first` loses it: what was done "
          "stays done"},
         {"opened by", "an orchestrator, with each command of an `undo`"}}}},
      {effect_and_reply,
       "From a step done until its reply is in the broker, or the other way round.",
       {{{"a crash there",
          "with `outbox` delays the reply; with `database_first` loses it: the step is done and "
          "its "
          "orchestrator does not know"},
         {"opened by", "a participant of an orchestrated saga"}}}},
      {effect_and_event,
       "From a step done until the event that tells of it is in the broker, or the other way "
       "round.",
       {{{"a crash there",
          "with `outbox` delays the event; with `database_first` loses it, and nobody goes on or "
          "back"},
         {"opened by", "a participant of a choreographed saga"}}}},
  };
  return table;
}

const std::vector<sim::Explanation>& coordination_explanations() {
  static const std::vector<sim::Explanation> table{
      {"orchestration",
       "A durable orchestrator sends commands to participants and takes their replies; where the "
       "saga stands is a row of its database.",
       {{{"leaves open", "nothing, where state and commands go together through an `outbox`"},
         {"needs",
          "participants that do a step once (`inbox`) and not after its compensation "
          "(`fence`)"},
         {"costs", "a command, a reply and two transactions per step"},
         {"compare with", "`choreography`, `synchronous`"}}}},
      {"choreography",
       "Each participant reacts to the event of the one before; who hears that a later step has "
       "failed takes back its own.",
       {{{"leaves open", "nobody knows where a saga stands, and nobody sees that it stands still"},
         {"needs", "a `success` event for each step, and a `failure` event where one can fail"},
         {"costs", "an event and a transaction per step"},
         {"compare with", "`orchestration`"}}}},
      {"synchronous",
       "A chain of calls from the first service; where the saga stands is in its memory.",
       {{{"leaves open",
          "everything behind a crash of the caller: nobody goes on, nobody goes "
          "back"},
         {"costs", "a worker and a client that wait for all of it"},
         {"mend it by", "`orchestration`"}}}},
  };
  return table;
}

MessageWindows::MessageWindows(history::Recorder& recorder,
                               std::shared_ptr<const Definition> definition,
                               std::map<std::string, std::string> databases)
    : recorder_(recorder), definition_(std::move(definition)), databases_(std::move(databases)) {
  for (const Step& step : definition_->steps) {
    if (definition_->coordination == Coordination::choreography) {
      add(step.success, effect_and_event, step.service);
      add(step.failure, effect_and_event, step.service);
    }
    if (definition_->coordination != Coordination::orchestration) continue;
    const std::string& orchestrator = definition_->orchestrator.service;
    add(command_of(*definition_, step, StepKind::action), state_and_command, orchestrator);
    add(reply_of(*definition_, step, StepKind::action), effect_and_reply, step.service);
    if (step.compensation.empty()) continue;
    add(command_of(*definition_, step, StepKind::compensation), decision_and_send, orchestrator);
    add(reply_of(*definition_, step, StepKind::compensation), effect_and_reply, step.service);
  }
}

void MessageWindows::add(const std::string& event, const char* window, const std::string& service) {
  if (event.empty()) return;
  told_.emplace(event, Told{window, service});
  recorder_.simulation().windows().declare(window);
}

void MessageWindows::on_fact(const history::Fact& fact) {
  if (const auto* emitted = std::get_if<history::Emitted>(&fact.content)) {
    owe(*emitted);
  } else if (const auto* published = std::get_if<history::Published>(&fact.content)) {
    change(published->event_id, &Half::published);
  } else if (const auto* visible = std::get_if<history::CommitVisible>(&fact.content)) {
    commit(visible->transaction, true);
  } else if (const auto* aborted = std::get_if<history::TransactionAborted>(&fact.content)) {
    commit(aborted->transaction, false);
  } else if (const auto* lost = std::get_if<history::CommitLost>(&fact.content)) {
    commit(lost->transaction, false);
  } else if (const auto* struck = std::get_if<history::FaultStruck>(&fact.content)) {
    strike(struck->fault);
  }
}

void MessageWindows::owe(const history::Emitted& emitted) {
  const auto told = told_.find(std::string(recorder_.simulation().names().text(emitted.event)));
  if (told == told_.end()) return;
  Half half;
  half.window = told->second.window;
  half.service = told->second.service;
  halves_.emplace(emitted.event_id, std::move(half));
  owed_[emitted.transaction].push_back(emitted.event_id);
}

void MessageWindows::commit(history::TransactionToken transaction, bool survives) {
  const auto owed = owed_.find(transaction);
  if (owed == owed_.end()) return;
  const std::vector<std::string> event_ids = std::move(owed->second);
  owed_.erase(owed);
  for (const std::string& event_id : event_ids) {
    if (survives) {
      change(event_id, &Half::committed);
    } else {
      halves_.erase(event_id);
    }
  }
}

void MessageWindows::change(const std::string& event_id, bool Half::*half) {
  const auto found = halves_.find(event_id);
  if (found == halves_.end() || found->second.*half) return;
  found->second.*half = true;
  if (found->second.is_open()) {
    recorder_.simulation().windows().entered(found->second.window);
  } else {
    halves_.erase(found);
  }
}

// Once per window and fault, however many messages are in it.
void MessageWindows::strike(const sim::LandedFault& fault) {
  if (fault.fault.kind != sim::FaultKind::crash) return;
  std::set<std::string> hit;
  for (const auto& [event_id, half] : halves_) {
    if (!half.is_open() || hit.count(half.window) > 0) continue;
    if (!concerns(fault.target, half.service)) continue;
    hit.insert(half.window);
    recorder_.simulation().windows().hit(half.window);
  }
}

bool MessageWindows::concerns(std::string_view targets, const std::string& service) const {
  const auto database = databases_.find(service);
  while (!targets.empty()) {
    const std::size_t comma = targets.find(", ");
    const std::string_view target = targets.substr(0, comma);
    if (target.starts_with(service + ".")) return true;
    if (database != databases_.end() && target == database->second) return true;
    targets.remove_prefix(comma == std::string_view::npos ? targets.size() : comma + 2);
  }
  return false;
}

}  // namespace halfwrite::saga
