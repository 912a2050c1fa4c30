#include "reports/story.hpp"

#include "models/invariants/lineage.hpp"
#include "models/invariants/saga_fate.hpp"
#include "reports/comparison.hpp"
#include "reports/divergence.hpp"
#include "reports/fact_text.hpp"
#include "reports/relation.hpp"
#include "reports/signs.hpp"
#include "reports/slowest.hpp"
#include "reports/story_lines.hpp"
#include "reports/table.hpp"
#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

using namespace history;
using invariants::Verdict;
using invariants::Violation;

namespace {

constexpr std::size_t most_lines =
    24;  // of facts; with head, lineage and foot the story stays under 40
constexpr std::size_t most_faults_told = 5;  // whatever they struck; of more, only those it touches

// The violations to tell, each with its invariant: the first, or those that were asked for.
struct Told {
  const Verdict* verdict;
  const Violation* violation;
};

std::vector<Told> chosen(const campaign::SingleRun& run, const StoryOptions& options) {
  std::vector<Told> told;
  const auto is_of_request = [&](const Violation& violation) {
    return !violation.intent.empty() &&
           sim::to_text(run.outcome.history->names(), violation.intent) == options.event;
  };
  for (const Verdict& verdict : run.outcome.verdicts)
    for (const Violation& violation : verdict.violations) {
      const bool wanted = options.event.empty() || options.event == "all" ||
                          options.event == violation.subject ||
                          options.event == violation.event_id || is_of_request(violation);
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
                          run.request.variant->name, run.request.seed.text(),
                          counted(outcome.figures.requests, "request"), signs(look).dot,
                          counted(outcome.landed.size(), "fault"), signs(look).dot,
                          stuck ? "stuck" : "at rest", seconds(outcome.end.at)),
              look.width, 2) +
         "\n";
}

// What the seed had of the storm.
std::string drawn_line(const campaign::SingleRun& run, const Look& look) {
  if (run.drawn.empty()) return {};
  return wrap(fmt::format("swarm: {}", fmt::join(run.drawn, "; ")), look.width, 2) + "\n";
}

// When the last request was answered and the last fault was over.
Instant calm_instant(const campaign::SingleRun& run) {
  const sim::RunEnd& end = run.outcome.end;
  Instant calm = end.calm_since;
  for (const Fact& fact : run.outcome.history->facts) {
    const bool concerns = std::holds_alternative<RequestInvoked>(fact.content) ||
                          std::holds_alternative<RequestAnswered>(fact.content);
    if (concerns) calm = std::max(calm, fact.at);
  }
  for (const sim::LandedFault& landed : run.outcome.landed)
    calm = std::max(calm, landed.fault.for_ever ? landed.at : landed.at + landed.fault.lasting);
  return std::min(calm, end.at);
}

std::string calm_line(const campaign::SingleRun& run, Instant calm) {
  const sim::RunEnd& end = run.outcome.end;
  return fmt::format("  {:>9}  {:<12} requests and faults are over; {} {} s{}", seconds(calm),
                     "calm", end.kind == sim::RunEnd::Kind::stuck ? "it is stuck at" : "at",
                     seconds(end.at),
                     end.kind == sim::RunEnd::Kind::stuck ? "" : " nothing is in flight");
}

bool is_small(const campaign::SingleRun& run) {
  return run.outcome.landed.size() <= most_faults_told;
}

std::string fact_line(const Fact& fact, const FactLine& line, bool same_instant, const Look& look) {
  const std::string who = line.is_fault ? std::string(signs(look).violated) + " FAULT" : line.who;
  return cut_to(fmt::format("  {:>9}  {} {}", same_instant ? "" : seconds(fact.at),
                            who + (width_of(who) < 12 ? std::string(12 - width_of(who), ' ') : ""),
                            line.what),
                look.width, look.unicode);
}

// The lines about `whose`, until the end of the run.
std::vector<StoryLine> lines_about(const campaign::SingleRun& run, const Violation& whose,
                                   const invariants::Lineage& lineage, const Look& look) {
  const auto& history = *run.outcome.history;
  const Relation relation(history.facts, whose, history.names());
  const Instant calm = calm_instant(run);
  std::vector<StoryLine> lines;
  std::string last_instant;
  bool is_calm = false;
  for (const Fact& fact : history.facts) {
    const bool is_cause = lineage.broken_by && *lineage.broken_by == fact.number;
    const bool is_told = is_small(run) && std::holds_alternative<FaultStruck>(fact.content);
    if (!relation.holds(fact) && !is_cause && !is_told) continue;
    const FactLine line = line_of(fact, history.names());
    if (line.what.empty()) continue;
    if (!is_calm && fact.at > calm) {
      lines.push_back({calm_line(run, calm), Weight::decisive});
      is_calm = true;
    }
    const std::string instant = seconds(fact.at);
    lines.push_back({fact_line(fact, line, instant == last_instant, look), relation.weight(fact)});
    last_instant = instant;
  }
  if (!is_calm) lines.push_back({calm_line(run, calm), Weight::decisive});
  return lines;
}

