// The comparison as text: one row a variant, one column for each invariant that any of them broke,
// then lost and invented events, delays and cost; below it what held everywhere, the windows hit,
// and a command that reproduces each column. It shows an outcome and judges nothing.
#pragma once

#include "campaign/outcome.hpp"
#include "reports/look.hpp"

#include <string>

namespace halfwrite::reports {

std::string comparison_text(const campaign::CampaignOutcome& outcome, const Look& look);

// What is not as the file expects, each finding once with all variants that show it, what is stuck,
// and what was not deterministic; empty when all is well.
std::string deviation_lines(const campaign::CampaignOutcome& outcome, const Look& look);
// The shortest command that shows a violation again.
std::string reproducing_command(const campaign::CampaignOutcome& outcome,
                                const campaign::VariantOutcome& variant, std::uint64_t seed);

}  // namespace halfwrite::reports
