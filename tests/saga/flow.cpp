#include "tests/saga/flow.hpp"

#include "sim/address.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace halfwrite::saga_tests {

namespace {

constexpr const char* flow_text = R"json({
  "format": 1,
  "name": "place_order",
  "defaults": {
    "services": { "broker": "kafka", "publishing": "outbox", "outbox": { "relay": "cdc" } }
  },
  "databases": {
    "order_db":   { "schema": ["CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER NOT NULL, status TEXT NOT NULL)"] },
    "payment_db": { "schema": ["CREATE TABLE payments (n BIGSERIAL PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL)"] },
    "inventory_db": {
      "schema": ["CREATE TABLE stock (sku TEXT PRIMARY KEY, free INTEGER NOT NULL)", "CREATE TABLE reservations (order_id TEXT PRIMARY KEY, sku TEXT NOT NULL)"],
      "data": ["INSERT INTO stock VALUES ('tea', 3)"]
    },
    "mail_db": { "schema": ["CREATE TABLE mails (order_id TEXT PRIMARY KEY)"] }
  },
  "brokers": { "kafka": { "type": "log", "topics": { "orders": {}, "payments": {}, "inventory": {} } } },
  "events": {
    "OrderCreated":      { "topic": "orders",    "key": "order", "payload": ["order", "amount", "sku"] },
    "PaymentProcessed":  { "topic": "payments",  "key": "order" },
    "PaymentFailed":     { "topic": "payments",  "key": "order" },
    "ItemsReserved":     { "topic": "inventory", "key": "order" },
    "ReservationFailed": { "topic": "inventory", "key": "order" },
    "OrderConfirmed":    { "topic": "orders",    "key": "order" }
  },
  "services": {
    "order": { "database": "order_db", "operations": {
      "create":  { "steps": [{ "sql": "INSERT INTO orders VALUES (:order, :amount, 'PENDING')" }] },
      "cancel":  { "steps": [{ "sql": "UPDATE orders SET status = 'CANCELLED' WHERE id = :order" }] },
      "confirm": { "steps": [{ "sql": "UPDATE orders SET status = 'CONFIRMED' WHERE id = :order" }] } } },
    "payment": { "database": "payment_db", "operations": {
      "charge": { "steps": [{ "sql": "INSERT INTO payments (order_id, amount) SELECT :order, :amount WHERE :amount <= 400", "expect_rows": 1, "or_fail": "CardDeclined" }] },
      "refund": { "steps": [{ "sql": "INSERT INTO payments (order_id, amount) VALUES (:order, -:amount)" }] } } },
    "inventory": { "database": "inventory_db", "operations": {
      "reserve": { "steps": [
        { "sql": "UPDATE stock SET free = free - 1 WHERE sku = :sku AND free >= 1", "expect_rows": 1, "or_fail": "OutOfStock" },
        { "sql": "INSERT INTO reservations VALUES (:order, :sku)" }] },
      "release": { "steps": [
        { "sql": "DELETE FROM reservations WHERE order_id = :order RETURNING sku", "into": "held" },
        { "sql": "UPDATE stock SET free = free + 1 WHERE sku = :held" }] } } },
    "notification": { "database": "mail_db", "operations": {
      "send_email": { "steps": [{ "sql": "INSERT INTO mails VALUES (:order)" }] } } }
  },
  "sagas": {
    "place_order": {
      "coordination": "orchestration",
      "steps": [
        { "name": "create",  "do": "order.create",      "undo": "order.cancel",      "success": "OrderCreated" },
        { "name": "charge",  "do": "payment.charge",    "undo": "payment.refund",    "success": "PaymentProcessed", "failure": "PaymentFailed" },
        { "name": "reserve", "do": "inventory.reserve", "undo": "inventory.release", "success": "ItemsReserved",    "failure": "ReservationFailed" },
        { "name": "confirm", "do": "order.confirm",     "pivot": true,               "success": "OrderConfirmed" },
        { "name": "mail",    "do": "notification.send_email", "irreversible": true }
      ],
      "orchestrator": { "service": "order" }
    }
  },
  "workload": {
    "orders": { "run": "place_order", "at": "4s", "count": 1,
      "arguments": { "order": { "sequence": "order-" }, "amount": 100, "sku": "tea" } }
  },
  "invariants": [
    { "name": "confirmed_iff_paid", "at_end": "SELECT o.id FROM order_db.orders o WHERE (o.status = 'CONFIRMED') <> (SELECT coalesce(sum(p.amount), 0) > 0 FROM payment_db.payments p WHERE p.order_id = o.id)" },
    { "name": "nothing_pending", "at_end": "SELECT id FROM order_db.orders WHERE status = 'PENDING'" },
    { "name": "stock_adds_up", "at_end": "SELECT 1 WHERE (SELECT free FROM inventory_db.stock) + (SELECT count(*) FROM inventory_db.reservations) <> 3" },
    { "name": "mail_iff_confirmed", "at_end": "SELECT o.id FROM order_db.orders o WHERE (o.status = 'CONFIRMED') <> (o.id IN (SELECT order_id FROM mail_db.mails))" },
    { "name": "money_back", "at_end": "SELECT p.order_id FROM payment_db.payments p JOIN order_db.orders o ON o.id = p.order_id WHERE o.status = 'CANCELLED' GROUP BY p.order_id HAVING sum(p.amount) <> 0" }
  ]
})json";

