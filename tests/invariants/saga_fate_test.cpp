#include "models/invariants/saga_fate.hpp"

#include <catch2/catch.hpp>

#include "history_text.hpp"

using namespace halfwrite;

namespace {

// "create: done, taken back; charge: refused | to go back | compensated"
std::string fate_text(const std::string& history) {
  sim::Names names;
  const auto facts = tests::history_of(names, history);
  invariants::Violation violation;
  violation.intent = {names.of("orders"), 1};
  const auto fate = invariants::saga_fate_of(
      facts, violation, tests::contract_of("saga create+ charge+ confirm!"), names);
  if (!fate) return "no saga";
  std::string text;
  for (const invariants::StepFate& step : fate->steps)
    text += (text.empty() ? "" : "; ") + step.step + ": " + invariants::to_text(step);
  return text + " | " + fate->decided + " | " + fate->ended;
}

}  // namespace

TEST_CASE("The fate of a saga says of each step what became of it") {
  struct {
    const char* history;
    const char* fate;
  } const cases[] = {
      {"ask orders#1", "no saga"},
      {"begin orders#2 in t1; commit t1", "no saga"},
      {"begin orders#1 in t1; commit t1",
       "create: never asked for; charge: never asked for; confirm: never asked for |  | "},
      {"begin orders#1 in t1; want create of orders#1 in t1; commit t1",
       "create: asked for, not done; charge: never asked for; confirm: never asked for |  | "},
      {"begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2;"
       "do charge of orders#1 in s1; commit s1; outside card_network.charge for charge of orders#1;"
       "do confirm of orders#1 in t3; decide orders#1 commit in t3; commit t3;"
       "end orders#1 completed in t4; commit t4",
       "create: done; charge: done; confirm: done | to go through | completed"},
      {"begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2;"
       "do charge of orders#1 in s1; commit s1; outside card_network.charge for charge of orders#1;"
       "outside card_network.charge for charge of orders#1; decide orders#1 abort in t5; commit t5;"
       "undo charge of orders#1 in s2; commit s2; undo create of orders#1 in t6; commit t6;"
       "end orders#1 compensated in t7; commit t7",
       "create: done, taken back; charge: done twice, taken back; confirm: never asked for | to go "
       "back | compensated"},
      {"begin orders#1 in t1; commit t1; do create of orders#1 in t2; commit t2; lose t2;"
       "learn refused charge of orders#1; decide orders#1 abort in t5; commit t5;"
       "undo create of orders#1 in t6 empty yes; commit t6",
       "create: begun, not done, its compensation found nothing; charge: refused; confirm: never "
       "asked for | to go back | "},
      {"begin orders#1 in t1; commit t1; outside card_network.charge for charge of orders#1;"
       "learn refused charge of orders#1; learn failed create of orders#1",
       "create: failed; charge: refused after it had acted outside; confirm: never asked for |  "
       "| "},
      // The try that failed came before what was done outside, and another was begun.
      {"begin orders#1 in t1; commit t1; learn failed charge of orders#1;"
       "outside card_network.charge for charge of orders#1",
       "create: never asked for; charge: done; confirm: never asked for |  | "},
      {"begin orders#1 in t1; commit t1; learn failed charge of orders#1;"
       "want charge of orders#1 attempt 2; do create of orders#1 in t2",
       "create: begun, not done; charge: asked for, not done; confirm: never asked for |  | "},
      // Two systems, once each; and a compensation that got no further than the outside.
      {"begin orders#1 in t1; commit t1; do charge of orders#1 in s1; commit s1;"
       "outside card_network.charge for charge of orders#1; outside sms.send for charge of "
       "orders#1;"
       "outside card_network.refund for charge of orders#1 undo yes;"
       "learn failed charge of orders#1 undo yes;"
       "do create of orders#1 in t2; commit t2; learn refused create of orders#1 undo yes",
       "create: done, its compensation refused; charge: done, taken back outside only; confirm: "
       "never asked for |  | "},
      {"begin orders#1 in t1; commit t1; outside card_network.charge for charge of orders#1;"
       "outside card_network.refund for charge of orders#1 undo yes;"
       "outside card_network.charge for charge of orders#1",
       "create: never asked for; charge: done twice, the last time after it was taken back; "
       "confirm: never asked for |  | "},
      {"begin orders#1 in t1; commit t1; undo charge of orders#1 in s1 empty yes; commit s1;"
       "do charge of orders#1 in s2; commit s2; do create of orders#1 in t2; commit t2 rows 0",
       "create: done without a change; charge: done after its compensation had found nothing; "
       "confirm: never asked for |  | "},
  };
  for (const auto& one : cases) {
    INFO(one.history);
    CHECK(fate_text(one.history) == one.fate);
  }
}
