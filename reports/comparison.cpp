#include "reports/comparison.hpp"

#include "campaign/interval.hpp"
#include "models/invariants/figures.hpp"
#include "reports/cost_cells.hpp"
#include "reports/divergence.hpp"
#include "reports/shell.hpp"
#include "reports/signs.hpp"
#include "reports/smallest_case.hpp"
#include "reports/table.hpp"
#include "sim/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace halfwrite::reports {

using campaign::CampaignOutcome;
using campaign::InvariantCount;
using campaign::VariantOutcome;
using invariants::Outcome;

namespace {

// Invariants in the order in which the variants name them, each once.
std::vector<std::string> all_invariants(const CampaignOutcome& outcome) {
  std::vector<std::string> names;
  for (const VariantOutcome& variant : outcome.variants)
    for (const InvariantCount& count : variant.invariants)
      if (std::find(names.begin(), names.end(), count.name) == names.end())
        names.push_back(count.name);
  return names;
}

template <class Predicate>
bool any_variant(const CampaignOutcome& outcome, const std::string& invariant,
                 Predicate predicate) {
  return std::any_of(outcome.variants.begin(), outcome.variants.end(),
                     [&](const VariantOutcome& variant) {
                       const InvariantCount* count = variant.find(invariant);
                       return count != nullptr && predicate(*count);
                     });
}

// As many digits as so many seeds are worth.
std::string percent_text(double percent, std::uint64_t seeds, double (*round)(double)) {
  int decimals = 0;
  double unit = 1;
  for (double least = 10; seeds >= 1000 && percent > 0 && percent < least && decimals < 6;
       least /= 10) {
    ++decimals;
    unit *= 10;
  }
  return fmt::format("{:.{}f}", round(percent * unit) / unit, decimals);
}

std::string share_cell(const InvariantCount* count, const Look& look) {
  if (count == nullptr || count->seeds == 0) return "";
  if (count->outcome() == Outcome::vacuous) return signs(look).vacuous;
  if (count->outcome() == Outcome::holds) return signs(look).holds;
  const std::uint64_t violating = count->violating();
  const auto interval = campaign::share_interval(violating, count->seeds);
  const double share = 100.0 * static_cast<double>(violating) / static_cast<double>(count->seeds);
  // Rounded outwards: the cell never promises more than the interval does.
  const std::string cell = fmt::format(
      "{} {} ({}-{})", signs(look).violated, percent_text(share, count->seeds, std::round),
      percent_text(interval.lower_percent, count->seeds, std::floor),
      percent_text(interval.upper_percent, count->seeds, std::ceil));
  return count->allowed_by_config ? cell + " cfg" : cell;
}

std::string none_bound_text(std::uint64_t seeds) {
  const double bound = campaign::none_bound_percent(seeds);
  return bound >= 1 ? fmt::format("{:.1f}", bound)
                    : percent_text(bound, std::max<std::uint64_t>(seeds, 1000), std::ceil);
}

const char* separator_of(const Look& look) {
  return look.unicode ? " · " : " | ";
}

// Does the variant do what the file says of it?
std::string mark_of(const VariantOutcome& variant, const Look& look) {
  bool not_exercised = false;
  for (const auto& result : variant.expectations) {
    if (result.met == campaign::Met::not_met)
      return fmt::format("{} not as expected", signs(look).violated);
    not_exercised = not_exercised || result.met == campaign::Met::not_exercised;
  }
  if (!variant.stuck.empty()) return fmt::format("{} stuck", signs(look).violated);
  return not_exercised ? "not exercised" : "";
}

// Seeds that every variant was run on.
std::uint64_t complete_seeds(const CampaignOutcome& outcome) {
  std::uint64_t seeds = outcome.seeds;
  for (const VariantOutcome& variant : outcome.variants) seeds = std::min(seeds, variant.seeds);
  return seeds;
}

std::string heading(const CampaignOutcome& outcome, const Look& look) {
  std::string text = outcome.scenario;
  if (!outcome.about.empty()) text += ": " + outcome.about;
  text = wrap(text, look.width, 2) + "\n";
  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> faults;
  for (const VariantOutcome& variant : outcome.variants) {
    requests = std::max(requests, variant.figures.requests);
    for (const auto& [kind, landed] : variant.faults_landed) faults[kind] += landed;
  }
  text += wrap(fmt::format("{} x {} ({}-{}), same requests, same common faults; {} each",
                           counted(outcome.variants.size(), "variant"),
                           outcome.interrupted
                               ? fmt::format("{} of {}", with_commas(complete_seeds(outcome)),
                                             counted(outcome.seeds, "seed"))
                               : counted(outcome.seeds, "seed"),
                           outcome.first_seed, outcome.first_seed + (outcome.seeds - 1),
                           counted(requests, "request")),
               look.width, 2) +
          "\n";
  return text + landed_text(faults, look);
}

// Which columns a table shows beside the variants' names.
struct Parts {
  bool invariants = true;
  bool costs = true;
  bool delays = true;  // among the costs
};

Table table_of(const CampaignOutcome& outcome, const std::vector<std::string>& columns,
               const Parts& parts, const Look& look) {
  const CostCells cells{has_sagas(outcome), parts.delays};
  std::vector<Align> aligns{Align::left};
  std::vector<std::string> head{"variant"};
  const auto add_column = [&](Align align, std::string title) {
    aligns.push_back(align);
    head.push_back(std::move(title));
  };
  if (parts.invariants)
    for (const std::string& column : columns)
      add_column(Align::left, invariants::column_of(column));
  if (parts.costs)
    for (const std::string& title : cost_titles(cells)) add_column(Align::right, title);
  if (parts.invariants) add_column(Align::left, "");
  Table table(std::move(aligns));
  table.add_row(std::move(head));
  for (const VariantOutcome& variant : outcome.variants) {
    std::vector<std::string> row{variant.name};
    if (parts.invariants)
      for (const std::string& column : columns)
        row.push_back(share_cell(variant.find(column), look));
    if (parts.costs)
      for (std::string& cell : cost_cells(variant.figures, cells)) row.push_back(std::move(cell));
    if (parts.invariants) row.push_back(mark_of(variant, look));
    table.add_row(std::move(row));
  }
  return table;
}

// One table; two where one would be wider than a terminal.
std::string tables_of(const CampaignOutcome& outcome, const std::vector<std::string>& columns,
                      bool delays, const Look& look) {
  const std::string one = table_of(outcome, columns, {true, true, delays}, look).text();
  if (widest_line(one) <= look.width) return one;
  return table_of(outcome, columns, {true, false, delays}, look).folded(look.width) + "\n" +
         table_of(outcome, columns, {false, true, delays}, look).folded(look.width);
}

std::string joined(const std::vector<std::string>& words) {
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

std::string below_table(const CampaignOutcome& outcome, const std::vector<std::string>& invariants,
                        const Look& look) {
  std::vector<std::string> held, vacuous;
  std::uint64_t parked = 0;
  for (const std::string& name : invariants) {
    const bool violated = any_variant(
        outcome, name, [](const InvariantCount& c) { return !c.violating_seeds.empty(); });
    const bool exercised =
        any_variant(outcome, name, [](const InvariantCount& c) { return c.vacuous < c.seeds; });
    if (!violated) (exercised ? held : vacuous).push_back(name);
  }
  std::map<std::string, std::uint64_t> windows;
  std::uint64_t prevented = 0;
  for (const VariantOutcome& variant : outcome.variants) {
    for (const auto& [name, hits] : variant.windows_hit) windows[name] += hits;
    std::uint64_t variant_parked = 0;
    for (const InvariantCount& count : variant.invariants)
      variant_parked = std::max(variant_parked, count.parked);
    parked += variant_parked;
    prevented += variant.orders_prevented;
  }
  // What an interrupted comparison did not run is worth nothing.
  std::string text =
      outcome.interrupted
          ? fmt::format("interrupted: {} of {} were run, of every variant at least {}\n",
                        with_commas(outcome.runs),
                        counted(outcome.variants.size() * outcome.seeds, "run"),
                        counted(complete_seeds(outcome), "seed"))
          : fmt::format("{} none in {}: below {} % of seeds (95 %)\n", signs(look).holds,
                        counted(outcome.seeds, "seed"), none_bound_text(outcome.seeds));
  text += wrap("held in all: " + joined(held), look.width, 2) + "\n";
  text += wrap("not exercised: " + joined(vacuous), look.width, 2) +
          fmt::format("; parked: {}", parked == 0 ? "none" : with_commas(parked));
  if (prevented > 0) text += fmt::format("; order of the plan prevented in {} runs", prevented);
  std::vector<std::string> hits;
  for (const auto& [name, count] : windows)
    hits.push_back(fmt::format("{} {}", name, with_commas(count)));
  return text + "\n" + wrap("windows hit: " + joined(hits), look.width, 2) + "\n";
}

// Items of the plan that some variants have no point or node for, each once.
std::string passed_over(const CampaignOutcome& outcome) {
  std::map<std::string, std::size_t> places;
  for (const VariantOutcome& variant : outcome.variants)
    for (const std::string& place : variant.passed_over) ++places[place];
  std::string text;
  for (const auto& [place, variants] : places)
    text += fmt::format("passed over: {} of the plan, which {} of {} variants do not have\n", place,
                        variants, outcome.variants.size());
  return text;
}

// The variant that shows best what is wrong: the smallest cause, else the first.
const VariantOutcome* best_to_see(const std::vector<const VariantOutcome*>& variants,
                                  const std::string& invariant) {
  const VariantOutcome* best = nullptr;
  for (const VariantOutcome* variant : variants) {
    const InvariantCount* count = variant->find(invariant);
    if (count == nullptr || count->violating_seeds.empty()) continue;
    const InvariantCount* known = best == nullptr ? nullptr : best->find(invariant);
    const bool better =
        known == nullptr ||
        (count->smallest && (!known->smallest || is_smaller(*count->smallest, *known->smallest)));
    if (better) best = variant;
  }
  return best;
}

std::string reproductions(const CampaignOutcome& outcome, const std::vector<std::string>& columns,
                          const Look& look) {
  std::vector<const VariantOutcome*> variants;
  for (const VariantOutcome& variant : outcome.variants) variants.push_back(&variant);
  std::string text;
  for (const std::string& column : columns) {
    const VariantOutcome* variant = best_to_see(variants, column);
    if (variant == nullptr) continue;
    const InvariantCount& count = *variant->find(column);
    const std::string sentence = count.first ? count.first->sentence : "";
    text += fmt::format("{} {}: {}\n    {}\n", signs(look).violated, invariants::column_of(column),
                        wrap(sentence, look.width - 4, 4),
                        reproducing_command(outcome, *variant, count.violating_seeds.front())) +
            smallest_lines(count.smallest, look);
  }
  return text + not_shrunk_line(outcome.not_shrunk);
}

}  // namespace

std::string counts_text(const std::map<std::string, std::uint64_t>& counts, const Look& look) {
  std::string text;
  for (const auto& [name, count] : counts)
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : separator_of(look), name, with_commas(count));
  return text;
}

