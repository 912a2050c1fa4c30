// halfwrite explore FILE: every single fault of one schedule, tried.

#include "campaign/exploration.hpp"
#include "cli/case_folder.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/keep_finds.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "reports/exploration.hpp"
#include "reports/json.hpp"
#include "reports/story.hpp"
#include "reports/table.hpp"
#include "scenarios/plan_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace halfwrite::cli {

namespace {

struct ExploreOptions {
  std::string file;
  std::string variant;
  std::uint64_t faults = 1;
  bool no_recovery = false;
  std::string see;
  std::string invariant;
  Flags flags;
};

// The run of one plan of the exploration, held against what explore holds runs against: what the
// file claims to hold, and that the invariant is broken that is said to be.
CaseRun run_plan(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
                 sim::FaultPlan plan, const std::string& invariant, const Settings& settings) {
  auto less = std::make_shared<scenarios::Variant>(variant);
  less->scenario =
      reduced(variant.scenario,
              first_requests(variant.scenario, settings.number("operations").value_or(3)));
  less->scenario.plan = plan;  // no storm is waited for, as in the exploration
  campaign::SingleRunRequest request;
  request.file = &file;
  request.variant = less.get();
  request.seed = campaign::Seed::of(settings.text("seed"));
  request.plan = std::move(plan);
  campaign::SingleRun told = campaign::run_once(request);
  std::erase_if(told.expectations, [](const campaign::ExpectationResult& result) {
    return result.met != campaign::Met::not_met ||
           result.expected != scenarios::ExpectedVerdict::holds;
  });
  const bool broken = std::any_of(
      told.outcome.verdicts.begin(), told.outcome.verdicts.end(), [&](const auto& verdict) {
        return verdict.invariant == invariant && verdict.outcome == invariants::Outcome::violated;
      });
  if (!invariant.empty() && !broken) {
    campaign::ExpectationResult& missing = told.expectations.emplace_back();
    missing.subject = invariant;
    missing.expected = scenarios::ExpectedVerdict::violated;
    missing.met = campaign::Met::not_met;
    missing.sentence = "said to be broken by this plan, and it is not";
  }
  const bool as_expected =
      told.expectations.empty() && told.outcome.end.kind == sim::RunEnd::Kind::quiet;
  told.code = told.divergence ? ExitCode::not_deterministic
              : as_expected   ? ExitCode::as_expected
                              : ExitCode::not_met;
  return {less, std::move(told)};
}

// One fault of the exploration, told.
ExitCode see(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
             const ExploreOptions& options, const Settings& settings) {
  auto plan = plan_text_or_explain(options.see, "--see", variant.scenario);
  if (!plan) return ExitCode::usage;
  const auto invariant = invariant_or_explain(variant, options.invariant);
  if (!invariant) return ExitCode::usage;
  const CaseRun run = run_plan(file, variant, std::move(*plan), *invariant, settings);
  if (settings.text("format") == "json") return print(reports::run_json(run.told), run.told.code);
  reports::StoryOptions story;
  story.whole = true;
  story.look = look_of(settings);
  return print(reports::story_text(run.told, story), run.told.code);
}

ExitCode explore(const ExploreOptions& options) {
  const auto one = one_variant_or_explain(*options.flags, options.file, options.variant);
  if (!one) return ExitCode::usage;
  const Settings& settings = one->settings;
  if (options.faults != 1)
    return usage_error(
        "explore tries single faults: --faults 1; pairs of faults are left to seeds (compare, "
        "check)");
  if (!options.see.empty()) return see(one->file, *one->variant, options, settings);
  campaign::ExplorationOptions exploration;
  exploration.seed = campaign::Seed::of(settings.text("seed"));
  exploration.operations = settings.number("operations").value_or(3);
  exploration.jobs = static_cast<unsigned>(settings.number("jobs").value_or(0));
  exploration.recovery = !options.no_recovery;
  exploration.interrupt = &interrupted();
  Progress progress = progress_on_stderr(one->variant->name, settings);
  exploration.progress = [&progress](std::uint64_t done, std::uint64_t all) {
    progress.report(done, all);
  };
  campaign::ExplorationOutcome outcome = campaign::explore(one->file, *one->variant, exploration);
  progress.end();
  keep_finds(one->file, one->settings, campaign::Finds::all,
             [&](const campaign::KeepOptions& keeping) {
               campaign::shrink_and_keep(*one->variant, outcome, keeping);
             });
  fmt::print(stderr, "{} in {}.{:03} s\n", reports::counted(outcome.tried() + 1, "run"),
             outcome.wall_milliseconds / 1000, outcome.wall_milliseconds % 1000);
  const ExitCode code = exit_code_of(outcome);
  return print(settings.text("format") == "json"
                   ? reports::exploration_json(outcome)
                   : reports::exploration_text(outcome, look_of(settings)),
               code == ExitCode::interrupted ? interruption_code() : code);
}

}  // namespace

Command add_explore(CLI::App& app) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App* command = app.add_subcommand(
      "explore", "Try every single fault of one schedule, and say how many there are");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "which variant (needed where the file has several)");
  command->add_option("--faults", options->faults, "how many faults at once: 1");
  command->add_flag("--no-recovery", options->no_recovery,
                    "leave out second crashes during recovery");
  command->add_option("--see", options->see,
                      "tell the story of this plan in the same cut scenario, as JSON");
  command->add_option("--invariant", options->invariant,
                      "with --see: the invariant that is said to be broken");
  options->flags =
      add_settings(*command, {"seed", "operations", "jobs", "progress", "shrink", "state-dir"});
  return {command, [options] { return explore(*options); }, true};
}

}  // namespace halfwrite::cli
