// The command line: picks the command, turns what escapes into an exit code. CLI11 owns the syntax.

#include "cli/command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace {

using halfwrite::cli::Command;
using halfwrite::cli::ExitCode;

constexpr const char* footer = R"(exit codes of every command:
  0 as expected   1 an expectation is not met   2 usage, scenario, or nothing to check   3 not deterministic
  4 internal      5 only what was not exercised stands against it   130/143 interrupted

examples:
  halfwrite compare scenarios/library/order_created.json --seeds 200
  halfwrite run scenarios/library/order_created.json --variant database_first/storm --seed 1
  halfwrite check scenarios/library)";

int run(int argc, char** argv) {
  CLI::App app{
      "Halfwrite: write a business flow once, run it under every pattern, and see which pattern "
      "loses, invents,\n"
      "repeats or reorders which event, after which fault."};
  app.name("halfwrite");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_version_flag("--version", "halfwrite 0.1.0");
  const Command commands[] = {halfwrite::cli::add_run(app), halfwrite::cli::add_compare(app),
                              halfwrite::cli::add_check(app), halfwrite::cli::add_validate(app)};
  // CLI11 says of an unknown command only that one is required.
  if (argc > 1 && argv[1][0] != '-' &&
      std::none_of(std::begin(commands), std::end(commands),
                   [argv](const Command& command) { return command.app->get_name() == argv[1]; }))
    return static_cast<int>(halfwrite::cli::usage_error(fmt::format(
        "there is no command \"{}\"; there are run, compare, check and validate", argv[1])));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    // Between the runs of a campaign a signal is heard; a single run would not look.
    const std::string name = command.app->get_name();
    halfwrite::cli::catch_signals(name == "compare" || name == "check");
    return static_cast<int>(command.run());
  }
  return static_cast<int>(ExitCode::usage);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "halfwrite: internal error: {}\n", error.what());
    return static_cast<int>(ExitCode::internal);
  }
}
