#include "campaign/run_table.hpp"

#include "campaign/campaign.hpp"
#include "campaign/expectation.hpp"
#include "campaign/trace_comparison.hpp"
#include "scenarios/plan_text.hpp"
#include "sim/fault.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::campaign {

namespace {

void fold_verdict(InvariantCount& count, const invariants::Verdict& verdict, std::uint64_t seed) {
  ++count.seeds;
  count.parked += verdict.parked;
  if (verdict.outcome == invariants::Outcome::vacuous) {
    if (count.vacuous++ == 0) count.vacuous_because = verdict.vacuous_because;
  } else if (verdict.outcome == invariants::Outcome::violated) {
    count.allowed_by_config =
        (count.violating_seeds.empty() || count.allowed_by_config) && verdict.allowed_by_config;
    if (count.violating_seeds.empty() && !verdict.violations.empty())
      count.first = verdict.violations.front();
    count.violating_seeds.push_back(seed);
    ++count.violations;
  }
}

}  // namespace

RunTable::RunTable(const std::vector<const scenarios::Variant*>& variants, std::uint64_t first_seed,
                   std::uint64_t seeds, std::uint64_t at_least)
    : first_seed_(first_seed), seeds_(seeds), at_least_(at_least) {
  for (const scenarios::Variant* variant : variants) {
    Column& column = columns_.emplace_back();
    column.variant = variant;
    column.results.resize(seeds);
    column.needed = seeds;
    column.outcome.name = variant->name;
    column.outcome.passed_over = variant->scenario.passed_over;
    for (const std::string& kind : kinds_asked_for(variant->scenario))
      column.outcome.faults_landed.try_emplace(kind, 0);
  }
  repeats_.resize(columns_.size() * repeats_per_variant());
}

std::uint64_t RunTable::all() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t all = 0;
  for (const Column& column : columns_) all += column.needed + repeats_of(column.needed);
  return all;
}

std::uint64_t RunTable::done() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t done = 0;
  for (const Column& column : columns_) done += column.folded;
  for (std::uint64_t r = 0; r < repeats_.size(); ++r) {
    const bool counts = repeat_index(r) < columns_[r / repeats_per_variant()].needed;
    done += repeats_[r].done && counts ? 1 : 0;
  }
  return done;
}

void RunTable::work(const std::atomic<bool>* interrupt) {
  scenarios::Runner runner;
  const std::uint64_t runs = columns_.size() * seeds_;
  while (interrupt == nullptr || !interrupt->load(std::memory_order_relaxed)) {
    const std::uint64_t item = next_.fetch_add(1, std::memory_order_relaxed);
    if (item >= runs + repeats_.size()) return;
    const bool repeats = item >= runs;
    const std::uint64_t repeat = repeats ? item - runs : 0;
    const std::size_t variant = repeats ? repeat / repeats_per_variant() : item % columns_.size();
    const std::uint64_t index = repeats ? repeat_index(repeat) : item / columns_.size();
    if (!is_needed(variant, index)) continue;
    scenarios::RunOutcome run = runner.run(request(variant, index));
    if (repeats) {
      finish_repeat(repeat, run.trace_hash);
    } else {
      finish(variant, index, keep(std::move(run)));
    }
  }
}

bool RunTable::is_needed(std::size_t variant, std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  return index < columns_[variant].needed;
}

void RunTable::finish(std::size_t variant, std::uint64_t index, SeedResult&& result) {
  const std::lock_guard lock(mutex_);
  Column& column = columns_[variant];
  column.results[index] = std::move(result);
  while (column.folded < column.needed && column.results[column.folded].done) {
    fold(column.outcome, column.results[column.folded++]);
    if (column.folded >= at_least_ && is_settled(column.variant->expectation, column.outcome)) {
      column.needed = column.folded;
    }
  }
}

void RunTable::finish_repeat(std::uint64_t repeat, std::uint64_t hash) {
  const std::lock_guard lock(mutex_);
  repeats_[repeat] = {true, hash};
}

