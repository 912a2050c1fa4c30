// halfwrite replay CASE: a kept case, run and told; does it still do what it did?

#include "campaign/single_run.hpp"
#include "cli/case_folder.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "reports/json.hpp"
#include "reports/story.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace halfwrite::cli {

namespace {

struct ReplayOptions {
  std::string file;
  Flags flags;
};

ExitCode run(const ReplayOptions& options) {
  const auto settings = read_settings(*options.flags, {options.file});
  if (!settings) return ExitCode::usage;
  const auto loaded = load_case_or_explain(options.file);
  if (!loaded) return ExitCode::usage;
  const CaseRun again = run_case(loaded->file, *loaded->variant, loaded->kept);
  const campaign::SingleRun& told = again.told;
  if (settings->text("format") == "json") return print(reports::run_json(told), told.code);
  reports::StoryOptions story;
  story.whole = true;
  story.look = look_of(*settings);
  std::string text = reports::story_text(told, story);
  if (loaded->kept.trace_hash && *loaded->kept.trace_hash != told.outcome.trace_hash)
    text += fmt::format("the trace was {:016x} when the case was kept{}: other steps, {} verdict\n",
                        *loaded->kept.trace_hash,
                        loaded->kept.version.empty() ? "" : " by version " + loaded->kept.version,
                        told.code == ExitCode::as_expected ? "the same" : "another");
  return print(text, told.code);
}

}  // namespace

Command add_replay(CLI::App& app) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command =
      app.add_subcommand("replay", "Run a kept case: does it still do what it did?");
  command->add_option("case", options->file, "the case file (*.case.json)")->required();
  options->flags = add_settings(*command, {});
  return {command, [options] { return run(*options); }};
}

}  // namespace halfwrite::cli
