#include "reports/exploration.hpp"

#include "reports/shell.hpp"
#include "reports/signs.hpp"
#include "reports/smallest_case.hpp"
#include "reports/table.hpp"
#include "scenarios/plan_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

using campaign::ExplorationOutcome;
using campaign::ExploredKind;
using campaign::ExploredViolation;

namespace {

std::string windows_text(const std::map<std::string, std::uint64_t>& windows) {
  std::string text;
  for (const auto& [name, hits] : windows)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, with_commas(hits));
  return text.empty() ? "-" : text;
}

std::string table_text(const ExplorationOutcome& outcome, std::size_t width) {
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right, Align::right});
  table.add_row({"kind of fault", "places", "tried", "landed", "violations", "stuck"});
  ExploredKind all;
  for (const ExploredKind& kind : outcome.kinds) {
    table.add_row({kind.kind, with_commas(kind.places), with_commas(kind.tried),
                   with_commas(kind.landed), with_commas(kind.violations),
                   with_commas(kind.stuck)});
    all.places += kind.places;
    all.tried += kind.tried;
    all.landed += kind.landed;
    all.violations += kind.violations;
    all.stuck += kind.stuck;
    for (const auto& [name, hits] : kind.windows_hit) all.windows_hit[name] += hits;
  }
  table.add_row({"all", with_commas(all.places), with_commas(all.tried), with_commas(all.landed),
                 with_commas(all.violations), with_commas(all.stuck)});
  return table.text() + wrap("dangerous windows hit: " + windows_text(all.windows_hit), width, 2) +
         "\n";
}

// The plan on one line.
std::string one_line(const sim::FaultPlan& plan) {
  std::string text;
  bool at_start = false;
  for (const char c : scenarios::write_plan(plan)) {
    if (at_start && c == ' ') continue;
    at_start = c == '\n';
    if (c != '\n') {
      text += c;
    } else if (text.back() == ',') {
      text += ' ';
    }
  }
  return text;
}

// "465 single faults and 2 crashes during a recovery".
std::string breakers_of(const ExplorationOutcome& outcome, const ExploredViolation& violation) {
  if (violation.faults + violation.recoveries == 0)
    return outcome.own_items > 0 ? "the scenario's own plan alone" : "nothing, without any fault";
  std::vector<std::string> parts;
  if (violation.faults > 0) parts.push_back(counted(violation.faults, "single fault"));
  if (violation.recoveries > 0)
    parts.push_back(fmt::format("{} {} during a recovery", with_commas(violation.recoveries),
                                violation.recoveries == 1 ? "crash" : "crashes"));
  return fmt::format("{}", fmt::join(parts, " and "));
}

std::string violation_text(const ExplorationOutcome& outcome, const ExploredViolation& violation,
                           const Look& look) {
  const char* const expected =
      violation.expected == scenarios::ExpectedVerdict::holds      ? ", expected to hold"
      : violation.expected == scenarios::ExpectedVerdict::violated ? ", as expected"
                                                                   : "";
  std::string text =
      wrap(fmt::format("{} {}: broken by {}{}: {}", signs(look).violated, violation.invariant,
                       breakers_of(outcome, violation), expected, violation.first.sentence),
           look.width, 4);
  text += "\n    " + way_to_see(outcome, violation.plan, violation.invariant) + "\n";
  return text + smallest_lines(violation.smallest, look);
}

std::string coverage_text(const ExplorationOutcome& outcome, const Signs& sign, std::size_t width) {
  const std::uint64_t places = outcome.places();
  const std::uint64_t tried = outcome.tried();
  std::string text =
      !outcome.interrupted
          ? fmt::format("{} exhausted: {} of {} single faults of schedule {:016x} were tried\n",
                        sign.holds, with_commas(tried), with_commas(places), outcome.schedule)
          : fmt::format("interrupted: {} of {} single faults of schedule {:016x} were tried{}\n",
                        with_commas(tried), with_commas(places), outcome.schedule,
                        tried == places ? ", and no crash during recovery" : "");
  std::string not_covered =
      outcome.own_items == 0
          ? "not covered: two faults at once, other orders of events at one instant"
          : "not covered: two faults at once beside the own plan, other orders of events at one "
            "instant";
  if (outcome.left_out > 0)
    not_covered += fmt::format(", {} of the scenario (--operations)",
                               counted(outcome.left_out, "further request"));
  return text + wrap(not_covered, width, 2) + "\n";
}

