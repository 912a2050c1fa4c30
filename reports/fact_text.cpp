#include "reports/fact_text.hpp"

#include "sim/address.hpp"
#include "sim/fault.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

namespace {

using namespace history;

// Words for one kind of fact each; what stays "" is left out of stories.
class Teller {
 public:
  Teller(const Fact& fact, const sim::Names& names) : fact_(fact), names_(names) {}

  FactLine operator()(const RequestInvoked& f) const {
    const char* again = f.attempt > 1 ? "asks again: " : "asks for ";
    return {text(f.client), fmt::format("{}{} ({})", again, text(f.run), f.arguments)};
  }
  FactLine operator()(const RequestAnswered& f) const {
    switch (f.answer) {
      case Answer::ok:
        return {actor(), "is told: done"};
      case Answer::fail:
        return {actor(), "is told: failed" + reason(f.reason)};
      case Answer::unknown:
        return {actor(), "does not know what became of it" + reason(f.reason)};
    }
    return {};
  }
  FactLine operator()(const StatementExecuted& f) const {
    const std::string result =
        f.error.empty() ? fmt::format("{} row{}", f.rows, f.rows == 1 ? "" : "s") : f.error;
    if (f.text.empty()) return {text(f.actor), {}};
    // Not where the database is expected: on a standby, or on one that took over.
    const bool elsewhere = !fact_.actor.empty() && fact_.actor != f.database;
    return {text(f.actor),
            fmt::format("{}{}   {}", elsewhere ? "on " + actor() + ": " : "", f.text, result)};
  }
  FactLine operator()(const CommitLogged& f) const {
    return {text(f.database), fmt::format("transaction {} of {} is in the log at position {}",
                                          f.xid, text(f.operation), f.position)};
  }
  FactLine operator()(const CommitFlushed&) const { return {}; }
  FactLine operator()(const CommitVisible& f) const {
    return {text(f.database), "committed: others see it from now on"};
  }
  FactLine operator()(const CommitAnswered& f) const {
    if (f.answer == Answer::ok) return {actor(), "COMMIT answered"};
    return {actor(), f.answer == Answer::fail ? "COMMIT failed"
                                              : "COMMIT: no answer, the outcome is unknown to it"};
  }
  FactLine operator()(const TransactionAborted& f) const {
    return {text(f.database),
            f.reason == "rolled back" ? f.reason : "rolled back" + reason(f.reason)};
  }
  FactLine operator()(const CommitLost& f) const {
    return {text(f.database), f.allowed_by_config
                                  ? "the commit is lost (its configuration allows that)"
                                  : "the commit is LOST"};
  }
  FactLine operator()(const Promoted& f) const {
    return {
        text(f.to),
        fmt::format("takes over as primary from {} with the log up to position {}{}", text(f.from),
                    f.position, f.fenced ? "" : "; the old primary goes on by itself")};
  }
  FactLine operator()(const SlotLost& f) const {
    return {text(f.database),
            fmt::format("gives up the slot {}: its consumer is {} bytes of log behind",
                        text(f.slot), f.bytes_behind)};
  }
  FactLine operator()(const Emitted& f) const {
    return {text(f.service),
            fmt::format("owes {} of {} if this transaction commits", text(f.event), f.key)};
  }
  FactLine operator()(const Published& f) const {
    return {text(f.producer),
            fmt::format("{} of {} is appended to {}/{} at offset {}", text(f.event), f.key,
                        text(f.topic), f.partition, f.offset)};
  }
  FactLine operator()(const BecameReadable&) const { return {}; }
  FactLine operator()(const PublishLost& f) const {
    return {text(f.broker),
            fmt::format("the record {}/{} at offset {} is gone{}", text(f.topic), f.partition,
                        f.offset, f.acknowledged ? ", although it was acknowledged" : "")};
  }
  FactLine operator()(const Delivered& f) const {
    return {
        text(f.instance),
        fmt::format("gets {} from {}/{} at offset {}{}", text(f.event), text(f.topic), f.partition,
                    f.offset, f.attempt > 1 ? fmt::format(", attempt {}", f.attempt) : "")};
  }
  FactLine operator()(const Applied& f) const {
    return {text(f.instance),
            fmt::format("works on {} of {} in a transaction", text(f.event), f.key)};
  }
  FactLine operator()(const Handled& f) const {
    switch (f.outcome) {
      case HandlingOutcome::done:
        return {text(f.instance), fmt::format("is done with {}", text(f.event))};
      case HandlingOutcome::repeated:
        return {text(f.instance),
                fmt::format("knows {} already: a repeat, nothing is done", text(f.event))};
      case HandlingOutcome::refused:
        return {text(f.instance), fmt::format("refuses {}{}", text(f.event), reason(f.reason))};
      case HandlingOutcome::failed:
        return {text(f.instance),
                fmt::format("fails to handle {}{}", text(f.event), reason(f.reason))};
    }
    return {};
  }
  FactLine operator()(const Acknowledged&) const { return {}; }
  FactLine operator()(const Parked& f) const {
    return {text(f.consumer), fmt::format("parks {}{}", text(f.event), reason(f.reason))};
  }
  FactLine operator()(const FaultStruck& f) const { return {"FAULT", told(f.fault), true}; }
  FactLine operator()(const JobRan&) const { return {}; }
  FactLine operator()(const SagaStarted& f) const {
    return {actor(),
            fmt::format("begins the saga {} of {} ({})", text(f.type), saga(f.saga), f.arguments)};
  }
  FactLine operator()(const SagaStepAsked& f) const {
    const std::string again =
        f.step.attempt > 1 ? fmt::format(", attempt {}", f.step.attempt) : std::string();
    return {actor(), fmt::format("asks {} to {}{}", text(f.service), named(f.step), again)};
  }
  FactLine operator()(const SagaStepApplied& f) const {
    if (f.empty) {
      return {actor(),
              fmt::format("has nothing to compensate for {} and notes that", text(f.step.step))};
    }
    return {actor(),
            fmt::format("{} {} if this transaction commits",
                        f.step.kind == StepKind::action ? "does" : "undoes", text(f.step.step))};
  }
  FactLine operator()(const SagaStepEnded& f) const {
    const std::string what = named(f.step);
    switch (f.outcome) {
      case StepOutcome::applied:
        return {actor(), fmt::format("knows: {} is done", what)};
      case StepOutcome::refused:
        return {actor(), fmt::format("knows: {} was refused{}", what, reason(f.reason))};
      case StepOutcome::failed:
        return {actor(), fmt::format("knows: {} has failed{}", what, reason(f.reason))};
      case StepOutcome::unknown:
        return {actor(), fmt::format("does not know what became of {}{}", what, reason(f.reason))};
    }
    return {};
  }
  FactLine operator()(const SagaDecided& f) const {
    return {actor(), fmt::format("decides: {} of {} {}{}", text(f.type), saga(f.saga),
                                 f.commit ? "goes through" : "is taken back", reason(f.reason))};
  }
  FactLine operator()(const SagaEnded& f) const {
    return {actor(), fmt::format("the saga {} of {} is {}{}", text(f.type), saga(f.saga),
                                 to_text(f.state), reason(f.reason))};
  }
  FactLine operator()(const ExternalEffect& f) const {
    const std::string asked =
        fmt::format("{} ({})", text(f.operation), history::to_text(f.arguments));
    if (f.effect) return {text(f.system), "does " + asked};
    if (f.answer != "repeated")
      return {text(f.system), fmt::format("declines {}: {}", asked, f.answer)};
    return {text(f.system),
            fmt::format("knows the key {} of {}: a repeat, nothing is done", f.key, asked)};
  }

