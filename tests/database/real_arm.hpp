// The real arm of the isolation tests: asynchronous sessions of a PostgreSQL 15 that the tests
// start themselves; an observer reads from the server who waits for whom.
#pragma once

#include "tests/database/isolation_test.hpp"
#include "tests/postgresql/server.hpp"

#include <memory>
#include <string>
#include <vector>

namespace halfwrite::database::tests {

class RealArm;

class RealDatabase {
 public:
  // `options` are command-line options of each session's server process: "-c name=value".
  explicit RealDatabase(const std::string& options = {});
  ~RealDatabase();
  RealDatabase(const RealDatabase&) = delete;
  RealDatabase& operator=(const RealDatabase&) = delete;

  // An arm whose database holds what `setup` makes and nothing else.
  Arm& prepared_for(const std::vector<std::string>& setup, bool keep_sessions = false);
  // Of several that one step frees each goes on when those before it have ended or wait again: in
  // the order they began to wait, or with a `race` in an order by chance, which is its seed.
  std::string run(const IsolationTest& test, bool keep_sessions = false, std::uint64_t race = 0);

 private:
  postgresql::Server server_;
  std::unique_ptr<RealArm> arm_;
};

}  // namespace halfwrite::database::tests
