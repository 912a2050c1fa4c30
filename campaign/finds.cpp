#include "campaign/finds.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace halfwrite::campaign {

namespace {

struct Find {
  ShrinkRequest request;
  bool unexpected = false;
  std::size_t of_its_invariant = 0;  // 0: the first variant that breaks it
  std::optional<SmallestCase>* into = nullptr;
};

class FindList {
 public:
  explicit FindList(const KeepOptions& options) : options_(options) {}

  void add(ShrinkRequest request, scenarios::ExpectedVerdict expected,
           std::optional<SmallestCase>& into) {
    const bool unexpected = expected == scenarios::ExpectedVerdict::holds;
    if (options_.which == Finds::unexpected && !unexpected) return;
    request.most_tries = options_.most_tries;
    request.most_requests = options_.most_requests;
    request.interrupt = options_.interrupt;
    const std::size_t place = count_[request.invariant]++;
    finds_.push_back({std::move(request), unexpected, place, &into});
  }

  // Gives how many were left as they are.
  std::uint64_t shrink_and_keep() {
    std::stable_sort(finds_.begin(), finds_.end(), [](const Find& a, const Find& b) {
      if (a.unexpected != b.unexpected) return a.unexpected;
      return a.of_its_invariant < b.of_its_invariant;
    });
    const std::size_t all = finds_.size();
    finds_.resize(std::min<std::size_t>(all, options_.most_finds));
    const std::vector<std::optional<Shrunk>> shrunk = shrink_all();
    for (std::size_t i = 0; i < finds_.size(); ++i)
      if (shrunk[i]) keep(finds_[i], *shrunk[i]);
    return all - finds_.size();
  }

 private:
  bool interrupted() const { return options_.interrupt != nullptr && options_.interrupt->load(); }

  std::vector<std::optional<Shrunk>> shrink_all() const {
    std::vector<std::optional<Shrunk>> results(finds_.size());
    std::atomic<std::size_t> next{0};
    const std::size_t jobs = std::min<std::size_t>(jobs_or_cores(options_.jobs), finds_.size());
    std::vector<std::jthread> workers;
    for (std::size_t job = 0; job < jobs; ++job)
      workers.emplace_back([&] {
        for (std::size_t i = next.fetch_add(1); i < finds_.size() && !interrupted();
             i = next.fetch_add(1)) {
          results[i] = shrink(finds_[i].request);
          if (interrupted()) results[i].reset();
        }
      });
    workers.clear();  // joins them
    return results;
  }

  void keep(const Find& find, const Shrunk& shrunk) const {
    SmallestCase& smallest = find.into->emplace();
    smallest.landed = shrunk.outcome.landed;
    smallest.orders = shrunk.plan.orders.size();
    smallest.requests = shrunk.requests;
    smallest.minimal = shrunk.minimal;
    for (const invariants::Verdict& verdict : shrunk.outcome.verdicts)
      if (verdict.invariant == shrunk.invariant && !verdict.violations.empty())
        smallest.sentence = verdict.violations.front().sentence;
    if (!options_.keep) return;
    const auto path = options_.keep(case_of(find.request, shrunk, options_.version));
    (path ? smallest.path : smallest.not_kept_because) = path ? *path : path.error();
  }

  const KeepOptions& options_;
  std::vector<Find> finds_;
  std::map<std::string, std::size_t> count_;
};

}  // namespace

scenarios::CaseFile case_of(const ShrinkRequest& request, const Shrunk& shrunk,
                            const std::string& version) {
  scenarios::CaseFile kept;
  kept.variant = request.variant->name;
  kept.seed = request.seed;
  kept.reduction = shrunk.reduction;
  kept.plan = shrunk.plan;
  kept.verdicts[shrunk.invariant] = scenarios::ExpectedVerdict::violated;
  kept.version = version;
  kept.trace_hash = shrunk.outcome.trace_hash;
  return kept;
}

void shrink_and_keep(const scenarios::ScenarioFile& file, CampaignOutcome& outcome,
                     const KeepOptions& options) {
  if (outcome.interrupted || !outcome.divergences.empty() || options.most_finds == 0) return;
  FindList finds(options);
  for (VariantOutcome& variant : outcome.variants) {
    const scenarios::Variant* const known = file.find_variant(variant.name);
    for (InvariantCount& count : variant.invariants) {
      if (count.violating_seeds.empty()) continue;
      ShrinkRequest request;
      request.variant = known;
      request.seed = count.violating_seeds.front();
      request.swarm = outcome.swarm;
      request.invariant = count.name;
      finds.add(std::move(request), known->expectation.about(count.name).verdict, count.smallest);
    }
  }
  outcome.not_shrunk = finds.shrink_and_keep();
}

void shrink_and_keep(const scenarios::Variant& variant, ExplorationOutcome& outcome,
                     const KeepOptions& options) {
  if (outcome.interrupted || options.most_finds == 0) return;
  FindList finds(options);
  const auto add = [&](ExploredViolation& violation) {
    ShrinkRequest request;
    request.variant = &variant;
    request.seed = outcome.seed;
    request.plan = violation.plan;
    request.reduction = first_requests(variant.scenario, outcome.requested);
    request.invariant = violation.invariant;
    finds.add(std::move(request), violation.expected, violation.smallest);
  };
  for (ExploredViolation& violation : outcome.broken_without_faults) add(violation);
  for (ExploredViolation& violation : outcome.violations) add(violation);
  outcome.not_shrunk = finds.shrink_and_keep();
}

}  // namespace halfwrite::campaign
