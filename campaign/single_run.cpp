#include "campaign/single_run.hpp"

#include "campaign/expectation.hpp"

#include <algorithm>

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
  scenarios::Runner runner;
  single.outcome = runner.run(run);
  run.keep_history = false;
  const scenarios::RunOutcome again = runner.run(run);
  if (again.trace_hash != single.outcome.trace_hash)
    single.divergence = Divergence{request.variant->name, request.seed, single.outcome.trace_hash,
                                   again.trace_hash};

  single.expectations =
      judge_expectations(request.variant->expectation, as_campaign_of_one(single.outcome));
  const bool one_seed_is_enough = request.file->seeds == 1;
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
  if (single.divergence) single.code = worst(single.code, ExitCode::not_deterministic);
  return single;
}

}  // namespace halfwrite::campaign