std::string landed_text(const std::map<std::string, std::uint64_t>& faults, const Look& look) {
  std::map<std::string, std::uint64_t> landed = faults;
  std::vector<std::string> never;
  std::erase_if(landed, [&](const auto& fault) {
    if (fault.second == 0) never.push_back(fault.first);
    return fault.second == 0;
  });
  std::string text =
      landed.empty()
          ? "no fault landed\n"
          : wrap("faults that landed: " + counts_text(landed, look), look.width, 2) + "\n";
  if (!never.empty())
    text += wrap("asked for, and landed in no run: " + joined(never), look.width, 2) + "\n";
  return text;
}

std::string calm_variants_text(const CampaignOutcome& outcome, const Look& look) {
  std::map<std::string, std::vector<std::string>> calm;  // variants, by what they ask for
  for (const VariantOutcome& variant : outcome.variants) {
    std::vector<std::string> asked;
    bool some_landed = variant.seeds == 0;
    for (const auto& [kind, landed] : variant.faults_landed) {
      asked.push_back(kind);
      some_landed = some_landed || landed > 0;
    }
    if (!some_landed && !asked.empty()) calm[joined(asked)].push_back(variant.name);
  }
  std::string text;
  for (const auto& [asked, variants] : calm)
    text += "  " +
            wrap("no fault landed in " + joined(variants) + "; asked for: " + asked, look.width - 2,
                 4) +
            "\n";
  return text;
}

