// halfwrite merge RESULT...: the results of a sweep's parts, put together and shown as one.

#include "cli/command.hpp"
#include "cli/sweep_report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::cli {

namespace {

struct MergeOptions {
  std::vector<std::string> results;
  std::string output;
  Flags flags;
};

// Nothing, explained on stderr, where one cannot be read or does not belong to those before it.
std::optional<campaign::SweepOutcome> merged_or_explain(const std::vector<std::string>& paths) {
  std::optional<campaign::SweepOutcome> merged;
  for (const std::string& path : paths) {
    auto result = result_or_explain(path);
    if (!result) return std::nullopt;
    if (!merged) {
      merged = std::move(result);
      continue;
    }
    if (const auto why = why_not_one(*merged, *result)) {
      usage_error(fmt::format("{} cannot be put together with {}: {}", path, paths.front(), *why));
      return std::nullopt;
    }
    merge(*merged, *result);
  }
  return merged;
}

ExitCode run(const MergeOptions& options) {
  const auto merged = merged_or_explain(options.results);
  if (!merged) return ExitCode::usage;
  const auto settings = read_settings(*options.flags, {merged->subject.path});
  if (!settings) return ExitCode::usage;
  const auto file = file_of_result_or_explain(*merged);
  if (!file) return ExitCode::usage;
  return report_sweep(*file, *merged, *settings, options.output);
}

}  // namespace

Command add_merge(CLI::App& app) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command =
      app.add_subcommand("merge", "Put the results of a sweep's parts together and show them");
  command->add_option("result", options->results, "results that sweep wrote (-o)")->required();
  command->add_option("-o,--output", options->output, "write the result of all there, too");
  options->flags = add_settings(*command, {});
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
