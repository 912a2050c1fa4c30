#include "models/invariants/lineage.hpp"

#include "models/invariants/ledger.hpp"

#include <catch2/catch.hpp>

#include "history_text.hpp"

using namespace halfwrite;
using invariants::Lineage;
using invariants::LineageStep;

namespace {

// "intent happened, commit never (rolled back) | broken after intent by fact 5"
std::string lineage_text(const char* ask, const char* history) {
  sim::Names names;
  const invariants::Verdict verdict = tests::judge(names, ask, "", history);
  REQUIRE(!verdict.violations.empty());
  const Lineage lineage =
      invariants::lineage_of(tests::history_of(names, history), verdict.violations.front(), names);
  std::string text;
  for (const LineageStep& step : lineage.steps) {
    text += text.empty() ? "" : ", ";
    text += invariants::to_text(step.stage);
    text += " ";
    text += invariants::to_text(step.state);
    if (step.times > 1) text.append(" ").append(std::to_string(step.times));
    if (step.unknown_to_client) text += " unknown";
    if (!step.note.empty()) text += " (" + step.note + ")";
  }
  if (lineage.broken_after) {
    text += " | broken after ";
    text += invariants::to_text(*lineage.broken_after);
  }
  if (lineage.broken_by) text += " by fact " + std::to_string(*lineage.broken_by);
  return text;
}

}  // namespace

TEST_CASE("The lineage of a lost event shows where the chain broke and which fault broke it") {
  CHECK(
      lineage_text("no_lost_event",
                   "ask orders#1; emit e1 OrderCreated order-1 in t1; crash order.17; commit t1;"
                   "crash shipping.1; crash order.17; crash order.1 order.place/commit of orders#1;"
                   "crash order.1") ==
      "intent happened, commit happened, publish never, deliver never, effect never, acknowledge "
      "never | broken after commit by fact 10");
  CHECK(
      lineage_text("no_lost_event",
                   "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
                   "crash kafka.1; unpublish e1") ==
      "intent happened, commit happened, publish broken, deliver never, effect never, acknowledge "
      "never | broken after commit by fact 8");
  CHECK(lineage_text(
            "no_lost_event",
            "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
            "publish e1; deliver e1 to shipping; acknowledge e1 by shipping; crash shipping.1") ==
        "intent happened, commit happened, publish repeated 2, deliver happened, effect never, "
        "acknowledge happened | broken after deliver by fact 11");
  CHECK(lineage_text(
            "no_lost_event",
            "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
            "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1; crash shipping_db;"
            "lose s1") ==
        "intent happened, commit happened, publish happened, deliver happened, effect broken, "
        "acknowledge never | broken after deliver by fact 14");
  CHECK(lineage_text(
            "no_lost_event",
            "ask orders#1; ask orders#1 attempt 2; emit e1 OrderCreated order-1 in t1; log t1;"
            "visible t1; answer t1 unknown; publish e1; deliver e1 to shipping;"
            "handled e1 by shipping failed; park e1 by shipping no address") ==
        "intent repeated 2, commit happened unknown, publish happened, deliver happened, effect "
        "parked "
        "(no address), acknowledge never | broken after deliver");
}

TEST_CASE("A crash after the work had gone past the event is not blamed for it") {
  const std::string begin =
      "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; told orders#1 ok;"
      "emit e2 OrderCreated order-2 in t2; commit t2;";
  const std::string lost =
      "intent happened, commit happened, publish never, deliver never, effect never, acknowledge "
      "never | broken after commit";
  CHECK(lineage_text("no_lost_event", (begin + "publish e2; crash order.1").c_str()) == lost);
  CHECK(lineage_text("no_lost_event", (begin + "crash order.1; publish e2").c_str()) ==
        lost + " by fact 13");
  // Two requests at work at once: the other one was faster, and this one was not answered yet.
  CHECK(lineage_text("no_lost_event",
                     "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1;"
                     "emit e2 OrderCreated order-2 in t2; commit t2; publish e2; crash order.1;"
                     "told orders#1 unknown") == lost + " by fact 13");
  const std::string handed =
      "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
      "emit e2 OrderCreated order-2 in t2; commit t2; publish e2; deliver e1 to shipping;";
  const std::string without_effect =
      "intent happened, commit happened, publish happened, deliver happened, effect never, "
      "acknowledge never | broken after deliver";
  CHECK(lineage_text("no_lost_event",
                     (handed + "deliver e2 to shipping; crash shipping.1").c_str()) ==
        without_effect);
  CHECK(lineage_text("no_lost_event",
                     (handed + "crash shipping.1; deliver e2 to shipping").c_str()) ==
        without_effect + " by fact 15");
}

TEST_CASE("Two consumers that got the event once each are no repeat") {
  CHECK(lineage_text("no_phantom_event",
                     "ask orders#1; emit e1 OrderCreated order-1 in t1; publish e1; abort t1;"
                     "deliver e1 to shipping; deliver e1 to billing") ==
        "intent happened, commit never (rolled back), publish happened, deliver happened, effect "
        "never, acknowledge never | broken after intent");
}