std::string reproducing_command(const CampaignOutcome& outcome, const VariantOutcome& variant,
                                std::uint64_t seed) {
  return fmt::format("halfwrite run {} --variant {}{} --seed {}", shell_word(outcome.path),
                     shell_word(variant.name), outcome.swarm ? " --swarm" : "",
                     shell_word(outcome.as_typed(seed).text()));
}

namespace {

// The same claim broken in the same way by several variants is one finding.
struct Deviation {
  const campaign::ExpectationResult* result;
  std::vector<const VariantOutcome*> variants;
};

std::vector<Deviation> deviations_of(const CampaignOutcome& outcome) {
  std::vector<Deviation> deviations;
  for (const VariantOutcome& variant : outcome.variants)
    for (const auto& result : variant.expectations) {
      if (result.met == campaign::Met::met) continue;
      const auto same =
          std::find_if(deviations.begin(), deviations.end(), [&](const Deviation& other) {
            return other.result->subject == result.subject &&
                   other.result->sentence == result.sentence && other.result->place == result.place;
          });
      if (same == deviations.end()) {
        deviations.push_back({&result, {&variant}});
      } else {
        same->variants.push_back(&variant);
      }
    }
  return deviations;
}

bool variant_ran(const CampaignOutcome& outcome, const VariantOutcome& variant,
                 std::uint64_t seed) {
  return outcome.listed_seeds.empty() && seed - outcome.first_seed < variant.seeds;
}
// Beyond the seeds that are listed nobody knows.
bool is_known_to_hold(const InvariantCount& count, std::uint64_t seed) {
  const auto& seeds = count.violating_seeds;
  if (count.further_violating_seeds > 0 && seed > seeds.back()) return false;
  return !std::binary_search(seeds.begin(), seeds.end(), seed);
}

// The variants in which the same seed does not break it: runs of one seed are paired.
std::string same_seed_line(const CampaignOutcome& outcome, const std::string& invariant,
                           std::uint64_t seed, const Look& look) {
  std::vector<std::string> names;
  for (const VariantOutcome& variant : outcome.variants) {
    const InvariantCount* count = variant.find(invariant);
    if (count != nullptr && variant_ran(outcome, variant, seed) &&
        count->outcome() != Outcome::vacuous && is_known_to_hold(*count, seed))
      names.push_back(variant.name);
  }
  if (names.empty()) return {};
  return "    " + wrap("same seed: holds in " + joined(names), look.width - 4, 6) + "\n";
}

std::string deviation_text(const Deviation& deviation, const CampaignOutcome& outcome,
                           const Look& look) {
  const auto& result = *deviation.result;
  const VariantOutcome& first = *deviation.variants.front();
  std::string text = fmt::format("  {}:{}:{} {} / {}: {}\n", result.place.file, result.place.line,
                                 result.place.column, first.name, result.subject, result.sentence);
  if (deviation.variants.size() > 1) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < deviation.variants.size(); ++i)
      names.push_back(deviation.variants[i]->name);
    text += "    " + wrap("likewise: " + joined(names), look.width - 4, 6) + "\n";
  }
  const InvariantCount* count = first.find(result.subject);
  if (count != nullptr && !count->violating_seeds.empty() && result.met == campaign::Met::not_met)
    text += fmt::format("    {}\n    {}\n", count->first ? count->first->sentence : "",
                        reproducing_command(outcome, first, count->violating_seeds.front())) +
            same_seed_line(outcome, result.subject, count->violating_seeds.front(), look);
  if (result.met == campaign::Met::not_met)
    if (const auto* best = best_to_see(deviation.variants, result.subject))
      text += smallest_lines(best->find(result.subject)->smallest, look);
  return text;
}

