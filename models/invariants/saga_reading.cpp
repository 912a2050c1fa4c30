#include "models/invariants/saga_reading.hpp"

#include <algorithm>

namespace halfwrite::invariants {

using history::StepKind;
using history::StepOutcome;

namespace {

// "was applied", "had failed"
std::string said_of(StepOutcome outcome) {
  return (outcome == StepOutcome::failed ? "had " : "was ") +
         std::string(history::to_text(outcome));
}

}  // namespace

std::span<const contract::SagaStep> SagaReading::steps() const {
  if (definition_ == nullptr) return {};
  return definition_->steps;
}

contract::CompensationOrder SagaReading::compensation_order() const {
  return definition_ == nullptr ? contract::CompensationOrder::any
                                : definition_->compensation_order;
}

std::string SagaReading::subject() const {
  const std::string& arguments = record_.arguments;
  const std::size_t colon = arguments.find(": ");
  if (colon == std::string::npos) return sim::to_text(names_, record_.saga);
  const std::size_t end = arguments.find(", ", colon);
  return arguments.substr(colon + 2, end == std::string::npos ? end : end - colon - 2);
}

std::string SagaReading::title() const {
  return "saga " + text(record_.type) + " of " + subject();
}

const Transaction* SagaReading::transaction(const InTransaction& where) const {
  if (where.in_memory()) return nullptr;
  const auto index = ledger_.find_transaction(where.database, where.token);
  return index ? &ledger_.transaction(*index) : nullptr;
}

const SagaStepRecord* SagaReading::find(const std::string& step) const {
  const auto found =
      std::find_if(record_.steps.begin(), record_.steps.end(),
                   [&](const SagaStepRecord& known) { return names_.text(known.step) == step; });
  return found == record_.steps.end() ? nullptr : &*found;
}

// --- What was decided

SagaDecisionKind SagaReading::decision() const {
  if (committed()) return SagaDecisionKind::commit;
  const bool aborts =
      std::any_of(record_.decisions.begin(), record_.decisions.end(),
                  [&](const SagaDecision& made) { return !made.commit && survives(made.where); });
  return aborts ? SagaDecisionKind::abort : SagaDecisionKind::none;
}

std::optional<Moment> SagaReading::committed() const {
  for (const SagaDecision& made : record_.decisions) {
    if (!made.commit || !survives(made.where)) continue;
    const Transaction* found = transaction(made.where);
    return found == nullptr ? made.moment : found->logged;
  }
  return std::nullopt;
}

const SagaDecision* SagaReading::firm_abort() const {
  const bool acted_upon =
      std::any_of(record_.steps.begin(), record_.steps.end(), [&](const SagaStepRecord& step) {
        return !effects(text(step.step), StepKind::compensation).empty();
      });
  for (const SagaDecision& made : record_.decisions) {
    if (made.commit || !survives(made.where)) continue;
    if (!made.where.in_memory() || acted_upon) return &made;
  }
  return nullptr;
}

std::string SagaReading::reason_of_abort() const {
  for (const SagaDecision& made : record_.decisions) {
    if (!made.commit && !made.reason.empty()) return ": " + made.reason;
  }
  return "";
}

const SagaEnding* SagaReading::ending() const {
  const SagaEnding* last = nullptr;
  for (const SagaEnding& ending : record_.endings) {
    if (survives(ending.where)) last = &ending;
  }
  return last;
}

bool SagaReading::was_begun() const {
  if (std::any_of(record_.starts.begin(), record_.starts.end(),
                  [&](const SagaStart& start) { return survives(start.where); }))
    return true;
  return std::any_of(record_.steps.begin(), record_.steps.end(), [&](const SagaStepRecord& step) {
    return !effects(text(step.step), StepKind::action).empty();
  });
}

// --- What was done

// U6: only surviving transactions that changed rows.
std::vector<StepEffect> SagaReading::changes(const std::string& step, StepKind kind) const {
  std::vector<StepEffect> found;
  const SagaStepRecord* known = find(step);
  if (known == nullptr) return found;
  std::vector<const Transaction*> seen;
  for (const StepWork& work : known->works) {
    const Transaction* worked =
        work.kind == kind && !work.empty ? transaction(work.where) : nullptr;
    if (worked == nullptr || !worked->survives() || worked->rows_changed == 0) continue;
    if (std::find(seen.begin(), seen.end(), worked) != seen.end()) continue;
    seen.push_back(worked);
    found.push_back({worked->logged, service_of(*worked), false});
  }
  return found;
}

std::vector<StepEffect> SagaReading::effects(const std::string& step, StepKind kind) const {
  std::vector<StepEffect> found = changes(step, kind);
  if (const SagaStepRecord* known = find(step)) {
    for (const StepOutside& outside : known->outside) {
      if (outside.kind == kind) found.push_back({outside.moment, text(outside.system), true});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const StepEffect& a, const StepEffect& b) {
    return a.moment.number < b.moment.number;
  });
  return found;
}

bool SagaReading::took_place(const std::string& step, StepKind kind) const {
  if (!effects(step, kind).empty()) return true;
  const SagaStepRecord* known = find(step);
  if (known == nullptr) return false;
  const bool in_rows =
      std::any_of(known->works.begin(), known->works.end(), [&](const StepWork& work) {
        return work.kind == kind && !work.empty && !work.where.in_memory() && survives(work.where);
      });
  // A transaction that wrote nothing is in no log; whoever asked for it was told all the same.
  return in_rows ||
         std::any_of(known->learned.begin(), known->learned.end(), [&](const StepLearned& learned) {
           return learned.kind == kind && learned.outcome == StepOutcome::applied;
         });
}

std::optional<StepOutcome> SagaReading::failed_at_last(const std::string& step,
                                                       StepKind kind) const {
  const SagaStepRecord* known = find(step);
  if (known == nullptr || !changes(step, kind).empty()) return std::nullopt;
  const StepLearned* last = nullptr;
  for (const StepLearned& learned : known->learned) {
    if (learned.kind != kind) continue;
    if (learned.outcome == StepOutcome::applied) return std::nullopt;
    last = &learned;
  }
  if (last == nullptr || last->outcome == StepOutcome::unknown) return std::nullopt;
  const auto is_later = [&](const auto& other) {
    return other.kind == kind && other.moment.number > last->moment.number;
  };
  if (std::any_of(known->outside.begin(), known->outside.end(), is_later)) return std::nullopt;
  if (std::any_of(known->asked.begin(), known->asked.end(), is_later)) return std::nullopt;
  return last->outcome;
}

std::optional<Moment> SagaReading::first_compensation(const std::string& step) const {
  const SagaStepRecord* known = find(step);
  if (known == nullptr) return std::nullopt;
  std::optional<Moment> first;
  const auto consider = [&first](Moment moment) {
    if (!first || moment.number < first->number) first = moment;
  };
  for (const StepWork& work : known->works) {
    const Transaction* worked =
        work.kind == StepKind::compensation ? transaction(work.where) : nullptr;
    if (worked != nullptr && worked->survives()) consider(worked->logged);
  }
  for (const StepOutside& outside : known->outside) {
    if (outside.kind == StepKind::compensation) consider(outside.moment);
  }
  for (const StepLearned& learned : known->learned) {
    if (learned.kind == StepKind::compensation && learned.outcome == StepOutcome::applied)
      consider(learned.moment);
  }
  return first;
}

std::string SagaReading::inverse_of(const std::string& system, const std::string& operation) const {
  return contract::inverse_of(contract_.externals, system, operation);
}

bool SagaReading::is_inverse(const std::string& system, const std::string& operation) const {
  return std::any_of(contract_.externals.begin(), contract_.externals.end(),
                     [&](const contract::ExternalOperation& known) {
                       return known.system == system && known.inverse == operation;
                     });
}

std::vector<SagaReading::Standing> SagaReading::standing_outside(const std::string& step) const {
  std::vector<Standing> standing;
  const SagaStepRecord* known = find(step);
  if (known == nullptr) return standing;
  for (const StepOutside& outside : known->outside) {
    const std::string inverse = inverse_of(text(outside.system), text(outside.operation));
    if (!inverse.empty() && outside.kind == StepKind::action)
      standing.push_back({text(outside.system), text(outside.operation), inverse, outside.moment});
  }
  for (const StepOutside& outside : known->outside) {
    const auto taken_back =
        std::find_if(standing.begin(), standing.end(), [&](const Standing& candidate) {
          return candidate.system == text(outside.system) &&
                 candidate.inverse == text(outside.operation);
        });
    if (taken_back != standing.end()) standing.erase(taken_back);
  }
  return standing;
}

bool SagaReading::is_taken_back(const Standing& standing) const {
  std::size_t done = 0;
  std::size_t undone = 0;
  for (const SagaStepRecord& step : record_.steps) {
    for (const StepOutside& outside : step.outside) {
      if (text(outside.system) != standing.system) continue;
      done += text(outside.operation) == standing.operation ? 1 : 0;
      undone += text(outside.operation) == standing.inverse ? 1 : 0;
    }
  }
  return undone >= done;
}

// --- Sentences

// "inventory" of "inventory.reserve"
std::string SagaReading::service_of(const Transaction& transaction) const {
  const std::string operation = text(transaction.operation);
  return operation.substr(0, operation.find('.'));
}

std::string SagaReading::named(const std::string& step) const {
  const SagaStepRecord* known = find(step);
  std::string service;
  if (known != nullptr) {
    for (const StepAsked& asked : known->asked) service = text(asked.service);
    for (const StepWork& work : known->works) {
      const Transaction* worked = service.empty() ? transaction(work.where) : nullptr;
      if (worked != nullptr) service = service_of(*worked);
    }
  }
  return service.empty() ? step : step + " (" + service + ")";
}

std::string SagaReading::named(const std::string& step, StepKind kind) const {
  return (kind == StepKind::compensation ? "the compensation of " : "") + named(step);
}

// Where nobody asks for steps: the newest that is known of any, which nobody acted on.
std::string SagaReading::waits_for_nobody() const {
  std::string newest;
  std::uint64_t number = 0;
  const auto note = [&](const SagaStepRecord& step, StepKind kind, const Moment& moment,
                        const std::string& what) {
    if (!newest.empty() && moment.number < number) return;
    number = moment.number;
    newest = "after " + named(text(step.step), kind) + " " + what + " at " + seconds(moment.at) +
             " nobody went on";
  };
  for (const SagaStepRecord& step : record_.steps) {
    for (const StepLearned& learned : step.learned)
      note(step, learned.kind, learned.moment, said_of(learned.outcome));
    for (const StepWork& work : step.works)
      if (survives(work.where)) note(step, work.kind, work.moment, "took effect");
  }
  return newest.empty() ? "nobody asked for any of its steps" : newest;
}

std::string SagaReading::waits_for() const {
  const SagaStepRecord* step = nullptr;
  const StepAsked* asked = nullptr;
  for (const SagaStepRecord& known : record_.steps) {
    for (const StepAsked& candidate : known.asked) {
      if (!survives(candidate.where)) continue;
      if (asked != nullptr && candidate.moment.number < asked->moment.number) continue;
      step = &known;
      asked = &candidate;
    }
  }
  if (asked == nullptr) return waits_for_nobody();
  const std::string name = text(step->step);
  const std::string what = named(name, asked->kind);
  const StepLearned* learned = nullptr;
  for (const StepLearned& candidate : step->learned) {
    if (candidate.kind == asked->kind && candidate.moment.number > asked->moment.number)
      learned = &candidate;
  }
  if (learned != nullptr)
    return "after " + what + " " + said_of(learned->outcome) + " at " +
           seconds(learned->moment.at) + " nobody asked for more";
  if (!took_place(name, asked->kind))
    return "it waits for " + what + ", asked for at " + seconds(asked->moment.at);
  return "it waits to hear of " + what + ", which took effect and was asked for at " +
         seconds(asked->moment.at);
}

}  // namespace halfwrite::invariants