void RunTable::fold_into(CampaignOutcome& outcome) {
  for (Column& column : columns_) {
    // Where somebody interrupted, behind the first run that is missing.
    for (; column.folded < column.needed; ++column.folded)
      fold(column.outcome, column.results[column.folded]);
    VariantOutcome& variant = outcome.variants.emplace_back(std::move(column.outcome));
    outcome.runs += variant.seeds;
    variant.is_settled_early = column.needed < seeds_;
    if (variant.seeds > 0)
      variant.expectations = judge_expectations(column.variant->expectation, variant);
  }
  scenarios::Runner runner;
  for (std::uint64_t r = 0; r < repeats_.size(); ++r) {
    const std::size_t v = r / repeats_per_variant();
    const SeedResult& first = columns_[v].results[repeat_index(r)];
    if (!repeats_[r].done || !first.done || repeats_[r].hash == first.trace_hash) continue;
    Divergence& divergence = outcome.divergences.emplace_back();
    divergence.variant = columns_[v].variant->name;
    divergence.seed = first.seed;
    divergence.first_hash = first.trace_hash;
    divergence.second_hash = repeats_[r].hash;
    divergence.difference = first_difference(runner, request(v, repeat_index(r)));
  }
}

RunTable::SeedResult RunTable::keep(scenarios::RunOutcome&& run) {
  SeedResult result;
  result.done = true;
  result.seed = run.seed;
  result.trace_hash = run.trace_hash;
  result.stuck = run.end.kind == sim::RunEnd::Kind::stuck;
  result.waiting = std::move(run.end.waiting);
  result.verdicts = std::move(run.verdicts);
  // One violation is enough for the table; the story is told by running the seed again.
  for (invariants::Verdict& verdict : result.verdicts)
    if (verdict.violations.size() > 1)
      verdict.violations.resize(1), verdict.violations.shrink_to_fit();
  result.figures = std::move(run.figures);
  result.windows_hit = std::move(run.windows_hit);
  result.windows_entered = std::move(run.windows_entered);
  for (const sim::LandedFault& landed : run.landed)
    ++result.faults_landed[sim::to_text(landed.fault.kind)];
  for (const sim::Fault& fault : run.never_reached)
    result.never_reached.push_back(scenarios::write_fault(fault));
  result.prevented = std::any_of(run.orders.begin(), run.orders.end(),
                                 [](const sim::OrderOutcome& order) { return order.prevented; });
  return result;
}

void RunTable::fold(VariantOutcome& variant, SeedResult& result) {
  if (!result.done) return;
  ++variant.seeds;
  if (variant.invariants.empty())
    for (const invariants::Verdict& verdict : result.verdicts)
      variant.invariants.emplace_back().name = verdict.invariant;
  for (std::size_t i = 0; i < result.verdicts.size(); ++i)
    fold_verdict(variant.invariants[i], result.verdicts[i], result.seed);
  invariants::merge(variant.figures, result.figures);
  for (const auto& [name, hits] : result.windows_hit) variant.windows_hit[name] += hits;
  for (const auto& [name, entries] : result.windows_entered)
    variant.windows_entered[name] += entries;
  for (const auto& [kind, landed] : result.faults_landed) variant.faults_landed[kind] += landed;
  variant.faults_never_reached += result.never_reached.size();
  for (const std::string& fault : result.never_reached) ++variant.unreached[fault];
  variant.orders_prevented += result.prevented ? 1 : 0;
  if (result.stuck) variant.stuck.push_back({result.seed, std::move(result.waiting)});
}

scenarios::RunRequest RunTable::request(std::size_t variant, std::uint64_t index) const {
  scenarios::RunRequest request;
  request.scenario = &columns_[variant].variant->scenario;
  request.seed = first_seed_ + index;
  return request;
}

}  // namespace halfwrite::campaign
