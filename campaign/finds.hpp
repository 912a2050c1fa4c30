// What a campaign or an exploration found, shrunk and kept: one find for each variant and invariant
// that broke, the smallest seed of it, made as small as a number of tries allows and handed to a
// sink that keeps it. The same outcome gives the same cases, on any number of threads: what bounds
// the work is counted in finds and runs, never in time. It writes no file itself.
#pragma once

#include "campaign/exploration.hpp"
#include "campaign/outcome.hpp"
#include "campaign/shrinking.hpp"
#include "scenarios/case_file.hpp"
#include "sim/expected.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace halfwrite::campaign {

enum class Finds : std::uint8_t {
  all,
  unexpected,  // what the file expects to hold; what it expects to be violated is no news
};

struct KeepOptions {
  Finds which = Finds::all;
  std::uint64_t most_finds = 12;  // 0: nothing is shrunk
  // For each find; a result that ran out of them says so. Long runs are few, short ones many.
  std::uint64_t most_tries = 2000;
  std::uint64_t most_requests = 60'000;
  unsigned jobs = 0;    // 0: one per core
  std::string version;  // of the program, for the case
  // Keeps a case; gives where it lies, or why it could not be kept. Called from the calling thread,
  // in the order of the finds.
  std::function<sim::Expected<std::string, std::string>(const scenarios::CaseFile&)> keep;
  const std::atomic<bool>* interrupt = nullptr;  // what is at work then is not kept
};

// The run that a shrinking came to, as a case.
scenarios::CaseFile case_of(const ShrinkRequest& request, const Shrunk& shrunk,
                            const std::string& version);

// Both fill in `smallest` of what broke and `not_shrunk`. What is not as the file expects comes
// first, then of each invariant the first variant, then the second: what is left out when there are
// too many is more of the same. An outcome that was interrupted or is not deterministic is left as
// it is.
void shrink_and_keep(const scenarios::ScenarioFile& file, CampaignOutcome& outcome,
                     const KeepOptions& options);
void shrink_and_keep(const scenarios::Variant& variant, ExplorationOutcome& outcome,
                     const KeepOptions& options);

}  // namespace halfwrite::campaign
