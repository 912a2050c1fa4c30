// What reading alone must find out: variables, positions, kinds, refusals, several databases,
// conditions.
#include "tests/sql/memory_database.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::sql::test {
namespace {

const std::vector<std::string> kStatementSchema{
    "CREATE TABLE orders (id TEXT PRIMARY KEY, amount INTEGER NOT NULL, placed_at TIMESTAMPTZ "
    "DEFAULT now())",
    "CREATE TABLE outbox (id BIGSERIAL PRIMARY KEY, xid XID8 DEFAULT pg_current_xact_id(), payload "
    "JSONB)"};

SqlError error_of(const std::string& text) {
  const MemoryDatabase database(kStatementSchema);
  const auto statement = read_statement(text, database.databases());
  if (statement) return {};
  return statement.error();
}

std::string first(const Answer& answer) {
  if (answer.error) return answer.error->sqlstate + std::string(1, ' ') + answer.error->message;
  return answer.rows.empty() ? "" : to_text(answer.rows.front().front());
}

}  // namespace

TEST_CASE("variables are found outside strings, comments and casts") {
  CHECK(variables_of("SELECT :a, ':b', \":c\", x::int -- :d\n /* :e */ , $$ :f $$, :a, :g_1") ==
        std::vector<std::string>{"a", "g_1"});
  CHECK(variables_of("SELECT E'it\\':x', 'a'':y'") == std::vector<std::string>{});
}

TEST_CASE("an error's position counts characters of the text as written, variables included") {
  const auto error =
      error_of("SELECT amount + :much FROM orders WHERE id = :order AND nosuch = :x");
  CHECK(error.sqlstate == "42703");
  CHECK(error.position == 57);
  CHECK(error.unknown_name == "nosuch");
  CHECK(error.candidates == std::vector<std::string>{"id", "amount", "placed_at"});
  const auto syntax = error_of("SELECT 'ä' orders :order");
  CHECK(syntax.message == "syntax error at or near \":order\"");
  CHECK(syntax.position == 19);
}

TEST_CASE("a table that does not exist names those that do") {
  const auto error = error_of("SELECT * FROM ordres");
  CHECK(error.message == "relation \"ordres\" does not exist");
  CHECK(error.position == 15);
  CHECK(error.candidates == std::vector<std::string>{"orders", "outbox"});
}

TEST_CASE("what is refused says so at its place and names another way") {
  const struct {
    const char* text;
    const char* message;
    int position;
  } cases[] = {
      {"SELECT id FROM orders WHERE amount = (SELECT max(amount))",
       "an aggregate of nothing but columns of the outer query is not supported here", 46},
      {"SELECT id <>` ALL (ARRAY[1, 2]) FROM orders",
       "the operator <>` with ANY or ALL is not supported here", 11},
      {"SELECT UNION ALL SELECT", "UNION of rows without a column is not supported here", 0},
      {"SELECT 1 HAVING 1 < 2", "HAVING where nothing is aggregated is not supported here", 0},
      {"SELECT random()", "the function random is not supported here", 8},
      {"SELECT json_extract(payload, '$.a') FROM outbox",
       "the function json_extract is not supported here", 8},
      {"SELECT 1::float8", "floating-point type double precision is not supported here", 11},
      {"SELECT id FROM orders WHERE id ~ 'a'", "regular expressions is not supported here", 32},
      {"SELECT round(amount) FROM orders",
       "round of a whole number, which gives a floating-point number is not supported here", 8},
      {"SELECT DISTINCT id FROM orders FOR UPDATE",
       "FOR UPDATE is not allowed with DISTINCT clause", 0},
      {"SELECT sum(amount) OVER () FROM orders FOR SHARE",
       "FOR SHARE is not allowed with window functions", 0},
      {"SELECT id FROM orders UNION SELECT id FROM orders FOR UPDATE",
       "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT", 0},
      {"SELECT * FROM pg_try_advisory_lock(1)",
       "the function pg_try_advisory_lock in FROM is not supported here", 15},
      {"SELECT id FROM orders WHERE pg_try_advisory_lock(1)",
       "the function pg_try_advisory_lock inside an expression or beside other columns is not "
       "supported here",
       29},
      {"SELECT (SELECT x.id FROM outbox x ORDER BY abs(x.id - o.amount) LIMIT 1) FROM orders o",
       "ORDER BY with a column of the outer query is not supported here", 44},
      {"SELECT (SELECT count(*) FROM outbox x GROUP BY o.amount) FROM orders o",
       "GROUP BY with a column of the outer query is not supported here", 48},
      {"SELECT pg_catalog.extract(id, now()) FROM orders",
       "extract of a computed field is not supported here", 8},
      {"SELECT jsonb_array_elements('[]')",
       "the function jsonb_array_elements, which gives rows, outside FROM is not supported here",
       8},
      {"SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x",
       "ROWS FROM with several functions is not supported here", 26},
      {"SELECT * FROM regexp_split_to_table('a b', ' ')",
       "the function regexp_split_to_table in FROM is not supported here", 15},
      {"SELECT x.n FROM orders, LATERAL (SELECT orders.id AS n) x",
       "LATERAL before a sub-select is not supported here", 0},
      {"SELECT * FROM orders TABLESAMPLE SYSTEM (10)", "TABLESAMPLE is not supported here", 34},
      {"DELETE FROM orders WHERE ctid IN (SELECT ctid FROM orders LIMIT 1)",
       "the system column ctid is not supported here", 42},
      {"INSERT INTO orders (id, amount) VALUES ('a', 1) RETURNING xmax = 0",
       "the system column xmax is not supported here", 59},
      {"SELECT sum(amount) OVER (ORDER BY amount RANGE 5 PRECEDING) FROM orders",
       "a RANGE frame with an offset is not supported here", 25},
      {"SELECT jsonb_agg(id) OVER (ORDER BY id) FROM orders",
       "jsonb_agg over a window is not supported here", 8},
      {"SELECT o.id FROM orders o LEFT JOIN outbox x ON true FOR UPDATE",
       "FOR UPDATE cannot be applied to the nullable side of an outer join", 0},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const auto error = error_of(each.text);
    CHECK(error.sqlstate == "0A000");
    CHECK(error.message == each.message);
    CHECK(error.position == each.position);
  }
  CHECK(error_of("SELECT * FROM pg_try_advisory_lock(1)").hint ==
        "Write SELECT pg_try_advisory_lock(...) alone, a statement of its own; its answer is a "
        "variable of the statements after it.");
}

