// What is evaluated without SQLite, and that it cannot be told from SQLite's answer.
#include "models/database/sql/direct_query.hpp"

#include "tests/sql/memory_database.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace halfwrite::sql::test {
namespace {

const std::vector<std::string> schema{
    "CREATE TABLE orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL, amount INTEGER NOT NULL "
    "CHECK (amount <= 450), status TEXT, price NUMERIC(10,2), paid BOOLEAN NOT NULL DEFAULT false)",
    "CREATE TABLE lines (number BIGSERIAL PRIMARY KEY, order_id TEXT NOT NULL, line INTEGER NOT "
    "NULL, at TIMESTAMPTZ NOT NULL DEFAULT now(), UNIQUE (order_id, line))",
    "CREATE TABLE prices (price NUMERIC PRIMARY KEY, code CHAR(4) UNIQUE, n INTEGER)",
};

bool is_direct(const MemoryDatabase& database, const std::string& text) {
  const auto statement = read_statement(text, database.databases());
  REQUIRE(statement);
  return (*statement)->plan->main.direct != nullptr;
}

std::string shown(const Answer& answer) {
  std::string out = std::to_string(answer.changed);
  if (answer.error) {
    out += " ! " + answer.error->sqlstate + " " + answer.error->message + " | " +
           answer.error->detail + " | " + answer.error->unknown_name;
    for (const auto& candidate : answer.error->candidates) out += " " + candidate;
  }
  for (const auto& row : answer.rows) {
    out += "\n";
    for (const auto& value : row)
      out += " " + std::to_string(static_cast<int>(value.kind())) +
             (value.is_null() ? std::string("NULL") : to_text(value));
  }
  return out;
}

}  // namespace

TEST_CASE("inserts of values and statements by a unique key need no SQLite") {
  const MemoryDatabase database(schema);
  for (const char* text : {
           "INSERT INTO orders VALUES (:order, :customer, :amount, 'PENDING')",
           "INSERT INTO lines (order_id, line) VALUES (:order, -3)",
           "INSERT INTO lines (order_id, line) VALUES ('it''s', 1) ON CONFLICT DO NOTHING",
           "SELECT customer, amount FROM orders WHERE id = :order",
           "SELECT customer FROM orders AS o WHERE 'a' = o.id AND (amount > 3 OR status IS NULL)",
           "SELECT at FROM lines WHERE line = 2 AND order_id = :order",
           "UPDATE orders SET status = 'PAID' WHERE id = :order AND status = 'PENDING'",
           "UPDATE orders SET paid = true WHERE id = :order AND NOT paid RETURNING id, amount",
           "DELETE FROM lines WHERE number = 7",
           "UPDATE orders SET amount = amount + 1 - :less WHERE id = :order",
           "SELECT 1",
       }) {
    CAPTURE(text);
    CHECK(is_direct(database, text));
  }
}

TEST_CASE("whatever else a statement asks stays with SQLite") {
  const MemoryDatabase database(schema);
  for (const char* text : {
           "INSERT INTO orders VALUES (lower(:order), :customer, :amount, 'PENDING')",
           "INSERT INTO lines (order_id, line) VALUES ('a', 1), ('b', 2)",
           "SELECT customer FROM orders WHERE id > :order",
           "SELECT customer FROM orders WHERE id = :order OR amount = 1",
           "SELECT customer FROM orders WHERE id = status",
           "SELECT customer FROM orders",
           "SELECT customer FROM orders WHERE id = :order ORDER BY amount LIMIT 1",
           "SELECT at FROM lines WHERE order_id = :order",
           "SELECT n FROM prices WHERE price = :price",
           "SELECT n FROM prices WHERE code = :code",
           "SELECT o.id FROM orders o, lines l WHERE o.id = 'a' AND l.number = 1",
           "UPDATE orders SET amount = amount * 2 WHERE id = :order",
           "UPDATE orders SET amount = 1 WHERE id = :order AND amount + 1 > 2",
           "UPDATE lines SET number = nextval('lines_number_seq') + 1 WHERE number = 7",
           "SELECT count(*) FROM orders WHERE id = :order",
       }) {
    CAPTURE(text);
    CHECK_FALSE(is_direct(database, text));
  }
}

