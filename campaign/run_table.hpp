// The runs of one campaign, handed out one by one to any number of threads: seed after seed through
// all variants, so that what is interrupted has compared them all on the same seeds; behind them
// stand the repeats. It folds what comes out in the order of the seeds, whoever was first, and
// decides from that order alone which runs are needed at all. It knows no thread and no clock.
#pragma once

#include "campaign/outcome.hpp"
#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace halfwrite::campaign {

class RunTable {
 public:
  // `at_least`: how many seeds a variant gets before it may be settled.
  RunTable(const std::vector<const scenarios::Variant*>& variants, std::uint64_t first_seed,
           std::uint64_t seeds, std::uint64_t at_least);

  // The runs that are needed as far as one knows, and how many of them are done.
  std::uint64_t all() const;
  std::uint64_t done() const;

  // Works until nothing is left or somebody interrupts. May be called on several threads at once.
  void work(const std::atomic<bool>* interrupt);

  // Adds the variants, in order, and what was not the same when it was repeated. Nobody works.
  void fold_into(CampaignOutcome& outcome);

 private:
  // What is kept of one run until those before it are folded.
  struct SeedResult {
    bool done = false;
    std::uint64_t seed = 0;
    std::uint64_t trace_hash = 0;
    bool stuck = false;
    std::vector<std::string> waiting;
    std::vector<invariants::Verdict> verdicts;
    invariants::Figures figures;
    std::map<std::string, std::uint64_t> windows_hit;
    std::map<std::string, std::uint64_t> windows_entered;
    std::map<std::string, std::uint64_t> faults_landed;
    std::vector<std::string> never_reached;
    bool prevented = false;
  };
  struct Column {
    const scenarios::Variant* variant = nullptr;
    std::vector<SeedResult> results;  // by seed
    VariantOutcome outcome;           // of the first seeds, up to `folded`
    std::uint64_t folded = 0;
    std::uint64_t needed = 0;  // seeds: all, or those that settled it
  };
  struct Repeat {
    bool done = false;
    std::uint64_t hash = 0;
  };

  static SeedResult keep(scenarios::RunOutcome&& run);
  static void fold(VariantOutcome& variant, SeedResult& result);
  bool is_needed(std::size_t variant, std::uint64_t index) const;
  void finish(std::size_t variant, std::uint64_t index, SeedResult&& result);
  void finish_repeat(std::uint64_t repeat, std::uint64_t hash);
  // One seed in fifty, at least one.
  static std::uint64_t repeats_of(std::uint64_t seeds) { return 1 + (seeds - 1) / 50; }
  std::uint64_t repeats_per_variant() const { return repeats_of(seeds_); }
  std::uint64_t repeat_index(std::uint64_t repeat) const {
    return (repeat % repeats_per_variant()) * 50;
  }
  scenarios::RunRequest request(std::size_t variant, std::uint64_t index) const;

  std::uint64_t first_seed_;
  std::uint64_t seeds_;
  std::uint64_t at_least_;
  std::atomic<std::uint64_t> next_{0};
  mutable std::mutex mutex_;  // of all below
  std::vector<Column> columns_;
  std::vector<Repeat> repeats_;
};

}  // namespace halfwrite::campaign
