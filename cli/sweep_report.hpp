// What `sweep` and `merge` have in common: results on the disk, and how one is shown.
#pragma once

#include "campaign/sweep.hpp"
#include "cli/command.hpp"
#include "cli/settings.hpp"

#include <optional>
#include <string>

namespace halfwrite::cli {

// Reads a result; explains on stderr what is wrong with it and gives nothing then.
std::optional<campaign::SweepOutcome> result_or_explain(const std::string& path);

// The scenario file of a result, as it was when the sweep was made; explains on stderr what is
// wrong and gives nothing then.
std::optional<scenarios::ScenarioFile> file_of_result_or_explain(
    const campaign::SweepOutcome& result);

// Can the result be written to `output` (empty: nowhere), and is that not the scenario itself? Else
// explains on stderr. To be asked before the runs.
bool takes_the_result_or_explain(const std::string& output, const scenarios::ScenarioFile& file);

// Would this build have made it, too? Else explains on stderr. `path` is the result's.
bool is_of_this_build_or_explain(const std::string& path, const scenarios::ScenarioFile& file,
                                 const campaign::SweepOutcome& result);

// Judges a sweep, shrinks and keeps what it found, and prints it; writes its result to `output`,
// where that is not empty. `parts_missing`: results were put together that leave out some of its
// seeds. Gives the exit code: `internal` where it could not be written.
ExitCode report_sweep(const scenarios::ScenarioFile& file, const campaign::SweepOutcome& outcome,
                      const Settings& settings, const std::string& output, bool parts_missing);

}  // namespace halfwrite::cli
