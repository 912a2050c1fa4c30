// What `compare` and `check` have in common: how many seeds, on how many cores, with progress.
#pragma once

#include "campaign/campaign.hpp"
#include "cli/settings.hpp"

#include <optional>
#include <string>

namespace halfwrite::cli {

// seeds, first-seed, jobs, progress, and what every command has.
Flags add_campaign_settings(CLI::App& command);

// The last of the seeds is a seed; else explains on stderr and is false.
bool seeds_fit(const Settings& settings, const scenarios::ScenarioFile& file);

// Runs the variants of the file that match, with progress on stderr, until they are done or a
// signal asks to stop. Requires that the seeds fit.
campaign::CampaignOutcome run_campaign(const scenarios::ScenarioFile& file,
                                       const std::string& variant_pattern,
                                       const Settings& settings);

}  // namespace halfwrite::cli
