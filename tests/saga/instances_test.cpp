// Several messages, instances and lives at one saga: what the version check, the lease with its
// fence and the timers that are looked at after a crash are for. Each careless side is caught by
// the invariant it breaks, and the careful side holds.
#include "tests/saga/flow.hpp"
#include "tests/saga/patches.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace halfwrite::saga_tests;
using Names = std::vector<std::string>;

namespace {

const std::string judged_by_all =
    R"json({"invariants": ["one_decision", "saga_all_or_compensated", "saga_finishes"],
  "sagas": {"place_order": {"timeout": "1s"}}})json";

// The reply of the reservation is read after the saga's time-out; who fires that has read the row
// before, and goes on ten seconds later with what it knew then.
const std::string stale_timer =
    R"({"delay": "place_order/reserve/reply", "by": "1500ms", "blocking": false},
       {"delay": "place_order/timeout", "by": "10s", "when": "after"})";

}  // namespace

TEST_CASE(
    "a timer that goes by what it read before a reply: the version check makes it look again") {
  const Ending careful = run(place_order({judged_by_all, plan(stale_timer)}));
  CHECK(careful.outcome.landed.size() == 2);
  CHECK(careful.ended.at("orders#1") == "completed");
  CHECK(careful.broken.empty());
  const Ending careless = run(
      place_order({judged_by_all, plan(stale_timer), orchestrator(R"({"version_check": false})")}));
  CHECK(careless.outcome.landed.size() == 2);
  CHECK(careless.ended.at("orders#1") == "completed compensated");
  CHECK(careless.broken == Names{"one_decision", "saga_all_or_compensated"});
}

TEST_CASE("a former holder of the lease goes on: its fence refuses what it writes") {
  // The second saga's timer comes when the lease of the first holder is over: the other instance
  // takes it. Nothing but the fence is between the zombie and the row.
  const std::string second = plan(
      stale_timer + R"(, {"delay": "place_order/reserve/reply", "by": "6s", "blocking": false})");
  const std::string load =
      R"json({"workload": {"later": {"run": "place_order", "at": "6s", "count": 1,
    "arguments": {"order": "later-1", "amount": 100, "sku": "tea"}}}})json";
  const auto leased = [](const char* fenced) {
    return orchestrator(
        std::string(
            R"({"instances": 2, "version_check": false, "lease": {"for": "2s", "renew": "500ms", "fenced": )") +
        fenced + "}}");
  };
  const Ending fenced = run(place_order({judged_by_all, load, second, leased("true")}));
  CHECK(fenced.outcome.landed.size() == 3);
  CHECK(fenced.ended.at("orders#1") == "completed");
  CHECK(fenced.ended.at("later#1") == "compensated");
  CHECK(fenced.broken.empty());
  const Ending zombie = run(place_order({judged_by_all, load, second, leased("false")}));
  CHECK(zombie.outcome.landed.size() == 3);
  CHECK(zombie.ended.at("orders#1") == "completed compensated");
  CHECK(zombie.ended.at("later#1") == "compensated");
  CHECK(zombie.broken == Names{"one_decision", "saga_all_or_compensated"});
}

TEST_CASE("a timer that was set before a crash is looked at after it, or never") {
  // The reservation fails and is to be tried again in two seconds; the orchestrator dies meanwhile.
  const std::string pause = saga(R"({"timeout": null, "retry": {"attempts": 5, "delay": "2s"}})");
  const std::string crash = plan(
      R"({"refuse": "inventory.reserve/begin", "error": "53300"}, {"crash": "order", "at": "5s"})");
  const Ending resumes = run(place_order({judged_by_all, pause, crash}));
  CHECK(resumes.outcome.landed.size() == 2);
  CHECK(resumes.ended.at("orders#1") == "completed");
  CHECK(resumes.broken.empty());
  const Ending waits =
      run(place_order({judged_by_all, pause, crash, orchestrator(R"({"on_start": "wait"})")}));
  CHECK(waits.outcome.landed.size() == 2);
  CHECK(waits.effects.at("orders#1") == "create charge");
  CHECK(waits.broken == Names{"saga_finishes"});
}