TEST_CASE("a variable takes the type of its context, and a wrong value is an error") {
  MemoryDatabase database(kStatementSchema);
  CHECK(first(database.run("SELECT 10 - :n", {{"n", Value::text("4")}})) == "6");
  CHECK(first(database.run("SELECT 10 - :n", {{"n", Value::text("x")}})) ==
        "22P02 invalid input syntax for type integer: \"x\"");
  CHECK(first(database.run("SELECT :user || '@example.org'", {{"user", Value::text("ann")}})) ==
        "ann@example.org");
  CHECK(first(database.run("SELECT :a < :b",
                           {{"a", Value::bigint(9)}, {"b", Value::bigint(10)}})) == "t");
  CHECK(first(database.run("SELECT :a + :b",
                           {{"a", Value::bigint(9)}, {"b", Value::bigint(10)}})) == "19");
  CHECK(first(database.run("SELECT coalesce(:seen, 0) >= :v",
                           {{"seen", Value::null()}, {"v", Value::bigint(0)}})) == "t");
  CHECK(first(database.run("SELECT :nothing")) == "42P02 there is no variable :nothing");
}

TEST_CASE("a condition must be boolean; a bare variable is read as one") {
  MemoryDatabase database(kStatementSchema);
  const auto evaluate = [&](const std::string& text, const Parameters& parameters) -> std::string {
    const auto condition = read_expression(text, database.databases(), {}, true);
    if (!condition) return condition.error().message;
    return first(database.run(**condition, parameters));
  };
  CHECK(evaluate(":row_count = 0", {{"row_count", Value::bigint(0)}}) == "t");
  CHECK(evaluate(":seen", {{"seen", Value::bigint(1)}}) == "t");
  CHECK(evaluate(":key IN ('order-1', 'order-2')", {{"key", Value::text("order-3")}}) == "f");
  CHECK(evaluate("1 + 1", {}) == "argument of condition must be type boolean, not type integer");
  const auto wrong = read_expression("nosuch > 1", database.databases(), {}, true);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().position == 1);
}

TEST_CASE("a known variable type makes time arithmetic possible") {
  MemoryDatabase database(kStatementSchema);
  ReadOptions options;
  options.parameter_types["now"] = {.kind = TypeKind::timestamptz};
  const auto statement =
      read_expression(":now + interval '1 minute'", database.databases(), options);
  REQUIRE(statement);
  CHECK(first(database.run(**statement, {{"now", Value::timestamptz(0)}})) ==
        "1970-01-01 00:01:00+00");
}

