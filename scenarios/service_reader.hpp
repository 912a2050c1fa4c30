// Reads a service without its operations: where it runs, what it speaks to, how it publishes, its
// subscriptions and jobs.
#pragma once

#include "models/service/settings.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/name_table.hpp"
#include "scenarios/scenario.hpp"

namespace halfwrite::scenarios {

// `scenario` has its brokers and events by now.
service::Settings read_service(const Member& member, const Scenario& scenario,
                               const NameTable& names, Findings& findings);

}  // namespace halfwrite::scenarios
