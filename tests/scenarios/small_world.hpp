// A small scenario with one of everything that can be struck: two services, a database each, two
// brokers, a relay or a connector on its own node, an inbox, a job. For tests of plans and storms.
#pragma once

#include "scenarios/scenario.hpp"

#include <string>

namespace halfwrite::tests {

// Variants `direct`, `polling` and `cdc`: how the service `order` publishes. `more` is added to the
// file, such as `"plan": [...]`.
scenarios::ScenarioFile small_world(const std::string& more = "",
                                    const std::string& invariants = R"("no_lost_event")");

}  // namespace halfwrite::tests
