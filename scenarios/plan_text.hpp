// Fault plans as JSON text: what a scenario's `plan` holds, what the command line takes and what a
// run prints. Writing a plan and reading it back gives an equal plan, so that a printed plan
// replays. Points are checked for their form only; whether a scenario has them is
// `check_points`.
#pragma once

#include "scenarios/diagnostic.hpp"
#include "scenarios/scenario.hpp"
#include "sim/expected.hpp"
#include "sim/fault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

// A JSON list of plan items. `file` names the text in diagnostics.
sim::Expected<sim::FaultPlan, std::vector<Diagnostic>> parse_plan(
    std::string_view text, const std::string& file = "--plan");
// One plan item: a JSON object, such as { "crash": "order", "at": "500ms" }.
sim::Expected<sim::Fault, std::vector<Diagnostic>> parse_fault(std::string_view text,
                                                               const std::string& file = "--fault");

// One item a line; ends without a new line.
std::string write_plan(const sim::FaultPlan& plan);
// One item as one line of JSON.
std::string write_fault(const sim::Fault& fault);

// The shortest text of a duration that reads back exactly: "500ms", "1234567ns".
std::string write_duration(sim::Duration duration);

// Why a fault at this instant can never matter: the run has come to rest, or is stuck, long before.
// Polling idly through years of virtual time would only look like a hang. Nothing where it can.
std::optional<std::string> too_late(const sim::Fault& fault, const Scenario& scenario);

// A diagnostic for each point and target of the plan that this scenario does not have.
std::vector<Diagnostic> check_points(const sim::FaultPlan& plan, const Scenario& scenario,
                                     const std::string& file = "--plan");

}  // namespace halfwrite::scenarios
