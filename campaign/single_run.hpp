// One run to be told: run once with its history kept, run again to see that it comes out the same,
// and held against what the file expects as far as one seed can say.
#pragma once

#include "campaign/outcome.hpp"
#include "scenarios/run.hpp"

#include <optional>
#include <vector>

namespace halfwrite::campaign {

struct SingleRunRequest {
  const scenarios::ScenarioFile* file = nullptr;
  const scenarios::Variant* variant = nullptr;
  std::uint64_t seed = 1;
  std::optional<sim::FaultPlan> plan;
  std::vector<sim::Fault> further_faults;
};

struct SingleRun {
  SingleRunRequest request;
  scenarios::RunOutcome outcome;
  std::vector<ExpectationResult> expectations;
  std::optional<Divergence> divergence;
  ExitCode code = ExitCode::as_expected;
};

// An expected violation that does not show is held against the run only where the file says that
// one seed is enough.
SingleRun run_once(const SingleRunRequest& request);

}  // namespace halfwrite::campaign
