// The result of a sweep as JSON, and back: what `sweep` writes, `--resume` goes on from and `merge`
// puts together. Equal outcomes give equal bytes; nothing in it tells how many jobs, shards or
// sittings it took. docs/json.md describes the keys. What is derived (verdicts, commands, exit
// code) is written for readers and not read back.
#pragma once

#include "campaign/sweep.hpp"
#include "sim/expected.hpp"

#include <string>
#include <string_view>

namespace halfwrite::reports {

std::string sweep_json(const campaign::SweepOutcome& outcome, const campaign::JudgedSweep& judged);

// Nothing of it is judged yet. The error is a sentence.
sim::Expected<campaign::SweepOutcome, std::string> read_sweep(std::string_view text);

}  // namespace halfwrite::reports
