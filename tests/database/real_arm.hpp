// The real arm: a PostgreSQL 15 that the tests start themselves, on a unix socket in a temporary
// folder, as an unprivileged user, and stop at the end.
#pragma once

#include "tests/database/isolation_test.hpp"

#include <string>

namespace halfwrite::database::tests {

class RealDatabase {
 public:
  // Throws std::runtime_error with the reason when it cannot be started.
  RealDatabase();
  ~RealDatabase();
  RealDatabase(const RealDatabase&) = delete;
  RealDatabase& operator=(const RealDatabase&) = delete;

  std::string run(const IsolationTest& test);

 private:
  std::string folder_;
  bool started_ = false;
};

}  // namespace halfwrite::database::tests