 private:
  std::string saga(const Identity& identity) const { return sim::to_text(names_, identity); }
  // "do charge", "undo charge"
  std::string named(const SagaStep& step) const {
    return fmt::format("{} {}", to_text(step.kind), text(step.step));
  }
  std::string text(sim::Name name) const { return std::string(names_.text(name)); }
  std::string actor() const { return text(fact_.actor); }
  static std::string reason(const std::string& why) { return why.empty() ? "" : ": " + why; }
  const Fact& fact_;
  const sim::Names& names_;
};

}  // namespace

std::string spoken(sim::FaultKind kind) {
  std::string words = sim::to_text(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

namespace {

// What tells this fault from another of its kind: how far, how long, how bad.
std::string details_of(const sim::Fault& fault) {
  std::string text;
  switch (fault.kind) {
    case sim::FaultKind::crash:
      if (fault.disk_lost) text += " with its disk";
      if (fault.for_ever) text += " for ever";
      return text;
    case sim::FaultKind::partition:
      if (fault.one_way) text += ", one way,";
      break;
    case sim::FaultKind::slow:
    case sim::FaultKind::delay:
      text += " by " + sim::to_text(fault.by);
      break;
    case sim::FaultKind::clock:
      text += fault.by < sim::Duration{} ? " set back by " + sim::to_text(-fault.by)
                                         : " set ahead by " + sim::to_text(fault.by);
      break;
    case sim::FaultKind::refuse:
      text += " with " + fault.error;
      break;
    case sim::FaultKind::promote:
      if (!fault.fenced) text += " without a fence";
      break;
    case sim::FaultKind::fail_sync:
      text += fault.unsynced_lost ? ", which stops and loses what it had written"
                                  : ", which stops and finds again what it had written";
      break;
    default:
      break;
  }
  if (fault.lasting > sim::Duration{}) text += " for " + sim::to_text(fault.lasting);
  return text;
}

}  // namespace

std::string told(const sim::LandedFault& landed) {
  std::string text = landed.fault.machine ? "machine " : "";
  text += spoken(landed.fault.kind);
  if (!landed.target.empty()) text += " of " + landed.target;
  text += details_of(landed.fault);
  if (!landed.address.empty()) text += ", at " + landed.address;
  return text;
}

FactLine line_of(const Fact& fact, const sim::Names& names) {
  return std::visit(Teller(fact, names), fact.content);
}

}  // namespace halfwrite::reports
