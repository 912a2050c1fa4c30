// The story of one run: what touched the event that is wrong, fact by fact, until the edge of its
// lineage that broke, then what the run was and how to see it again. It leaves out what has nothing
// to do with the event, says how much it left out, and stays under 40 lines unless more is asked
// for. It tells facts and decides nothing.
#pragma once

#include "campaign/single_run.hpp"
#include "reports/look.hpp"

#include <string>

namespace halfwrite::reports {

struct StoryOptions {
  std::string event;   // whose story: a key, an event id, an intent; "all": each violating one;
                       // empty: the first
  bool whole = false;  // leave out no line: one was asked for, or the run is small
  bool all_faults = false;  // list every fault
  Look look;
};

std::string story_text(const campaign::SingleRun& run, const StoryOptions& options);

}  // namespace halfwrite::reports
