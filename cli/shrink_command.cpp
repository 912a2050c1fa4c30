// halfwrite shrink FILE: the smallest run that still breaks an invariant, told and kept as a case.

#include "campaign/finds.hpp"
#include "campaign/shrinking.hpp"
#include "campaign/single_run.hpp"
#include "cli/case_folder.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "reports/json.hpp"
#include "reports/story.hpp"
#include "reports/table.hpp"
#include "scenarios/plan_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace halfwrite::cli {

namespace {

struct ShrinkOptions {
  std::string file;
  std::string variant;
  std::string plan;
  std::string invariant;
  bool swarm = false;
  std::string output;
  Flags flags;
};

// Reads --plan; false when it is wrong (explained on stderr).
bool read_plan(const ShrinkOptions& options, const scenarios::Scenario& scenario,
               campaign::ShrinkRequest& request) {
  if (options.plan.empty()) return true;
  auto plan = plan_or_explain(options.plan, scenario);
  if (!plan) return false;
  request.plan = std::move(*plan);
  return true;
}

std::string enough_text(const campaign::Shrunk& shrunk) {
  return fmt::format(
      "{}: {} and {} are enough, of {} and {} ({} runs{})", shrunk.invariant,
      reports::counted(shrunk.plan.faults.size() + shrunk.plan.orders.size(), "fault"),
      reports::counted(shrunk.requests, "request"), reports::counted(shrunk.faults_before, "fault"),
      reports::counted(shrunk.requests_before, "request"), shrunk.tries,
      shrunk.minimal ? "; none of them can be left out" : "; the tries ran out");
}

// `report` knows the request; says that there is nothing to shrink.
ExitCode nothing_to_shrink(const reports::ShrinkingReport& report, const Settings& settings) {
  const campaign::ShrinkRequest& request = *report.request;
  if (settings.text("format") == "json")
    return print(reports::shrinking_json(report), ExitCode::not_met);
  return print(
      reports::wrap(fmt::format("{} / {} / seed {}: {} holds, so there is nothing to shrink",
                                report.file->name, request.variant->name, request.seed.text(),
                                request.invariant.empty() ? "every invariant" : request.invariant),
                    look_of(settings).width, 2) +
          "\n",
      ExitCode::not_met);
}

ExitCode run(const ShrinkOptions& options) {
  const auto one = one_variant_or_explain(*options.flags, options.file, options.variant);
  if (!one) return ExitCode::usage;
  const scenarios::ScenarioFile& file = one->file;
  campaign::ShrinkRequest request;
  request.variant = one->variant;
  request.seed = campaign::Seed::of(one->settings.text("seed"));
  request.swarm = options.swarm;
  request.most_tries = one->settings.number("tries").value_or(5000);
  const auto invariant = invariant_or_explain(*request.variant, options.invariant);
  if (!invariant) return ExitCode::usage;
  request.invariant = *invariant;
  if (!read_plan(options, request.variant->scenario, request)) return ExitCode::usage;

  const auto shrunk = campaign::shrink(request);
  reports::ShrinkingReport report;
  report.file = &file;
  report.request = &request;
  if (!shrunk) return nothing_to_shrink(report, one->settings);
  const scenarios::CaseFile kept = case_of(request, *shrunk, version);
  const auto path = options.output.empty() ? keep_case(kept, file, one->settings.state_folder())
                                           : write_case_file(kept, file, options.output);
  if (!path) return usage_error(path.error());
  const CaseRun smallest = run_case(file, *request.variant, kept);
  report.shrunk = &*shrunk;
  report.smallest = &smallest.told;
  report.case_path = *path;
  if (one->settings.text("format") == "json")
    return print(reports::shrinking_json(report), smallest.told.code);
  reports::StoryOptions story;
  story.whole = true;
  story.look = look_of(one->settings);
  return print(reports::wrap(enough_text(*shrunk), story.look.width, 2) + "\n\n" +
                   reports::story_text(smallest.told, story) +
                   fmt::format("kept in {}\n    halfwrite replay {}\n", *path, *path),
               smallest.told.code);
}

}  // namespace

Command add_shrink(CLI::App& app) {
  auto options = std::make_shared<ShrinkOptions>();
  CLI::App* command = app.add_subcommand(
      "shrink", "The smallest run that still breaks an invariant, told and kept as a case");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "which variant (needed where the file has several)");
  command->add_option("--plan", options->plan,
                      "a file with a fault plan: nothing is drawn from the seed's storm");
  command
      ->add_flag("--swarm", options->swarm,
                 "the seed has the part of the storm that it has in a sweep")
      ->excludes("--plan");
  command->add_option("--invariant", options->invariant,
                      "which invariant is to stay broken (default: the first that is)");
  command->add_option("-o,--output", options->output,
                      "where the case is kept (default: .halfwrite/cases/)");
  options->flags = add_settings(*command, {"seed", "tries", "state-dir"});
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
