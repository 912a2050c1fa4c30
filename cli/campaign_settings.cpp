#include "cli/campaign_settings.hpp"

#include "cli/command.hpp"
#include "cli/interruption.hpp"
#include "cli/progress.hpp"
#include "sim/assert.hpp"

#include <fmt/format.h>

#include <limits>

namespace halfwrite::cli {

Flags add_campaign_settings(CLI::App& command) {
  return add_settings(command, {"seeds", "first-seed", "jobs", "progress", "shrink", "state-dir"});
}

std::optional<NumberRange> seeds_or_explain(const Settings& settings, std::uint64_t of_the_file) {
  const Assigned& first_seed = settings.of("first-seed");
  if (const auto range = number_range_in(settings.text("seeds"))) {
    if (first_seed.origin == "--first-seed") {
      usage_error(fmt::format("--seeds {} says which is the first; leave --first-seed out",
                              settings.text("seeds")));
      return std::nullopt;
    }
    return range;
  }
  const std::uint64_t seeds = settings.number("seeds").value_or(of_the_file);
  const std::uint64_t first = settings.number("first-seed").value_or(1);
  if (first <= std::numeric_limits<std::uint64_t>::max() - (seeds - 1))
    return NumberRange{first, first + (seeds - 1)};
  usage_error(fmt::format("{} seeds from {} on: the last would be no 64-bit number", seeds, first));
  return std::nullopt;
}

bool seeds_fit(const Settings& settings, const scenarios::ScenarioFile& file) {
  return seeds_or_explain(settings, file.seeds).has_value();
}

campaign::CampaignOutcome run_campaign(const scenarios::ScenarioFile& file,
                                       const std::string& variant_pattern, const Settings& settings,
                                       Seeds which) {
  Progress progress = progress_on_stderr(file.name, settings);
  campaign::Options options;
  options.variant_pattern = variant_pattern;
  const auto seeds = seeds_or_explain(settings, file.seeds);
  HALFWRITE_ASSERT(seeds, "a campaign runs although its seeds were refused");
  options.first_seed = seeds->first;
  options.seeds = seeds->last - seeds->first + 1;
  options.jobs = static_cast<unsigned>(settings.number("jobs").value_or(0));
  options.until_settled = which == Seeds::until_settled;
  options.interrupt = &interrupted();
  options.progress = [&progress](std::uint64_t done, std::uint64_t all) {
    progress.report(done, all);
  };
  campaign::CampaignOutcome outcome = campaign::run_campaign(file, options);
  progress.end();
  return outcome;
}

}  // namespace halfwrite::cli
