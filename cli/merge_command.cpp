// halfwrite merge RESULT...: the results of a sweep's parts, put together and shown as one.

#include "cli/command.hpp"
#include "cli/sweep_report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::cli {

namespace {

struct MergeOptions {
  std::vector<std::string> results;
  std::string output;
  Flags flags;
};

// False, explained on stderr, where they do not belong together.
bool put_together(const std::vector<std::string>& paths, const scenarios::ScenarioFile& file,
                  std::vector<campaign::SweepOutcome>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (i > 0) {
      if (const auto why = why_not_one(results.front(), results[i])) {
        usage_error(
            fmt::format("{} cannot be put together with {}: {}", paths[i], paths.front(), *why));
        return false;
      }
    }
    if (!is_of_this_build_or_explain(paths[i], file, results[i])) return false;
    if (i > 0) merge(results.front(), results[i]);
  }
  return true;
}

ExitCode run(const MergeOptions& options) {
  std::vector<campaign::SweepOutcome> results;
  for (const std::string& path : options.results) {
    auto result = result_or_explain(path);
    if (!result) return ExitCode::usage;
    results.push_back(std::move(*result));
  }
  campaign::SweepOutcome& whole = results.front();
  const auto settings = read_settings(*options.flags, {whole.subject.path});
  if (!settings) return ExitCode::usage;
  const auto file = file_of_result_or_explain(whole);
  if (!file || !put_together(options.results, *file, results) ||
      !takes_the_result_or_explain(options.output, *file))
    return ExitCode::usage;
  if (!whole.complete()) {
    const campaign::SeedSet& seeds = whole.subject.seeds;
    fmt::print(stderr, "halfwrite: not all seeds were done: {} missing\n",
               seeds.text_of(rest_of({seeds.places()}, whole.done)));
  }
  return report_sweep(*file, whole, *settings, options.output, !whole.complete());
}

}  // namespace

Command add_merge(CLI::App& app) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command =
      app.add_subcommand("merge", "Put the results of a sweep's parts together and show them");
  command->add_option("result", options->results, "results that sweep wrote (-o)")->required();
  command->add_option("-o,--output", options->output, "write the result of all there, too");
  options->flags = add_settings(*command, {"jobs", "shrink", "state-dir"});
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
