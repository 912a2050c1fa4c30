// The command line: picks the command, turns what escapes into an exit code. CLI11 owns the syntax.

#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "scenarios/nearest_word.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <sstream>
#include <string>
#include <vector>

namespace {

using halfwrite::cli::Command;
using halfwrite::cli::ExitCode;

constexpr const char* footer = R"(exit codes of every command (more: halfwrite explain exit-codes):
  0 as expected   1 an expectation is not met   2 usage, scenario, or nothing to check   3 not deterministic
  4 internal      5 only what was not exercised stands against it   130/143 interrupted

examples:
  halfwrite compare scenarios/library/order_created.json --seeds 200
  halfwrite run scenarios/library/order_created.json --variant database_first/storm --seed 1
  halfwrite check scenarios/library
  halfwrite sweep scenarios/library/order_created.json --variant '*/storm' --budget 30s
  halfwrite explain no_lost_event)";

// Help goes to stdout like every result, what is wrong with the words to stderr.
int end_of_parsing(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream complaint;
  const int code = app.exit(error, out, complaint);
  fmt::print(stderr, "{}", complaint.str());
  if (code != 0) return static_cast<int>(ExitCode::usage);
  return static_cast<int>(halfwrite::cli::print(out.str(), ExitCode::as_expected));
}

// CLI11 says of an unknown command only that one is required.
bool is_known(const std::string& word, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (name == word) return true;
  const std::string hint = halfwrite::scenarios::did_you_mean(word, names);
  halfwrite::cli::usage_error(fmt::format("there is no command \"{}\"; {}there are {}", word,
                                          hint.empty() ? "" : hint + " ", fmt::join(names, ", ")));
  return false;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Halfwrite: write a business flow once, run it under every pattern, and see which pattern "
      "loses, invents,\n"
      "repeats or reorders which event, after which fault."};
  app.name("halfwrite");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("halfwrite ") + halfwrite::cli::version);
  const std::vector<Command> commands{
      halfwrite::cli::add_run(app),     halfwrite::cli::add_compare(app),
      halfwrite::cli::add_check(app),   halfwrite::cli::add_validate(app),
      halfwrite::cli::add_explore(app), halfwrite::cli::add_shrink(app),
      halfwrite::cli::add_replay(app),  halfwrite::cli::add_sweep(app),
      halfwrite::cli::add_merge(app),   halfwrite::cli::add_explain(app),
      halfwrite::cli::add_config(app)};
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());
  if (argc > 1 && argv[1][0] != '-' && !is_known(argv[1], names))
    return static_cast<int>(ExitCode::usage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_of_parsing(app, error);
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    if (command.looks_for_signals) halfwrite::cli::stop_between_runs();
    return static_cast<int>(command.run());
  }
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

int main(int argc, char** argv) {
  halfwrite::cli::survive_closed_pipes();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "halfwrite: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::internal);
  }
}
