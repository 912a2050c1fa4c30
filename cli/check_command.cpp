// halfwrite check PATH...: does each file keep what its `expect` claims? Kept cases first. Made for
// CI: one line a file, and what is not met under it.

#include "campaign/expectation.hpp"
#include "cli/campaign_settings.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/kept_cases.hpp"
#include "cli/last_check.hpp"
#include "cli/scenario_paths.hpp"
#include "cli/terminal.hpp"
#include "reports/check.hpp"
#include "reports/json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  bool failed = false;
  bool every_seed = false;
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

// What there is to check: kept cases first, then files.
struct Work {
  std::vector<KeptCase> cases;
  std::vector<scenarios::ScenarioFile> files;
};

// Scenario files among the paths; cases named for themselves, and folders of cases alone, are none.
std::optional<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> of_scenarios;
  for (const std::string& path : paths)
    if (!is_case_path(path) && (scenario_paths({path}) || !has_cases_below(path)))
      of_scenarios.push_back(path);
  if (of_scenarios.empty()) return of_scenarios;
  auto files = scenario_paths(of_scenarios);
  if (files) return std::move(*files);
  usage_error(files.error());
  return std::nullopt;
}

// What cannot be read is found before anything runs: nobody waits a minute for a typing mistake.
// Nothing when something is wrong, which then stands on stderr.
std::optional<Work> load_all(const std::vector<std::string>& given, const Settings& settings) {
  const auto paths = files_of(given);
  if (!paths) return std::nullopt;
  Work work;
  bool broken = false;
  for (const std::string& path : *paths) {
    auto file = load_or_explain(path);
    broken = broken || !file || !seeds_fit(settings, *file);
    if (file) work.files.push_back(std::move(*file));
  }
  if (broken) return std::nullopt;
  auto cases = read_cases(case_paths(given, settings.state_folder()), work.files);
  if (!cases) return std::nullopt;
  work.cases = std::move(*cases);
  if (work.cases.empty() &&
      std::none_of(work.files.begin(), work.files.end(), campaign::claims_something)) {
    usage_error("these files expect nothing, so there is nothing to check: add `expect`");
    return std::nullopt;
  }
  return work;
}

bool stood_against_us(const KeptCase& kept, const LastCheck& last) {
  const auto before = last.standing_of(kept.path);
  return before == campaign::CaseStanding::fails || before == campaign::CaseStanding::stale;
}

// Leaves what failed last. A variant that the file no longer has failed under another name: then
// all of the file's are run.
void keep_failed(Work& work, const LastCheck& last) {
  Work failed = work;
  std::erase_if(failed.cases, [&](const KeptCase& kept) { return !stood_against_us(kept, last); });
  std::erase_if(failed.files, [&](const scenarios::ScenarioFile& file) {
    return !last.failed_variants.contains(last.name_of(file.path));
  });
  for (scenarios::ScenarioFile& file : failed.files) {
    const std::set<std::string>& names = last.failed_variants.at(last.name_of(file.path));
    if (std::all_of(names.begin(), names.end(),
                    [&](const std::string& name) { return file.find_variant(name) != nullptr; }))
      std::erase_if(file.variants, [&](const scenarios::Variant& variant) {
        return !names.contains(variant.name);
      });
  }
  if (failed.cases.empty() && failed.files.empty())
    fmt::print(stderr, "nothing failed when check ran last: everything is run\n");
  else
    work = std::move(failed);
}

// What was not run this time stands as it did.
void remember(LastCheck last, bool was_there,
              const std::vector<campaign::CampaignOutcome>& outcomes,
              const std::vector<campaign::CaseOutcome>& cases) {
  for (const campaign::CampaignOutcome& outcome : outcomes) {
    if (outcome.interrupted) continue;
    const std::string name = last.name_of(outcome.path);
    last.failed_variants.erase(name);
    const auto failed = failed_variants_of(outcome);
    if (!failed.empty()) last.failed_variants[name] = failed;
  }
  for (const campaign::CaseOutcome& each : cases)
    last.cases[last.name_of(each.path)] = each.standing;
  // Where nothing has ever failed, no folder is left behind.
  const bool something = !last.failed_variants.empty() || !last.cases.empty();
  if ((something || was_there) && !write_last_check(last))
    fmt::print(stderr, "what failed is not remembered: {} cannot be written to\n",
               last.state_folder);
}

campaign::CampaignOutcome run_and_shrink(const scenarios::ScenarioFile& file,
                                         const Settings& settings, Seeds which) {
  if (!campaign::claims_something(file)) return not_run(file);
  campaign::CampaignOutcome outcome = run_campaign(file, "*", settings, which);
  keep_finds(file, settings, campaign::Finds::unexpected,
             [&](const campaign::KeepOptions& keeping) {
               campaign::shrink_and_keep(file, outcome, keeping);
             });
  return outcome;
}

ExitCode check(const CheckOptions& options) {
  const auto settings = read_settings(*options.flags, options.paths);
  if (!settings) return ExitCode::usage;
  LastCheck last = read_last_check(settings->state_folder());
  const bool was_there = !last.paths.empty();
  if (options.paths.empty() && (!options.failed || last.paths.empty()))
    return usage_error(options.failed
                           ? "nothing is remembered of a check here that failed: name files"
                           : "check what? Name scenario files, or folders of them");
  const auto& paths = options.paths.empty() ? last.paths : options.paths;
  auto work = load_all(paths, *settings);
  if (!work) return ExitCode::usage;
  if (options.failed) keep_failed(*work, last);

  const auto cases = run_cases(work->cases, work->files, last);
  std::vector<campaign::CampaignOutcome> outcomes;
  ExitCode code = exit_code_of(cases);
  for (const scenarios::ScenarioFile& file : work->files) {
    if (interrupted().load()) break;
    outcomes.push_back(
        run_and_shrink(file, *settings, options.every_seed ? Seeds::all : Seeds::until_settled));
    code = campaign::worst(code, campaign::exit_code_of(outcomes.back()));
  }
  const std::size_t left = work->files.size() - outcomes.size();
  if (left > 0)
    fmt::print(stderr, "interrupted: {} of {} files were not begun\n", left, work->files.size());
  if (!options.failed) last.paths = paths;
  remember(std::move(last), was_there, outcomes, cases);
  return print(settings->text("format") == "json"
                   ? reports::check_json(outcomes, cases)
                   : reports::check_text(outcomes, cases, look_of(*settings)),
               interrupted().load() ? interruption_code() : code);
}

}  // namespace

Command add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Run scenario files and hold them to what their `expect` claims");
  command->add_option("path", options->paths, "scenario files, kept cases, or folders of them");
  command->add_flag("--failed", options->failed,
                    "only what failed when check ran last; without paths, of the same files");
  command->add_flag(
      "--every-seed", options->every_seed,
      "all seeds of all variants: also more than the file says where no claim is open any more");
  options->flags = add_campaign_settings(*command);
  return {command, [options] { return check(*options); }, true};
}

}  // namespace halfwrite::cli
