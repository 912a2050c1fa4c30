#include "tests/scenarios/small_world.hpp"

#include "tests/scenarios/scenario_file.hpp"

namespace halfwrite::tests {

namespace {

constexpr const char* head = R"file({
  "format": 1, "name": "small", "seeds": 1,
  "databases": {
    "order_db": { "schema": [
      "CREATE TABLE orders (id TEXT PRIMARY KEY, placed TIMESTAMPTZ DEFAULT now())",
      "CREATE TABLE counts (number BIGSERIAL PRIMARY KEY, orders BIGINT)"] },
    "shipping_db": { "schema": ["CREATE TABLE parcels (number BIGSERIAL PRIMARY KEY, order_id TEXT)"] }
  },
  "brokers": { "kafka": { "type": "log", "replicas": 2, "topics": { "orders": { "partitions": 2 } } } },
  "events": { "OrderCreated": { "topic": "orders", "key": "order", "payload": ["order"] } },
  "services": {
    "order": {
      "database": "order_db", "broker": "kafka", "publishing": "database_first",
      "operations": {
        "place": { "steps": [
          { "name": "insert", "sql": "INSERT INTO orders (id) VALUES (:order)" },
          { "emit": "OrderCreated" }] },
        "count": { "steps": [
          { "name": "add", "sql": ["INSERT INTO counts (orders) SELECT count(*) FROM orders",
                                   "HAVING count(*) NOT IN (SELECT orders FROM counts)"] }] }
      },
      "jobs": { "count": { "every": "300ms" } }
    },
    "shipping": {
      "database": "shipping_db", "broker": "kafka",
      "operations": { "prepare": { "steps": [
        { "name": "pack", "sql": "INSERT INTO parcels (order_id) VALUES (:order)" }] } },
      "subscriptions": {
        "prepare": { "event": "OrderCreated", "acknowledge": "after", "deduplicate": "inbox" } }
    }
  },
  "workload": { "orders": { "run": "order.place", "at": "4s", "count": 4, "rate": "10/s",
                            "arguments": { "order": { "sequence": "order-" } } } },
  "variants": {
    "direct": {},
    "polling": { "services": { "order": { "publishing": "outbox", "outbox": {
      "relay": "polling", "every": "50ms", "runs_in": "own_node" } } } },
    "cdc": { "services": { "order": { "publishing": "outbox", "outbox": {
      "relay": "cdc", "offset_flush_interval": "200ms" } } } }
  })file";

}  // namespace

scenarios::ScenarioFile small_world(const std::string& more, const std::string& invariants) {
  std::string text = head;
  if (!more.empty()) text += ", " + more;
  text += ", \"invariants\": [" + invariants + "] }";
  return load_scenario_text("small", text);
}

}  // namespace halfwrite::tests
