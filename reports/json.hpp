// Outcomes as JSON, for scripts and CI; docs/json.md describes every key. Keys keep the order of
// the file, numbers are integers (shares are counts, delays are nanoseconds), and the same outcome
// gives the same bytes.
#pragma once

#include "campaign/outcome.hpp"
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

std::string comparison_json(const campaign::CampaignOutcome& outcome);
std::string check_json(const std::vector<campaign::CampaignOutcome>& outcomes);
std::string run_json(const campaign::SingleRun& run);
std::string validation_json(const std::vector<ValidatedFile>& files);

}  // namespace halfwrite::reports