// Behind a figure: whose story to tell, and the sentence that says so.
std::optional<Slowest> behind_figure(const campaign::SingleRun& run, const Told& told) {
  if (told.verdict == nullptr) return std::nullopt;
  for (const scenarios::Invariant& invariant : run.request.variant->scenario.invariants) {
    const auto* const bound = std::get_if<scenarios::FigureBound>(&invariant);
    if (bound == nullptr || bound->name != told.verdict->invariant) continue;
    const auto& history = *run.outcome.history;
    std::optional<Slowest> slowest;
    if (bound->at_most)
      slowest = slowest_of(history.facts, bound->figure, bound->of, history.names());
    if (slowest) return slowest;
    return Slowest{{}, "a figure is of the whole run: it has no single event to tell of"};
  }
  return std::nullopt;
}

// What became of each step, those of one fate together.
std::string saga_lines(const invariants::SagaFate& fate, const Look& look) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < fate.steps.size();) {
    const std::string became = invariants::to_text(fate.steps[i]);
    std::string steps = fate.steps[i].step;
    for (++i; i < fate.steps.size() && invariants::to_text(fate.steps[i]) == became; ++i)
      steps += ", " + fate.steps[i].step;
    words.push_back(steps + ": " + became);
  }
  std::string text = fmt::format("steps    {}", fmt::join(words, "; "));
  text += fate.decided.empty() ? "; nobody decided" : "; it was decided " + fate.decided;
  text += fate.ended.empty() ? "; it never ended" : "; it ended " + fate.ended;
  return "  " + wrap(text, look.width - 2, 11) + "\n";
}

// Where the chain broke, and that nothing can be said of why.
std::string lineage_text(const campaign::SingleRun& run, const invariants::Lineage& lineage,
                         const Look& look) {
  std::string text = lineage_line(lineage, look);
  if (lineage.broken_after && !lineage.broken_by && !is_small(run))
    text += fmt::format(
        "  whether one of the {} faults broke it cannot be read from the facts "
        "(--faults lists them)\n",
        run.outcome.landed.size());
  return text;
}

std::string story_of(const campaign::SingleRun& run, const Told& told,
                     const StoryOptions& options) {
  const Look& look = options.look;
  const auto& history = *run.outcome.history;
  const std::optional<Slowest> figure = behind_figure(run, told);
  const Violation& whose = figure ? figure->whose : *told.violation;
  const auto lineage = invariants::lineage_of(history.facts, whose, history.names());
  std::string text;
  if (told.verdict != nullptr)
    text = fmt::format("{} {}: {}\n\n", signs(look).violated, told.verdict->invariant,
                       wrap(told.violation->sentence, look.width - 20, 2));
  if (figure) text += "  " + wrap(figure->sentence, look.width - 2, 4) + "\n\n";
  const std::vector<StoryLine> lines = lines_about(run, whose, lineage, look);
  const std::string see_all =
      whose.subject.empty() ? "" : "--event " + whose.subject + " shows all";
  for (const std::string& line :
       shortened(lines, options.whole ? lines.size() : most_lines, see_all, look))
    text += line + "\n";
  if (whose.event_id.empty()) {
    const auto saga = invariants::saga_fate_of(
        history.facts, whose, run.request.variant->scenario.contract, history.names());
    if (saga) return text + saga_lines(*saga, look);
  }
  // A request behind a figure or a row of the author's SQL has no lineage.
  const bool has_lineage =
      told.verdict != nullptr && (!figure || !whose.event_id.empty()) &&
      std::any_of(lineage.steps.begin(), lineage.steps.end(),
                  [](const auto& step) { return step.state != invariants::StageState::never; });
  return has_lineage ? text + lineage_text(run, lineage, look) : text;
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
  const char* const as_said = run.code != campaign::ExitCode::as_expected ? "not as expected"
                              : run.expectations.empty()                  ? nothing_expected
                                                                          : "as expected";
  return text + fmt::format("trace {:016x}   {} (exit {})\n", run.outcome.trace_hash, as_said,
                            static_cast<int>(run.code));
}

}  // namespace

std::string story_text(const campaign::SingleRun& run, const StoryOptions& options) {
  const Look& look = options.look;
  std::string text = run_line(run, look) + drawn_line(run, look);
  const std::vector<Told> told = chosen(run, options);
  for (const Told& one : told) text += story_of(run, one, options) + "\n";
  if (told.empty()) {
    if (!options.event.empty() && options.event != "all") {
      // A story without a villain: what became of this key, although nothing is wrong with it.
      Violation nothing_wrong;
      nothing_wrong.subject = options.event;
      if (is_mentioned(run, nothing_wrong)) {
        text += fmt::format("nothing is wrong with \"{}\" in this run; what became of it:\n\n",
                            options.event);
        text += story_of(run, {nullptr, &nothing_wrong}, options) + "\n";
      } else {
        text += fmt::format(
            "nothing in this run is about \"{}\"; --event takes a key, an event id, a request such "
            "as orders#7, or all\n\n",
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
