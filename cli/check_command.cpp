// halfwrite check PATH...: does each file keep what its `expect` claims? Made for CI: one line a
// file, and what is not met under it.

#include "campaign/expectation.hpp"
#include "cli/campaign_settings.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/scenario_paths.hpp"
#include "cli/terminal.hpp"
#include "reports/check.hpp"
#include "reports/json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace halfwrite::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  Flags flags;
};

// What a file without a claim would show is not looked for.
campaign::CampaignOutcome not_run(const scenarios::ScenarioFile& file) {
  campaign::CampaignOutcome outcome;
  outcome.path = file.path;
  outcome.scenario = file.name;
  outcome.about = file.about;
  return outcome;
}

// A file that cannot be read is found before anything runs: nobody waits a minute for a typing
// mistake. Nothing when one is wrong, which then stands on stderr.
std::optional<std::vector<scenarios::ScenarioFile>> load_all(const CheckOptions& options,
                                                             const Settings& settings) {
  const auto paths = scenario_paths(options.paths);
  if (!paths) {
    usage_error(paths.error());
    return std::nullopt;
  }
  std::vector<scenarios::ScenarioFile> files;
  bool broken = false;
  for (const std::string& path : *paths) {
    auto file = load_or_explain(path);
    broken = broken || !file || !seeds_fit(settings, *file);
    if (file) files.push_back(std::move(*file));
  }
  if (broken) return std::nullopt;
  if (std::none_of(files.begin(), files.end(), campaign::claims_something)) {
    usage_error("these files expect nothing, so there is nothing to check: add `expect`");
    return std::nullopt;
  }
  return files;
}

ExitCode check(const CheckOptions& options) {
  const auto settings = read_settings(*options.flags, options.paths);
  if (!settings) return ExitCode::usage;
  const auto files = load_all(options, *settings);
  if (!files) return ExitCode::usage;
  std::vector<campaign::CampaignOutcome> outcomes;
  ExitCode code = ExitCode::as_expected;
  for (const scenarios::ScenarioFile& file : *files) {
    outcomes.push_back(campaign::claims_something(file) ? run_campaign(file, "*", *settings)
                                                        : not_run(file));
    keep_finds(file, *settings, campaign::Finds::unexpected,
               [&](const campaign::KeepOptions& keeping) {
                 campaign::shrink_and_keep(file, outcomes.back(), keeping);
               });
    code = campaign::worst(code, campaign::exit_code_of(outcomes.back()));
    if (interrupted().load()) break;
  }
  const std::size_t left = files->size() - outcomes.size();
  if (left > 0)
    fmt::print(stderr, "interrupted: {} of {} files were not begun\n", left, files->size());
  return print(settings->text("format") == "json"
                   ? reports::check_json(outcomes)
                   : reports::check_text(outcomes, look_of(*settings)),
               interrupted().load() ? interruption_code() : code);
}

}  // namespace

Command add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Run scenario files and hold them to what their `expect` claims");
  command->add_option("path", options->paths, "scenario files, or folders of them")->required();
  options->flags = add_campaign_settings(*command);
  return {command, [options] { return check(*options); }, true};
}

}  // namespace halfwrite::cli
