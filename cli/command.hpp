// What the commands share: how a command is registered, what it may print where, and how files are
// read. Results go to stdout, progress and diagnostics to stderr; every command ends with one of
// campaign::ExitCode.
#pragma once

#include "campaign/outcome.hpp"
#include "cli/settings.hpp"
#include "scenarios/scenario.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace halfwrite::cli {

using campaign::ExitCode;

// A command adds itself to the app and hands back what runs when it was chosen.
struct Command {
  CLI::App* app = nullptr;
  std::function<ExitCode()> run;
  bool looks_for_signals = false;  // between its runs; else a signal ends it at once
};
Command add_run(CLI::App& app);
Command add_compare(CLI::App& app);
Command add_check(CLI::App& app);
Command add_validate(CLI::App& app);
Command add_explain(CLI::App& app);
Command add_config(CLI::App& app);
Command add_explore(CLI::App& app);
Command add_shrink(CLI::App& app);
Command add_replay(CLI::App& app);
Command add_sweep(CLI::App& app);
Command add_merge(CLI::App& app);

constexpr const char* version = "0.1.0";

std::optional<std::string> read_file(const std::string& path);
// Is it what `shrink` writes and `replay` reads, and so no scenario?
bool is_kept_case(const std::string& path);
// Prints each on stderr; true: there are none.
bool explain(const std::vector<scenarios::Diagnostic>& diagnostics);
// Loads a scenario file; prints its mistakes on stderr and gives nothing when there are some.
// `text_hash`: of all that was read for it, so that a change of the file can be told.
std::optional<scenarios::ScenarioFile> load_or_explain(const std::string& path,
                                                       std::uint64_t* text_hash = nullptr);
// Reads a plan and checks its points; prints its mistakes on stderr and gives nothing when there
// are some.
std::optional<sim::FaultPlan> plan_or_explain(const std::string& path,
                                              const scenarios::Scenario& scenario);
// The same for a text; `name` stands for the file in what is printed.
std::optional<sim::FaultPlan> plan_text_or_explain(const std::string& text, const std::string& name,
                                                   const scenarios::Scenario& scenario);
// "nothing was run" and the like, on stderr.
ExitCode usage_error(const std::string& sentence);
// More seeds than this are a slip of the finger.
constexpr std::uint64_t most_seeds = 10'000'000;
// Writes a command's result to stdout in one piece and gives back its code; `internal` when it
// could not all be written (a full disk), which is said on stderr. A pipe whose reader has gone is
// no error: it has seen what it wanted.
ExitCode print(const std::string& text, ExitCode code);

// Says on stderr that no variant matches, which is nearest and which there are.
ExitCode no_such_variant(const scenarios::ScenarioFile& file, const std::string& pattern);
// The variant of this name; with no name, the only one. Explains on stderr what is wrong.
const scenarios::Variant* choose_variant(const scenarios::ScenarioFile& file,
                                         const std::string& name);

// What a command about one variant begins with: its settings, the file and the variant in it.
struct OneVariant {
  Settings settings;
  scenarios::ScenarioFile file;
  const scenarios::Variant* variant = nullptr;  // of `file`, which does not move any more
  OneVariant(Settings values, scenarios::ScenarioFile read)
      : settings(std::move(values)), file(std::move(read)) {}
};
// Explains on stderr what is wrong and gives nothing then; `warns` as in read_settings.
std::unique_ptr<const OneVariant> one_variant_or_explain(const Layer& flags,
                                                         const std::string& path,
                                                         const std::string& variant,
                                                         bool warns = true);

// The full name of an invariant of the variant, given that name or its column ("lost"); an empty
// name stays empty. Explains on stderr when there is none.
std::optional<std::string> invariant_or_explain(const scenarios::Variant& variant,
                                                const std::string& name);

}  // namespace halfwrite::cli
