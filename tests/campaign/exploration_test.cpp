// Every single fault of a small schedule: which invariant it breaks, and that the count is a count.
#include "campaign/exploration.hpp"

#include "scenarios/plan_text.hpp"
#include "scenarios/run.hpp"
#include "tests/scenarios/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace halfwrite;
using campaign::ExplorationOutcome;

namespace {

ExplorationOutcome explore(const char* variant, unsigned jobs, bool recovery = false) {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  campaign::ExplorationOptions options;
  options.operations = 1;
  options.jobs = jobs;
  options.recovery = recovery;
  return campaign::explore(file, tests::variant_of(file, variant), options);
}

const campaign::ExploredViolation* find(const ExplorationOutcome& outcome,
                                        const std::string& invariant) {
  for (const auto& violation : outcome.violations)
    if (violation.invariant == invariant) return &violation;
  return nullptr;
}

const campaign::ExploredKind& kind(const ExplorationOutcome& outcome, const std::string& name) {
  for (const auto& kind : outcome.kinds)
    if (kind.kind == name) return kind;
  FAIL("no kind " << name);
  return outcome.kinds.front();
}

}  // namespace

TEST_CASE(
    "single faults lose an event of the dual write, and the first of them does so again when it is "
    "run alone") {
  const auto outcome = explore("database_first/quiet", 0);
  CHECK(outcome.operations == 2);
  CHECK(outcome.left_out == 398);
  CHECK(outcome.tried() == outcome.places());
  CHECK(outcome.places() > 1000);
  const auto* lost = find(outcome, "no_lost_event");
  REQUIRE(lost != nullptr);
  CHECK(lost->faults > 10);
  CHECK(kind(outcome, "crash of the process").violations > 0);
  CHECK(find(outcome, "no_phantom_event") == nullptr);

  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  const auto& scenario = tests::variant_of(file, "database_first/quiet").scenario;
  const auto less = reduced(scenario, first_requests(scenario, 1));
  scenarios::RunRequest run;
  run.scenario = &less;
  run.plan = lost->plan;
  scenarios::Runner runner;
  const auto again = runner.run(run);
  CHECK(again.landed.size() == 1);
  CHECK(std::any_of(again.verdicts.begin(), again.verdicts.end(), [](const auto& verdict) {
    return verdict.invariant == "no_lost_event" && verdict.outcome == invariants::Outcome::violated;
  }));
}

TEST_CASE(
    "the other dual write invents, and the outbox does neither, with crashes during recovery too") {
  CHECK(find(explore("broker_first/quiet", 0), "no_phantom_event") != nullptr);
  const auto outbox = explore("outbox_cdc/quiet", 0, true);
  CHECK(kind(outbox, "crash during recovery").tried > 100);
  for (const char* invariant :
       {"no_lost_event", "no_phantom_event", "no_duplicate_effect", "events_in_order_per_key"})
    CHECK(find(outbox, invariant) == nullptr);
  CHECK_FALSE(outbox.first_stuck);
  std::uint64_t hits = 0;
  for (const auto& each : outbox.kinds)
    if (const auto window = each.windows_hit.find("between read and store");
        window != each.windows_hit.end())
      hits += window->second;
  CHECK(hits > 0);
}

TEST_CASE("an exploration is the same on one thread and on two") {
  const auto one = explore("inside_transaction/quiet", 1);
  const auto two = explore("inside_transaction/quiet", 2);
  CHECK(one.schedule == two.schedule);
  REQUIRE(one.kinds.size() == two.kinds.size());
  for (std::size_t i = 0; i < one.kinds.size(); ++i) {
    INFO(one.kinds[i].kind);
    CHECK(one.kinds[i].places == two.kinds[i].places);
    CHECK(one.kinds[i].violations == two.kinds[i].violations);
    CHECK(one.kinds[i].landed == two.kinds[i].landed);
    CHECK(one.kinds[i].windows_hit == two.kinds[i].windows_hit);
  }
  REQUIRE(one.violations.size() == two.violations.size());
  for (std::size_t i = 0; i < one.violations.size(); ++i) {
    CHECK(one.violations[i].invariant == two.violations[i].invariant);
    CHECK(one.violations[i].plan == two.violations[i].plan);
    CHECK(one.violations[i].faults == two.violations[i].faults);
  }
}

TEST_CASE("nearly every fault of an exploration lands") {
  const auto outcome = explore("outbox_polling/quiet", 0);
  for (const auto& each : outcome.kinds) {
    INFO(each.kind << ": " << each.landed << " of " << each.tried);
    CHECK(each.landed * 100 >= each.tried * 90);
  }
}

TEST_CASE("the scenario's own plan is part of every try, and what no run exercised is not held") {
  const auto file = tests::load_scenario("scenarios/library/order_created.json");
  scenarios::Variant variant = tests::variant_of(file, "database_first/quiet");
  const auto own =
      scenarios::parse_plan(R"([{ "crash": "order.1", "at": "1500ms", "down": "200ms" }])");
  REQUIRE(own);
  variant.scenario.plan = *own;
  campaign::ExplorationOptions options;
  options.operations = 1;
  options.recovery = false;
  const auto outcome = campaign::explore(file, variant, options);
  CHECK(outcome.own_items == 1);
  CHECK_FALSE(outcome.interrupted);
  CHECK(outcome.schedule != explore("database_first/quiet", 0).schedule);
  const auto* lost = find(outcome, "no_lost_event");
  REQUIRE(lost != nullptr);
  REQUIRE(lost->plan.faults.size() == 2);
  CHECK(lost->plan.faults.front() == own->faults.front());
  for (const std::string& name : outcome.not_exercised)
    CHECK(std::find(outcome.held.begin(), outcome.held.end(), name) == outcome.held.end());
}
