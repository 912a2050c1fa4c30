// What sagas do to each other and to those who look on, since nothing isolates them: each case with
// the careless side caught by the invariant it breaks, and the careful side that holds.
#include "tests/saga/flow.hpp"
#include "tests/saga/patches.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace halfwrite::saga_tests;
using Names = std::vector<std::string>;

namespace {

// The charge of the first order comes late: meanwhile the order is pending.
const std::string late_charge = plan(R"({"delay": "payment.charge/begin", "by": "3s"})");

// Bills are written for orders, here by a saga of their own; and customers withdraw orders.
std::string with_others(const std::string& bill, const std::string& confirm) {
  return R"json({
    "databases": {"order_db": {"schema": ["CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER NOT NULL, status TEXT NOT NULL)",
      "CREATE TABLE bills (order_id TEXT PRIMARY KEY)", "CREATE TABLE withdrawals (order_id TEXT PRIMARY KEY)"]}},
    "services": {"order": {"operations": {
      "confirm": {"steps": [{"sql": "UPDATE orders SET status = 'CONFIRMED' WHERE id = :order)json" +
         confirm + R"json("}]},
      "bill": {"steps": [{"sql": "INSERT INTO bills SELECT id FROM orders WHERE id = :order)json" +
         bill + R"json(", "expect_rows": 1, "or_fail": "Pending"}]},
      "withdraw": {"steps": [{"sql": "UPDATE orders SET status = 'CANCELLED' WHERE id = :order"},
        {"sql": "INSERT INTO withdrawals VALUES (:order)"}]}}}},
    "sagas": {
      "bill_order": {"coordination": "orchestration", "steps": [{"do": "order.bill"}], "orchestrator": {"service": "order"}},
      "withdraw_order": {"coordination": "orchestration", "steps": [{"do": "order.withdraw"}], "orchestrator": {"service": "order"}}},
    "invariants": [
      {"name": "no_bill_for_cancelled", "at_end": "SELECT b.order_id FROM order_db.bills b JOIN order_db.orders o ON o.id = b.order_id WHERE o.status = 'CANCELLED'"},
      {"name": "withdrawn_stays", "at_end": "SELECT w.order_id FROM order_db.withdrawals w JOIN order_db.orders o ON o.id = w.order_id WHERE o.status <> 'CANCELLED'"},
      "saga_finishes"]})json";
}
std::string meanwhile(const std::string& run) {
  return R"json({"workload": {"others": {"run": ")json" + run +
         R"json(", "at": "5s", "count": 1, "arguments": {"order": "order-1"}}}})json";
}

}  // namespace

TEST_CASE(
    "F04: a mail before the pivot is sent for an order that is cancelled, one after it is not") {
  // The stock is for three orders of four.
  const std::string judged = R"json({"invariants": ["no_irreversible_action_for_failed_saga"],
    "workload": {"orders": {"count": 4, "rate": "1/s"}}})json";
  const std::string mail_first = R"json({"sagas": {"place_order": {"steps": [
    {"name": "create",  "do": "order.create",      "undo": "order.cancel",      "success": "OrderCreated"},
    {"name": "mail",    "do": "notification.send_email", "irreversible": true,  "success": "PaymentProcessed"},
    {"name": "reserve", "do": "inventory.reserve", "undo": "inventory.release", "success": "ItemsReserved", "failure": "ReservationFailed"},
    {"name": "confirm", "do": "order.confirm",     "pivot": true,               "success": "OrderConfirmed"}]}}})json";
  for (const std::string& style : styles) {
    INFO(style);
    const Ending careful = run(place_order({coordinated(style), judged}));
    CHECK(careful.ended.at("orders#4") == "compensated");
    CHECK(careful.broken.empty());
    const Ending careless = run(place_order({coordinated(style), judged, mail_first}));
    CHECK(careless.ended.at("orders#4") == "compensated");
    CHECK(careless.broken == Names{"no_irreversible_action_for_failed_saga"});
  }
}

