// halfwrite config [PATH]: every setting, its value, and who said so. Runs nothing.

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "reports/table.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <memory>

namespace halfwrite::cli {

namespace {

struct ConfigOptions {
  std::string path;
  Flags flags;
};

// What the built-in word comes to here: "auto" alone would answer no question.
std::string meaning_of(const Setting& setting, const std::string& value) {
  const Surroundings around = surroundings_of(STDOUT_FILENO);
  if (setting.name == "seeds" && value == "file") return "what the file says";
  if (setting.name == "jobs" && value == "cores") return "one per core";
  if (setting.name == "color" && value == "auto") {
    const ColorDecision decision = decide_color(value, around);
    return fmt::format("{}: {}", decision.use ? "yes" : "no", decision.because);
  }
  if (setting.name == "width" && value == "auto") {
    const WidthDecision decision = decide_width(value, around);
    return fmt::format("{}: {}", decision.columns, decision.because);
  }
  if (setting.name == "progress" && value == "auto") {
    const bool bar = progress_style(value, surroundings_of(STDERR_FILENO)) == ProgressStyle::bar;
    return bar ? "bar: stderr is a terminal" : "lines: stderr is no terminal";
  }
  return {};
}

std::string config_json(const Settings& settings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Setting& setting : all_settings()) {
    const Assigned& held = settings.of(setting.name);
    list.push_back({{"name", setting.name},
                    {"value", held.value},
                    {"origin", held.origin},
                    {"meaning", meaning_of(setting, held.value)}});
  }
  return nlohmann::ordered_json{{"settings", std::move(list)}, {"exit_code", 0}}.dump(2) + "\n";
}

std::string config_text(const Settings& settings) {
  reports::Table table(
      {reports::Align::left, reports::Align::left, reports::Align::left, reports::Align::left});
  table.add_row({"setting", "value", "from", ""});
  for (const Setting& setting : all_settings()) {
    const Assigned& held = settings.of(setting.name);
    table.add_row(
        {std::string(setting.name), held.value, held.origin, meaning_of(setting, held.value)});
  }
  const std::size_t width = look_of(settings).width;
  return table.folded(width) + "\n" +
         reports::wrap(
             "what is named first wins: a flag --NAME, a variable HALFWRITE_NAME, "
             "[profile.X] of halfwrite.ini, halfwrite.ini, what is built in",
             width, 2) +
         "\n";
}

ExitCode config(const ConfigOptions& options) {
  const auto settings = read_settings(*options.flags, {options.path});
  if (!settings) return ExitCode::usage;
  return print(settings->text("format") == "json" ? config_json(*settings) : config_text(*settings),
               ExitCode::as_expected);
}

}  // namespace

Command add_config(CLI::App& app) {
  auto options = std::make_shared<ConfigOptions>();
  CLI::App* command = app.add_subcommand("config", "Every setting, its value, and who said so");
  command->add_option("path", options->path,
                      "a scenario file or folder: halfwrite.ini is looked for beside it first");
  options->flags = add_settings(
      *command, {"seeds", "first-seed", "seed", "operations", "tries", "jobs", "progress"});
  return {command, [options] { return config(*options); }};
}

}  // namespace halfwrite::cli
