// halfwrite validate PATH...: reads scenario files and says all that is wrong with them; runs
// nothing.

#include "cli/command.hpp"
#include "cli/scenario_paths.hpp"
#include "cli/settings.hpp"
#include "reports/json.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace halfwrite::cli {

namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  Flags flags;
};

// A kept case is asked about by mistake; its own errors as a scenario would say nothing.
std::vector<scenarios::Diagnostic> errors_of_case(const std::string& path) {
  scenarios::Diagnostic diagnostic;
  diagnostic.place.file = path;
  diagnostic.place.line = 1;
  diagnostic.place.column = 1;
  diagnostic.message = "this is a kept case and no scenario";
  diagnostic.hint = "halfwrite replay " + path;
  diagnostic.short_name = "file";
  return {diagnostic};
}

ExitCode validate(const ValidateOptions& options) {
  const auto settings = read_settings(*options.flags, options.paths);
  if (!settings) return ExitCode::usage;
  const auto files = scenario_paths(options.paths);
  if (!files) return usage_error(files.error());
  const bool as_json = settings->text("format") == "json";
  std::vector<reports::ValidatedFile> validated;
  ExitCode code = ExitCode::as_expected;
  for (const std::string& path : *files) {
    auto loaded = scenarios::load(path, read_file);
    const bool is_case = !loaded && is_kept_case(path);
    if (is_case && !as_json)
      return usage_error(fmt::format("{} is a kept case: halfwrite replay {}", path, path));
    if (!loaded) code = ExitCode::usage;
    validated.push_back({path, loaded ? loaded->variants.size() : 0,
                         loaded    ? std::vector<scenarios::Diagnostic>{}
                         : is_case ? errors_of_case(path)
                                   : loaded.error()});
  }
  if (as_json) return print(reports::validation_json(validated), code);
  std::string good;
  std::size_t errors = 0;
  std::size_t broken = 0;
  for (const reports::ValidatedFile& file : validated) {
    errors += file.diagnostics.size();
    broken += file.diagnostics.empty() ? 0 : 1;
    if (explain(file.diagnostics))
      good += fmt::format("ok  {}  {} variant{}\n", file.path, file.variants,
                          file.variants == 1 ? "" : "s");
  }
  if (errors > 0)
    fmt::print(stderr, "{} error{} in {} file{}, nothing was run (exit 2)\n", errors,
               errors == 1 ? "" : "s", broken, broken == 1 ? "" : "s");
  return print(good, code);
}

}  // namespace

Command add_validate(CLI::App& app) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command =
      app.add_subcommand("validate", "Read scenario files and say all that is wrong with them");
  command->add_option("path", options->paths, "scenario files, or folders of them")->required();
  options->flags = add_settings(*command, {});
  return {command, [options] { return validate(*options); }};
}

}  // namespace halfwrite::cli