TEST_CASE("F05: a saga that reads what another has not decided yet acts on dirty data") {
  const std::string declined = argument("amount", "401");
  const Ending careless =
      run(place_order({with_others("", ""), meanwhile("bill_order"), late_charge, declined}));
  CHECK(careless.ended.at("orders#1") == "compensated");
  CHECK(careless.ended.at("others#1") == "completed");
  CHECK(careless.broken == Names{"no_bill_for_cancelled"});

  // The status is a semantic lock: who meets it rejects ...
  const std::string locked = with_others(" AND status <> 'PENDING'", "");
  const Ending rejects = run(place_order({locked, meanwhile("bill_order"), late_charge, declined}));
  CHECK(rejects.ended.at("others#1") == "compensated");
  CHECK(rejects.broken.empty());
  // ... or waits until it is released, on either way out.
  const std::string waits = R"json({"services": {"order": {"operations": {"bill": {
    "retry": {"attempts": 50, "delay": "100ms", "errors": ["Pending"]}}}}}})json";
  const std::string confirmed = with_others(" AND status = 'CONFIRMED'", "");
  const Ending cancelled_meanwhile =
      run(place_order({confirmed, waits, meanwhile("bill_order"), late_charge, declined}));
  CHECK(cancelled_meanwhile.ended.at("others#1") == "compensated");
  CHECK(cancelled_meanwhile.broken.empty());
  const Ending confirmed_meanwhile =
      run(place_order({confirmed, waits, meanwhile("bill_order"), late_charge}));
  CHECK(confirmed_meanwhile.ended.at("orders#1") == "completed");
  CHECK(confirmed_meanwhile.ended.at("others#1") == "completed");
  CHECK(confirmed_meanwhile.broken.empty());
}

TEST_CASE(
    "F07: of two sagas on one order the later overwrites the earlier, unless it looks again") {
  const Ending careless =
      run(place_order({with_others("", ""), meanwhile("withdraw_order"), late_charge}));
  CHECK(careless.ended.at("orders#1") == "completed");
  CHECK(careless.ended.at("others#1") == "completed");
  CHECK(careless.broken == Names{"withdrawn_stays"});

  const std::string looks_again =
      R"json({"services": {"order": {"operations": {"confirm": {"steps": [
    {"sql": "UPDATE orders SET status = 'CONFIRMED' WHERE id = :order AND status = 'PENDING'", "expect_rows": 1, "or_fail": "Changed"}]}}}}})json";
  const Ending careful = run(
      place_order({with_others("", ""), meanwhile("withdraw_order"), late_charge, looks_again}));
  CHECK(careful.ended.at("orders#1") == "compensated");
  CHECK(careful.ended.at("others#1") == "completed");
  CHECK(careful.broken.empty());
}

TEST_CASE("compensation_order judges choreography by what the saga asks for, and by facts alone") {
  const std::string judged = R"json({"invariants": ["compensation_order"]})json";
  const std::string no_stock = argument("sku", "\"cup\"");
  const auto verdict_of = [&](const std::vector<std::string>& patches) {
    std::vector<std::string> all{coordinated("choreography"), judged};
    all.insert(all.end(), patches.begin(), patches.end());
    return halfwrite::invariants::to_text(run(place_order(all)).outcome.verdicts.front().outcome);
  };
  // Each takes back its own when it hears of the failure; who is later is last.
  const std::string late_cancel = plan(R"({"delay": "order.cancel/begin", "by": "2s"})");
  const std::string late_refund = plan(R"({"delay": "payment.refund/begin", "by": "2s"})");
  CHECK(verdict_of({no_stock, late_cancel}) == std::string("holds"));
  CHECK(verdict_of({no_stock, late_refund}) == std::string("violated"));
  CHECK(verdict_of({argument("amount", "401")}) == std::string("vacuous"));
  const std::string any = saga(R"({"compensation": {"order": "any"}})");
  CHECK(verdict_of({no_stock, late_refund, any}) == std::string("vacuous"));
  const std::string forward = saga(R"({"compensation": {"order": "forward"}})");
  CHECK(verdict_of({no_stock, late_refund, forward}) == std::string("holds"));
}
