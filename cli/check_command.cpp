// halfwrite check PATH...: does each file keep what its `expect` claims? Made for CI: one line a
// file, and what is not met under it.

#include "campaign/campaign.hpp"
#include "cli/command.hpp"
#include "cli/scenario_paths.hpp"
#include "reports/check.hpp"
#include "reports/json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <limits>
#include <memory>

namespace halfwrite::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  std::uint64_t seeds = 0;
  std::uint64_t first_seed = 1;
  unsigned jobs = 0;
  bool json = false;
};

campaign::CampaignOutcome check_file(const scenarios::ScenarioFile& file,
                                     const CheckOptions& options) {
  campaign::Options campaign_options;
  campaign_options.seeds = options.seeds;
  campaign_options.first_seed = options.first_seed;
  campaign_options.jobs = options.jobs;
  campaign_options.interrupt = &interrupted();
  campaign_options.progress = progress_line(file.name);
  campaign::CampaignOutcome outcome = campaign::run_campaign(file, campaign_options);
  end_progress_line();
  return outcome;
}

ExitCode check(const CheckOptions& options) {
  const auto paths = scenario_paths(options.paths);
  if (!paths) return usage_error(paths.error());
  // A file that cannot be read is found before anything runs: nobody waits a minute for a typing
  // mistake.
  std::vector<scenarios::ScenarioFile> files;
  bool broken = false;
  for (const std::string& path : *paths) {
    auto file = load_or_explain(path);
    broken = broken || !file;
    if (file) files.push_back(std::move(*file));
  }
  if (broken) return ExitCode::usage;
  for (const scenarios::ScenarioFile& file : files)
    if (!seeds_fit(options.first_seed, options.seeds != 0 ? options.seeds : file.seeds))
      return ExitCode::usage;
  std::vector<campaign::CampaignOutcome> outcomes;
  ExitCode code = ExitCode::as_expected;
  std::size_t expectations = 0;
  for (const scenarios::ScenarioFile& file : files) {
    outcomes.push_back(check_file(file, options));
    code = campaign::worst(code, campaign::exit_code_of(outcomes.back()));
    for (const campaign::VariantOutcome& variant : outcomes.back().variants)
      expectations += variant.expectations.size();
    if (interrupted().load()) break;
  }
  print(options.json ? reports::check_json(outcomes)
                     : reports::check_text(outcomes, unicode_output()));
  if (interrupted().load()) return interruption_code();
  if (expectations == 0)
    return usage_error("these files expect nothing, so nothing was checked: add `expect`");
  return code;
}

}  // namespace

Command add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Run scenario files and hold them to what their `expect` claims");
  command->add_option("path", options->paths, "scenario files, or folders of them")->required();
  command->add_option("--seeds", options->seeds, "how many seeds (default: what each file says)")
      ->check(whole_number(1, most_seeds));
  command->add_option("--first-seed", options->first_seed, "the first of them (default 1)")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  command->add_option("--jobs", options->jobs, "runs at once (default: one per core)")
      ->check(whole_number(1, 1024));
  command->add_flag("--json", options->json, "the outcome as JSON on stdout");
  return {command, [options] { return check(*options); }};
}

}  // namespace halfwrite::cli
