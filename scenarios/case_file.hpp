// A kept case: one run, small, with what it is known to do. It names its scenario and variant, what
// of it is left out, the plan, the seed and the verdicts that are expected. The trace hash is
// advice: another version of the program may do the same in other steps. Reading checks form;
// whether the variant and the points exist is the caller's to ask.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "scenarios/reduction.hpp"
#include "scenarios/scenario.hpp"
#include "sim/expected.hpp"
#include "sim/fault.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

struct CaseFile {
  std::string scenario;  // as written: relative to the folder of the case
  std::string variant;
  std::uint64_t seed = 1;
  Reduction reduction;
  sim::FaultPlan plan;
  std::map<std::string, ExpectedVerdict> verdicts;  // by invariant; never empty
  std::string version;                              // of the program that wrote it
  std::optional<std::uint64_t> trace_hash;
  friend bool operator==(const CaseFile&, const CaseFile&) = default;
};

// `file` names the text in diagnostics.
sim::Expected<CaseFile, std::vector<Diagnostic>> parse_case(std::string_view text,
                                                            const std::string& file);

// Reads back as an equal case. Ends with a new line.
std::string write_case(const CaseFile& kept);

// The path of the case's scenario, from where the program stands. `case_path` is the case's own.
std::string scenario_path_of(const CaseFile& kept, const std::string& case_path);

}  // namespace halfwrite::scenarios
