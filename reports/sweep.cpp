#include "reports/sweep.hpp"

#include "models/invariants/invariant.hpp"
#include "reports/comparison.hpp"
#include "reports/signs.hpp"
#include "reports/smallest_case.hpp"
#include "reports/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::reports {

using campaign::InvariantCount;
using campaign::InvariantTally;
using campaign::JudgedSweep;
using campaign::SweepOutcome;
using campaign::VariantTally;

namespace {

using Counts = std::map<std::string, std::uint64_t>;

// "1,000 seeds (1-1000)", "37 of 1,000 seeds (1-37)".
std::string seeds_text(const SweepOutcome& outcome) {
  const campaign::SeedSet& seeds = outcome.subject.seeds;
  const std::string all = counted(seeds.places().count(), "seed");
  return fmt::format(
      "{} ({})",
      outcome.complete() ? all : fmt::format("{} of {}", with_commas(outcome.seeds_done()), all),
      seeds.text_of(outcome.done));
}

std::string heading(const SweepOutcome& outcome, const Look& look) {
  std::string text = outcome.subject.scenario;
  if (!outcome.subject.about.empty()) text += ": " + outcome.subject.about;
  text = wrap(text, look.width, 2) + "\n";
  Counts with, landed;
  std::uint64_t drawing = 0;  // seeds, over the variants that have a storm
  for (const VariantTally& variant : outcome.variants) {
    for (const auto& [kind, seeds] : variant.seeds_with) with[kind] += seeds;
    for (const auto& [kind, count] : variant.faults_landed) landed[kind] += count;
    if (!variant.seeds_with.empty()) drawing += variant.seeds;
  }
  text += wrap(fmt::format("{} x {}, {}", counted(outcome.variants.size(), "variant"),
                           seeds_text(outcome),
                           drawing == 0 ? "the same faults with every seed"
                                        : "each seed with its own part of the storm"),
               look.width, 2) +
          "\n";
  if (drawing > 0)
    text += wrap(fmt::format("in the storm of so many of {}: {}", counted(drawing, "run"),
                             counts_text(with, look)),
                 look.width, 2) +
            "\n";
  return text + landed_text(landed, look);
}

// "with crash 600 of 745 seeds, without it 8 of 255": kinds of fault that a seed can be without.
std::string mattering_text(const VariantTally& variant, const InvariantTally& invariant) {
  std::string text;
  for (const auto& [kind, seeds] : variant.seeds_with) {
    if (seeds == variant.seeds) continue;
    const auto found = invariant.violating_with.find(kind);
    const std::uint64_t with = found == invariant.violating_with.end() ? 0 : found->second;
    text += fmt::format("; with {} {} of {}, without {} of {}", kind, with_commas(with),
                        with_commas(seeds), with_commas(invariant.violating.count() - with),
                        with_commas(variant.seeds - seeds));
  }
  return text;
}

// The first seed of the first variant that broke it.
std::string find_text(const SweepOutcome& outcome, const JudgedSweep& judged,
                      const std::string& name, const Look& look) {
  for (std::size_t v = 0; v < outcome.variants.size(); ++v) {
    const campaign::VariantOutcome& variant = judged.campaign.variants[v];
    const InvariantCount* const count = variant.find(name);
    if (count == nullptr || count->violating_seeds.empty()) continue;
    const VariantTally& tally = outcome.variants[v];
    const InvariantTally& invariant =
        tally.invariants[static_cast<std::size_t>(count - variant.invariants.data())];
    const campaign::ViolatingSeed& first = invariant.violating.things().begin()->second;
    std::string text = fmt::format("{} {}: {}\n", signs(look).violated, invariants::column_of(name),
                                   wrap(first.first.sentence, look.width - 4, 4));
    text += fmt::format(
        "    {}\n", reproducing_command(judged.campaign, variant, count->violating_seeds.front()));
    if (!first.drawn.empty())
      text += "    " +
              wrap(fmt::format("drawn: {}", fmt::join(first.drawn, "; ")), look.width - 4, 6) +
              "\n";
    return text + "    " +
           wrap(fmt::format("broken in {} of {}{}", with_commas(invariant.violating.count()),
                            counted(tally.seeds, "seed"), mattering_text(tally, invariant)),
                look.width - 4, 6) +
           "\n" + smallest_lines(count->smallest, look);
  }
  return {};
}

std::string guard_line(const SweepOutcome& outcome) {
  std::uint64_t repeated = 0, different = 0, hash = 0;
  for (const VariantTally& variant : outcome.variants) {
    repeated += variant.repeated;
    different += variant.divergences.count();
    hash += variant.runs_hash;
  }
  const std::string same = different == 0
                               ? "and came out the same"
                               : fmt::format("and {} came out otherwise", with_commas(different));
  return fmt::format("{}; all runs together: {:016x}\n",
                     repeated == 0
                         ? "no run was done twice (--guard)"
                         : fmt::format("{} of {} were done twice {}", with_commas(repeated),
                                       counted(outcome.runs(), "run"), same),
                     hash);
}

std::string open_claims(const JudgedSweep& judged, const Look& look) {
  if (judged.open.empty()) return {};
  constexpr std::size_t most = 3;
  std::string text =
      fmt::format("{} open: further seeds of this sweep may still meet {}\n",
                  counted(judged.open.size(), "claim"), judged.open.size() == 1 ? "it" : "them");
  for (std::size_t i = 0; i < std::min(most, judged.open.size()); ++i)
    text += "  " +
            wrap(fmt::format("{} / {}: {}", judged.open[i].variant, judged.open[i].result.subject,
                             judged.open[i].result.sentence),
                 look.width - 2, 4) +
            "\n";
  if (judged.open.size() > most) text += fmt::format("  and {} more\n", judged.open.size() - most);
  return text;
}

}  // namespace

std::string sweep_text(const SweepOutcome& outcome, const JudgedSweep& judged, const Look& look) {
  std::string text = heading(outcome, look) + "\n";
  if (outcome.done.empty())
    return text + fmt::format("{}no seed was done (exit {})\n",
                              outcome.interrupted ? "interrupted: " : "",
                              static_cast<int>(exit_code_of(judged.campaign)));
  // What was done of a sweep that stopped is worth as much as a shorter sweep.
  campaign::CampaignOutcome done = judged.campaign;
  done.interrupted = false;
  text += findings_text(done, false, look);
  for (const std::string& name : broken_invariants(judged.campaign))
    text += find_text(outcome, judged, name, look);
  text += not_shrunk_line(judged.campaign.not_shrunk);
  text += guard_line(outcome);
  text += open_claims(judged, look);
  return text + ending_text(judged.campaign, look);
}

}  // namespace halfwrite::reports
