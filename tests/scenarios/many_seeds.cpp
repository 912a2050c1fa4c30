#include "tests/scenarios/many_seeds.hpp"

#include "tests/scenarios/scenario_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace halfwrite::tests {

namespace {

void count(const scenarios::Variant& variant, const scenarios::RunOutcome& run,
           const std::string& allowed, Counts& counts) {
  for (const auto& [name, hits] : run.windows_hit) counts.windows[name] += hits;
  for (const sim::LandedFault& fault : run.landed) {
    ++counts.faults;
    if (fault.fault.kind != sim::FaultKind::lose_reply) continue;
    if (fault.address.find("/publish ") != std::string::npos)
      ++counts.lost_publish_acknowledgements;
    if (fault.address.find("/acknowledge ") != std::string::npos)
      ++counts.lost_offset_acknowledgements;
  }
  for (const invariants::Verdict& verdict : run.verdicts)
    if (verdict.outcome == invariants::Outcome::violated && verdict.invariant != allowed)
      counts.broken.push_back(
          fmt::format("{} seed {}: {}", variant.name, run.seed, verdict.invariant));
  if (run.end.kind == sim::RunEnd::Kind::stuck)
    counts.broken.push_back(fmt::format("{} seed {}: stuck", variant.name, run.seed));
}

// Seeds first, first + step, ... up to last.
Counts run_seeds(const scenarios::ScenarioFile& file, const std::string& allowed,
                 std::uint64_t first, std::uint64_t last, std::uint64_t step) {
  Counts counts;
  scenarios::Runner runner;
  for (std::uint64_t seed = first; seed <= last; seed += step) {
    for (const scenarios::Variant& variant : file.variants) {
      scenarios::RunRequest request;
      request.scenario = &variant.scenario;
      request.seed = seed;
      count(variant, runner.run(request), allowed, counts);
    }
  }
  return counts;
}

}  // namespace

void Counts::add(const Counts& other) {
  for (const auto& [name, hits] : other.windows) windows[name] += hits;
  lost_publish_acknowledgements += other.lost_publish_acknowledgements;
  lost_offset_acknowledgements += other.lost_offset_acknowledgements;
  faults += other.faults;
  broken.insert(broken.end(), other.broken.begin(), other.broken.end());
}

std::uint64_t Counts::rarest_window() const {
  std::uint64_t rarest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [name, hits] : windows) rarest = std::min(rarest, hits);
  return rarest;
}

Counts counts_over(const std::string& scenario, std::uint64_t seeds, const std::string& allowed) {
  const auto file = load_scenario(scenario);
  const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Counts> parts(cores);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t core = 0; core < cores; ++core)
      threads.emplace_back(
          [&, core] { parts[core] = run_seeds(file, allowed, core + 1, seeds, cores); });
  }
  Counts all;
  for (const Counts& part : parts) all.add(part);
  return all;
}

void print(const Counts& counts) {
  for (const auto& [name, hits] : counts.windows) fmt::print("  {}: {}\n", name, hits);
  fmt::print("  lost acknowledgements of a publish: {}, of an offset: {}; faults in all: {}\n",
             counts.lost_publish_acknowledgements, counts.lost_offset_acknowledgements,
             counts.faults);
}

}  // namespace halfwrite::tests
