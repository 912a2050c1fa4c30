// Jobs: operations started by the clock. A job's loop is idle activity, a cycle of its own for
// quiescence, and runs on a fiber of the instance; it dies and comes back with the process. It
// never skips a run because the last one failed. A run that could not look (broken connection,
// server down, conflict) is no full cycle: the calm waits for one that could. Points: every (the
// wait between two runs), and those of the operation, all under the job's own name.
#pragma once

#include "models/service/instance.hpp"
#include "models/service/settings.hpp"

namespace halfwrite::service {

// Once, now, on the running fiber: a job with at_start, before the process takes requests.
void run_at_start(Instance& instance, const Job& job);

// Starts the loop of a job with `every`: first run so long after now, the next so long after the
// end of the last.
void start_job(Instance& instance, const Job& job);

}  // namespace halfwrite::service
