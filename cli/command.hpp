// What the commands share: how a command is registered, what it may print where, and how files are
// read. Results go to stdout, progress and diagnostics to stderr; every command ends with one of
// campaign::ExitCode.
#pragma once

#include "campaign/outcome.hpp"
#include "scenarios/scenario.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace halfwrite::cli {

using campaign::ExitCode;

// Set by the first SIGINT or SIGTERM: 0, or the signal's number. A second one ends the process at
// once.
const std::atomic<bool>& interrupted();
ExitCode interruption_code();
// A closed pipe never ends the process. With `between_runs` SIGINT and SIGTERM are kept for
// `interrupted`; else they end it at once.
void catch_signals(bool between_runs);

// A command adds itself to the app and hands back what runs when it was chosen.
struct Command {
  CLI::App* app = nullptr;
  std::function<ExitCode()> run;
};
Command add_run(CLI::App& app);
Command add_compare(CLI::App& app);
Command add_check(CLI::App& app);
Command add_validate(CLI::App& app);

std::optional<std::string> read_file(const std::string& path);
// Loads a scenario file; prints its mistakes on stderr and gives nothing when there are some.
std::optional<scenarios::ScenarioFile> load_or_explain(const std::string& path);
// "nothing was run" and the like, on stderr.
ExitCode usage_error(const std::string& sentence);
// A check for CLI11: an integer within the limits, written in digits. (CLI11 by itself takes -1 and
// what is too large for some other number.) Empty: it is one; else what is wrong.
std::function<std::string(const std::string&)> whole_number(std::uint64_t at_least,
                                                            std::uint64_t at_most);
// More seeds than this are a slip of the finger.
constexpr std::uint64_t most_seeds = 10'000'000;
// The last of these seeds is a seed; else explains on stderr and is false.
bool seeds_fit(std::uint64_t first_seed, std::uint64_t seeds);
// Writes text to stdout in one piece.
void print(const std::string& text);
// A progress line on stderr: rewritten in place on a terminal, else one line a minute.
std::function<void(std::uint64_t done, std::uint64_t all)> progress_line(const std::string& what);
void end_progress_line();

// The variant of this name; with no name, the only one. Explains on stderr what is wrong.
const scenarios::Variant* choose_variant(const scenarios::ScenarioFile& file,
                                         const std::string& name);

// Can the terminal, or whoever reads stdout, show Unicode signs? (LC_ALL, LC_CTYPE, LANG)
bool unicode_output();

}  // namespace halfwrite::cli
