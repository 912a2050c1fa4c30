// Whole runs: a world is built, runs to its rest and is judged, one seed after another on one
// thread, as a worker of a campaign does it.
#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace halfwrite::scenarios {
namespace {

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

ScenarioFile order_created() {
  auto file = load(HALFWRITE_SOURCE_DIRECTORY "/scenarios/library/order_created.json", read_file);
  if (file) return std::move(*file);
  for (const Diagnostic& diagnostic : file.error()) std::fputs(to_text(diagnostic).c_str(), stderr);
  std::exit(2);
}

void runs_of(benchmark::State& state, const Variant& variant) {
  Runner runner;
  RunRequest request;
  request.scenario = &variant.scenario;
  request.seed = 0;
  std::uint64_t records = 0;
  for (auto _ : state) {
    ++request.seed;
    records += runner.run(request).trace_records;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["records/s"] =
      benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
}

}  // namespace
}  // namespace halfwrite::scenarios

int main(int count, char** arguments) {
  using namespace halfwrite::scenarios;
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const ScenarioFile file = order_created();
  for (const Variant& variant : file.variants) {
    const bool measured = variant.name.ends_with("/quiet") || variant.name.ends_with("/storm");
    if (!measured) continue;
    benchmark::RegisterBenchmark(variant.name.c_str(), [&variant](benchmark::State& state) {
      runs_of(state, variant);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
