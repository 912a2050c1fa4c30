// The parts that several JSON reports have in common. Keys keep the order in which they are
// written; docs/json.md describes them.
#pragma once

#include "campaign/outcome.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace halfwrite::reports {

using Json = nlohmann::ordered_json;

// What was counted over a whole run or campaign.
Json counts_json(const invariants::Figures& figures);
Json violation_json(const invariants::Violation& violation);
Json expectations_json(const std::vector<campaign::ExpectationResult>& expectations);
// Null where nothing was shrunk.
Json smallest_json(const std::optional<campaign::SmallestCase>& smallest);
Json divergence_json(const campaign::Divergence& divergence);

// The text of a whole report, with its last new line. What is no UTF-8 is replaced.
std::string finished(const Json& json);

}  // namespace halfwrite::reports