TEST_CASE("several databases are named by their names; an ambiguous table is an error") {
  MemoryDatabase one(
      {"CREATE TABLE orders (id TEXT PRIMARY KEY)", "CREATE TABLE own (id TEXT PRIMARY KEY)"});
  MemoryDatabase two(
      {"CREATE TABLE moves (order_id TEXT)", "CREATE TABLE own (id TEXT PRIMARY KEY)"});
  one.run("INSERT INTO orders VALUES ('a'), ('b')");
  two.run("INSERT INTO moves VALUES ('a')");
  const Databases databases{{"order_db", &one.catalog}, {"stock_db", &two.catalog}};
  const auto statement = read_statement(
      "SELECT o.id FROM order_db.orders o LEFT JOIN stock_db.moves m ON m.order_id = o.id WHERE "
      "m.order_id IS NULL",
      databases);
  REQUIRE(statement);
  CHECK((*statement)->tables_read.size() == 2);
  const ReadView* const views[] = {&one.view, &two.view};
  const Parameters parameters;
  const auto rows = one.evaluator.select(**statement, {views, nullptr, &parameters, {}});
  REQUIRE(rows);
  REQUIRE(rows->rows.size() == 1);
  CHECK(to_text(rows->rows[0][0]) == "b");
  const auto unknown = read_statement("SELECT 1 FROM order_bd.orders", databases);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().candidates == std::vector<std::string>{"order_db", "stock_db"});
}

TEST_CASE("statements without a query are told apart") {
  const MemoryDatabase database(kStatementSchema);
  const struct {
    const char* text;
    StatementKind kind;
    const char* name;
  } cases[] = {
      {"BEGIN", StatementKind::begin, ""},
      {"begin isolation level repeatable read", StatementKind::begin, ""},
      {"START TRANSACTION", StatementKind::begin, ""},
      {"END", StatementKind::commit, ""},
      {"abort", StatementKind::rollback, ""},
      {"SAVEPOINT s", StatementKind::savepoint, "s"},
      {"rollback to s", StatementKind::rollback_to, "s"},
      {"RELEASE s", StatementKind::release, "s"},
      {"PREPARE TRANSACTION 'g1'", StatementKind::prepare_transaction, "g1"},
      {"COMMIT PREPARED 'g1'", StatementKind::commit_prepared, "g1"},
      {"SET LOCAL lock_timeout = '2s'", StatementKind::set, "lock_timeout"},
      {"RESET lock_timeout", StatementKind::set, "lock_timeout"},
      {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", StatementKind::set_transaction,
       "TRANSACTION"},
      {"LISTEN ch", StatementKind::listen, "ch"},
      {"NOTIFY ch, 'x'", StatementKind::notify, "ch"},
      {"CHECKPOINT", StatementKind::checkpoint, ""},
      {"SELECT pg_advisory_xact_lock(:key)", StatementKind::engine_call, "pg_advisory_xact_lock"},
      {"SELECT pg_create_logical_replication_slot('copy', 'wal2json')", StatementKind::engine_call,
       "pg_create_logical_replication_slot"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const auto statement = read_statement(each.text, database.databases());
    REQUIRE(statement);
    CHECK((*statement)->kind == each.kind);
    CHECK_THAT((*statement)->name, Catch::Equals(each.name, Catch::CaseSensitive::No));
  }
  const auto begin = read_statement("begin isolation level serializable read only deferrable",
                                    database.databases());
  CHECK((*begin)->transaction.isolation == Isolation::serializable);
  CHECK((*begin)->transaction.deferrable == true);
}

TEST_CASE("advisory locks take one bigint or two ints, and stand alone") {
  MemoryDatabase database(kStatementSchema);
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"SELECT pg_advisory_lock('x')", "22P02 invalid input syntax for type bigint: \"x\""},
      {"SELECT pg_advisory_lock(1.5)", "42883 function pg_advisory_lock(numeric) does not exist"},
      {"SELECT pg_advisory_lock(1, 3000000000)",
       "42883 function pg_advisory_lock(integer, bigint) does not exist"},
      {"SELECT pg_advisory_lock(1, 2, 3)",
       "42883 function pg_advisory_lock(integer, integer, integer) does not exist"},
      {"SELECT pg_advisory_lock()", "42883 function pg_advisory_lock() does not exist"},
      {"SELECT pg_advisory_unlock_all(1)",
       "42883 function pg_advisory_unlock_all(integer) does not exist"},
      {"SELECT pg_try_advisory_lock(1), 2",
       "0A000 the function pg_try_advisory_lock inside an expression or beside other columns is "
       "not supported here"},
      {"SELECT id FROM orders WHERE pg_try_advisory_xact_lock(amount)",
       "0A000 the function pg_try_advisory_xact_lock inside an expression or beside other columns "
       "is not supported here"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const auto statement = read_statement(each.text, database.databases());
    REQUIRE_FALSE(statement);
    CHECK(statement.error().sqlstate + " " + statement.error().message == each.error);
  }
}

