#include "bench/runs.hpp"

#include "campaign/campaign.hpp"
#include "scenarios/run.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

namespace halfwrite::bench {

namespace {

constexpr std::uint64_t campaign_seeds = 40;

// So rarely that a run of 20 orders has between two and four landed faults. In the scenario's own
// storm, a crash of each target a second and a reset for every hundredth message, it has thirteen.
constexpr const char* crash_every = "5s";
constexpr double reset_chance = 0.002;

std::optional<std::string> text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

using Json = nlohmann::ordered_json;  // the order of a file's keys is the order of its variants

// A file of the library with other numbers.
scenarios::ScenarioFile changed(const std::string& name,
                                const std::function<void(Json& file)>& change) {
  const std::string path = HALFWRITE_SOURCE_DIRECTORY "/scenarios/library/" + name;
  const auto read = [&](const std::string& asked) {
    std::optional<std::string> text = text_of_file(asked);
    if (!text || asked != path) return text;
    Json file = Json::parse(*text);
    change(file);
    return std::optional(file.dump());
  };
  auto file = scenarios::load(path, read);
  if (file) return std::move(*file);
  for (const scenarios::Diagnostic& diagnostic : file.error()) {
    std::fputs(scenarios::to_text(diagnostic).c_str(), stderr);
  }
  std::exit(2);
}

}  // namespace

scenarios::ScenarioFile order_created(std::uint64_t orders, std::uint64_t orders_a_second) {
  return changed("order_created.json", [&](Json& file) {
    for (const char* load : {"orders", "payments"}) {
      file["workload"][load]["count"] = orders;
      file["workload"][load]["rate"] = fmt::format("{}/s", orders_a_second);
    }
    const std::uint64_t storm_ends = 4'200 + orders * 1'000 / orders_a_second + 1'000;
    auto& storm = file["matrix"]["trouble"]["storm"]["faults"];
    storm["until"] = fmt::format("{}ms", storm_ends);
    storm["crash"]["every"] = crash_every;
    storm["reset"]["probability"] = reset_chance;
  });
}

scenarios::ScenarioFile place_order(std::uint64_t orders, std::uint64_t orders_a_second) {
  return changed("place_order.json", [&](Json& file) {
    file["workload"]["orders"]["count"] = orders;
    file["workload"]["orders"]["rate"] = fmt::format("{}/s", orders_a_second);
    file["databases"]["inventory_db"]["data"] = {
        fmt::format("INSERT INTO stock VALUES ('tea', {0}), ('cup', {0})", orders)};
    file.erase("faults");
  });
}

void register_runs(const scenarios::ScenarioFile& file, const std::string& trouble) {
  for (const scenarios::Variant& variant : file.variants) {
    if (!variant.name.ends_with("/" + trouble)) continue;
    const std::string name = "runs/" + variant.name;
    benchmark::RegisterBenchmark(name.c_str(), [&variant](benchmark::State& state) {
      scenarios::Runner runner;
      scenarios::RunRequest request;
      request.scenario = &variant.scenario;
      request.seed = 0;
      std::uint64_t records = 0;
      std::uint64_t landed = 0;
      for (auto _ : state) {
        ++request.seed;
        const scenarios::RunOutcome outcome = runner.run(request);
        records += outcome.trace_records;
        landed += outcome.landed.size();
      }
      state.SetItemsProcessed(state.iterations());
      using benchmark::Counter;
      state.counters["records"] = Counter(static_cast<double>(records), Counter::kAvgIterations);
      state.counters["landed"] = Counter(static_cast<double>(landed), Counter::kAvgIterations);
    });
  }
}

void register_sagas(const scenarios::ScenarioFile& file, std::uint64_t orders) {
  for (const char* name : {"orchestration/outbox_polling", "choreography/outbox_polling"}) {
    const scenarios::Variant* const variant = file.find_variant(name);
    if (variant == nullptr) continue;
    benchmark::RegisterBenchmark(
        ("sagas/" + variant->name).c_str(), [variant, orders](benchmark::State& state) {
          scenarios::Runner runner;
          scenarios::RunRequest request;
          request.scenario = &variant->scenario;
          for (auto _ : state) runner.run(request);
          state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(orders));
        });
  }
}

void register_cores(const scenarios::ScenarioFile& file, const std::string& trouble) {
  for (const unsigned jobs : {1u, 2u}) {
    benchmark::RegisterBenchmark(fmt::format("cores/{}", jobs).c_str(),
                                 [&file, trouble, jobs](benchmark::State& state) {
                                   campaign::Options options;
                                   options.variant_pattern = "*/" + trouble;
                                   options.seeds = campaign_seeds;
                                   options.jobs = jobs;
                                   for (auto _ : state) campaign::run_campaign(file, options);
                                   state.SetItemsProcessed(state.iterations());
                                 })
        ->MeasureProcessCPUTime()
        ->UseRealTime();
  }
}

std::uint64_t run_once(const scenarios::ScenarioFile& file, const std::string& variant) {
  const scenarios::Variant* found = file.find_variant(variant);
  if (found == nullptr) return 0;
  scenarios::Runner runner;
  scenarios::RunRequest request;
  request.scenario = &found->scenario;
  const scenarios::RunOutcome outcome = runner.run(request);
  if (outcome.end.kind != sim::RunEnd::Kind::quiet) return 0;
  for (const invariants::Verdict& verdict : outcome.verdicts) {
    if (verdict.invariant == "no_lost_event" && verdict.outcome != invariants::Outcome::holds)
      return 0;
  }
  return outcome.trace_records;
}

}  // namespace halfwrite::bench
