// halfwrite run FILE: one run of one variant, told as a story where something is wrong.

#include "campaign/same_seed.hpp"
#include "campaign/single_run.hpp"
#include "campaign/trace_comparison.hpp"
#include "cli/command.hpp"
#include "cli/other_process.hpp"
#include "cli/terminal.hpp"
#include "reports/json.hpp"
#include "reports/story.hpp"
#include "scenarios/plan_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

namespace halfwrite::cli {

namespace {

struct RunOptions {
  std::string file;
  std::string variant;
  std::string plan;
  std::vector<std::string> faults;
  std::string event;
  bool swarm = false;
  bool show_faults = false;
  bool verify = false;
  std::string trace;
  int other_process = -1;  // the file number the trace goes to, in the process that `verify` starts
  Flags flags;
};

// Reads --plan and --fault; false when they are wrong (explained on stderr).
bool read_plan(const RunOptions& options, const scenarios::Scenario& scenario,
               campaign::SingleRunRequest& request) {
  if (!options.plan.empty()) {
    auto plan = plan_or_explain(options.plan, scenario);
    if (!plan) return false;
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

// The second process of --verify: it runs once, and its trace is all it says.
ExitCode run_for_other(const campaign::SingleRunRequest& request, int file_number) {
  lay_memory_out_otherwise();
  std::FILE* const out = fdopen(file_number, "w");
  if (out == nullptr)
    return usage_error(
        "--other-process is for `halfwrite run --verify` alone, which opens the pipe");
  campaign::TraceWriter writer(out);
  campaign::SingleRunRequest alone = request;
  alone.trace_sink = &writer;
  alone.repeat = false;
  const bool written = writer.finish(campaign::run_once(alone).outcome);
  std::fclose(out);
  return written ? ExitCode::as_expected : ExitCode::internal;
}

// Opens --trace's file; false when it cannot be written (explained on stderr).
bool open_trace(const RunOptions& options, std::unique_ptr<std::FILE, int (*)(std::FILE*)>& out) {
  if (options.trace.empty()) return true;
  out.reset(std::fopen(options.trace.c_str(), "w"));
  if (out) return true;
  usage_error("the trace cannot be written to " + options.trace);
  return false;
}

campaign::SingleRun run_as_asked(campaign::SingleRunRequest& request, const RunOptions& options,
                                 std::FILE* trace, bool& trace_written) {
  std::optional<OtherProcess> other;
  if (options.verify) request.compare_with = [&other] { return other->next_line(); };
  if (options.verify) other.emplace();
  std::optional<campaign::TraceWriter> writer;
  if (trace != nullptr) request.trace_sink = &writer.emplace(trace);
  campaign::SingleRun outcome = campaign::run_once(request);
  if (writer) trace_written = writer->finish(outcome.outcome);
  return outcome;
}

ExitCode run(const RunOptions& options) {
  const auto one = one_variant_or_explain(*options.flags, options.file, options.variant,
                                          options.other_process < 0);
  if (!one) return ExitCode::usage;
  campaign::SingleRunRequest request;
  request.file = &one->file;
  request.variant = one->variant;
  request.seed = campaign::Seed::of(one->settings.text("seed"));
  request.swarm = options.swarm;
  if (!read_plan(options, one->variant->scenario, request)) return ExitCode::usage;
  if (options.other_process >= 0) return run_for_other(request, options.other_process);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> trace(nullptr, std::fclose);
  if (!open_trace(options, trace)) return ExitCode::usage;
  bool trace_written = true;
  campaign::SingleRun outcome = run_as_asked(request, options, trace.get(), trace_written);
  if (!trace_written)
    return usage_error("the trace could not be written whole to " + options.trace);
  if (std::any_of(outcome.outcome.verdicts.begin(), outcome.outcome.verdicts.end(),
                  [](const auto& verdict) { return !verdict.violations.empty(); }))
    outcome.same_seed = campaign::under_same_seed(request);
  if (one->settings.text("format") == "json")
    return print(reports::run_json(outcome), outcome.code);
  reports::StoryOptions story;
  story.whole = !options.event.empty();
  story.event = options.event;
  story.all_faults = options.show_faults;
  story.look = look_of(one->settings);
  return print(reports::story_text(outcome, story), outcome.code);
}

}  // namespace

Command add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "One run of one variant, told as a story where something is wrong");
  command->add_option("file", options->file, "the scenario file")->required();
  command->add_option("--variant", options->variant,
                      "which variant (needed where the file has several)");
  command->add_option("--plan", options->plan,
                      "a file with a fault plan: nothing is drawn from the seed's storm");
  command
      ->add_option(
          "--fault", options->faults,
          "a fault beside the others, as JSON: '{\"crash\": \"order\", \"at\": \"500ms\"}'")
      ->allow_extra_args(false)  // else it takes the file for a second fault, and [..] for a list
      ->take_all();
  command
      ->add_flag("--swarm", options->swarm,
                 "the seed has the part of the storm that it has in a sweep")
      ->excludes("--plan");
  command->add_option("--event", options->event,
                      "whose story to tell: a key such as order-9, an event id, a request such as "
                      "orders#9, or all");
  command->add_flag("--faults", options->show_faults,
                    "list every fault that landed or never reached its place");
  command->add_flag(
      "--verify", options->verify,
      "do the second run in another process, whose memory lies otherwise, and compare "
      "every trace record");
  command->add_option("--trace", options->trace, "write the trace there, a line for each record")
      ->excludes("--verify");
  // For the second process of --verify.
  command->add_option("--other-process", options->other_process)->group("");
  options->flags = add_settings(*command, {"seed"});
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
