#include "campaign/campaign.hpp"

#include "campaign/run_table.hpp"
#include "sim/fault.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace halfwrite::campaign {

namespace {

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
                 outcome.seeds, options.until_settled ? file.seeds : outcome.seeds);
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
