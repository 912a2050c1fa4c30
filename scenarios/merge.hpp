// Merging of scenarios: `extends`, `defaults`, variants and matrices are JSON merge patches
// (RFC 7386) over trees that keep where each part was written.
#pragma once

#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

// The target with the patch applied: objects are merged key by key, null removes, anything else
// replaces. What the patch does not name stays.
Json merged(Json target, const Json& patch);

// The scenario with its `defaults` laid under every entry of their sections; `defaults` stay where
// they are.
Json with_defaults(Json scenario);

// One variant of a file: its name, the merged tree with paths set, and where it is written.
struct VariantTree {
  std::string name;
  Json tree;
  Span written;
};
// The variants in the order of the file, then the combinations of the matrix (the first axis turns
// slowest); a single one named "default" where the file has neither.
std::vector<VariantTree> expand_variants(const Json& file, Findings& findings);

}  // namespace halfwrite::scenarios
