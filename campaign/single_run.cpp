#include "campaign/single_run.hpp"

#include "campaign/expectation.hpp"
#include "campaign/swarm_sampling.hpp"
#include "campaign/trace_comparison.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::campaign {

namespace {

VariantOutcome as_campaign_of_one(const scenarios::RunOutcome& run) {
  VariantOutcome variant;
  variant.seeds = 1;
  variant.windows_hit = run.windows_hit;
  for (const invariants::Verdict& verdict : run.verdicts) {
    InvariantCount& count = variant.invariants.emplace_back();
    count.name = verdict.invariant;
    count.seeds = 1;
    count.vacuous = verdict.outcome == invariants::Outcome::vacuous ? 1 : 0;
    count.vacuous_because = verdict.vacuous_because;
    if (verdict.outcome == invariants::Outcome::violated) count.violating_seeds.push_back(run.seed);
  }
  for (const sim::OrderOutcome& order : run.orders)
    variant.orders_prevented += order.prevented ? 1 : 0;
  return variant;
}

Divergence divergence_of(const SingleRun& single, std::uint64_t other_hash) {
  Divergence divergence;
  divergence.variant = single.request.variant->name;
  divergence.seed = single.request.seed;
  divergence.first_hash = single.outcome.trace_hash;
  divergence.second_hash = other_hash;
  return divergence;
}

void run_beside_other_process(scenarios::Runner& runner, scenarios::RunRequest& run,
                              SingleRun& single) {
  TraceComparison comparison(single.request.compare_with);
  run.trace_sink = &comparison;
  single.outcome = runner.run(run);
  auto difference = comparison.finish(single.outcome);
  single.other_broke_off = comparison.other_broke_off();
  if (!difference || single.other_broke_off) return;
  single.divergence = divergence_of(single, comparison.other_hash());
  single.divergence->other_process = true;
  single.divergence->difference = std::move(difference);
}

void run_twice(scenarios::RunRequest& run, SingleRun& single) {
  scenarios::Runner runner;
  if (single.request.compare_with) return run_beside_other_process(runner, run, single);
  run.trace_sink = single.request.trace_sink;
  single.outcome = runner.run(run);
  if (!single.request.repeat) return;
  run.trace_sink = nullptr;
  run.keep_history = false;
  const std::uint64_t again = runner.run(run).trace_hash;
  if (again == single.outcome.trace_hash) return;
  single.divergence = divergence_of(single, again);
  single.divergence->difference = first_difference(runner, run);
}

}  // namespace

SingleRun run_once(const SingleRunRequest& request) {
  scenarios::RunRequest run;
  run.scenario = &request.variant->scenario;
  run.seed = request.seed;
  run.plan = request.plan;
  run.further_faults = request.further_faults;
  run.keep_history = true;

  SingleRun single;
  single.request = request;
  if (request.swarm) single.drawn = take_swarm(run);
  run_twice(run, single);

  single.expectations =
      judge_expectations(request.variant->expectation, as_campaign_of_one(single.outcome));
  const bool one_seed_is_enough = request.one_seed_is_enough || request.file->seeds == 1;
  for (ExpectationResult& result : single.expectations) {
    const bool cannot_be_judged =
        result.expected == scenarios::ExpectedVerdict::violated && !one_seed_is_enough;
    if (cannot_be_judged) result.met = Met::met;
    if (result.met == Met::not_met) single.code = worst(single.code, ExitCode::not_met);
    if (result.met == Met::not_exercised)
      single.code = worst(single.code, ExitCode::only_not_exercised);
  }
  if (single.outcome.end.kind == sim::RunEnd::Kind::stuck)
    single.code = worst(single.code, ExitCode::not_met);
  if (single.other_broke_off) single.code = worst(single.code, ExitCode::internal);
  if (single.divergence) single.code = worst(single.code, ExitCode::not_deterministic);
  return single;
}

}  // namespace halfwrite::campaign
