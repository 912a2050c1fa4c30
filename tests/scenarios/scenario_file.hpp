// Loading scenario files in tests: a file that does not load fails the test with its diagnostics.
#pragma once

#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

#include <string>

namespace halfwrite::tests {

// `path` from the root of the project.
scenarios::ScenarioFile load_scenario(const std::string& path);
scenarios::ScenarioFile load_scenario_text(const std::string& name, const std::string& text);
const scenarios::Variant& variant_of(const scenarios::ScenarioFile& file, const std::string& name);

bool violates(const scenarios::RunOutcome& outcome, const std::string& invariant);

}  // namespace halfwrite::tests
