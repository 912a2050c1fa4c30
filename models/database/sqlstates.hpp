// The SQLSTATEs that a running scenario meets, as stories name them: when a database answers so,
// and what has become of the transaction then. What is wrong with a statement itself is told where
// it is read, before anything runs, and is not here.
#pragma once

#include "sim/explanation.hpp"

#include <vector>

namespace halfwrite::database {

// In the order of the codes (PostgreSQL 15, appendix A).
const std::vector<sim::Explanation>& sqlstates();

}  // namespace halfwrite::database
