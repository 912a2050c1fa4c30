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

TEST_CASE("rows of one table by a condition, in an order, the first of them need no SQLite") {
  const MemoryDatabase database(schema);
  for (const char* text : {
           "SELECT customer FROM orders",
           "SELECT customer FROM orders WHERE id > :order",
           "SELECT customer FROM orders WHERE id = status",
           "SELECT customer FROM orders WHERE id = :order ORDER BY amount LIMIT 1",
           "SELECT at FROM lines WHERE order_id = :order",
           "SELECT id FROM orders WHERE NOT paid ORDER BY amount DESC, id LIMIT 100",
           "UPDATE orders SET paid = true WHERE customer = :customer",
           "DELETE FROM lines WHERE line >= 2",
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
           "SELECT customer FROM orders WHERE id = :order OR amount = 1",
           "SELECT customer FROM orders WHERE amount = 1 OR amount = 2",
           "SELECT customer FROM orders ORDER BY status",
           "SELECT customer FROM orders ORDER BY amount + 1",
           "SELECT n FROM prices ORDER BY price",
           "SELECT customer FROM orders ORDER BY amount LIMIT 0",
           "SELECT customer FROM orders ORDER BY amount LIMIT :amount",
           "SELECT customer FROM orders ORDER BY amount LIMIT 3 OFFSET 1",
           "SELECT DISTINCT customer FROM orders",
           "SELECT amount + 1 FROM orders ORDER BY amount",
           "SELECT customer FROM orders WHERE id = status AND status = :order",
           "SELECT customer FROM orders WHERE amount = 1 AND amount = 2",
           "UPDATE orders SET paid = true WHERE id = :order AND id > 'a'",
           "SELECT nextval('lines_number_seq') FROM orders",
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

TEST_CASE("the way without SQLite reads nothing where no row can be found, as SQLite") {
  for (const auto paths : {Evaluator::Paths::shortest, Evaluator::Paths::sqlite}) {
    MemoryDatabase database(schema, {}, paths);
    const Parameters parameters{{"flag", Value::of(TypeKind::boolean, 0)},
                                {"name", Value::text("a")}};
    for (const char* text : {
             "SELECT id FROM orders WHERE :flag AND NOT paid",
             "SELECT id FROM orders WHERE amount > 1 AND :name IS NULL",
             "SELECT id FROM orders WHERE amount > 1 AND NULL",
             "UPDATE orders SET paid = true WHERE :flag AND amount > 1",
             "DELETE FROM orders WHERE amount > 1 AND 1 = 2",
         }) {
      CAPTURE(text);
      const int scans = database.view.scans;
      CHECK(database.run(text, parameters).error == std::nullopt);
      CHECK(database.view.scans == scans);
    }
    const int scans = database.view.scans;
    database.run("SELECT id FROM orders WHERE amount > 1 AND :name IS NOT NULL", parameters);
    CHECK(database.view.scans == scans + 1);
  }
}

TEST_CASE("the way without SQLite reads the rows that SQLite reads, in its order") {
  const std::vector<std::string> with_indexes{
      "CREATE TABLE mail (number BIGSERIAL PRIMARY KEY, box TEXT NOT NULL, rank INTEGER, day "
      "INTEGER NOT NULL, sent BOOLEAN NOT NULL DEFAULT false, UNIQUE (box, day))",
      "CREATE INDEX ON mail (number) WHERE NOT sent", "CREATE INDEX ON mail (rank, day)",
      "CREATE INDEX ON mail (box, rank) WHERE rank IS NOT NULL"};
  MemoryDatabase shortest(with_indexes);
  MemoryDatabase by_sqlite(with_indexes, {}, Evaluator::Paths::sqlite);
  const auto same = [&](const std::string& text, const Parameters& parameters) {
    CAPTURE(text);
    CHECK(shown(shortest.run(text, parameters)) == shown(by_sqlite.run(text, parameters)));
  };
  const char* const boxes[] = {"ada", "bea", "cy"};
  for (int i = 0; i < 100; ++i) {
    const Value rank = i % 7 == 0 ? Value::null() : Value::bigint(i * 37 % 11);
    same("INSERT INTO mail (box, rank, day, sent) VALUES (:box, :rank, :day, :sent)",
         {{"box", Value::text(boxes[i % 3])},
          {"rank", rank},
          {"day", Value::bigint(i * 61 % 101)},
          {"sent", Value::of(TypeKind::boolean, i % 4 == 1 ? 1 : 0)}});
  }
  const Parameters parameters{{"box", Value::text("bea")},
                              {"day", Value::bigint(50)},
                              {"none", Value::null()},
                              {"word", Value::text("many")}};
  for (const char* condition : {"true",
                                "NOT sent",
                                "sent",
                                "box = :box",
                                "box = :none",
                                "box > :box",
                                "'bea' >= box",
                                "day > :day",
                                "day > :day AND day <= 80 AND box = :box",
                                "rank = 3",
                                "rank IS NULL",
                                "rank IS NOT NULL AND box = :box",
                                "rank > 3 AND rank < 8",
                                "rank > :none",
                                "NOT sent AND number > 20",
                                "NOT sent AND box = :box",
                                "box = :word",
                                "day <> 7",
                                "rank = day",
                                "box = 'bea' AND box = 'cy'",
                                "rank = day AND rank = 3",
                                "day = :day AND day > 7",
                                "rank > 3 AND box = :box AND day <> 50"}) {
    for (const char* order : {"", " ORDER BY number", " ORDER BY number DESC", " ORDER BY day",
                              " ORDER BY day DESC, box", " ORDER BY rank, number",
                              " ORDER BY box, day", " ORDER BY box DESC, day DESC"}) {
      for (const char* limit : {"", " LIMIT 1", " LIMIT 16", " LIMIT 17", " LIMIT 1000"}) {
        same(std::string("SELECT number, box, rank, day FROM mail WHERE ") + condition + order +
                 limit,
             parameters);
      }
    }
  }
  same("UPDATE mail SET sent = true WHERE box = :box AND NOT sent RETURNING number", parameters);
  same("UPDATE mail SET rank = rank + 2147483647 WHERE day > :day", parameters);
  same("DELETE FROM mail WHERE rank >= 5 RETURNING number, rank", parameters);
  same("SELECT * FROM mail", parameters);
  CHECK(shortest.view.tables == by_sqlite.view.tables);
}

}  // namespace halfwrite::sql::test
