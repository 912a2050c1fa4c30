// What became of requests and commits, as tables of schema history say it.
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace halfwrite;

namespace {

// One request on a database with these settings, and after it these faults.
scenarios::RunOutcome run_one(const std::string& database, const std::string& plan) {
  const auto file = tests::load_scenario_text("fates", R"X({ "format": 1, "name": "fates",
    "databases": { "order_db": { "schema": ["CREATE TABLE orders (id TEXT PRIMARY KEY)"], )X" +
                                                           database + R"X( } },
    "services": { "order": { "database": "order_db", "operations": {
      "place": { "steps": [{ "sql": "INSERT INTO orders VALUES (:order)" }] } } } },
    "workload": { "place": { "run": "order.place", "at": "1s", "arguments": { "order": "order-1" } } },
    "plan": )X" + plan + R"X(,
    "invariants": ["no_lost_commit",
      { "name": "applied", "at_end": "SELECT id FROM history.requests WHERE fate <> 'applied'" },
      { "name": "committed", "at_end": "SELECT tx FROM history.commits WHERE fate <> 'applied'" },
      { "name": "there", "at_end": "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM order_db.orders)" }] })X");
  scenarios::RunRequest request;
  request.scenario = &file.variants.front().scenario;
  scenarios::Runner runner;
  scenarios::RunOutcome outcome = runner.run(request);
  CHECK(outcome.end.kind == sim::RunEnd::Kind::quiet);
  return outcome;
}

void check_all(const scenarios::RunOutcome& outcome, bool violated) {
  for (const char* invariant : {"no_lost_commit", "applied", "committed", "there"}) {
    INFO(invariant);
    CHECK(tests::violates(outcome, invariant) == violated);
  }
}

}  // namespace

TEST_CASE("a request is applied as long as what it wrote is there, whatever its client was told") {
  check_all(run_one(R"("synchronous_commit": "on")",
                    R"([{ "crash": "order_db", "after": "order.place/commit", "machine": true }])"),
            false);
  check_all(run_one(R"("synchronous_commit": "off")",
                    R"([{ "crash": "order_db", "after": "order.place/commit", "machine": true }])"),
            true);
}

TEST_CASE("what goes with a disk is applied again when a standby that has it takes over") {
  const std::string disk =
      R"({ "crash": "order_db", "at": "2s", "machine": true, "disk": "lost", "down": "for_ever" })";
  const std::string database = R"("standbys": 1, "replication": "sync")";
  check_all(run_one(database, "[" + disk + "]"), true);
  check_all(run_one(database, "[" + disk + R"(, { "promote": "order_db.standby_1", "at": "3s" }])"),
            false);
}
