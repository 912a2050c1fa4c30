// Reads `expect`: patterns of variants to verdicts, every line that matches counts, later ones win.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/scenario.hpp"

#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// "*" stands for any text within one part of a variant's name ("outbox_cdc/storm" has two), a
// pattern with fewer parts than the name matches none; "*" alone matches every variant.
bool matches_pattern(std::string_view pattern, std::string_view name);

// Gives each variant what the lines say about it. Reports lines that match no variant and names
// that no matching variant has among its invariants.
void read_expectations(const Json& file, std::vector<Variant>& variants, Findings& findings);

}  // namespace halfwrite::scenarios
