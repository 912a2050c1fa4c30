// Measures everything and prints one table. `--million` adds the two longest runs; other arguments
// are Google Benchmark's.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/child_process.hpp"
#include "bench/large_table.hpp"
#include "bench/runs.hpp"
#include "bench/statements.hpp"
#include "bench/table.hpp"
#include "bench/workloads.hpp"
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::bench {

namespace {

constexpr std::int64_t many = 10'000;
constexpr double mebibyte = 1024.0 * 1024.0;

struct Options {
  bool million = false;
  std::vector<char*> others;  // Google Benchmark's
};

template <class Work>
void register_kernel(const char* name, std::int64_t items, Work work) {
  benchmark::RegisterBenchmark(name, [items, work](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(work());
    state.SetItemsProcessed(state.iterations() * items);
  });
}

void register_kernels() {
  constexpr std::int64_t messages = 100'000;
  constexpr std::int64_t firings = 200'000;
  constexpr std::int64_t sleeps = 200'000;
  register_kernel("bare/ping_pong", messages, [] { return bare_ping_pong(messages); });
  register_kernel("kernel/ping_pong", messages, [] { return ping_pong(messages); });
  register_kernel("bare/timers", firings, [] { return bare_timers(many, firings); });
  register_kernel("kernel/timers", firings, [] { return timers(many, firings); });
  register_kernel("bare/sleepers", sleeps, [] { return bare_sleepers(many, sleeps); });
  register_kernel("kernel/sleepers", sleeps, [] { return sleepers(many, sleeps); });
}

std::optional<double> rate(const Results& results, const std::string& name) {
  const Measured* found = results.find(name);
  return found == nullptr ? std::nullopt : std::optional(found->items_a_second);
}

std::optional<double> ratio(std::optional<double> value, std::optional<double> to) {
  if (!value || !to || *to <= 0) return std::nullopt;
  return *value / *to;
}

// Resident bytes that each of many sleeping processes adds.
std::optional<double> bytes_each(std::uint64_t (*work)(std::int64_t, std::int64_t)) {
  const auto few = in_child_process([work] { return work(1, 5); });
  const auto all = in_child_process([work] { return work(many, many * 5); });
  if (!few || !all) return std::nullopt;
  return (static_cast<double>(all->peak_bytes) - static_cast<double>(few->peak_bytes)) /
         static_cast<double>(many - 1);
}

struct Memory {
  std::optional<double> bare;
  std::optional<double> kernel;
};

void add_kernels(Table& table, const Results& results, const Memory& memory) {
  table.heading("kernel, as a ratio to the bare kernel's speed");
  const auto compare = [&](const char* what, const char* task, double goal) {
    const auto own = rate(results, std::string("kernel/") + task);
    const auto bare = rate(results, std::string("bare/") + task);
    table.add(what, Bound::at_least, goal, ratio(own, bare), 2, "");
    table.add("  a second", Bound::none, 0, ratio(own, 1e6), 2, " M");
    table.add("  a second, bare kernel", Bound::none, 0, ratio(bare, 1e6), 2, " M");
  };
  compare("messages to and fro over a connection", "ping_pong", 0.5);
  compare("10,000 pending timers", "timers", 0.6);
  compare("10,000 sleeping processes", "sleepers", 0.5);
  table.add("  resident memory each", Bound::none, 0, ratio(memory.kernel, 1024), 1, " KiB");
  table.add("  resident memory each, bare kernel", Bound::none, 0, ratio(memory.bare, 1024), 1,
            " KiB");
}

void add_statements(Table& table, const Results& results) {
  table.heading("SQL, one statement in the engine");
  for (const std::string& name : results.names("sql/")) {
    const std::string kind = name.substr(4);
    Bound bound = Bound::none;
    double goal = 0;
    if (kind == "select by key") bound = Bound::at_most, goal = 0.8;
    if (kind == "checked insert") bound = Bound::at_most, goal = 2;
    table.add(kind, bound, goal, ratio(1e6, rate(results, name)), 2, " us");
  }
}

void add_runs(Table& table, const Results& results) {
  table.heading("whole runs of order_created, 20 orders, each paid, in the storm");
  double seconds = 0;
  double landed = 0;
  double records = 0;
  const std::vector<std::string> names = results.names("runs/");
  for (const std::string& name : names) {
    const Measured& measured = *results.find(name);
    seconds += 1 / measured.items_a_second;
    landed += measured.counters.at("landed");
    records += measured.counters.at("records");
    table.add(name.substr(5), Bound::none, 0, measured.items_a_second, 0, " a second");
  }
  if (names.empty()) return;
  const double count = static_cast<double>(names.size());
  table.add("all of them, a second and core", Bound::at_least, 2000, count / seconds, 0, "");
  table.add("landed faults a run", Bound::at_least, 2, landed / count, 1, "");
  table.add("trace records a run", Bound::none, 0, records / count, 0, "");
  table.add("two cores over one, campaign of these", Bound::at_least, 1.6,
            ratio(rate(results, "cores/2"), rate(results, "cores/1")), 2, "");
}

void add_sagas(Table& table, const Results& results) {
  table.heading("sagas of place_order without faults, 200 orders a second");
  for (const std::string& name : results.names("sagas/"))
    table.add(name.substr(6), Bound::at_least, 15'000, rate(results, name), 0,
              " orders a second and core");
}

std::uint64_t physical_bytes() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Two runs, ten times as many orders in the second. It is left out where the first one says that
// the memory of this machine is too small for it.
void add_scale(Table& table) {
  table.heading("one run with many orders, outbox_cdc/quiet, 100 orders and payments a second");
  std::optional<Usage> shorter;
  for (const std::uint64_t orders : {std::uint64_t{100'000}, std::uint64_t{1'000'000}}) {
    const std::string what = fmt::format("{} orders", orders);
    const Bound bound = shorter ? Bound::at_most : Bound::none;
    const double foreseen = shorter ? 10 * static_cast<double>(shorter->peak_bytes) : 0;
    if (foreseen > 0.7 * static_cast<double>(physical_bytes())) {
      table.add(what + ", left out; peak memory foreseen", bound, 1024, foreseen / mebibyte, 0,
                " MiB");
      continue;
    }
    std::fprintf(stderr, "one run of %s ...\n", what.c_str());
    const auto usage = in_child_process(
        [orders] { return run_once(order_created(orders, 100), "outbox_cdc/quiet"); });
    if (!usage || usage->result == 0) {
      table.add(what + ", failed", Bound::none, 0, std::nullopt, 0, "");
      return;
    }
    const double each = usage->cpu_seconds / static_cast<double>(orders) * 1e6;
    table.add(what + ", CPU time an order", Bound::none, 0, each, 1, " us");
    table.add("  peak memory", bound, 1024, static_cast<double>(usage->peak_bytes) / mebibyte, 0,
              " MiB");
    if (shorter) {
      table.add("  time over that of the shorter run, ten times as long", Bound::at_most, 11,
                usage->cpu_seconds / shorter->cpu_seconds, 1, "");
    }
    shorter = usage;
  }
}

// Ten times as many rows in the second.
void add_large_tables(Table& table) {
  std::optional<LargeTable> smaller;
  for (const std::int64_t rows : {std::int64_t{100'000}, std::int64_t{1'000'000}}) {
    std::fprintf(stderr, "an outbox of %lld rows ...\n", static_cast<long long>(rows));
    const auto measured = measure_large_table(rows);
    table.heading(fmt::format("an outbox of {} rows, 300 of them unpublished; CPU time", rows));
    if (!measured) {
      table.add("failed", Bound::none, 0, std::nullopt, 0, "");
      return;
    }
    table.add("insert", Bound::none, 0, measured->insert_microseconds, 2, " us");
    table.add("  memory of a row", Bound::at_most, 1024, measured->bytes_each, 0, " bytes");
    if (smaller)
      table.add("  over that in the smaller table", Bound::at_most, 1.5,
                measured->insert_microseconds / smaller->insert_microseconds, 2, "");
    for (const auto& asked : measured->asked)
      table.add(asked.what, Bound::none, 0, asked.microseconds, 2, " us");
    smaller = measured;
  }
}

int measure(Options options) {
  std::string repetitions = "--benchmark_repetitions=5";
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::string duration = "--benchmark_min_time=0.1";
  std::vector<char*> arguments = {options.others.front(), repetitions.data(), interleaving.data(),
                                  duration.data()};
  arguments.insert(arguments.end(), options.others.begin() + 1, options.others.end());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  // First, while this process is small.
  const Memory memory{bytes_each(&bare_sleepers), bytes_each(&sleepers)};
  Table scale;
  if (options.million) {
    add_large_tables(scale);
    add_scale(scale);
  }

  const scenarios::ScenarioFile file = order_created(20, 100);
  register_kernels();
  register_statements();
  register_runs(file, "storm");
  register_cores(file, "storm");
  constexpr std::uint64_t orders = 500;
  const scenarios::ScenarioFile sagas = place_order(orders, 200);
  register_sagas(sagas, orders);
  Results results;
  benchmark::RunSpecifiedBenchmarks(&results);

  Table table;
  add_kernels(table, results, memory);
  add_statements(table, results);
  add_runs(table, results);
  add_sagas(table, results);
  std::fputs(table.to_text().c_str(), stdout);
  if (options.million) std::fputs(scale.to_text().c_str(), stdout);
  return 0;
}

}  // namespace

}  // namespace halfwrite::bench

int main(int count, char** arguments) {
  halfwrite::bench::Options options;
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(arguments[i], "--million") == 0) {
      options.million = true;
    } else {
      options.others.push_back(arguments[i]);
    }
  }
  return halfwrite::bench::measure(std::move(options));
}
