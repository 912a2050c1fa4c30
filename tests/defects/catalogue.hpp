// The catalogue of planted defects: scenario files with a variant `defect` and a variant `correct`
// that differ in one public switch, and how many runs it takes until a sweep and an exploration
// find the one and not the other. It owns nothing but the files' names, and no defect is told to
// the searchers: both run the files as the commands `sweep` and `explore` do.
#pragma once

#include "scenarios/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::tests::defects {

// How long is looked.
struct Budget {
  std::uint64_t seeds = 1000;  // of the sweep, for either variant; of `defect` no more than needed
  std::uint64_t operations = 3;  // of each load, of the exploration
  bool recovery = true;          // crashes during recovery too
  unsigned jobs = 0;             // 0: one per core
};

struct Finding {
  std::string name;                         // of the file
  std::string invariant;                    // that `expect` says the defect violates
  std::optional<std::uint64_t> first_seed;  // of a sweep from 1
  bool without_faults = false;              // the exploration's run without any fault breaks it
  std::uint64_t faults = 0;                 // single faults that break it ...
  std::uint64_t tried = 0;                  // ... of so many
  std::uint64_t twin_tried = 0;             // single faults that the twin held under
  // What stands against the twin: an invariant that broke, was not exercised, or a run that was
  // stuck, each as a sentence.
  std::vector<std::string> against_twin;

  bool found() const { return first_seed || without_faults || faults > 0; }
};

// The paths of the catalogue's files from the root of the project, by name.
std::vector<std::string> files();
// The invariant that `expect` says the defect violates. Throws as look_for() does.
std::string claim_of(const scenarios::ScenarioFile& file);
// Throws std::runtime_error with the diagnostics of a file that does not load, or that has not the
// two variants and the one claim.
Finding look_for(const std::string& path, const Budget& budget);

}  // namespace halfwrite::tests::defects
