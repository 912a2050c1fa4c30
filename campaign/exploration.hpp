// Exploration: every single fault of one schedule. The scenario is run once with its own plan and
// no further fault, cut to a few requests; then once for each fault at each place it passed, on all
// cores; and, for crashes, once more for each place of what came after, since what recovers is
// seldom tried. What is said is
// a count: so many of so many places of this schedule. The order in which results are told is that
// of the places, whatever the number of jobs.
#pragma once

#include "campaign/outcome.hpp"
#include "campaign/seed.hpp"
#include "scenarios/reduction.hpp"
#include "scenarios/scenario.hpp"
#include "sim/search/single_faults.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

struct ExplorationOptions {
  Seed seed;
  std::uint64_t operations = 3;  // of each load
  unsigned jobs = 0;             // 0: one per core
  bool recovery = true;          // try crashes during recovery
  sim::search::SingleFaultOptions faults;
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

// One invariant that some single fault, or some crash during a recovery, breaks.
struct ExploredViolation {
  std::string invariant;
  std::uint64_t faults = 0;      // how many single ones break it
  std::uint64_t recoveries = 0;  // how many second crashes, during the recovery from a first
  // The first, in the order of the kinds and places: the scenario's own plan, then the fault.
  sim::FaultPlan plan;
  invariants::Violation first;
  scenarios::ExpectedVerdict expected = scenarios::ExpectedVerdict::any;
  std::optional<SmallestCase> smallest;  // shrunk from the plan, where somebody did
};

// One row: a kind of fault.
struct ExploredKind {
  std::string kind;
  std::uint64_t places = 0;
  std::uint64_t tried = 0;
  std::uint64_t landed = 0;      // runs in which the fault struck something
  std::uint64_t violations = 0;  // runs in which an invariant broke
  std::uint64_t stuck = 0;
  std::map<std::string, std::uint64_t> windows_hit;
};

struct ExplorationOutcome {
  std::string path;
  std::string scenario;
  std::string variant;
  Seed seed;
  std::uint64_t requested = 0;      // of each load, as asked for
  std::uint64_t operations = 0;     // requests made, over all loads
  std::uint64_t left_out = 0;       // requests of the scenario that were not
  std::uint64_t own_items = 0;      // faults and orders of the scenario's own plan, in every try
  std::uint64_t own_unreached = 0;  // of them, faults whose place the run below never passed
  std::uint64_t waits = 0;          // of the run without a further fault
  std::uint64_t messages = 0;
  std::uint64_t processes = 0;
  std::uint64_t schedule = 0;  // trace hash of that run
  std::vector<ExploredKind> kinds;
  std::vector<ExploredViolation> violations;  // in the order in which they were found
  // By the own plan alone, or by nothing at all; no fault is held responsible for them.
  std::vector<ExploredViolation> broken_without_faults;
  std::vector<std::string> held;           // exercised by some run, and broken by none
  std::vector<std::string> not_exercised;  // their premise arose in no run
  std::optional<sim::FaultPlan> first_stuck;
  std::uint64_t not_shrunk = 0;  // finds, beyond the number that was to be shrunk
  std::int64_t wall_milliseconds = 0;
  bool interrupted = false;
  bool claims = false;  // `expect` says something of this variant

  std::uint64_t places() const;
  std::uint64_t tried() const;
};

// Violations that the file expects, or leaves open, are as expected; stuck runs are not. What the
// own plan alone breaks counts as much as what a fault breaks.
ExitCode exit_code_of(const ExplorationOutcome& outcome);

ExplorationOutcome explore(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
                           const ExplorationOptions& options);

}  // namespace halfwrite::campaign