std::string stuck_text(const VariantOutcome& variant, const Look& look) {
  std::string text;
  for (std::size_t i = 0; i < variant.stuck.size(); ++i) {
    if (i == 3) break;
    text += fmt::format("  {}: seed {} never came to rest:\n", variant.name, variant.stuck[i].seed);
    const auto& waiting = variant.stuck[i].waiting;
    for (std::size_t w = 0; w < std::min<std::size_t>(waiting.size(), 4); ++w)
      text += "    " + cut_to(waiting[w], look.width - 6, look.unicode) + "\n";
    if (waiting.size() > 4) text += fmt::format("    and {} more\n", waiting.size() - 4);
  }
  const std::uint64_t more =
      variant.stuck.size() + variant.further_stuck - std::min<std::size_t>(variant.stuck.size(), 3);
  if (more > 0)
    text += fmt::format("  and {} {}\n", counted(more, "more seed"),
                        more == 1 ? "is stuck" : "are stuck");
  return text;
}

}  // namespace

std::string deviation_lines(const CampaignOutcome& outcome, const Look& look) {
  std::string text;
  for (const Deviation& deviation : deviations_of(outcome))
    text += deviation_text(deviation, outcome, look);
  for (const VariantOutcome& variant : outcome.variants) text += stuck_text(variant, look);
  for (const auto& divergence : outcome.divergences) text += divergence_text(divergence, "  ");
  return text;
}