TEST_CASE("The lineage of an event that was acknowledged before it was handled says so") {
  CHECK(lineage_text("no_lost_event",
                     "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
                     "acknowledge e1 by shipping; deliver e1 to shipping; crash shipping.1") ==
        "intent happened, commit happened, publish happened, deliver happened, effect never, "
        "acknowledge happened | broken after deliver by fact 10");
  CHECK(lineage_text("no_lost_event",
                     "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
                     "acknowledge e1 by shipping; crash shipping.1") ==
        "intent happened, commit happened, publish happened, deliver never, effect never, "
        "acknowledge happened | broken after publish");
}

TEST_CASE("The lineage of a phantom, an early event, a duplicate and a lost commit") {
  CHECK(
      lineage_text("no_phantom_event",
                   "ask orders#1; emit e1 OrderCreated order-1 in t1; publish e1; crash order.1;"
                   "abort t1 its session ended; deliver e1 to shipping; apply e1 in s1 by shipping;"
                   "commit s1; acknowledge e1 by shipping") ==
      "intent happened, commit never (rolled back: its session ended), publish happened, deliver "
      "happened, effect happened, acknowledge happened | broken after intent by fact 4");
  CHECK(lineage_text("no_phantom_event", "publish x9 OrderCreated order-1 for orders#1") ==
        "intent never, commit never (no transaction owed it), publish happened, deliver never, "
        "effect "
        "never, acknowledge never | broken after intent");
  CHECK(
      lineage_text("no_phantom_event", "emit e1 OrderCreated order-1 in t1; publish e1") ==
      "intent happened, commit unknown, publish happened, deliver never, effect never, acknowledge "
      "never | broken after intent");
  CHECK(
      lineage_text("no_premature_event",
                   "ask orders#1; emit e1 OrderCreated order-1 in t1; publish e1;"
                   "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1 rows 0;"
                   "handled e1 by shipping done; acknowledge e1 by shipping; commit t1") ==
      "intent happened, commit happened, publish happened, deliver happened, effect never (handled "
      "without a change), acknowledge happened");
  CHECK(
      lineage_text("no_duplicate_effect",
                   "ask orders#1; emit e1 OrderCreated order-1 in t1; commit t1; publish e1;"
                   "deliver e1 to shipping; apply e1 in s1 by shipping; commit s1;"
                   "deliver e1 to shipping; apply e1 in s2 by shipping; commit s2;"
                   "acknowledge e1 by shipping") ==
      "intent happened, commit happened, publish happened, deliver repeated 2, effect repeated 2, "
      "acknowledge happened");
  CHECK(lineage_text("no_lost_commit", "ask orders#1; commit t1 for orders#1; lose t1") ==
        "intent happened, commit broken, publish never, deliver never, effect never, acknowledge "
        "never "
        "| broken after intent");
}

TEST_CASE("Invariants may share a ledger, and each is handed every fact") {
  sim::Names names;
  const contract::Contract contract = tests::contract_of("");
  const auto ledger = std::make_shared<invariants::Ledger>();
  const auto lost = invariants::make({"no_lost_event", {}, {}, true}, contract, names, ledger);
  const auto phantom =
      invariants::make({"no_phantom_event", {}, {}, true}, contract, names, ledger);
  for (const history::Fact& fact :
       tests::history_of(names,
                         "emit e1 OrderCreated order-1 in t1; commit t1;"
                         "emit e2 OrderCreated order-2 in t2; publish e2; abort t2")) {
    lost->on_fact(fact);
    phantom->on_fact(fact);
  }
  CHECK(lost->judge({}).violations.size() == 1);
  CHECK(phantom->judge({}).violations.size() == 1);
  CHECK(ledger->records().size() == 2);
}

TEST_CASE("Built-ins are made by name, and an unknown name makes nothing") {
  sim::Names names;
  for (const std::string& name : invariants::builtin_names()) {
    CHECK(invariants::make({name, {}, {}, true}, {}, names) != nullptr);
  }
  CHECK(invariants::builtin_names().size() == 15);
  CHECK(invariants::make({"no_lost_evnt", {}, {}, true}, {}, names) == nullptr);
}

TEST_CASE("Sentences name the event, the record people know it by, and what happened") {
  sim::Names names;
  const auto sentence = [&names](const char* ask, const char* history) {
    return tests::judge(names, ask, "", history).violations.at(0).sentence;
  };
  CHECK(sentence("no_lost_event", "emit e1 OrderCreated order-9 in t1; commit t1") ==
        "OrderCreated of order-9 was never published");
  CHECK(sentence("no_lost_event",
                 "emit e1 OrderCreated order-9 in t1; commit t1; publish e1; unpublish e1") ==
        "OrderCreated of order-9 was published and lost by the broker");
  CHECK(sentence("no_lost_event", "emit e1 OrderCreated order-9 in t1; commit t1; publish e1") ==
        "OrderCreated of order-9 was never handed to shipping");
  CHECK(sentence("no_phantom_event", "emit e1 OrderCreated order-9 in t1; publish e1; abort t1") ==
        "OrderCreated of order-9 was sent, and the transaction that owed it was rolled back");
  CHECK(sentence("no_premature_event",
                 "emit e1 OrderCreated order-9 in t1; publish e1; at 7; deliver e1 to shipping;"
                 "log t1; at 9; visible t1") ==
        "OrderCreated of order-9 reached shipping 2 ms before its transaction was visible");
  CHECK(sentence("no_lost_commit", "emit e1 OrderCreated order-9 in t1; commit t1; lose t1") ==
        "order-9: a commit in order_db was acknowledged, and it is gone");
}
