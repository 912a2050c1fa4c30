// What the other variants of a file did under the same seed and faults: runs are paired by their
// keyed draws, so the difference between two of them is the variant's. Verdicts only; no history
// is kept.
#pragma once

#include "campaign/single_run.hpp"

#include <string>
#include <vector>

namespace halfwrite::campaign {

// Runs the variants that differ from the request's in the first part of their names alone
// ("outbox_cdc/storm" beside "database_first/storm"; every other one where names have one part), in
// the order of the file, at most twelve. A plan or further faults are theirs too; a variant that
// does not have their points is left out.
std::vector<SameSeed> under_same_seed(const SingleRunRequest& request);

}  // namespace halfwrite::campaign
