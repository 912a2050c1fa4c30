// halfwrite compare FILE: all variants side by side, same seeds, same common faults.

#include "cli/campaign_settings.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/terminal.hpp"
#include "reports/comparison.hpp"
#include "reports/json.hpp"
#include "reports/table.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace halfwrite::cli {

namespace {

struct CompareOptions {
  std::string file;
  std::string variant = "*";
  Flags flags;
};

ExitCode compare(const CompareOptions& options) {
  const auto settings = read_settings(*options.flags, {options.file});
  if (!settings) return ExitCode::usage;
  const auto file = load_or_explain(options.file);
  if (!file) return ExitCode::usage;
  if (campaign::matching_variants(*file, options.variant).empty())
    return no_such_variant(*file, options.variant);
  if (!seeds_fit(*settings, *file)) return ExitCode::usage;
  campaign::CampaignOutcome outcome = run_campaign(*file, options.variant, *settings, Seeds::all);
  keep_finds(*file, *settings, campaign::Finds::all, [&](const campaign::KeepOptions& keeping) {
    campaign::shrink_and_keep(*file, outcome, keeping);
  });
  fmt::print(stderr, "{} in {}.{:03} s on {} {}\n", reports::counted(outcome.runs, "run"),
             outcome.wall_milliseconds / 1000, outcome.wall_milliseconds % 1000, outcome.jobs,
             outcome.jobs == 1 ? "core" : "cores");
  const ExitCode code = campaign::exit_code_of(outcome);
  return print(settings->text("format") == "json"
                   ? reports::comparison_json(outcome)
                   : reports::comparison_text(outcome, look_of(*settings)),
               code == ExitCode::interrupted ? interruption_code() : code);
}

}  // namespace

Command add_compare(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(
      "compare", "Run every variant of a scenario on the same seeds and compare them");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "only variants of this name; * matches any text");
  options->flags = add_campaign_settings(*command);
  return {command, [options] { return compare(*options); }, true};
}

}  // namespace halfwrite::cli
