#include "cli/campaign_settings.hpp"

#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <limits>

namespace halfwrite::cli {

Flags add_campaign_settings(CLI::App& command) {
  return add_settings(command, {"seeds", "first-seed", "jobs", "progress"});
}

bool seeds_fit(const Settings& settings, const scenarios::ScenarioFile& file) {
  const std::uint64_t seeds = settings.number("seeds").value_or(file.seeds);
  const std::uint64_t first = settings.number("first-seed").value_or(1);
  if (seeds == 0 || first <= std::numeric_limits<std::uint64_t>::max() - (seeds - 1)) return true;
  usage_error(fmt::format("{} seeds from {} on: the last would be no 64-bit number", seeds, first));
  return false;
}

campaign::CampaignOutcome run_campaign(const scenarios::ScenarioFile& file,
                                       const std::string& variant_pattern,
                                       const Settings& settings) {
  Progress progress = progress_on_stderr(file.name, settings);
  campaign::Options options;
  options.variant_pattern = variant_pattern;
  options.seeds = settings.number("seeds").value_or(0);
  options.first_seed = settings.number("first-seed").value_or(1);
  options.jobs = static_cast<unsigned>(settings.number("jobs").value_or(0));
  options.interrupt = &interrupted();
  options.progress = [&progress](std::uint64_t done, std::uint64_t all) {
    progress.report(done, all);
  };
  campaign::CampaignOutcome outcome = campaign::run_campaign(file, options);
  progress.end();
  return outcome;
}

}  // namespace halfwrite::cli
