// Many runs of one file: all variants, the same seeds, the same common faults, on all cores. Work
// is handed out to threads in any order and folded in the order of the file, so that the same
// command gives the same outcome whatever the number of jobs. A share of the runs is done twice,
// and must agree. This floor knows threads and the wall clock; no run does.
#pragma once

#include "campaign/outcome.hpp"
#include "scenarios/scenario.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace halfwrite::campaign {

struct Options {
  std::string variant_pattern = "*";  // `*` matches any text
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 0;  // 0: what the file says
  unsigned jobs = 0;        // 0: one per core
  // A variant whose claims are settled (`is_settled`) after as many seeds as the file says, or
  // after more of them, gets no further ones. Which seeds count does not depend on the jobs.
  bool until_settled = false;
  // Asked between runs; set by a signal handler. The runs done so far are the outcome.
  const std::atomic<bool>* interrupt = nullptr;
  // Called from the calling thread now and then.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

// The kinds of faults of its plan, or else of its storm, in words.
std::set<std::string> kinds_asked_for(const scenarios::Scenario& scenario);

// Requires at least one variant that matches; the caller has asked `matching_variants`.
CampaignOutcome run_campaign(const scenarios::ScenarioFile& file, const Options& options);

// The variants of the file a pattern selects, in order.
std::vector<const scenarios::Variant*> matching_variants(const scenarios::ScenarioFile& file,
                                                         std::string_view pattern);

}  // namespace halfwrite::campaign
