// The kept cases that `check` runs before anything else: those of the files it is given that lie in
// the state folder, those that lie below the folders it is given, and those it is given by name. A
// case that cannot be read is explained and fails the command; one whose scenario has changed so
// that it tests nothing is an outcome.
#pragma once

#include "campaign/kept_case.hpp"
#include "cli/last_check.hpp"
#include "scenarios/case_file.hpp"
#include "scenarios/scenario.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::cli {

bool is_case_path(const std::string& path);
bool has_cases_below(const std::string& folder);

struct CasePath {
  std::string path;
  bool given = false;  // by name or by a folder; else it only lies in the state folder
};
// `paths` are the command's; in the order of their own paths, each once.
std::vector<CasePath> case_paths(const std::vector<std::string>& paths,
                                 const std::string& state_folder);

struct KeptCase {
  std::string path;
  scenarios::CaseFile kept;
};
// Reads the cases, without those that were not given and are of none of the files. Nothing when one
// cannot be read, which then stands on stderr.
std::optional<std::vector<KeptCase>> read_cases(const std::vector<CasePath>& paths,
                                                const std::vector<scenarios::ScenarioFile>& files);

// Runs them, until a signal asks to stop. `last`: how they stood before.
std::vector<campaign::CaseOutcome> run_cases(const std::vector<KeptCase>& cases,
                                             const std::vector<scenarios::ScenarioFile>& files,
                                             const LastCheck& last);

}  // namespace halfwrite::cli
