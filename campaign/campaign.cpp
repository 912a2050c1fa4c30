#include "campaign/campaign.hpp"

#include "campaign/expectation.hpp"
#include "campaign/trace_comparison.hpp"
#include "scenarios/plan_text.hpp"
#include "scenarios/run.hpp"
#include "sim/fault.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

namespace halfwrite::campaign {

namespace {

// What is kept of one run until all are folded, in the order of variant and seed.
struct SeedResult {
  bool done = false;
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  bool stuck = false;
  std::vector<std::string> waiting;
  std::vector<invariants::Verdict> verdicts;
  invariants::Figures figures;
  std::map<std::string, std::uint64_t> windows_hit;
  std::map<std::string, std::uint64_t> windows_entered;
  std::map<std::string, std::uint64_t> faults_landed;
  std::vector<std::string> never_reached;
  bool prevented = false;
};

SeedResult keep(scenarios::RunOutcome&& run) {
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

void fold(VariantOutcome& variant, SeedResult& result) {
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

// The runs of one campaign, handed out one by one: seed after seed through all variants, so that
// what is interrupted has compared them all on the same seeds; behind them stand the repeats.
class RunTable {
 public:
  RunTable(std::vector<const scenarios::Variant*> variants, std::uint64_t first_seed,
           std::uint64_t seeds)
      : variants_(std::move(variants)), first_seed_(first_seed), seeds_(seeds) {
    results_.resize(variants_.size() * seeds_);
    repeats_.resize(variants_.size() * repeats_per_variant());
  }

  std::uint64_t all() const { return results_.size() + repeats_.size(); }
  std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }

  // Works until nothing is left or somebody interrupts.
  void work(const std::atomic<bool>* interrupt) {
    scenarios::Runner runner;
    while (interrupt == nullptr || !interrupt->load(std::memory_order_relaxed)) {
      const std::uint64_t item = next_.fetch_add(1, std::memory_order_relaxed);
      if (item >= all()) return;
      if (item < results_.size()) {
        const std::size_t variant = item % variants_.size();
        const std::uint64_t index = item / variants_.size();
        results_[variant * seeds_ + index] = keep(runner.run(request(variant, index)));
      } else {
        const std::uint64_t repeat = item - results_.size();
        const scenarios::RunOutcome run =
            runner.run(request(repeat / repeats_per_variant(), repeat_index(repeat)));
        repeats_[repeat] = {true, run.trace_hash};
      }
      done_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void fold_into(CampaignOutcome& outcome) {
    fold_variants(outcome);
    scenarios::Runner runner;
    for (std::uint64_t r = 0; r < repeats_.size(); ++r) {
      const std::size_t v = r / repeats_per_variant();
      const SeedResult& first = results_[v * seeds_ + repeat_index(r)];
      if (!repeats_[r].done || !first.done || repeats_[r].hash == first.trace_hash) continue;
      Divergence& divergence = outcome.divergences.emplace_back();
      divergence.variant = variants_[v]->name;
      divergence.seed = first.seed;
      divergence.first_hash = first.trace_hash;
      divergence.second_hash = repeats_[r].hash;
      divergence.difference = first_difference(runner, request(v, repeat_index(r)));
    }
  }

 private:
  void fold_variants(CampaignOutcome& outcome) {
    for (std::size_t v = 0; v < variants_.size(); ++v) {
      VariantOutcome& variant = outcome.variants.emplace_back();
      variant.name = variants_[v]->name;
      variant.passed_over = variants_[v]->scenario.passed_over;
      for (const std::string& kind : kinds_asked_for(variants_[v]->scenario))
        variant.faults_landed.try_emplace(kind, 0);
      for (std::uint64_t s = 0; s < seeds_; ++s) fold(variant, results_[v * seeds_ + s]);
      outcome.runs += variant.seeds;
      if (variant.seeds > 0)
        variant.expectations = judge_expectations(variants_[v]->expectation, variant);
    }
  }

  struct Repeat {
    bool done = false;
    std::uint64_t hash = 0;
  };

  // One seed in fifty, at least one.
  std::uint64_t repeats_per_variant() const { return 1 + (seeds_ - 1) / 50; }
  std::uint64_t repeat_index(std::uint64_t repeat) const {
    return (repeat % repeats_per_variant()) * 50;
  }

  scenarios::RunRequest request(std::size_t variant, std::uint64_t index) const {
    scenarios::RunRequest request;
    request.scenario = &variants_[variant]->scenario;
    request.seed = first_seed_ + index;
    return request;
  }

  std::vector<const scenarios::Variant*> variants_;
  std::uint64_t first_seed_;
  std::uint64_t seeds_;
  std::vector<SeedResult> results_;
  std::vector<Repeat> repeats_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> done_{0};
};

void run_on_threads(RunTable& table, const Options& options, unsigned jobs) {
  std::vector<std::jthread> workers;
  std::atomic<unsigned> working{jobs};
  for (unsigned i = 0; i < jobs; ++i)
    workers.emplace_back([&] {
      table.work(options.interrupt);
      working.fetch_sub(1);
    });
  while (working.load() > 0) {
    if (options.progress) options.progress(table.done(), table.all());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (options.progress) options.progress(table.done(), table.all());
}

}  // namespace

// A plan stands in for the storm.
std::set<std::string> kinds_asked_for(const scenarios::Scenario& scenario) {
  std::set<std::string> kinds;
  if (scenario.plan) {
    for (const sim::Fault& fault : scenario.plan->faults) kinds.insert(sim::to_text(fault.kind));
  } else {
    for (const sim::StormRule& rule : scenario.storm.rules) kinds.insert(sim::to_text(rule.kind));
  }
  return kinds;
}

std::vector<const scenarios::Variant*> matching_variants(const scenarios::ScenarioFile& file,
                                                         std::string_view pattern) {
  // Greedy matching of `*` with one step back is exact for this pattern language.
  const auto matches = [&](std::string_view name) {
    std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
      if (p < pattern.size() && pattern[p] == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.size() && pattern[p] == name[n]) {
        ++p, ++n;
      } else if (star != std::string_view::npos) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
  };
  std::vector<const scenarios::Variant*> found;
  for (const scenarios::Variant& variant : file.variants)
    if (matches(variant.name)) found.push_back(&variant);
  return found;
}

CampaignOutcome run_campaign(const scenarios::ScenarioFile& file, const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  CampaignOutcome outcome;
  outcome.path = file.path;
  outcome.scenario = file.name;
  outcome.about = file.about;
  outcome.first_seed = options.first_seed;
  outcome.seeds = options.seeds == 0 ? file.seeds : options.seeds;
  outcome.jobs = jobs_or_cores(options.jobs);
  RunTable table(matching_variants(file, options.variant_pattern), options.first_seed,
                 outcome.seeds);
  run_on_threads(table, options, outcome.jobs);
  outcome.interrupted =
      options.interrupt != nullptr && options.interrupt->load() && table.done() < table.all();
  table.fold_into(outcome);
  outcome.wall_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - start)
                                  .count();
  return outcome;
}

}  // namespace halfwrite::campaign
