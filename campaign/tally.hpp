// What a sweep remembers of its runs: counts, and the first few finds of each kind, by the places
// of their seeds. A tally is as large after a million runs as after ten. Adding runs, or merging
// tallies of different runs, gives the same tally in any order. It judges nothing.
#pragma once

#include "campaign/first_few.hpp"
#include "campaign/outcome.hpp"
#include "models/invariants/figures.hpp"
#include "models/invariants/invariant.hpp"
#include "scenarios/run.hpp"
#include "sim/search/swarm.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::campaign {

// A seed that breaks an invariant.
struct ViolatingSeed {
  invariants::Violation first;     // of the run's violations
  std::vector<std::string> drawn;  // what the seed had of the storm
};

struct InvariantTally {
  std::string name;
  std::uint64_t vacuous = 0;  // seeds in which its premise never arose
  std::uint64_t parked = 0;
  std::uint64_t not_allowed = 0;  // of the violating seeds: the configuration does not allow it
  FirstFew<ViolatingSeed> violating;
  FirstFew<std::string> vacuous_because{1};
  // By kind of fault: violating seeds whose part of the storm had it.
  std::map<std::string, std::uint64_t> violating_with;

  void merge(const InvariantTally& other);
};

struct VariantTally {
  // Keeps the first `keep` finds of each kind.
  VariantTally(std::string variant, std::uint64_t keep);

  std::string name;
  std::uint64_t keep;
  std::uint64_t seeds = 0;
  // Equal for equal runs of equal seeds: the sum of a hash of each seed and its trace hash.
  std::uint64_t runs_hash = 0;
  FirstFew<std::uint64_t> first_run{1};    // its trace hash: would this program make it again?
  std::vector<InvariantTally> invariants;  // in the order of the scenario
  invariants::Figures figures;             // counts only: no list of measurements
  std::map<std::string, std::uint64_t> windows_hit;
  std::map<std::string, std::uint64_t> windows_entered;
  // By kind, with each kind the plan or the storm asked for: 0 where none ever landed.
  std::map<std::string, std::uint64_t> faults_landed;
  std::uint64_t faults_never_reached = 0;
  // Faults of the scenario's own plan, and in how many seeds their place was never reached.
  std::map<std::string, std::uint64_t> unreached;
  std::uint64_t orders_prevented = 0;
  // By kind of fault: seeds whose part of the storm had it.
  std::map<std::string, std::uint64_t> seeds_with;
  FirstFew<std::vector<std::string>> stuck;  // what the run waited for
  std::uint64_t repeated = 0;                // runs that were done twice
  FirstFew<Divergence> divergences;          // of those, the ones that came out differently

  // `own_plan`: its faults are the scenario's, so that those never reached are few.
  void add(std::uint64_t place, scenarios::RunOutcome&& run, const sim::search::Swarm& swarm,
           bool own_plan);
  // Requires the same variant, and other seeds.
  void merge(const VariantTally& other);

 private:
  void add_verdict(InvariantTally& tally, const invariants::Verdict& verdict, std::uint64_t place,
                   const sim::search::Swarm& swarm);
};

}  // namespace halfwrite::campaign
