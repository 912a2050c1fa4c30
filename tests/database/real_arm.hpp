// The real arm of the isolation tests: asynchronous sessions of a PostgreSQL 15 that the tests
// start themselves; an observer reads from the server who waits for whom.
#pragma once

#include "tests/database/isolation_test.hpp"
#include "tests/postgresql/server.hpp"

#include <string>

namespace halfwrite::database::tests {

class RealDatabase {
 public:
  std::string run(const IsolationTest& test);

 private:
  postgresql::Server server_;
};

}  // namespace halfwrite::database::tests
