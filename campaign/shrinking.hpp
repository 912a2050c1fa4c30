// Shrinking: the smallest run found that still breaks one invariant. Faults are anchored to the
// place where they landed and those that did nothing are dropped; then faults, requests and
// instances are left out as long as the invariant stays broken; then times are rounded. Every try
// is a run of its own, so that the result is seen, not argued. It changes no scenario file and
// knows no format.
#pragma once

#include "campaign/seed.hpp"
#include "scenarios/reduction.hpp"
#include "scenarios/run.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace halfwrite::campaign {

struct ShrinkRequest {
  const scenarios::Variant* variant = nullptr;
  Seed seed;
  bool swarm = false;                  // the seed has a part of the storm only, as in a sweep
  std::optional<sim::FaultPlan> plan;  // instead of what the seed draws
  scenarios::Reduction reduction;      // what is left out from the start
  std::string invariant;               // empty: the first that is violated
  std::uint64_t most_tries = 5000;
  std::uint64_t most_requests = std::numeric_limits<std::uint64_t>::max();  // over all tries
  // Set by a signal handler: no further try is made, as if the tries had run out.
  const std::atomic<bool>* interrupt = nullptr;
};

struct Shrunk {
  std::string invariant;
  scenarios::Reduction reduction;
  sim::FaultPlan plan;
  scenarios::RunOutcome outcome;  // of the smallest run, with its history
  std::uint64_t faults_before = 0;
  std::uint64_t requests_before = 0;
  std::uint64_t requests = 0;
  std::uint64_t tries = 0;
  bool minimal =
      true;  // no single fault, request or spare instance can be left out; false: tries ran out
};

// Nothing: the run breaks no invariant, or not the one that was asked for.
std::optional<Shrunk> shrink(const ShrinkRequest& request);

}  // namespace halfwrite::campaign
