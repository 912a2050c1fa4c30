#include "models/database/sql/catalog.hpp"
#include "models/database/sql/statement.hpp"
#include "sim/assert.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/sql/memory_database.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace halfwrite::fuzz {

namespace {

const std::vector<std::string>& schema() {
  static const std::vector<std::string> ddl{
      "CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, customer TEXT NOT NULL, email VARCHAR(12),"
      " amount NUMERIC(10,2) NOT NULL DEFAULT 0 CHECK (amount >= 0), quantity INTEGER, status TEXT"
      " NOT NULL DEFAULT 'NEW', created_on DATE, data JSONB, UNIQUE (customer, status))",
      "CREATE TABLE lines (order_id BIGINT NOT NULL REFERENCES orders (id), line INTEGER NOT NULL,"
      " sku CHAR(4), price NUMERIC(8,2), PRIMARY KEY (order_id, line))",
      "CREATE TABLE plain (id INTEGER PRIMARY KEY, value INTEGER)",
      "CREATE TABLE moments (id UUID PRIMARY KEY, at TIMESTAMPTZ, local TIMESTAMP, day DATE,"
      " lasting INTERVAL, flag BOOLEAN, small SMALLINT, document JSON)",
      "CREATE SEQUENCE numbers START 7 INCREMENT 2"};
  return ddl;
}
const std::vector<std::string>& rows() {
  static const std::vector<std::string> statements{
      "INSERT INTO orders (customer, email, amount, quantity, created_on, data) VALUES"
      " ('ann', 'a@x', 10.5, 3, '2026-01-01', '{\"b\": 1, \"a\": \"x\"}'),"
      " ('bob', NULL, 20, 1, '2026-01-02', NULL), ('cyd', 'c@x', 5.255, NULL, NULL, '{}')",
      "INSERT INTO lines VALUES (1, 1, 'tea', 2.5), (1, 2, 'cup', 8), (2, 1, 'tea', 20)",
      "INSERT INTO plain VALUES (1, 10), (2, 20), (3, NULL)",
      "INSERT INTO moments VALUES ('00000000-0000-4000-8000-000000000001',"
      " '2026-01-01 00:00+00', '2026-01-01 00:00', '2026-01-01', '1 day', true, 1, '[1]')"};
  return statements;
}

std::vector<std::map<sql::RowId, sql::Row>> filled(sql::test::MemoryDatabase& database) {
  for (const std::string& insert : rows()) {
    const auto answer = database.run(insert);
    HALFWRITE_ASSERT(!answer.error, "a row of the fuzzed database is refused");
  }
  return database.view.tables;
}

void check(const sql::SqlError& error, std::string_view text) {
  HALFWRITE_ASSERT(!error.message.empty() && error.sqlstate.size() == 5,
                   "an SQL error has no message or no SQLSTATE");
  HALFWRITE_ASSERT(
      error.sqlstate != "XX000" || error.message.find("could not") == std::string::npos,
      "SQLite refused a translated statement");
  HALFWRITE_ASSERT(
      error.position >= 0 && static_cast<std::size_t>(error.position) <= text.size() + 1,
      "an SQL error points behind its statement");
}

bool begins_with(std::string_view text, std::string_view word) {
  const auto begin = std::find_if(text.begin(), text.end(),
                                  [](char c) { return c != ' ' && c != '\n' && c != '\t'; });
  text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

void run_definition(const std::string& text) {
  const std::vector<std::string> ddl{text};
  const auto built = sql::Catalog::build(ddl);
  if (!built.has_value()) return check(built.error->error, text);
  for (const sql::Table& table : built.catalog.tables())
    HALFWRITE_ASSERT(built.catalog.find_table(table.name) != nullptr,
                     "a table is not found by name");
}

void run_expression(const std::string& text, const sql::Databases& databases,
                    sql::Evaluator& evaluator) {
  for (const bool as_condition : {false, true}) {
    const auto read = sql::read_expression(text, databases, {}, as_condition);
    if (!read) {
      check(read.error(), text);
    } else if (const auto error = evaluator.unprepared(**read)) {
      check(*error, text);
    }
  }
}

}  // namespace

void run_sql(std::string_view input) {
  const std::string text(input);
  // Opening one takes longer than most inputs; runs keep their evaluator too.
  static sql::test::MemoryDatabase database(schema(), {2'000'000, 20'000, 1 << 20});
  static const auto tables = filled(database);
  database.view.tables = tables;
  database.environment = {};
  if (begins_with(text, "create") || begins_with(text, "alter")) return run_definition(text);
  run_expression(text, database.databases(), database.evaluator);
  const auto statement = sql::read_statement(text, database.databases());
  if (!statement) return check(statement.error(), text);
  if (const auto error = database.evaluator.unprepared(**statement)) return check(*error, text);
  sql::Parameters parameters;
  for (const std::string& name : (*statement)->parameters) {
    const auto length = static_cast<std::int64_t>(name.size());
    parameters[name] = length % 2 == 0 ? sql::Value::text(name) : sql::Value::bigint(length);
  }
  const auto answer = database.run(**statement, parameters);
  if (answer.error) check(*answer.error, text);
}

}  // namespace halfwrite::fuzz
