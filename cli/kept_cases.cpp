#include "cli/kept_cases.hpp"

#include "cli/case_folder.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace halfwrite::cli {

namespace {

namespace fs = std::filesystem;

std::string identity_of(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return error ? path : whole.string();
}

void add_cases_below(const std::string& folder, std::vector<std::string>& found) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->is_regular_file(error) && is_case_path(at->path().generic_string()))
      found.push_back(at->path().generic_string());
}

const scenarios::ScenarioFile* file_of(const KeptCase& kept,
                                       const std::vector<scenarios::ScenarioFile>& files) {
  const std::string wanted = identity_of(scenarios::scenario_path_of(kept.kept, kept.path));
  for (const scenarios::ScenarioFile& file : files)
    if (identity_of(file.path) == wanted) return &file;
  return nullptr;
}

campaign::CaseOutcome stale(std::string because) {
  campaign::CaseOutcome outcome;
  outcome.standing = campaign::CaseStanding::stale;
  outcome.sentence = std::move(because);
  outcome.code = ExitCode::only_not_exercised;
  return outcome;
}

campaign::CaseOutcome run_in(const scenarios::ScenarioFile& file, const KeptCase& kept) {
  const auto problem = why_not_of_this_file(kept.kept, file, kept.path);
  if (problem) return stale(*problem);
  const scenarios::Variant& variant = *file.find_variant(kept.kept.variant);
  return campaign::judge_case(variant, kept.kept, run_case(file, variant, kept.kept).told);
}

campaign::CaseOutcome run_one(const KeptCase& kept,
                              const std::vector<scenarios::ScenarioFile>& files) {
  if (const auto* file = file_of(kept, files)) return run_in(*file, kept);
  const std::string path = scenarios::scenario_path_of(kept.kept, kept.path);
  const auto file = scenarios::load(path, read_file);
  return file ? run_in(*file, kept) : stale("its scenario " + path + " cannot be read");
}

}  // namespace

bool is_case_path(const std::string& path) {
  return path.ends_with(".case.json");
}

bool has_cases_below(const std::string& folder) {
  std::vector<std::string> found;
  add_cases_below(folder, found);
  return !found.empty();
}

std::vector<CasePath> case_paths(const std::vector<std::string>& paths,
                                 const std::string& state_folder) {
  std::vector<std::string> given;
  for (const std::string& path : paths) {
    if (is_case_path(path))
      given.push_back(path);
    else
      add_cases_below(path, given);
  }
  std::vector<std::string> kept;
  add_cases_below((fs::path(state_folder) / "cases").generic_string(), kept);
  std::vector<CasePath> found;
  std::set<std::string> known;
  for (const std::string& path : given)
    if (known.insert(identity_of(path)).second) found.push_back({path, true});
  for (const std::string& path : kept)
    if (known.insert(identity_of(path)).second) found.push_back({path, false});
  std::sort(found.begin(), found.end(),
            [](const CasePath& a, const CasePath& b) { return a.path < b.path; });
  return found;
}

std::optional<std::vector<KeptCase>> read_cases(const std::vector<CasePath>& paths,
                                                const std::vector<scenarios::ScenarioFile>& files) {
  std::vector<KeptCase> cases;
  bool broken = false;
  for (const CasePath& each : paths) {
    const auto text = read_file(each.path);
    if (!text) {
      usage_error("there is no file " + each.path + ", or it cannot be read");
      broken = true;
      continue;
    }
    auto parsed = scenarios::parse_case(*text, each.path);
    if (!parsed) {
      broken = true;
      explain(parsed.error());
      continue;
    }
    KeptCase kept{each.path, std::move(*parsed)};
    if (each.given || file_of(kept, files) != nullptr) cases.push_back(std::move(kept));
  }
  if (broken) return std::nullopt;
  return cases;
}

std::vector<campaign::CaseOutcome> run_cases(const std::vector<KeptCase>& cases,
                                             const std::vector<scenarios::ScenarioFile>& files,
                                             const LastCheck& last) {
  std::vector<campaign::CaseOutcome> outcomes;
  for (const KeptCase& kept : cases) {
    if (interrupted().load()) break;
    campaign::CaseOutcome outcome = run_one(kept, files);
    outcome.path = kept.path;
    outcome.scenario_path = scenarios::scenario_path_of(kept.kept, kept.path);
    outcome.variant = kept.kept.variant;
    outcome.was_mended = last.standing_of(kept.path) == campaign::CaseStanding::mended;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace halfwrite::cli
