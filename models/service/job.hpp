// Jobs: operations started by the clock, or by a notification of the database. A job's loop is idle
// activity, a cycle of its own for quiescence, and runs on a fiber of the instance; it dies and
// comes back with the process. It never skips a run because the last one failed. A run that could
// not look (broken connection, server down, conflict) is no full cycle: the calm waits for one that
// could. Points: every (the wait between two runs), listen (the wait for a notification), and those
// of the operation, all under the job's own name.
#pragma once

#include "models/service/instance.hpp"
#include "models/service/settings.hpp"

namespace halfwrite::service {

// Once, now, on the running fiber: a job with at_start, before the process takes requests.
void run_at_start(Instance& instance, const Job& job);

// Starts the loop of a job with `every` or `listen`. `every`: first run so long after now, the next
// so long after the end of the last. `listen`: whenever it has been told; without `every` what is
// told while nobody listens is never made up for.
void start_job(Instance& instance, const Job& job);

}  // namespace halfwrite::service