std::string listed(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string heading(const ExplorationOutcome& outcome, std::size_t width) {
  std::string own;
  if (outcome.own_items > 0)
    own = fmt::format(", with the scenario's own plan of {}", counted(outcome.own_items, "item"));
  if (outcome.own_unreached > 0)
    own += fmt::format(" ({} of them never reached here)", outcome.own_unreached);
  return wrap(fmt::format("{} / {} / seed {}, cut to {}{}: the run without {} has {} and {} in {}",
                          outcome.scenario, outcome.variant, outcome.seed.text(),
                          counted(outcome.operations, "request"), own,
                          outcome.own_items > 0 ? "a further fault" : "faults",
                          counted(outcome.waits, "wait"), counted(outcome.messages, "message"),
                          outcome.processes == 1 ? std::string("1 process")
                                                 : fmt::format("{} processes", outcome.processes)),
              width, 2);
}

// Invariants that nothing broke: what was put to the test, and what was not.
std::string unbroken_text(const ExplorationOutcome& outcome, const Signs& sign, std::size_t width) {
  std::string text;
  if (!outcome.held.empty())
    text +=
        wrap(outcome.interrupted
                 ? fmt::format("none of the {} tried breaks {}", with_commas(outcome.tried()),
                               listed(outcome.held))
                 : fmt::format("{} no single fault breaks {}", sign.holds, listed(outcome.held)),
             width, 2) +
        "\n";
  if (!outcome.not_exercised.empty())
    text += wrap(fmt::format("{} not exercised, its premise arose in no run: {}", sign.vacuous,
                             listed(outcome.not_exercised)),
                 width, 2) +
            "\n";
  return text;
}

}  // namespace

std::string way_to_see(const ExplorationOutcome& outcome, const sim::FaultPlan& plan,
                       const std::string& invariant) {
  std::string command =
      fmt::format("halfwrite explore {} --variant {} --operations {} --seed {} --see {}",
                  shell_word(outcome.path), shell_word(outcome.variant), outcome.requested,
                  shell_word(outcome.seed.text()), shell_word(one_line(plan)));
  if (!invariant.empty()) command += " --invariant " + invariant;
  return command;
}

std::string exploration_text(const ExplorationOutcome& outcome, const Look& look) {
  const std::size_t width = look.width;
  const Signs& sign = signs(look);
  std::string text = heading(outcome, width);
  text += "\n\n" + table_text(outcome, look.width) + "\n";
  for (const ExploredViolation& violation : outcome.broken_without_faults)
    text += violation_text(outcome, violation, look);
  for (const ExploredViolation& violation : outcome.violations)
    text += violation_text(outcome, violation, look);
  text += not_shrunk_line(outcome.not_shrunk);
  if (outcome.first_stuck) {
    text += fmt::format("{} some runs never come to rest\n", sign.violated);
    text += "    " + way_to_see(outcome, *outcome.first_stuck, "") + "\n";
  }
  text += unbroken_text(outcome, sign, width);
  text += coverage_text(outcome, sign, look.width);
  const campaign::ExitCode code = exit_code_of(outcome);
  return text + fmt::format("{} (exit {})\n",
                            outcome.interrupted                       ? "interrupted"
                            : code != campaign::ExitCode::as_expected ? "not as expected"
                            : outcome.claims                          ? "as expected"
                                                                      : nothing_expected,
                            static_cast<int>(code));
}

}  // namespace halfwrite::reports
