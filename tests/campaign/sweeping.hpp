// Sweeps of the leading scenario, small enough for tests.
#pragma once

#include "campaign/sweep.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <string>
#include <utility>
#include <vector>

namespace halfwrite::tests::sweeping {

inline const scenarios::ScenarioFile& leading() {
  static const auto file = load_scenario("scenarios/library/order_created.json");
  return file;
}

inline campaign::SweepOutcome fresh(const campaign::SeedSet& seeds,
                                    const std::vector<std::string>& variants = {
                                        "database_first/storm", "outbox_cdc/storm"}) {
  campaign::SweepSubject subject;
  subject.path = leading().path;
  subject.scenario = leading().name;
  subject.version = "1";
  subject.seeds = seeds;
  subject.keep = 3;
  return campaign::not_begun(std::move(subject), variants);
}

inline campaign::SweepOptions with_jobs(unsigned jobs) {
  campaign::SweepOptions options;
  options.jobs = jobs;
  options.guard = 5;
  return options;
}

inline campaign::SweepOutcome run(const campaign::SeedSet& seeds, unsigned jobs = 2) {
  return campaign::sweep(leading(), with_jobs(jobs), fresh(seeds));
}

}  // namespace halfwrite::tests::sweeping
