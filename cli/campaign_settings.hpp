// What `compare` and `check` have in common: how many seeds, on how many cores, with progress.
#pragma once

#include "campaign/campaign.hpp"
#include "cli/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace halfwrite::cli {

// seeds, first-seed, jobs, progress, and what every command has.
Flags add_campaign_settings(CLI::App& command);

// The seeds that are asked for: a range, or so many from the first on. Nothing, explained on
// stderr, where the last would be no seed or the flags contradict each other.
std::optional<NumberRange> seeds_or_explain(const Settings& settings, std::uint64_t of_the_file);
// Are there such seeds for this file? Else explains on stderr.
bool seeds_fit(const Settings& settings, const scenarios::ScenarioFile& file);

// Which seeds a variant gets: all that were asked for, or beyond those of the file only as long as
// one of its claims is open.
enum class Seeds : std::uint8_t { all, until_settled };

// Runs the variants of the file that match, with progress on stderr, until they are done or a
// signal asks to stop. Requires that the seeds fit.
campaign::CampaignOutcome run_campaign(const scenarios::ScenarioFile& file,
                                       const std::string& variant_pattern, const Settings& settings,
                                       Seeds which);

}  // namespace halfwrite::cli