TEST_CASE("defaults, sequences and the guard of a polling relay ask the session") {
  MemoryDatabase database(kStatementSchema);
  CHECK(first(database.run("INSERT INTO outbox (payload) VALUES ('{\"a\": 1}') RETURNING xid")) ==
        "751");
  CHECK(
      first(database.run("INSERT INTO orders (id, amount) VALUES ('o', 1) RETURNING placed_at")) ==
      "2026-01-01 00:00:00+00");
  CHECK(first(database.run("SELECT nextval('outbox_id_seq')")) == "2");
  CHECK(first(database.run(
            "SELECT count(*) FROM outbox WHERE xid < pg_snapshot_xmin(pg_current_snapshot())")) ==
        "0");
  CHECK(first(database.run("SELECT nextval('nosuch')")) ==
        "42P01 relation \"nosuch\" does not exist");
  CHECK(first(database.run("INSERT INTO outbox (id) VALUES (5) RETURNING gen_random_uuid()")) ==
        "00000000-0000-4000-8000-000000000000");
}

TEST_CASE("a schema is read as people write it, and its mistakes are PostgreSQL's") {
  const std::vector<std::string> good{
      "CREATE TABLE IF NOT EXISTS a (id SERIAL PRIMARY KEY, code VARCHAR(10) UNIQUE, qty INT CHECK "
      "(qty >= 0), CHECK (qty < 9 "
      "OR code IS NULL)); CREATE SEQUENCE s START WITH -5 MINVALUE -10",
      "CREATE TABLE b (a_id INT NOT NULL REFERENCES a ON DELETE CASCADE, n INT, PRIMARY KEY (a_id, "
      "n), CONSTRAINT one UNIQUE (n))",
      "CREATE UNIQUE INDEX by_qty ON a (qty); CREATE INDEX ON a (code) WHERE qty > 1",
      "ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0)"};
  const auto built = Catalog::build(good);
  if (built.error) FAIL(built.error->error.message);
  const auto& a = *built.catalog.find_table("a");
  const auto& b = *built.catalog.find_table("b");
  REQUIRE(a.keys.size() == 4);
  CHECK(a.keys[0].name == "a_pkey");
  CHECK(a.keys[1].name == "a_code_key");
  CHECK(a.keys[2].name == "by_qty");
  CHECK(a.keys[3].name == "a_code_idx");
  CHECK(a.keys[3].condition == 3);
  CHECK(a.keys[3].reads == std::vector<ColumnId>{1, 2});
  CHECK(a.checks[0].name == "a_check");
  CHECK(a.checks[1].name == "a_qty_check");
  CHECK(a.checks[2].name == "positive");
  CHECK(b.foreign_keys[0].name == "b_a_id_fkey");
  CHECK(b.foreign_keys[0].on_delete == ForeignKeyAction::cascade);
  CHECK(built.catalog.references_to(a.id).size() == 1);
  CHECK(built.catalog.find_sequence("a_id_seq") != nullptr);
  CHECK(built.catalog.find_sequence("s")->start == -5);
  const struct {
    const char* ddl;
    const char* message;
    int position;
  } cases[] = {
      {"CREATE TABLE t (a INT, a INT)", "column \"a\" specified more than once", 24},
      {"CREATE TABLE t (a nosuch)", "type \"nosuch\" does not exist", 19},
      {"CREATE TABLE t (a INT); CREATE INDEX ON t ((a + nosuch))",
       "column \"nosuch\" does not exist", 49},
      {"CREATE TABLE t (a INT); CREATE INDEX ON t (a) WHERE now() IS NULL",
       "functions in index predicate must be marked IMMUTABLE", 0},
      {"CREATE TABLE t (a REAL)", "floating-point type real is not supported here", 19},
      {"CREATE TABLE t (a INT REFERENCES nosuch)", "relation \"nosuch\" does not exist", 34},
      {"CREATE TABLE t (a INT DEFAULT 'x')", "invalid input syntax for type integer: \"x\"", 31},
      {"CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)",
       "multiple primary keys for table \"t\" are not allowed", 42},
      {"CREATE TABLE t (a INT, CHECK (b > 0))", "column \"b\" does not exist", 31},
      {"INSERT INTO t VALUES (1)",
       "a schema holds CREATE TABLE, CREATE SEQUENCE, CREATE INDEX and ALTER TABLE ... ADD "
       "CONSTRAINT only",
       0},
  };
  for (const auto& each : cases) {
    CAPTURE(each.ddl);
    const std::vector<std::string> ddl{each.ddl};
    const auto result = Catalog::build(ddl);
    REQUIRE(result.error);
    CHECK(result.error->error.message == each.message);
    CHECK(result.error->error.position == each.position);
  }
}

}  // namespace halfwrite::sql::test
