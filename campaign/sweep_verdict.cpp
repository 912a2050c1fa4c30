// A sweep held against what its file expects.
#include "campaign/expectation.hpp"
#include "campaign/sweep.hpp"
#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::campaign {

namespace {

InvariantCount count_of_seeds(const InvariantTally& tally, std::uint64_t seeds,
                              const SeedSet& set) {
  InvariantCount count;
  count.name = tally.name;
  count.seeds = seeds;
  count.vacuous = tally.vacuous;
  count.parked = tally.parked;
  for (const auto& [place, violating] : tally.violating.things())
    count.violating_seeds.push_back(set.at(place));
  count.further_violating_seeds = tally.violating.count() - count.violating_seeds.size();
  count.violations = tally.violating.count();
  count.allowed_by_config = tally.violating.count() > 0 && tally.not_allowed == 0;
  if (!tally.vacuous_because.things().empty())
    count.vacuous_because = tally.vacuous_because.things().begin()->second;
  if (!tally.violating.things().empty())
    count.first = tally.violating.things().begin()->second.first;
  return count;
}

VariantOutcome outcome_of(const VariantTally& tally, const scenarios::Variant& variant,
                          const SeedSet& set) {
  VariantOutcome outcome;
  outcome.name = tally.name;
  outcome.seeds = tally.seeds;
  for (const InvariantTally& invariant : tally.invariants)
    outcome.invariants.push_back(count_of_seeds(invariant, tally.seeds, set));
  outcome.figures = tally.figures;
  outcome.windows_hit = tally.windows_hit;
  outcome.windows_entered = tally.windows_entered;
  outcome.faults_landed = tally.faults_landed;
  outcome.faults_never_reached = tally.faults_never_reached;
  outcome.unreached = tally.unreached;
  outcome.orders_prevented = tally.orders_prevented;
  outcome.passed_over = variant.scenario.passed_over;
  for (const auto& [place, waiting] : tally.stuck.things())
    outcome.stuck.push_back({set.at(place), waiting});
  outcome.further_stuck = tally.stuck.count() - outcome.stuck.size();
  if (tally.seeds > 0) outcome.expectations = judge_expectations(variant.expectation, outcome);
  return outcome;
}

bool further_seeds_may_meet(const ExpectationResult& result) {
  return result.met == Met::not_exercised ||
         (result.met == Met::not_met && result.expected == scenarios::ExpectedVerdict::violated);
}

}  // namespace

JudgedSweep judge(const scenarios::ScenarioFile& file, const SweepOutcome& outcome) {
  JudgedSweep judged;
  CampaignOutcome& campaign = judged.campaign;
  const SweepSubject& subject = outcome.subject;
  campaign.path = subject.path;
  campaign.scenario = subject.scenario;
  campaign.about = subject.about;
  campaign.first_seed = subject.seeds.places().first;
  campaign.listed_seeds = subject.seeds.listed();
  campaign.swarm = subject.swarm;
  campaign.seeds = outcome.seeds_done();
  campaign.runs = outcome.runs();
  campaign.wall_milliseconds = outcome.wall_milliseconds;
  campaign.jobs = outcome.jobs;
  campaign.interrupted = outcome.interrupted;
  const bool is_open = !outcome.complete() && outcome.seeds_done() < file.seeds;
  for (const VariantTally& tally : outcome.variants) {
    const scenarios::Variant* const variant = file.find_variant(tally.name);
    HALFWRITE_ASSERT(variant != nullptr, "a sweep is judged by a file that has not its variants");
    VariantOutcome judged_variant = outcome_of(tally, *variant, subject.seeds);
    if (is_open)
      std::erase_if(judged_variant.expectations, [&](const ExpectationResult& result) {
        if (!further_seeds_may_meet(result)) return false;
        judged.open.push_back({tally.name, result});
        return true;
      });
    campaign.variants.push_back(std::move(judged_variant));
    for (const auto& [place, divergence] : tally.divergences.things())
      campaign.divergences.push_back(divergence);
  }
  return judged;
}

}  // namespace halfwrite::campaign
