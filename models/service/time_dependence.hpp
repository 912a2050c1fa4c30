// Does an operation find other work when nothing but the time has changed? A lease that runs out, a
// retry that is due, a row that is old enough: a job with such statements that found nothing a
// moment ago may find something later. It reads programs only and knows no run.
#pragma once

#include "models/service/program.hpp"

namespace halfwrite::service {

// Some statement or condition of it, at any depth, asks for the time: now() and its relatives, or
// the variable `:now`. Snapshot functions change with transactions, not with the time, and do not
// count.
bool asks_for_the_time(const Operation& operation);

}  // namespace halfwrite::service