class Reading {
 public:
  Reading(const scenarios::KeptHistory& history, Ending& ending)
      : history_(history), ending_(ending) {}

  void read() {
    for (const history::Fact& fact : history_.facts) survey(fact);
    for (const history::Fact& fact : history_.facts) {
      std::visit([this](const auto& content) { take(content); }, fact.content);
    }
  }

 private:
  std::string text(const history::Identity& identity) const {
    return sim::to_text(history_.names(), identity);
  }
  std::string text(sim::Name name) const { return std::string(history_.names().text(name)); }
  bool survives(history::TransactionToken transaction) const {
    return transaction.value == 0 || visible_.count(transaction) > 0;
  }
  void survey(const history::Fact& fact) {
    if (const auto* visible = std::get_if<history::CommitVisible>(&fact.content))
      visible_.insert(visible->transaction);
    if (const auto* lost = std::get_if<history::CommitLost>(&fact.content))
      visible_.erase(lost->transaction);
    if (const auto* logged = std::get_if<history::CommitLogged>(&fact.content))
      if (logged->rows_changed > 0) changed_.insert(logged->transaction);
  }
  static void append(std::string& list, const std::string& word) {
    if (!list.empty()) list += ' ';
    list += word;
  }
  std::string step(const history::SagaStep& step) const {
    return (step.kind == history::StepKind::compensation ? "~" : "") + text(step.step);
  }

  template <class Other>
  void take(const Other&) {}
  void take(const history::SagaStarted& fact) {
    if (survives(fact.transaction)) ending_.started.push_back(text(fact.saga));
  }
  void take(const history::SagaStepAsked& fact) {
    if (survives(fact.transaction)) append(ending_.asked[text(fact.step.saga)], step(fact.step));
  }
  void take(const history::SagaStepApplied& fact) {
    const bool counts =
        survives(fact.transaction) && (fact.empty || changed_.count(fact.transaction) > 0);
    if (!counts) return;
    append(ending_.effects[text(fact.step.saga)], step(fact.step) + (fact.empty ? "(empty)" : ""));
  }
  void take(const history::ExternalEffect& fact) {
    append(ending_.outside[text(fact.step.saga)],
           text(fact.operation) + (fact.effect ? "" : "(" + fact.answer + ")"));
  }
  void take(const history::SagaDecided& fact) {
    if (survives(fact.transaction))
      append(ending_.decisions[text(fact.saga)], fact.commit ? "commit" : "abort");
  }
  void take(const history::SagaEnded& fact) {
    if (survives(fact.transaction))
      append(ending_.ended[text(fact.saga)], history::to_text(fact.state));
  }
  void take(const history::RequestAnswered& fact) {
    ending_.answers[text(fact.request)] =
        std::string(history::to_text(fact.answer)) + (fact.reason.empty() ? "" : " " + fact.reason);
  }

  const scenarios::KeptHistory& history_;
  Ending& ending_;
  std::set<history::TransactionToken> visible_;
  std::set<history::TransactionToken> changed_;
};

}  // namespace

std::string place_order(const std::vector<std::string>& patches) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(flow_text);
  for (const std::string& patch : patches) {
    json.merge_patch(nlohmann::ordered_json::parse(patch));
  }
  return json.dump(2);
}

Ending run(const std::string& text, std::uint64_t seed, const std::string& variant) {
  const auto loaded = scenarios::load(
      "place_order.json", [&](const std::string&) { return std::optional<std::string>(text); });
  if (!loaded) {
    for (const scenarios::Diagnostic& diagnostic : loaded.error()) {
      UNSCOPED_INFO(diagnostic.message << " (" << diagnostic.hint << ")");
    }
    FAIL("the scenario does not load");
  }
  const scenarios::Variant* chosen =
      variant.empty() ? &loaded->variants.front() : loaded->find_variant(variant);
  REQUIRE(chosen != nullptr);
  scenarios::Runner runner;
  scenarios::RunRequest request;
  request.scenario = &chosen->scenario;
  request.seed = seed;
  request.keep_history = true;
  Ending ending;
  ending.outcome = runner.run(request);
  Reading(*ending.outcome.history, ending).read();
  for (const invariants::Verdict& verdict : ending.outcome.verdicts) {
    if (!verdict.violations.empty()) ending.broken.push_back(verdict.invariant);
  }
  return ending;
}

}  // namespace halfwrite::saga_tests
