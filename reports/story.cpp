#include "reports/story.hpp"

#include "models/invariants/lineage.hpp"
#include "reports/comparison.hpp"
#include "reports/divergence.hpp"
#include "reports/fact_text.hpp"
#include "reports/signs.hpp"
#include "reports/table.hpp"
#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace halfwrite::reports {

using namespace history;
using invariants::Verdict;
using invariants::Violation;

namespace {

constexpr std::size_t most_lines =
    22;  // of facts; with head, lineage and foot the story stays under 40

// What belongs to one violation: its intents, its events and the transactions that touched them.
class Relation {
 public:
  Relation(const std::vector<Fact>& facts, const Violation& violation, const sim::Names& names) {
    if (!violation.event_id.empty()) event_ids_.insert(violation.event_id);
    if (!violation.other_event_id.empty()) event_ids_.insert(violation.other_event_id);
    if (!violation.intent.empty()) intents_.push_back(violation.intent);
    const bool by_subject = event_ids_.empty() && intents_.empty();
    for (const Fact& fact : facts) {
      if (const auto* f = std::get_if<RequestInvoked>(&fact.content); f != nullptr && by_subject) {
        // The author's SQL knows rows, not intents: the requests that named the row's first column.
        if (mentions(f->arguments, violation.subject)) intents_.push_back(f->request);
      } else if (const auto* emitted = std::get_if<Emitted>(&fact.content)) {
        const bool same_event =
            violation.event.empty() || names.text(emitted->event) == violation.event;
        if ((is_intent(emitted->intent) && same_event) || event_ids_.contains(emitted->event_id) ||
            (by_subject && emitted->key == violation.subject)) {
          event_ids_.insert(emitted->event_id);
          tokens_.insert(emitted->transaction.value);
          if (!is_intent(emitted->intent)) intents_.push_back(emitted->intent);
        }
      } else if (const auto* published = std::get_if<Published>(&fact.content)) {
        const bool same_event =
            violation.event.empty() || names.text(published->event) == violation.event;
        if (is_intent(published->intent) && same_event) event_ids_.insert(published->event_id);
      }
    }
    for (const Fact& fact : facts) relate_transaction(fact);
    for (const Identity& intent : intents_)
      intent_addresses_.push_back("of " + sim::to_text(names, intent));
    for (const std::string& event_id : event_ids_) intent_addresses_.push_back("of " + event_id);
  }

  bool holds(const Fact& fact) const {
    return std::visit([this](const auto& content) { return related(content); }, fact.content);
  }

 private:
  static bool mentions(const std::string& arguments, const std::string& subject) {
    const std::size_t at = arguments.find(subject);
    if (subject.empty() || at == std::string::npos) return false;
    const std::size_t end = at + subject.size();
    return end == arguments.size() || arguments[end] == ',' || arguments[end] == ' ';
  }
  // The address ends there, or goes on with ", attempt 2".
  static bool ends_with_name(const std::string& address, const std::string& of) {
    const std::size_t at = address.find(of);
    if (at == std::string::npos) return false;
    const std::size_t end = at + of.size();
    return end == address.size() || address[end] == ',';
  }
  bool is_intent(const Identity& identity) const {
    return !identity.empty() &&
           std::find(intents_.begin(), intents_.end(), identity) != intents_.end();
  }
  void relate_transaction(const Fact& fact) {
    if (const auto* logged = std::get_if<CommitLogged>(&fact.content)) {
      if (is_intent(logged->intent)) tokens_.insert(logged->transaction.value);
    } else if (const auto* applied = std::get_if<Applied>(&fact.content)) {
      if (event_ids_.contains(applied->event_id)) tokens_.insert(applied->transaction.value);
    }
  }
  bool has(TransactionToken token) const { return tokens_.contains(token.value); }

  bool related(const RequestInvoked& f) const { return is_intent(f.request); }
  bool related(const RequestAnswered& f) const { return is_intent(f.request); }
  bool related(const StatementExecuted& f) const {
    return is_intent(f.intent) || has(f.transaction);
  }
  bool related(const CommitLogged& f) const { return has(f.transaction); }
  bool related(const CommitFlushed& f) const { return has(f.transaction); }
  bool related(const CommitVisible& f) const { return has(f.transaction); }
  bool related(const CommitAnswered& f) const { return has(f.transaction); }
  bool related(const TransactionAborted& f) const { return has(f.transaction); }
  bool related(const CommitLost& f) const { return has(f.transaction); }
  bool related(const Emitted& f) const { return event_ids_.contains(f.event_id); }
  bool related(const Published& f) const { return event_ids_.contains(f.event_id); }
  bool related(const BecameReadable&) const { return false; }
  bool related(const PublishLost& f) const { return event_ids_.contains(f.event_id); }
  bool related(const Delivered& f) const { return event_ids_.contains(f.event_id); }
  bool related(const Applied& f) const { return event_ids_.contains(f.event_id); }
  bool related(const Handled& f) const { return event_ids_.contains(f.event_id); }
  bool related(const Acknowledged&) const { return false; }
  bool related(const Parked& f) const { return event_ids_.contains(f.event_id); }
  bool related(const FaultStruck& f) const {
    return std::any_of(intent_addresses_.begin(), intent_addresses_.end(),
                       [&f](const std::string& of) { return ends_with_name(f.fault.address, of); });
  }
  bool related(const JobRan&) const { return false; }

