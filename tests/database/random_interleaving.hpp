// Random interleavings of two to four sessions over a small stock of items, keyed by a seed:
// guarded updates, unique conflicts, upserts, row locks with NOWAIT and SKIP LOCKED, foreign keys,
// sequences, savepoints, errors. Which session goes next is drawn while it runs, among those that
// do not wait, so each run also writes itself down as an isolation test that a person can read and
// replay.
#pragma once

#include "sim/draw.hpp"
#include "tests/database/isolation_test.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwrite::database::tests {

struct RandomSession {
  std::string name;
  std::vector<std::string> statements;
};

struct RandomInterleaving {
  std::string name;
  std::vector<std::string> setup;
  std::vector<RandomSession> sessions;
  std::vector<std::string> look;  // what is asked at the end, of the final state
  sim::Key order{0};
};

// At read committed; else most transaction blocks are at the level above.
enum class RandomLevel : std::uint8_t { read_committed, repeatable_read, serializable };

RandomInterleaving random_interleaving(sim::Key key, RandomLevel level);

// Runs it on an arm; `executed` becomes the same as a test of fixed steps.
std::string run_interleaving(const RandomInterleaving& interleaving, Arm& arm,
                             IsolationTest& executed);

// As a file of tests/database/isolation.
std::string as_text(const IsolationTest& test);

}  // namespace halfwrite::database::tests
