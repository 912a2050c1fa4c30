#include "cli/keep_finds.hpp"

#include "cli/case_folder.hpp"
#include "cli/command.hpp"
#include "cli/interruption.hpp"

namespace halfwrite::cli {

void keep_finds(const scenarios::ScenarioFile& file, const Settings& settings,
                campaign::Finds which,
                const std::function<void(const campaign::KeepOptions&)>& shrink) {
  campaign::KeepOptions options;
  options.which = which;
  options.most_finds = settings.number("shrink").value_or(0);
  options.jobs = static_cast<unsigned>(settings.number("jobs").value_or(0));
  options.version = version;
  options.interrupt = &interrupted();
  options.keep = [&](const scenarios::CaseFile& kept) {
    return keep_case(kept, file, settings.state_folder());
  };
  shrink(options);
}

}  // namespace halfwrite::cli
