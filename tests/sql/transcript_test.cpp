// What a real PostgreSQL 15 answered (record_transcript.py), asked of our evaluator.
#include "tests/sql/memory_database.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace halfwrite::sql::test {
namespace {

struct Entry {
  std::string statement;
  std::string columns;  // "name type | name type"
  std::vector<std::string> rows;
  std::string error;  // "22012 division by zero"
  int position = 0;
  std::string changed;
};

std::vector<Entry> read_transcript(const std::string& name) {
  std::ifstream file(std::string(HALFWRITE_SOURCE_DIRECTORY) + "/tests/sql/" + name);
  REQUIRE(file.good());
  std::vector<Entry> entries;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("> ", 0) == 0) {
      entries.push_back({});
      entries.back().statement = line.substr(2);
    } else if (line.rfind(": ", 0) == 0) {
      entries.back().columns = line.substr(2);
    } else if (line.rfind("! ", 0) == 0) {
      entries.back().error = line.substr(2);
      if (const auto at = line.rfind(" @"); at != std::string::npos) {
        entries.back().position = std::stoi(line.substr(at + 2));
        entries.back().error = line.substr(2, at - 2);
      }
    } else if (line.rfind("= ", 0) == 0) {
      entries.back().changed = line.substr(2);
    } else if (entries.back().rows.empty() || line.rfind("  ", 0) == 0) {
      entries.back().rows.push_back(line.substr(2));
    } else {
      entries.back().rows.back() += "\n" + line;
    }
  }
  return entries;
}

std::string shown(const Row& row) {
  std::string out;
  for (const auto& value : row) {
    if (&value != &row.front()) out += '|';
    out += value.is_null() ? std::string("NULL") : to_text(value);
  }
  return out;
}

std::string shown(const std::vector<ResultColumn>& columns) {
  std::string out;
  for (const auto& column : columns) {
    if (!out.empty()) out += " | ";
    out += column.name;
    out += ' ';
    out += type_name(column.type);
  }
  return out;
}

void append_rows(std::string& out, const std::vector<std::string>& rows) {
  for (const auto& row : rows) {
    out += "  ";
    out += row;
    out += '\n';
  }
}

std::string shown_answer(const Answer& answer) {
  std::string out;
  if (answer.error) {
    out += "! ";
    out += answer.error->sqlstate;
    out += ' ';
    out += answer.error->message;
    return out;
  }
  std::vector<std::string> rows;
  for (const auto& row : answer.rows) rows.push_back(shown(row));
  append_rows(out, rows);
  return out;
}

std::string wanted(const Entry& entry) {
  std::string out;
  if (!entry.error.empty()) {
    out += "! ";
    out += entry.error;
    return out;
  }
  append_rows(out, entry.rows);
  return out;
}

// The whole answer: what a client is told, to the last detail.
std::string told(const Answer& answer) {
  std::string out = shown_answer(answer) + "\n" + shown(answer.columns) + "\n";
  out += std::to_string(answer.changed);
  if (answer.error) {
    out += answer.error->detail + "\n" + answer.error->hint + "\n";
    out += std::to_string(answer.error->position);
  }
  for (const auto& row : answer.rows)
    for (const auto& value : row) out += " " + std::to_string(static_cast<int>(value.kind()));
  return out;
}

// Each statement on a database that never takes the way without SQLite, and on one that does.
void compare_paths(const std::string& name, const std::vector<std::string>& ddl) {
  MemoryDatabase shortest(ddl);
  MemoryDatabase by_sqlite(ddl, {}, Evaluator::Paths::sqlite);
  for (const auto& entry : read_transcript(name)) {
    if (entry.statement.rfind("CREATE", 0) == 0) continue;
    CAPTURE(entry.statement);
    CHECK(told(shortest.run(entry.statement)) == told(by_sqlite.run(entry.statement)));
  }
  CHECK(shortest.view.tables == by_sqlite.view.tables);
  CHECK(shortest.environment.drawn == by_sqlite.environment.drawn);
}

std::vector<std::string> schema_of(const std::string& name) {
  std::vector<std::string> ddl;
  for (const auto& entry : read_transcript(name))
    if (entry.statement.rfind("CREATE", 0) == 0) ddl.push_back(entry.statement);
  return ddl;
}

void compare_with_transcript(const std::string& name, MemoryDatabase& database) {
  for (const auto& entry : read_transcript(name)) {
    if (entry.statement.rfind("CREATE", 0) == 0) continue;
    CAPTURE(entry.statement);
    const auto answer = database.run(entry.statement);
    CHECK(shown_answer(answer) == wanted(entry));
    if (!answer.error && !entry.columns.empty()) CHECK(shown(answer.columns) == entry.columns);
    if (answer.error && entry.position != 0) CHECK(answer.error->position == entry.position);
    if (!entry.changed.empty()) CHECK(std::to_string(answer.changed) == entry.changed);
  }
}

}  // namespace

TEST_CASE("expressions give what PostgreSQL gives, value, type, error and position") {
  MemoryDatabase database({});
  compare_with_transcript("expressions.transcript", database);
}

TEST_CASE("statements over tables give what PostgreSQL gives") {
  MemoryDatabase database(schema_of("queries.transcript"));
  compare_with_transcript("queries.transcript", database);
}

TEST_CASE("every statement gives the same with and without SQLite") {
  compare_paths("expressions.transcript", {});
  compare_paths("queries.transcript", schema_of("queries.transcript"));
}

}  // namespace halfwrite::sql::test
