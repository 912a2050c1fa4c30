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

std::string shown(const Answer& answer) {
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

void compare_with_transcript(const std::string& name, MemoryDatabase& database) {
  for (const auto& entry : read_transcript(name)) {
    if (entry.statement.rfind("CREATE", 0) == 0) continue;
    CAPTURE(entry.statement);
    const auto answer = database.run(entry.statement);
    CHECK(shown(answer) == wanted(entry));
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
  std::vector<std::string> ddl;
  for (const auto& entry : read_transcript("queries.transcript"))
    if (entry.statement.rfind("CREATE", 0) == 0) ddl.push_back(entry.statement);
  MemoryDatabase database(ddl);
  compare_with_transcript("queries.transcript", database);
}

}  // namespace halfwrite::sql::test
