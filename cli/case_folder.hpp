// Kept cases on the disk: where they lie, how they are written and found again, and the run that
// one of them stands for. The folder is `cases` in the state folder (`.halfwrite`), which is no
// part of anybody's repository: it has a .gitignore of its own. What a case says is
// `scenarios/case_file.hpp`.
#pragma once

#include "campaign/single_run.hpp"
#include "scenarios/case_file.hpp"
#include "scenarios/scenario.hpp"
#include "sim/expected.hpp"

#include <memory>
#include <optional>
#include <string>

namespace halfwrite::cli {

// Will a file be written there? To be asked before long work whose result it is; a device or a pipe
// is taken at its word.
bool can_be_written(const std::string& path);

// Writes a file so that it is whole or as it was before; false: it could not be written. What a
// symbolic link points to is written, and not the link.
bool write_whole_file(const std::string& path, const std::string& text);

// Makes the state folder with its .gitignore; false: it cannot be made.
bool make_state_folder(const std::string& state_folder);

// Writes the case to the folder of kept cases, named after scenario, variant and invariant. Gives
// the path, or why it could not be written.
sim::Expected<std::string, std::string> keep_case(const scenarios::CaseFile& kept,
                                                  const scenarios::ScenarioFile& file,
                                                  const std::string& state_folder);
// Writes the case to a file, with the path of its scenario from there. The file is whole or not
// there at all.
sim::Expected<std::string, std::string> write_case_file(scenarios::CaseFile kept,
                                                        const scenarios::ScenarioFile& file,
                                                        const std::string& path);

// What of the case the scenario does not have, or has no longer: a variant, a load, a service, an
// invariant, a point. Nothing where it has all. `path` is the case's.
std::optional<std::string> why_not_of_this_file(const scenarios::CaseFile& kept,
                                                const scenarios::ScenarioFile& file,
                                                const std::string& path);

struct LoadedCase {
  scenarios::CaseFile kept;
  scenarios::ScenarioFile file;
  const scenarios::Variant* variant = nullptr;  // of `file`
};
// Reads a case and its scenario; prints what is wrong on stderr and gives nothing then.
std::optional<LoadedCase> load_case_or_explain(const std::string& path);

// The run of the case, with its history, held against its verdicts.
struct CaseRun {
  std::shared_ptr<const scenarios::Variant>
      variant;  // without what the case leaves out; `told` refers to it
  campaign::SingleRun told;
};
CaseRun run_case(const scenarios::ScenarioFile& file, const scenarios::Variant& variant,
                 const scenarios::CaseFile& kept);

}  // namespace halfwrite::cli
