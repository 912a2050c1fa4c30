// The outboxes under everything at once: what may be seen twice on the wire is never lost, invented
// or done twice, and the faults are counted where they matter, so that the peace is not a calm
// sea's.

#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

using namespace halfwrite;

namespace {

struct Counts {
  std::map<std::string, std::uint64_t> windows;
  std::uint64_t lost_publish_acknowledgements = 0;
  std::uint64_t lost_offset_acknowledgements = 0;
  std::uint64_t faults = 0;
  std::vector<std::string> broken;  // runs in which something that must hold did not

  void add(const Counts& other) {
    for (const auto& [name, hits] : other.windows) windows[name] += hits;
    lost_publish_acknowledgements += other.lost_publish_acknowledgements;
    lost_offset_acknowledgements += other.lost_offset_acknowledgements;
    faults += other.faults;
    broken.insert(broken.end(), other.broken.begin(), other.broken.end());
  }
};

void count(const scenarios::Variant& variant, const scenarios::RunOutcome& run, Counts& counts) {
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
    if (verdict.outcome == invariants::Outcome::violated && verdict.invariant != "published_soon")
      counts.broken.push_back(
          fmt::format("{} seed {}: {}", variant.name, run.seed, verdict.invariant));
  if (run.end.kind == sim::RunEnd::Kind::stuck)
    counts.broken.push_back(fmt::format("{} seed {}: stuck", variant.name, run.seed));
}

// Seeds first, first + step, ... up to last.
Counts run_seeds(const scenarios::ScenarioFile& file, std::uint64_t first, std::uint64_t last,
                 std::uint64_t step) {
  Counts counts;
  scenarios::Runner runner;
  for (std::uint64_t seed = first; seed <= last; seed += step) {
    for (const scenarios::Variant& variant : file.variants) {
      scenarios::RunRequest request;
      request.scenario = &variant.scenario;
      request.seed = seed;
      count(variant, runner.run(request), counts);
    }
  }
  return counts;
}

Counts run_on_all_cores(std::uint64_t seeds) {
  const auto file = tests::load_scenario("scenarios/library/outboxes_hold.json");
  const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Counts> parts(cores);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t core = 0; core < cores; ++core)
      threads.emplace_back([&, core] { parts[core] = run_seeds(file, core + 1, seeds, cores); });
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

}  // namespace

TEST_CASE(
    "both outboxes lose, invent and repeat nothing under every fault at once, over 100 seeds") {
  const Counts counts = run_on_all_cores(100);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  CHECK(counts.windows.at("between commit and read") > 0);
  CHECK(counts.windows.at("between publish and mark") > 0);
  CHECK(counts.windows.at("between read and store") > 0);
  CHECK(counts.windows.at("between effect and offset") > 0);
  CHECK(counts.lost_publish_acknowledgements > 0);
  CHECK(counts.lost_offset_acknowledgements > 0);
}

TEST_CASE(
    "both outboxes lose, invent and repeat nothing under every fault at once, over 10,000 seeds",
    "[.long]") {
  const Counts counts = run_on_all_cores(10'000);
  print(counts);
  CAPTURE(counts.broken);
  CHECK(counts.broken.empty());
  CHECK(counts.windows.at("between commit and read") >= 500);
  CHECK(counts.windows.at("between publish and mark") >= 500);
  CHECK(counts.windows.at("between read and store") >= 500);
  CHECK(counts.windows.at("between effect and offset") >= 500);
  CHECK(counts.lost_publish_acknowledgements >= 500);
  CHECK(counts.lost_offset_acknowledgements >= 500);
}
