// Compares what a file expects of a variant with what a campaign saw. Invariants that no line names
// may do anything; a `violated` that never shows fails; what holds only because its premise never
// arose is "not exercised", and so is what holds while a fault of the plan never struck in any
// seed. It judges counts, not runs.
#pragma once

#include "campaign/outcome.hpp"

namespace halfwrite::campaign {

std::vector<ExpectationResult> judge_expectations(const scenarios::Expectation& expectation,
                                                  const VariantOutcome& outcome);

// Have further seeds nothing to add to what is claimed of this variant? All that is expected to be
// violated was seen violated (by more than the loss its configuration allows), each window has its
// hits, what was asked for has struck, and nothing is expected to hold, which each further seed
// would have to show. A run that never comes to rest may still be among them.
bool is_settled(const scenarios::Expectation& expectation, const VariantOutcome& outcome);

// Does any line of `expect` say more than `any`?
bool is_a_claim(const scenarios::Expectation& expectation);
bool claims_something(const scenarios::ScenarioFile& file);

}  // namespace halfwrite::campaign
