// What a campaign found out: per variant, over all its seeds, what each invariant said, what it
// cost, which windows faults entered, and whether that is what the file expects. Values only; how
// they look is the reports' business.
#pragma once

#include "campaign/seed.hpp"
#include "models/invariants/figures.hpp"
#include "models/invariants/invariant.hpp"
#include "scenarios/scenario.hpp"
#include "sim/fault.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

// The smallest run that shrinking found to break an invariant: what struck in it, and where it was
// kept.
struct SmallestCase {
  std::vector<sim::LandedFault> landed;
  std::uint64_t orders = 0;  // that the plan forces
  std::uint64_t requests = 0;
  bool minimal = true;   // nothing of it can be left out; false: the tries ran out
  std::string sentence;  // of its violation
  std::string path;      // of the case; empty: it was not kept
  std::string not_kept_because;
};

// One invariant of one variant over all seeds.
struct InvariantCount {
  std::string name;
  std::uint64_t seeds = 0;
  std::uint64_t vacuous = 0;                   // seeds in which its premise never arose
  std::vector<std::uint64_t> violating_seeds;  // in the order of the seeds
  std::uint64_t further_violating_seeds = 0;   // beyond those: a sweep lists the first few only
  std::uint64_t violations = 0;                // records, over all seeds
  std::uint64_t parked = 0;
  bool allowed_by_config = false;  // every violation is a loss the configuration openly allows
  std::string vacuous_because;     // of the first vacuous seed
  std::optional<invariants::Violation> first;  // the first violation of the first violating seed
  std::optional<SmallestCase> smallest;        // shrunk from that seed, where somebody did

  std::uint64_t violating() const { return violating_seeds.size() + further_violating_seeds; }
  invariants::Outcome outcome() const {
    if (!violating_seeds.empty()) return invariants::Outcome::violated;
    return vacuous == seeds ? invariants::Outcome::vacuous : invariants::Outcome::holds;
  }
};

enum class Met : std::uint8_t { met, not_met, not_exercised };

// The subject of what is said about a fault of the plan that no seed reached.
inline constexpr const char* plan_subject = "plan";

// One claim of the file about one variant, and what became of it.
struct ExpectationResult {
  std::string subject;  // the invariant, the window, or `plan_subject`
  scenarios::ExpectedVerdict expected = scenarios::ExpectedVerdict::any;
  Met met = Met::met;
  std::string sentence;  // why not
  scenarios::SourcePlace place;
};

struct StuckSeed {
  std::uint64_t seed = 0;
  std::vector<std::string> waiting;
};

struct VariantOutcome {
  std::string name;
  std::uint64_t seeds = 0;
  std::vector<InvariantCount> invariants;  // in the order of the scenario
  invariants::Figures figures;             // pooled over all seeds
  std::map<std::string, std::uint64_t> windows_hit;
  std::map<std::string, std::uint64_t> windows_entered;
  // By kind, with each kind the plan or the storm asked for: 0 where none ever landed.
  std::map<std::string, std::uint64_t> faults_landed;
  std::uint64_t faults_never_reached = 0;
  // Faults of the plan, as its text has them, and in how many seeds their place was never reached.
  std::map<std::string, std::uint64_t> unreached;
  std::uint64_t orders_prevented =
      0;  // runs in which an order could not be kept: "prevented at point 4 of 5"
  std::vector<std::string> passed_over;
  std::vector<StuckSeed> stuck;
  std::uint64_t further_stuck = 0;  // beyond those: a sweep lists the first few only
  std::vector<ExpectationResult> expectations;
  bool is_settled_early = false;  // further seeds were not run: no claim was left open

  const InvariantCount* find(std::string_view invariant) const;
  // Every expectation is met, and every run came to rest.
  bool is_as_expected() const;
};

// Where two runs part: both sides, and what was the same just before.
struct TraceDifference {
  std::uint64_t record = 0;         // counted from 1
  std::vector<std::string> before;  // the last records that were the same, in order
  std::string first;                // empty: that run broke off
  std::string second;
};

// A run that was repeated and came out differently: the promise of the house is broken.
struct Divergence {
  std::string variant;
  std::uint64_t seed = 0;
  std::uint64_t first_hash = 0;
  std::uint64_t second_hash = 0;
  bool other_process = false;  // the second run was made by a process of its own
  // Nothing: repeated once more, both runs were the same.
  std::optional<TraceDifference> difference;
};

struct CampaignOutcome {
  std::string path;
  std::string scenario;
  std::string about;
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 0;
  std::vector<Seed> listed_seeds;  // in place of seeds in a row: as they were typed
  bool swarm = false;              // each seed had a part of the storm only
  std::uint64_t runs = 0;
  std::int64_t wall_milliseconds = 0;  // for progress and diagnostics only; never on stdout
  unsigned jobs = 1;
  std::vector<VariantOutcome> variants;  // in the order of the file
  std::vector<Divergence> divergences;
  std::uint64_t not_shrunk = 0;  // finds, beyond the number that was to be shrunk
  bool interrupted = false;
  bool parts_missing = false;  // put together of results that leave out some of the seeds

  // A seed of it as it was typed.
  Seed as_typed(std::uint64_t seed) const;
};

// As many runs at once as were asked for; 0: one per core.
unsigned jobs_or_cores(unsigned jobs);

// The exit codes of every command.
enum class ExitCode : int {
  as_expected = 0,
  not_met = 1,
  usage = 2,
  not_deterministic = 3,
  internal = 4,
  only_not_exercised = 5,
  interrupted = 130,
  terminated = 143,
};

// The code of a whole campaign: the worst of not deterministic, interrupted, not met, not
// exercised.
ExitCode exit_code_of(const CampaignOutcome& outcome);
// Of several campaigns together.
ExitCode worst(ExitCode a, ExitCode b);

}  // namespace halfwrite::campaign
