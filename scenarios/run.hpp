// One run of one variant: builds the world, lets it run to its rest, lets the invariants judge. A
// pure function of (scenario, seed, plan): the same outcome on any thread, first in the process or
// after a thousand others. It knows nothing of how many runs there are or how results look.
#pragma once

#include "models/history/facts.hpp"
#include "models/invariants/figures.hpp"
#include "models/invariants/invariant.hpp"
#include "scenarios/scenario.hpp"
#include "sim/fault_injection.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::sql {
class Evaluator;
}
namespace halfwrite::sim {
class StackPool;
}

namespace halfwrite::scenarios {

struct RunRequest {
  const Scenario* scenario = nullptr;
  std::uint64_t seed = 1;
  // Instead of what the scenario draws or says; `--plan`.
  std::optional<sim::FaultPlan> plan;
  // Instead of the scenario's storm, a part of it: what a swarm drew. How long faults may strike
  // stays the scenario's to say, so that what landed replays as a plan of the scenario itself.
  std::optional<sim::Storm> storm;
  // Beside it; `--fault`.
  std::vector<sim::Fault> further_faults;
  // Keep every fact, for a story.
  bool keep_history = false;
  // Told of every trace record; not owned.
  sim::TraceSink* trace_sink = nullptr;
  // List every address passed.
  bool keep_addresses = false;
};

// The facts of a run that is to be told, and the names they use.
class KeptHistory : public history::FactListener {
 public:
  void on_fact(const history::Fact& fact) override;
  std::vector<history::Fact> facts;
  // Owns the world the names live in.
  std::shared_ptr<sim::Simulation> simulation;
  const sim::Names& names() const { return simulation->names(); }
};

struct RunOutcome {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t trace_records = 0;
  std::uint64_t waits = 0;
  sim::RunEnd end;
  std::vector<invariants::Verdict> verdicts;  // in the order of the scenario's invariants
  invariants::Figures figures;
  std::map<std::string, std::uint64_t> windows_hit;
  std::map<std::string, std::uint64_t> windows_entered;
  std::vector<sim::LandedFault> landed;
  sim::FaultPlan landed_plan;
  std::vector<sim::Fault> never_reached;
  std::vector<sim::Fault> found_nothing;  // reached, with nothing there to strike
  std::vector<sim::OrderOutcome> orders;
  std::vector<sim::Address> addresses;   // with keep_addresses
  std::vector<sim::Point> moments;       // passed without a wait; with keep_addresses
  std::shared_ptr<KeptHistory> history;  // with keep_history
};

// Runs one after another on one thread; keeps the SQL evaluator between them, which has no
// observable state.
class Runner {
 public:
  Runner();
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  RunOutcome run(const RunRequest& request);

 private:
  std::unique_ptr<sql::Evaluator> evaluator_;
  std::unique_ptr<sim::StackPool> stacks_;
};

}  // namespace halfwrite::scenarios
