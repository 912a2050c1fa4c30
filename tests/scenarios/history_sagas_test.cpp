// Sagas as tables of schema history: what an author's SQL can say of them.
#include "scenarios/history_sagas.hpp"

#include "scenarios/history_rows.hpp"
#include "scenarios/history_schema.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace halfwrite;
using history::TransactionToken;

namespace {

// A history told fact by fact, and what stands in the tables.
struct Told {
  sim::Names names;
  scenarios::HistoryRows rows{scenarios::history_catalog()};
  scenarios::HistorySagas sagas{rows, names};
  std::int64_t milliseconds = 0;

  void tell(history::FactContent content) {
    history::Fact fact;
    fact.at = sim::Instant() + sim::Duration::milliseconds(++milliseconds);
    fact.content = std::move(content);
    sagas.on_fact(fact);
  }
  sim::Identity order() { return {names.of("orders"), 1}; }
  void starts(std::uint64_t transaction) {
    tell(history::SagaStarted{order(), names.of("place_order"), order(), "", names.of("order_db"),
                              TransactionToken{transaction}});
  }
  void decides(bool commit, std::uint64_t transaction) {
    tell(history::SagaDecided{order(), names.of("place_order"), commit, names.of("order_db"),
                              TransactionToken{transaction}, ""});
  }
  void applies(std::uint32_t attempt, std::uint64_t transaction) {
    history::SagaStepApplied fact;
    fact.step = {order(), names.of("place_order"), names.of("charge"), history::StepKind::action,
                 attempt};
    fact.transaction = TransactionToken{transaction};
    tell(fact);
  }
  void logged(std::uint64_t transaction, std::uint64_t rows_changed = 1) {
    history::CommitLogged fact;
    fact.transaction = TransactionToken{transaction};
    fact.rows_changed = rows_changed;
    tell(fact);
  }
  void visible(std::uint64_t transaction) {
    logged(transaction);
    tell(history::CommitVisible{names.of("order_db"), TransactionToken{transaction}});
  }
  std::string value(const char* table, const char* column, std::size_t index = 0) const {
    return sql::to_text(rows.values(table, index)[rows.column(table, column)]);
  }
};

}  // namespace

TEST_CASE("a saga shows when the transaction that began it is visible") {
  Told told;
  told.starts(7);
  told.logged(7);
  CHECK(told.rows.count("sagas") == 0);
  told.visible(7);
  REQUIRE(told.rows.count("sagas") == 1);
  CHECK(told.value("sagas", "id") == "orders#1");
  CHECK(told.value("sagas", "saga") == "place_order");
  CHECK(told.value("sagas", "state") == "running");
  CHECK(told.value("sagas", "decision") == "none");
  CHECK(told.value("sagas", "started_at") == "1");
  told.visible(7);  // by recovery, a second time
  CHECK(told.rows.count("sagas") == 1);
}

TEST_CASE("what was rolled back was never told of a saga, and what was in memory was at once") {
  Told told;
  told.starts(7);
  told.tell(history::TransactionAborted{told.names.of("order_db"), TransactionToken{7}, "crash"});
  told.visible(7);
  CHECK(told.rows.count("sagas") == 0);
  told.starts(0);
  CHECK(told.rows.count("sagas") == 1);
}

TEST_CASE("a commit that a crash took away takes back what it told of a saga, and no more") {
  Told told;
  told.starts(7);
  told.visible(7);
  told.applies(1, 8);
  told.decides(true, 8);
  told.visible(8);
  CHECK(told.value("sagas", "decision") == "commit");
  CHECK(told.rows.count("saga_steps") == 1);
  told.tell(history::CommitLost{told.names.of("order_db"), TransactionToken{8}, true});
  REQUIRE(told.rows.count("sagas") == 1);
  CHECK(told.value("sagas", "decision") == "none");
  CHECK(told.value("sagas", "started_at") == "1");
  CHECK(told.rows.count("saga_steps") == 0);
}

TEST_CASE("each attempt of a step has its row, and changed something if its transaction did") {
  Told told;
  told.applies(1, 8);
  told.visible(8);
  told.applies(2, 9);
  told.logged(9, 0);
  told.tell(history::CommitVisible{told.names.of("order_db"), TransactionToken{9}});
  REQUIRE(told.rows.count("saga_steps") == 2);
  CHECK(told.value("saga_steps", "changed", 0) == "t");
  CHECK(told.value("saga_steps", "attempt", 1) == "2");
  CHECK(told.value("saga_steps", "changed", 1) == "f");
  CHECK(told.value("saga_steps", "kind", 1) == "do");
}

TEST_CASE("an author's SQL sees how sagas ended and what their steps did, in each coordination") {
  const auto file = tests::load_scenario("tests/scenarios/told/sagas.json");
  scenarios::Runner runner;
  for (const auto& variant : file.variants) {
    const bool all_well = variant.name.starts_with("nothing/");
    // Nobody knows when it is over, or learns what became of others' steps.
    const bool is_by_events = variant.name.ends_with("/choreography");
    std::vector<std::string> holding{"one_each"};
    if (all_well) holding.insert(holding.end(), {"all_done", "decided_to_go_on"});
    if (!all_well) holding.insert(holding.end(), {"one_done", "one_undone", "refusal_is_told"});
    holding.push_back(is_by_events ? "open_to_the_end" : "learned_of");
    if (!is_by_events) holding.push_back(all_well ? "went_through" : "went_back");
    scenarios::RunRequest request;
    request.scenario = &variant.scenario;
    request.seed = 1;
    const scenarios::RunOutcome outcome = runner.run(request);
    CHECK(outcome.verdicts.size() == 10);
    for (const auto& verdict : outcome.verdicts) {
      INFO(variant.name << " " << verdict.invariant);
      const bool holds =
          std::find(holding.begin(), holding.end(), verdict.invariant) != holding.end();
      CHECK(verdict.outcome ==
            (holds ? invariants::Outcome::holds : invariants::Outcome::violated));
    }
  }
}
