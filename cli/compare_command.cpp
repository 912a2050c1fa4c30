// halfwrite compare FILE: all variants side by side, same seeds, same common faults.

#include "campaign/campaign.hpp"
#include "cli/command.hpp"
#include "reports/comparison.hpp"
#include "reports/json.hpp"
#include "reports/table.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <limits>
#include <memory>

namespace halfwrite::cli {

namespace {

struct CompareOptions {
  std::string file;
  std::string variant = "*";
  std::uint64_t seeds = 0;
  std::uint64_t first_seed = 1;
  unsigned jobs = 0;
  bool json = false;
};

ExitCode compare(const CompareOptions& options) {
  const auto file = load_or_explain(options.file);
  if (!file) return ExitCode::usage;
  if (campaign::matching_variants(*file, options.variant).empty())
    return usage_error(
        fmt::format("no variant of {} matches \"{}\"", options.file, options.variant));
  if (!seeds_fit(options.first_seed, options.seeds != 0 ? options.seeds : file->seeds))
    return ExitCode::usage;
  campaign::Options campaign_options;
  campaign_options.variant_pattern = options.variant;
  campaign_options.seeds = options.seeds;
  campaign_options.first_seed = options.first_seed;
  campaign_options.jobs = options.jobs;
  campaign_options.interrupt = &interrupted();
  campaign_options.progress = progress_line(file->name);
  const campaign::CampaignOutcome outcome = campaign::run_campaign(*file, campaign_options);
  end_progress_line();
  fmt::print(stderr, "{} in {}.{:03} s on {} {}\n", reports::counted(outcome.runs, "run"),
             outcome.wall_milliseconds / 1000, outcome.wall_milliseconds % 1000, outcome.jobs,
             outcome.jobs == 1 ? "core" : "cores");
  print(options.json ? reports::comparison_json(outcome)
                     : reports::comparison_text(outcome, unicode_output()));
  const ExitCode code = campaign::exit_code_of(outcome);
  return code == ExitCode::interrupted ? interruption_code() : code;
}

}  // namespace

Command add_compare(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(
      "compare", "Run every variant of a scenario on the same seeds and compare them");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "only variants of this name; * matches any text");
  command->add_option("--seeds", options->seeds, "how many seeds (default: what the file says)")
      ->check(whole_number(1, most_seeds));
  command->add_option("--first-seed", options->first_seed, "the first of them (default 1)")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  command->add_option("--jobs", options->jobs, "runs at once (default: one per core)")
      ->check(whole_number(1, 1024));
  command->add_flag("--json", options->json, "the outcome as JSON on stdout");
  return {command, [options] { return compare(*options); }};
}

}  // namespace halfwrite::cli
