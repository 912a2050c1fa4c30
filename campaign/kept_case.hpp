// What became of a kept case when it was run again: does it still break what it was kept for, and
// may it? The file's `expect` decides, and a case that claims `holds` itself. Its trace hash is
// advice: another version may do the same in other steps. A pure judgement of one run.
#pragma once

#include "campaign/outcome.hpp"
#include "campaign/single_run.hpp"
#include "scenarios/case_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::campaign {

enum class CaseStanding : std::uint8_t {
  as_expected,  // it does what it did, and that is no news to the file
  mended,       // what it was kept for no longer shows
  stale,        // it tests nothing any more: its scenario has changed
  fails,        // it breaks what the file, or the case itself, says holds
};
const char* to_text(CaseStanding standing);

struct CaseOutcome {
  std::string path;
  std::string scenario_path;
  std::string variant;
  CaseStanding standing = CaseStanding::as_expected;
  bool was_mended = false;  // when `check` ran last: if it fails, it came back
  std::string sentence;     // what fails, what no longer shows, or why it is stale
  ExitCode code = ExitCode::as_expected;
};

// `told` is the run of the case in this variant of the file. Fills in everything but the paths and
// `was_mended`.
CaseOutcome judge_case(const scenarios::Variant& variant, const scenarios::CaseFile& kept,
                       const SingleRun& told);

ExitCode exit_code_of(const std::vector<CaseOutcome>& cases);

}  // namespace halfwrite::campaign
