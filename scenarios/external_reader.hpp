// Reads the systems outside: their operations, what they decline, what they report later. Who calls
// them is the business of the steps (operation_reader.hpp).
#pragma once

#include "models/external/settings.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/sql_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

external::Settings read_external(const Member& member, SqlReader& sql, Findings& findings);

// The variables that the operation decides by: those of `declines.if`.
std::vector<std::string> variables_of(const external::Operation& operation);

// "card_network.charge", or nothing when it is reported: no such system, or no such operation.
struct ExternalName {
  const external::Settings* system = nullptr;
  const external::Operation* operation = nullptr;
};
ExternalName find_external(const Json& written, const std::vector<external::Settings>& externals,
                           Findings& findings);

}  // namespace halfwrite::scenarios