  std::vector<Identity> intents_;
  std::set<std::string> event_ids_;
  std::set<std::uint64_t> tokens_;
  std::vector<std::string> intent_addresses_;
};

// The violations to tell, each with its invariant: the first, or those that were asked for.
struct Told {
  const Verdict* verdict;
  const Violation* violation;
};

std::vector<Told> chosen(const campaign::SingleRun& run, const StoryOptions& options) {
  std::vector<Told> told;
  for (const Verdict& verdict : run.outcome.verdicts)
    for (const Violation& violation : verdict.violations) {
      const bool wanted = options.event.empty() || options.event == "all" ||
                          options.event == violation.subject || options.event == violation.event_id;
      if (wanted) told.push_back({&verdict, &violation});
      if (wanted && options.event.empty()) return told;
    }
  return told;
}

std::string seconds(Instant instant) {
  return sim::to_text(instant);
}

std::string lineage_line(const invariants::Lineage& lineage, const Look& look) {
  std::string text = "  lineage ";
  for (const invariants::LineageStep& step : lineage.steps) {
    const bool there = step.state == invariants::StageState::happened ||
                       step.state == invariants::StageState::repeated;
    std::string mark = there ? signs(look).happened : signs(look).never;
    if (step.state == invariants::StageState::repeated) mark += fmt::format("x{}", step.times);
    if (step.state == invariants::StageState::parked) mark = "P";
    if (step.state == invariants::StageState::unknown) mark = "?";
    if (step.state == invariants::StageState::broken) mark = signs(look).violated;
    text += fmt::format(" {} {}", invariants::to_text(step.stage), mark);
    if (lineage.broken_after && *lineage.broken_after == step.stage) text += signs(look).broken;
  }
  return text + "\n";
}

std::string run_line(const campaign::SingleRun& run, const Look& look) {
  const auto& outcome = run.outcome;
  const bool stuck = outcome.end.kind == sim::RunEnd::Kind::stuck;
  return wrap(fmt::format("{} / {} / seed {}   {} {} {} {} {} at {} s", run.request.file->name,
                          run.request.variant->name, outcome.seed,
                          counted(outcome.figures.requests, "request"), signs(look).dot,
                          counted(outcome.landed.size(), "fault"), signs(look).dot,
                          stuck ? "stuck" : "at rest", seconds(outcome.end.at)),
              look.width, 2) +
         "\n";
}

std::string story_of(const campaign::SingleRun& run, const Told& told, const Look& look) {
  const auto& history = *run.outcome.history;
  const Relation relation(history.facts, *told.violation, history.names());
  const auto lineage = invariants::lineage_of(history.facts, *told.violation, history.names());
  std::vector<std::string> lines;
  std::string last_instant;
  const std::string calm =
      fmt::format("  {:>9}  {:<12} requests and faults are over; at {} s nothing is in flight",
                  seconds(run.outcome.end.calm_since), "calm", seconds(run.outcome.end.at));
  bool is_calm = false;
  for (const Fact& fact : history.facts) {
    const bool is_cause = lineage.broken_by && *lineage.broken_by == fact.number;
    if (!relation.holds(fact) && !is_cause) continue;
    const FactLine line = line_of(fact, history.names());
    if (line.what.empty()) continue;
    if (!is_calm && fact.at > run.outcome.end.calm_since) {
      lines.push_back(calm);
      is_calm = true;
    }
    const std::string instant = seconds(fact.at);
    const std::string who = line.is_fault ? std::string(signs(look).violated) + " FAULT" : line.who;
    lines.push_back(
        cut_to(fmt::format("  {:>9}  {} {}", instant == last_instant ? "" : instant,
                           who + (width_of(who) < 12 ? std::string(12 - width_of(who), ' ') : ""),
                           line.what),
               look.width, look.unicode));
    last_instant = instant;
  }
  if (!is_calm) lines.push_back(calm);
  std::string text;
  if (told.verdict != nullptr)
    text = fmt::format("{} {}: {}\n\n", signs(look).violated, told.verdict->invariant,
                       wrap(told.violation->sentence, look.width - 20, 2));
  if (lines.size() > most_lines) {
    const std::size_t head = most_lines / 2;
    const std::size_t tail = most_lines - head - 1;
    const std::size_t left_out = lines.size() - head - tail;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(head),
                lines.end() - static_cast<std::ptrdiff_t>(tail));
    lines.insert(
        lines.begin() + static_cast<std::ptrdiff_t>(head),
        fmt::format("             {} and {} more lines about it", signs(look).dot, left_out));
  }
  for (const std::string& line : lines) text += line + "\n";
  // A figure or a row of the author's SQL has no lineage.
  const bool has_lineage =
      told.verdict != nullptr &&
      std::any_of(lineage.steps.begin(), lineage.steps.end(),
                  [](const auto& step) { return step.state != invariants::StageState::never; });
  return has_lineage ? text + lineage_line(lineage, look) : text;
}

