// SIGINT and SIGTERM: the first asks a campaign to stop after the runs at work and show what there
// is; the second ends the process at once. A command that does not look between its runs is ended
// by the first.
#pragma once

#include "campaign/outcome.hpp"

#include <atomic>

namespace halfwrite::cli {

// Set by the first signal.
const std::atomic<bool>& interrupted();
// 130 after SIGINT, 143 after SIGTERM.
campaign::ExitCode interruption_code();
// From now on a signal is kept for `interrupted`.
void stop_between_runs();
// A closed pipe is an error of writing, never the end of the process.
void survive_closed_pipes();

}  // namespace halfwrite::cli
