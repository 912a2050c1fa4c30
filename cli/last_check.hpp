// What `check` saw when it ran last, kept in the state folder: which variants of which files were
// not as expected, and how each kept case stood. `check --failed` and the word "came back" live
// from it. It may be lost at any time; then there is no last time. Paths are kept as seen from the
// state folder, so that it is found from any working directory.
#pragma once

#include "campaign/kept_case.hpp"
#include "campaign/outcome.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace halfwrite::cli {

struct LastCheck {
  std::string state_folder;
  std::vector<std::string> paths;  // the command's, as seen from here; none: there was no last time
  // By file, those that were not as expected. Files go by their `name_of` here and below.
  std::map<std::string, std::set<std::string>> failed_variants;
  std::map<std::string, campaign::CaseStanding> cases;

  // One name for a file, however it was typed: its path as seen from the state folder.
  std::string name_of(const std::string& path) const;
  // Nothing: the case was not run the last time.
  std::optional<campaign::CaseStanding> standing_of(const std::string& case_path) const;
};

// Empty where there is none, or one of another format.
LastCheck read_last_check(const std::string& state_folder);
// False: it could not be written.
bool write_last_check(const LastCheck& last);

// The variants of an outcome that are not as expected, whatever stands against them.
std::set<std::string> failed_variants_of(const campaign::CampaignOutcome& outcome);

}  // namespace halfwrite::cli
