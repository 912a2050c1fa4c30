// The comparison as text: one row a variant, one column for each invariant that any of them broke,
// then lost and invented events, delays and cost; below it what held everywhere, the windows hit,
// and a command that reproduces each column. It shows an outcome and judges nothing.
#pragma once

#include "campaign/outcome.hpp"
#include "reports/look.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::reports {

std::string comparison_text(const campaign::CampaignOutcome& outcome, const Look& look);

// The parts that a sweep's report shares.
// "crash 516 · reset 3,762"
std::string counts_text(const std::map<std::string, std::uint64_t>& counts, const Look& look);
// Lines: how often each kind of fault landed, and which were asked for and landed in no run.
std::string landed_text(const std::map<std::string, std::uint64_t>& faults, const Look& look);
// Lines: in which variants no fault landed although they ask for some; empty when there are none.
std::string calm_variants_text(const campaign::CampaignOutcome& outcome, const Look& look);
// Invariants that some variant broke, in the order of the file.
std::vector<std::string> broken_invariants(const campaign::CampaignOutcome& outcome);
// The table, and below it what held, what was not exercised, the windows hit and what was passed
// over. `delays`: were delays measured? Requires that something was run.
std::string findings_text(const campaign::CampaignOutcome& outcome, bool delays, const Look& look);
// What is not as expected, and the last line with the exit code.
std::string ending_text(const campaign::CampaignOutcome& outcome, const Look& look);

// What is not as the file expects, each finding once with all variants that show it, what is stuck,
// and what was not deterministic; empty when all is well.
std::string deviation_lines(const campaign::CampaignOutcome& outcome, const Look& look);
// The shortest command that shows a violation again.
std::string reproducing_command(const campaign::CampaignOutcome& outcome,
                                const campaign::VariantOutcome& variant, std::uint64_t seed);

}  // namespace halfwrite::reports
