// What `compare`, `check`, `explore`, `sweep` and `merge` do with what they found: it is shrunk and
// kept as a case, as far as the settings `shrink` and `state-dir` say. The work is
// `campaign/finds.hpp`.
#pragma once

#include "campaign/finds.hpp"
#include "cli/settings.hpp"

#include <functional>

namespace halfwrite::cli {

// Calls `shrink` with the options of the settings.
void keep_finds(const scenarios::ScenarioFile& file, const Settings& settings,
                campaign::Finds which,
                const std::function<void(const campaign::KeepOptions&)>& shrink);

}  // namespace halfwrite::cli
