// Statements that would never end, or are larger than SQLite takes, are errors with a sentence.
#include "tests/sql/memory_database.hpp"

#include <catch2/catch.hpp>

namespace halfwrite::sql::test {
namespace {

const std::vector<std::string> kPlainSchema{"CREATE TABLE plain (id INTEGER PRIMARY KEY)"};
constexpr EvaluationLimits kNarrow{2'000'000, 1000, 1 << 20};

std::string error_of(MemoryDatabase& database, const std::string& text) {
  const auto answer = database.run(text);
  return answer.error ? answer.error->sqlstate + " " + answer.error->message : "no error";
}

std::string numbers(MemoryDatabase& database, const std::string& series) {
  const auto answer = database.run("SELECT i FROM generate_series(" + series + ") AS g(i)");
  if (answer.error) return answer.error->sqlstate + " " + answer.error->message;
  std::string text;
  for (const Row& row : answer.rows) text += (text.empty() ? "" : " ") + to_text(row.front());
  return text;
}

std::string repeated(const std::string& part, int times, const std::string& separator) {
  std::string text = part;
  for (int i = 1; i < times; ++i) text += separator + part;
  return text;
}

}  // namespace

TEST_CASE("a query that never ends, or grows without end, ends in 54000") {
  MemoryDatabase database(kPlainSchema, kNarrow);
  CHECK(error_of(database,
                 "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 0 FROM n WHERE i < 5) "
                 "SELECT sum(i) FROM n") ==
        "54000 this statement did not end within 2 million steps");
  CHECK(error_of(database, "SELECT i FROM generate_series(1, 2000) AS g(i)") ==
        "54000 this statement has more than 1000 rows");
  CHECK(error_of(database, "SELECT repeat('x', 2000000)") ==
        "54000 a text or row is longer than 1 MB");
  CHECK(error_of(database, "SELECT repeat('xy', 2000000000)") ==
        "54000 requested length too large");
  CHECK(error_of(database, "SELECT lpad('x', 2000000000)") == "54000 requested length too large");
  // What was broken off leaves nothing behind.
  CHECK(database.run("SELECT 1").rows.size() == 1);
}

TEST_CASE("generate_series counts up and down and never past what a bigint holds") {
  MemoryDatabase database(kPlainSchema, kNarrow);
  CHECK(numbers(database, "1, 3") == "1 2 3");
  CHECK(numbers(database, "3, 1") == "");
  CHECK(numbers(database, "5, 1, -2") == "5 3 1");
  CHECK(numbers(database, "1, 5, -1") == "");
  CHECK(numbers(database, "9223372036854775805, 9223372036854775807, 2") ==
        "9223372036854775805 9223372036854775807");
  CHECK(numbers(database, "1, NULL::bigint") == "");
  CHECK(numbers(database, "1, 3, 0") == "22023 step size cannot equal zero");
}

TEST_CASE("what SQLite cannot take is known before it runs") {
  MemoryDatabase database(kPlainSchema);
  const auto unprepared = [&](const std::string& text) {
    const auto statement = read_statement(text, database.databases());
    REQUIRE(statement.has_value());
    const auto error = database.evaluator.unprepared(**statement);
    return error ? error->sqlstate : "";
  };
  std::string joined = "SELECT 1 FROM plain AS p0";
  for (int i = 1; i < 70; ++i) joined += ", plain AS p" + std::to_string(i);
  CHECK(unprepared(joined) == "54001");
  CHECK(unprepared("SELECT " + repeated("1", 3000, ", ")) == "54001");
  CHECK(unprepared("SELECT greatest(" + repeated("1", 300, ", ") + ")") == "54001");
  // A long chain is no deep one.
  CHECK(unprepared("SELECT id FROM plain WHERE " + repeated("id = 1", 3000, " OR ")) == "");
  CHECK(database.run("SELECT " + repeated("1 = 2", 3000, " OR ") + " OR true").rows.size() == 1);
}

TEST_CASE("intervals and moments beyond what can be counted are errors") {
  MemoryDatabase database(kPlainSchema);
  CHECK(error_of(database, "SELECT interval '9223372036854775807 hours'").substr(0, 5) == "22007");
  CHECK(error_of(database, "SELECT timestamp '2026-01-01' + interval '170000000 years'") ==
        "22008 timestamp out of range");
  CHECK(error_of(database, "SELECT timestamptz '2026-01-01 00:00+99999999999999'") != "no error");
}

}  // namespace halfwrite::sql::test