// Is any fact about what it names?
bool is_mentioned(const campaign::SingleRun& run, const Violation& violation) {
  const auto& history = *run.outcome.history;
  const Relation relation(history.facts, violation, history.names());
  return std::any_of(history.facts.begin(), history.facts.end(),
                     [&relation](const Fact& fact) { return relation.holds(fact); });
}

std::string other_violations(const campaign::SingleRun& run, const Told* told, const Look& look) {
  std::string text;
  for (const Verdict& verdict : run.outcome.verdicts) {
    if (verdict.violations.empty()) continue;
    std::vector<std::string> subjects;
    for (const Violation& violation : verdict.violations) {
      if (told != nullptr && &violation == told->violation) continue;
      if (std::find(subjects.begin(), subjects.end(), violation.subject) == subjects.end())
        subjects.push_back(violation.subject);
    }
    if (subjects.empty()) continue;
    if (subjects.front().empty()) {  // a figure: it is of nobody, its sentence says all
      text +=
          "  " +
          wrap(fmt::format("also {}: {}", verdict.invariant, verdict.violations.front().sentence),
               look.width, 4) +
          "\n";
      continue;
    }
    const std::size_t shown = std::min<std::size_t>(subjects.size(), 4);
    text += fmt::format(
        "  also {}: {}{}\n", verdict.invariant,
        fmt::join(subjects.begin(), subjects.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
        subjects.size() > shown ? fmt::format(" and {} more (--event all)", subjects.size() - shown)
                                : "");
  }
  return text;
}

// One variant's word on the invariant that is told: "holds", "violated for order-9 too".
std::string word_of(const campaign::SameSeed& other, const Told& told) {
  for (const Verdict& verdict : other.verdicts) {
    if (verdict.invariant != told.verdict->invariant) continue;
    if (verdict.outcome == invariants::Outcome::holds) return "holds";
    if (verdict.outcome == invariants::Outcome::vacuous) return "not exercised";
    const std::string& subject = told.violation->subject;
    const auto same =
        std::find_if(verdict.violations.begin(), verdict.violations.end(),
                     [&subject](const Violation& found) { return found.subject == subject; });
    if (subject.empty()) return "violated too";
    return same != verdict.violations.end()
               ? "violated for " + subject + " too"
               : "violated, for " + verdict.violations.front().subject + " and not " + subject;
  }
  return "not asked about";
}

// What the other variants did under the same seed and faults, those of one word together.
std::string same_seed_lines(const campaign::SingleRun& run, const Told& told, const Look& look) {
  std::vector<std::pair<std::string, std::string>> words;  // the word, and whose it is
  for (const campaign::SameSeed& other : run.same_seed) {
    const std::string word = word_of(other, told);
    const auto same = std::find_if(words.begin(), words.end(),
                                   [&word](const auto& known) { return known.first == word; });
    if (same == words.end()) {
      words.emplace_back(word, other.variant);
    } else {
      same->second += ", " + other.variant;
    }
  }
  std::string text;
  for (const auto& [word, variants] : words)
    text += "  " + wrap("same seed: " + word + ": " + variants, look.width - 2, 4) + "\n";
  return text;
}

std::string verdict_lines(const campaign::SingleRun& run, const Look& look) {
  std::string text;
  for (const Verdict& verdict : run.outcome.verdicts) {
    const char* mark = verdict.outcome == invariants::Outcome::holds     ? signs(look).holds
                       : verdict.outcome == invariants::Outcome::vacuous ? signs(look).vacuous
                                                                         : signs(look).violated;
    text += fmt::format("{} {}", mark, verdict.invariant);
    if (verdict.outcome == invariants::Outcome::vacuous)
      text += ": not exercised, " + verdict.vacuous_because;
    if (verdict.outcome == invariants::Outcome::violated)
      text += ": " + counted(verdict.violations.size(), "violation");
    if (verdict.allowed_by_config) text += " (allowed_by_config)";
    if (verdict.parked > 0) text += fmt::format(" ({} parked)", verdict.parked);
    text += "\n";
  }
  return text;
}

std::string fault_lines(const campaign::SingleRun& run, bool all) {
  const auto& outcome = run.outcome;
  std::string text;
  if (all) {
    for (const sim::LandedFault& landed : outcome.landed)
      text += fmt::format("  {:>9}  {}\n", seconds(landed.at), told(landed));
    for (const sim::Fault& fault : outcome.never_reached)
      text += fmt::format("  never reached: {}\n", scenarios::write_fault(fault));
    for (const sim::Fault& fault : outcome.found_nothing)
      text += fmt::format("  found nothing to strike: {}\n", scenarios::write_fault(fault));
    text += "plan of what landed (--plan replays it):\n" +
            scenarios::write_plan(outcome.landed_plan) + "\n";
  } else {
    if (!outcome.never_reached.empty())
      text += fmt::format("  {} never reached {} place (--faults shows all)\n",
                          counted(outcome.never_reached.size(), "fault"),
                          outcome.never_reached.size() == 1 ? "its" : "their");
    if (!outcome.found_nothing.empty())
      text += fmt::format("  {} found nothing to strike (--faults shows all)\n",
                          counted(outcome.found_nothing.size(), "fault"));
  }
  for (const sim::OrderOutcome& order : outcome.orders)
    if (order.prevented)
      text += fmt::format("  the order of the plan was prevented at point {} of {}\n",
                          order.passed + 1, order.points);
  for (const std::string& point : run.request.variant->scenario.passed_over)
    text += fmt::format("  passed over: {} (this variant has no such point or node)\n", point);
  return text;
}

std::string ending(const campaign::SingleRun& run) {
  std::string text;
  if (run.divergence) text += divergence_text(*run.divergence, "");
  if (run.other_broke_off)
    text += "NOT VERIFIED: the other process ended before its run did; what it said is above\n";
  if (run.request.compare_with && !run.divergence && !run.other_broke_off)
    text += fmt::format("verified: another process made the same {} trace records\n",
                        run.outcome.trace_records);
  if (run.outcome.end.kind == sim::RunEnd::Kind::stuck) {
    text += "STUCK: the run never came to rest; it waits for\n";
    const auto& waiting = run.outcome.end.waiting;
    for (std::size_t i = 0; i < std::min<std::size_t>(waiting.size(), 8); ++i)
      text += "  " + waiting[i] + "\n";
    if (waiting.size() > 8) text += fmt::format("  and {} more\n", waiting.size() - 8);
  }
  for (const auto& result : run.expectations)
    if (result.met != campaign::Met::met)
      text += fmt::format("not as expected: {}: {}\n", result.subject, result.sentence);
  return text + fmt::format(
                    "trace {:016x}   {} (exit {})\n", run.outcome.trace_hash,
                    run.code == campaign::ExitCode::as_expected ? "as expected" : "not as expected",
                    static_cast<int>(run.code));
}

}  // namespace

std::string story_text(const campaign::SingleRun& run, const StoryOptions& options) {
  const Look& look = options.look;
  std::string text = run_line(run, look);
  const std::vector<Told> told = chosen(run, options);
  for (const Told& one : told) text += story_of(run, one, look) + "\n";
  if (told.empty()) {
    if (!options.event.empty() && options.event != "all") {
      // A story without a villain: what became of this key, although nothing is wrong with it.
      Violation nothing_wrong;
      nothing_wrong.subject = options.event;
      if (is_mentioned(run, nothing_wrong)) {
        text += fmt::format("nothing is wrong with \"{}\" in this run; what became of it:\n\n",
                            options.event);
        text += story_of(run, {nullptr, &nothing_wrong}, look) + "\n";
      } else {
        text += fmt::format(
            "nothing in this run is about \"{}\"; --event takes a key, an event id or all\n\n",
            options.event);
      }
    }
    text += verdict_lines(run, look);
  } else if (options.event.empty()) {
    text += other_violations(run, &told.front(), look);
    text += same_seed_lines(run, told.front(), look);
  }
  return text + fault_lines(run, options.all_faults) + ending(run);
}

}  // namespace halfwrite::reports
