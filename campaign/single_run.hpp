// One run to be told: run once with its history kept, run again to see that it comes out the same,
// and held against what the file expects as far as one seed can say.
#pragma once

#include "campaign/outcome.hpp"
#include "campaign/seed.hpp"
#include "scenarios/run.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

struct SingleRunRequest {
  const scenarios::ScenarioFile* file = nullptr;
  const scenarios::Variant* variant = nullptr;
  Seed seed;
  bool swarm = false;  // the seed has a part of the storm only, as in a sweep; without a plan
  std::optional<sim::FaultPlan> plan;
  std::vector<sim::Fault> further_faults;
  // Told of the trace as it comes; not owned. With `compare_with` set it must be nullptr.
  sim::TraceSink* trace_sink = nullptr;
  // The lines of the same run, made by another process: compared with instead of a second run here.
  std::function<std::optional<std::string>()> compare_with;
  // An expected violation that does not show is held against the run, even where the file has more
  // seeds.
  bool one_seed_is_enough = false;
  bool repeat = true;  // false: no second run at all; somebody else compares
};

// Another variant's verdicts under the same seed and faults.
struct SameSeed {
  std::string variant;
  std::vector<invariants::Verdict> verdicts;
};

struct SingleRun {
  SingleRunRequest request;
  scenarios::RunOutcome outcome;
  std::vector<std::string> drawn;  // with a swarm: what became of each rule of the storm
  std::vector<ExpectationResult> expectations;
  std::optional<Divergence> divergence;
  // The other process ended before its run did; nothing can be said of determinism.
  bool other_broke_off = false;
  std::vector<SameSeed> same_seed;  // filled in by who asks for it, see same_seed.hpp
  ExitCode code = ExitCode::as_expected;
};

// An expected violation that does not show is held against the run only where the file says that
// one seed is enough.
SingleRun run_once(const SingleRunRequest& request);

}  // namespace halfwrite::campaign
