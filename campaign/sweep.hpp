// A sweep: any number of seeds through the variants of a file, on all cores, each seed with a part
// of the storm of its own (a swarm), counted and not kept. Its memory does not grow with the runs.
// What it comes to depends on the seeds that were done and on nothing else: not on the number of
// jobs, on shards and their order, or on having been stopped and resumed. It stops between seeds,
// never inside one, and says exactly which are done. This floor knows threads and the wall clock;
// no run does.
#pragma once

#include "campaign/outcome.hpp"
#include "campaign/seed_set.hpp"
#include "campaign/tally.hpp"
#include "scenarios/scenario.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

// What a sweep was asked for: equal for results that belong together.
struct SweepSubject {
  std::string path;
  std::string scenario;
  std::string about;
  std::string version;          // of the program
  std::uint64_t text_hash = 0;  // of the scenario's files
  SeedSet seeds;
  bool swarm = true;        // else every seed has the whole storm
  std::uint64_t keep = 10;  // finds of each kind
};

struct SweepOptions {
  std::uint64_t shard = 1;  // part `shard` of `shards` of the seeds
  std::uint64_t shards = 1;
  // Every so many seeds, the first among them, all variants are run twice; 0: none.
  std::uint64_t guard = 100;
  unsigned jobs = 0;  // 0: one per core
  // No seed is begun after so long; one is always done.
  std::optional<std::chrono::milliseconds> budget;
  // Asked between runs; set by a signal handler.
  const std::atomic<bool>* interrupt = nullptr;
  // Called from the calling thread now and then, with runs.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

struct SweepOutcome {
  SweepSubject subject;
  PlaceRanges done;
  std::vector<VariantTally> variants;  // in the order of the file
  // Of the process that ran it, and no part of a result.
  bool interrupted = false;
  std::int64_t wall_milliseconds = 0;
  unsigned jobs = 1;

  bool complete() const { return rest_of({subject.seeds.places()}, done).empty(); }
  std::uint64_t seeds_done() const { return count_of(done); }
  std::uint64_t runs() const { return seeds_done() * variants.size(); }
};

// A sweep of these variants of which nothing is done yet.
SweepOutcome not_begun(SweepSubject subject, const std::vector<std::string>& variants);

// Does what is left of the seeds (of their part, with shards) and adds it. Requires that `begun` is
// of this file.
SweepOutcome sweep(const scenarios::ScenarioFile& file, const SweepOptions& options,
                   SweepOutcome begun);

// Why two results cannot be put together, as a sentence: different files, settings or variants, or
// a seed that is in both. Nothing where they can.
std::optional<std::string> why_not_one(const SweepOutcome& a, const SweepOutcome& b);
// Why what this program would add does not belong to a result, as a sentence: it does not make the
// first run of each variant as it was made. Nothing where it does. The version tells releases
// apart, this tells builds. Requires that the result is of this file.
std::optional<std::string> why_other_program(const scenarios::ScenarioFile& file,
                                             const SweepOutcome& outcome);
// Requires that nothing stands against it.
void merge(SweepOutcome& into, const SweepOutcome& from);

// A claim of the file that these seeds do not meet and further ones may: "violated" that has not
// shown, what is not exercised.
struct OpenClaim {
  std::string variant;
  ExpectationResult result;
};
struct JudgedSweep {
  CampaignOutcome campaign;
  std::vector<OpenClaim> open;
};
// Holds a sweep against what the file expects, as `check` does. Claims stay open while there are
// further seeds of the sweep to do, and fewer were done than the file asks for.
JudgedSweep judge(const scenarios::ScenarioFile& file, const SweepOutcome& outcome);

}  // namespace halfwrite::campaign