TEST_CASE("the way without SQLite gives SQLite's rows, changes and errors") {
  MemoryDatabase shortest(schema);
  MemoryDatabase by_sqlite(schema, {}, Evaluator::Paths::sqlite);
  const Parameters parameters{
      {"order", Value::text("order-1")}, {"customer", Value::text("ada")},
      {"amount", Value::text("200")},    {"large", Value::bigint(900)},
      {"none", Value::null()},           {"word", Value::text("many")},
      {"number", Value::bigint(1)},
  };
  for (const char* text : {
           "INSERT INTO orders VALUES (:order, :customer, :amount, 'PENDING', 1.50)",
           "INSERT INTO orders VALUES (:order, :customer, :amount, 'PENDING')",
           "INSERT INTO orders VALUES (:none, :customer, 1, 'PENDING')",
           "INSERT INTO orders VALUES ('order-2', :none, 1, 'PENDING')",
           "INSERT INTO orders VALUES ('order-2', 'bea', :large, 'PENDING')",
           "INSERT INTO orders VALUES ('order-2', 'bea', :word, 'PENDING')",
           "INSERT INTO orders VALUES ('order-2', :unknown, 1, 'PENDING')",
           "INSERT INTO orders VALUES ('', '', -7, NULL, NULL, true) RETURNING *",
           "INSERT INTO lines (order_id, line) VALUES (:order, 1) RETURNING number, at",
           "INSERT INTO lines (order_id, line) VALUES (:order, 1) ON CONFLICT DO NOTHING",
           "INSERT INTO lines (order_id, line) VALUES (:order, 1) ON CONFLICT (order_id, line) DO "
           "UPDATE SET line = 9 WHERE lines.number = 1 RETURNING line",
           "SELECT customer, amount, status, price, paid FROM orders WHERE id = :order",
           "SELECT customer FROM orders WHERE id = :none",
           "SELECT customer FROM orders WHERE id = :number",
           "SELECT customer FROM orders WHERE id = 'order-1' AND status IS NOT NULL",
           "SELECT customer FROM orders WHERE id = '' AND (status = 'x' OR amount < 0)",
           "SELECT customer FROM orders WHERE id = '' AND NOT (status = 'x')",
           "SELECT customer FROM orders WHERE id = '' AND (status = 'x' OR status IS NULL)",
           "SELECT line FROM lines WHERE order_id = :order AND line = 9",
           "SELECT line FROM lines WHERE number = :number AND at >= '2026-01-01'",
           "SELECT line FROM lines WHERE number = :word",
           "UPDATE orders SET status = 'PAID' WHERE id = :order AND status = 'PENDING'",
           "UPDATE orders SET status = 'PAID' WHERE id = :order AND status = 'PENDING'",
           "UPDATE orders SET amount = :large WHERE id = :order",
           "UPDATE orders SET id = :customer, paid = true WHERE id = :order RETURNING id, paid",
           "UPDATE orders SET amount = amount + 2147483647 WHERE id = 'ada'",
           "UPDATE orders SET amount = amount - :large + 1 WHERE id = 'ada' RETURNING amount",
           "UPDATE orders SET amount = amount - 2147483647 - 2 WHERE id = 'ada'",
           "SELECT amount + :none, amount - :number FROM orders WHERE id = 'ada'",
           "SELECT amount + :word FROM orders WHERE id = 'ada'",
           "SELECT 9223372036854775807 + :number",
           "SELECT * FROM orders WHERE id = 'ada' FOR UPDATE",
           "DELETE FROM lines WHERE number = 1 AND line <> 9",
           "DELETE FROM lines WHERE number = 1 AND line = 9 RETURNING order_id",
       }) {
    CAPTURE(text);
    CHECK(shown(shortest.run(text, parameters)) == shown(by_sqlite.run(text, parameters)));
  }
  CHECK(shortest.view.tables == by_sqlite.view.tables);
  CHECK(shortest.environment.drawn == by_sqlite.environment.drawn);
}

}  // namespace halfwrite::sql::test
