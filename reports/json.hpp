// Outcomes as JSON, for scripts and CI; docs/json.md describes every key. Keys keep the order of
// the file, numbers are integers (shares are counts, delays are nanoseconds), and the same outcome
// gives the same bytes.
#pragma once

#include "campaign/exploration.hpp"
#include "campaign/kept_case.hpp"
#include "campaign/outcome.hpp"
#include "campaign/shrinking.hpp"
#include "campaign/single_run.hpp"
#include "scenarios/diagnostic.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

// A file that `validate` read: its mistakes, or how many variants it has.
struct ValidatedFile {
  std::string path;
  std::size_t variants = 0;
  std::vector<scenarios::Diagnostic> diagnostics;
};

// What `shrink` was asked and came to. `shrunk` and `smallest` are nothing where the run broke
// nothing; not owned.
struct ShrinkingReport {
  const scenarios::ScenarioFile* file = nullptr;
  const campaign::ShrinkRequest* request = nullptr;
  const campaign::Shrunk* shrunk = nullptr;
  const campaign::SingleRun* smallest = nullptr;  // the kept case, run once more
  std::string case_path;
};

std::string comparison_json(const campaign::CampaignOutcome& outcome);
std::string check_json(const std::vector<campaign::CampaignOutcome>& outcomes,
                       const std::vector<campaign::CaseOutcome>& cases);
std::string run_json(const campaign::SingleRun& run);
std::string exploration_json(const campaign::ExplorationOutcome& outcome);
std::string shrinking_json(const ShrinkingReport& report);
std::string validation_json(const std::vector<ValidatedFile>& files);

}  // namespace halfwrite::reports