std::vector<std::string> broken_invariants(const CampaignOutcome& outcome) {
  std::vector<std::string> broken;
  for (const std::string& name : all_invariants(outcome))
    if (any_variant(outcome, name,
                    [](const InvariantCount& c) { return !c.violating_seeds.empty(); }))
      broken.push_back(name);
  return broken;
}

std::string findings_text(const CampaignOutcome& outcome, bool delays, const Look& look) {
  const std::vector<std::string> columns = broken_invariants(outcome);
  std::string text;
  if (!columns.empty()) text += "% of seeds that broke it, with the 95 % interval\n";
  text += tables_of(outcome, columns, delays, look);
  text += below_table(outcome, all_invariants(outcome), look);
  return text + passed_over(outcome);
}

std::string ending_text(const CampaignOutcome& outcome, const Look& look) {
  std::size_t as_expected = 0;
  for (const VariantOutcome& variant : outcome.variants)
    as_expected += variant.is_as_expected() && variant.seeds == outcome.seeds ? 1 : 0;
  std::string deviations = deviation_lines(outcome, look);
  if (outcome.interrupted) deviations += "  interrupted: only the runs done so far are shown\n";
  const bool claims_nothing =
      std::all_of(outcome.variants.begin(), outcome.variants.end(),
                  [](const VariantOutcome& variant) { return variant.expectations.empty(); });
  if (claims_nothing && campaign::exit_code_of(outcome) == campaign::ExitCode::as_expected)
    return deviations + "it expects nothing (exit 0)\n";
  return deviations + fmt::format("{} of {} variants as expected (exit {})\n", as_expected,
                                  outcome.variants.size(),
                                  static_cast<int>(campaign::exit_code_of(outcome)));
}

std::string comparison_text(const CampaignOutcome& outcome, const Look& look) {
  const std::string text = heading(outcome, look) + "\n" + findings_text(outcome, true, look) +
                           reproductions(outcome, broken_invariants(outcome), look);
  return text + ending_text(outcome, look);
}

}  // namespace halfwrite::reports
