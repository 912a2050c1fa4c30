#include "tests/database/isolation_test.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace halfwrite::database::tests {

namespace {

IsolationTest read_test(const std::filesystem::path& path) {
  IsolationTest test;
  test.name = path.stem().string();
  std::ifstream file(path);
  std::string line;
  bool in_steps = false;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (line == "setup") continue;
    if (line.starts_with("since 15.")) {
      test.since_minor = std::stoi(line.substr(9));
      continue;
    }
    if (line == "steps") {
      in_steps = true;
      continue;
    }
    if (!in_steps) {
      test.setup.push_back(line);
    } else if (line.starts_with("wait ")) {
      test.steps.push_back({line.substr(5), ""});
    } else {
      const std::size_t colon = line.find(": ");
      if (colon == std::string::npos) throw std::runtime_error(test.name + ": " + line);
      test.steps.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }
  return test;
}

// The answer of a statement whose rows come in no order that is promised.
std::string with_sorted_rows(const std::string& sql, std::string line) {
  if (line.starts_with("ERROR") || sql.find("order by") != std::string::npos) return line;
  const std::size_t first = line.find(" (");
  if (first == std::string::npos) return line;
  std::vector<std::string> rows;
  for (std::size_t at = first; at != std::string::npos;) {
    const std::size_t next = line.find(" (", at + 1);
    rows.push_back(line.substr(at, next - at));
    at = next;
  }
  std::sort(rows.begin(), rows.end());
  line.resize(first);
  for (const std::string& row : rows) line += row;
  return line;
}

}  // namespace

std::vector<IsolationTest> read_isolation_tests() {
  const std::filesystem::path folder =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "tests/database/isolation";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<IsolationTest> tests;
  for (const auto& path : paths) tests.push_back(read_test(path));
  return tests;
}

std::string result_line(const std::string& tag, const std::vector<std::vector<std::string>>& rows) {
  std::string line = tag;
  for (const auto& row : rows) {
    line += " (";
    for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : ", ") + row[i];
    line += ")";
  }
  return line;
}

namespace {

// The detail of a read that fails names the pivot by its transaction id, which is of one run.
std::string without_transaction_id(std::string detail) {
  constexpr std::string_view kPivot = "conflict out to pivot ";
  const std::size_t found = detail.find(kPivot);
  if (found == std::string::npos) return detail;
  const std::size_t begin = found + kPivot.size();
  return detail.replace(begin, detail.find(',', begin) - begin, "N");
}

}  // namespace

std::string error_line(const std::string& sqlstate, const std::string& message,
                       const std::string& detail) {
  std::string line = "ERROR " + sqlstate + " " + message;
  // The detail of a deadlock names processes and transactions of one run.
  if (!detail.empty() && sqlstate != "40P01") line += " [" + without_transaction_id(detail) + "]";
  return line;
}

bool Transcript::is_blocked(const std::string& session) const {
  return std::find(blocked_.begin(), blocked_.end(), session) != blocked_.end();
}

std::string Transcript::answer_of(const std::string& session) {
  std::string line = arm_.take_result(session);
  return test_.sorts_rows ? with_sorted_rows(sent_[session], std::move(line)) : line;
}

void Transcript::take(const Step& step) {
  if (step.sql.empty()) {
    text_ += "wait " + step.session + "\n";
    arm_.settle(step.session, false);
  } else if (is_blocked(step.session)) {
    text_ += step.session + ": " + step.sql + " -> (it waits)\n";
    return;
  } else {
    text_ += step.session + ": " + step.sql + " -> ";
    sent_[step.session] = step.sql;
    arm_.send(step.session, step.sql);
    if (arm_.settle(step.session, true)) {
      text_ += answer_of(step.session) + "\n";
    } else {
      text_ += "BLOCKS\n";
      blocked_.push_back(step.session);
    }
  }
  take_answers();
}

// Who was blocked and is no longer answers now; one that goes on may free another.
void Transcript::take_answers() {
  for (std::size_t i = 0; i < blocked_.size();) {
    if (!arm_.settle(blocked_[i], true)) {
      ++i;
      continue;
    }
    const std::string session = blocked_[i];
    text_ += "  => " + session + " " + answer_of(session) + "\n";
    blocked_.erase(blocked_.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
}

std::string run_steps(const IsolationTest& test, Arm& arm) {
  Transcript transcript(test, arm);
  for (const Step& step : test.steps) transcript.take(step);
  return transcript.text();
}

}  // namespace halfwrite::database::tests
