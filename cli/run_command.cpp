// halfwrite run FILE: one run of one variant, told as a story where something is wrong.

#include "campaign/single_run.hpp"
#include "cli/command.hpp"
#include "reports/json.hpp"
#include "reports/story.hpp"
#include "scenarios/plan_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <limits>
#include <memory>

namespace halfwrite::cli {

namespace {

struct RunOptions {
  std::string file;
  std::string variant;
  std::uint64_t seed = 1;
  std::string plan;
  std::vector<std::string> faults;
  std::string event;
  bool show_faults = false;
  bool json = false;
};

bool explain(const std::vector<scenarios::Diagnostic>& diagnostics) {
  for (const scenarios::Diagnostic& diagnostic : diagnostics)
    std::fputs(scenarios::to_text(diagnostic).c_str(), stderr);
  return diagnostics.empty();
}

// Reads --plan and --fault; false when they are wrong (explained on stderr).
bool read_plan(const RunOptions& options, const scenarios::Scenario& scenario,
               campaign::SingleRunRequest& request) {
  if (!options.plan.empty()) {
    const auto text = read_file(options.plan);
    if (!text) {
      usage_error("there is no file " + options.plan + ", or it cannot be read");
      return false;
    }
    auto plan = scenarios::parse_plan(*text, options.plan);
    if (!plan) return explain(plan.error());
    if (!explain(scenarios::check_points(*plan, scenario, options.plan))) return false;
    request.plan = std::move(*plan);
  }
  for (const std::string& text : options.faults) {
    auto fault = scenarios::parse_fault(text);
    if (!fault) return explain(fault.error());
    sim::FaultPlan alone;
    alone.faults.push_back(*fault);
    if (!explain(scenarios::check_points(alone, scenario, "--fault"))) return false;
    request.further_faults.push_back(std::move(*fault));
  }
  return true;
}

ExitCode run(const RunOptions& options) {
  const auto file = load_or_explain(options.file);
  if (!file) return ExitCode::usage;
  const scenarios::Variant* variant = choose_variant(*file, options.variant);
  if (variant == nullptr) return ExitCode::usage;
  campaign::SingleRunRequest request;
  request.file = &*file;
  request.variant = variant;
  request.seed = options.seed;
  if (!read_plan(options, variant->scenario, request)) return ExitCode::usage;
  const campaign::SingleRun outcome = campaign::run_once(request);
  if (options.json) {
    print(reports::run_json(outcome));
  } else {
    reports::StoryOptions story;
    story.event = options.event;
    story.all_faults = options.show_faults;
    story.unicode = unicode_output();
    print(reports::story_text(outcome, story));
  }
  return outcome.code;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "One run of one variant, told as a story where something is wrong");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "which variant (needed where the file has several)");
  command->add_option("--seed", options->seed, "the seed (default 1)")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  command->add_option("--plan", options->plan,
                      "a file with a fault plan: nothing is drawn from the seed's storm");
  command
      ->add_option(
          "--fault", options->faults,
          "a fault beside the others, as JSON: '{\"crash\": \"order\", \"at\": \"500ms\"}'")
      ->allow_extra_args(false)  // else it takes the file for a second fault, and [..] for a list
      ->take_all();
  command->add_option("--event", options->event,
                      "whose story to tell: a key such as order-9, an event id, or all");
  command->add_flag("--faults", options->show_faults,
                    "list every fault that landed or never reached its place");
  command->add_flag("--json", options->json, "the outcome as JSON on stdout");
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
