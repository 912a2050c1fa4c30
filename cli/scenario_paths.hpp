// Which files a command works on: files as they are named, folders with every scenario below them,
// in order of their paths.
#pragma once

#include "sim/expected.hpp"

#include <string>
#include <vector>

namespace halfwrite::cli {

// A folder gives its .json and .jsonc files but for schemas (*.schema.json) and kept cases
// (*.case.json); what is named twice is taken once. Fails with a sentence when a path does not
// exist or a folder holds no scenario.
sim::Expected<std::vector<std::string>, std::string> scenario_paths(
    const std::vector<std::string>& paths);

}  // namespace halfwrite::cli
