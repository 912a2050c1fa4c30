#include "tests/database/isolation_test.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

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

std::string error_line(const std::string& sqlstate, const std::string& message,
                       const std::string& detail) {
  std::string line = "ERROR " + sqlstate + " " + message;
  // The detail of a deadlock names processes and transactions of one run.
  if (!detail.empty() && sqlstate != "40P01") line += " [" + detail + "]";
  return line;
}

std::string run_steps(const IsolationTest& test, Arm& arm) {
  std::string transcript;
  std::vector<std::string> blocked;  // in the order they began to wait
  for (const Step& step : test.steps) {
    if (step.sql.empty()) {
      transcript += "wait " + step.session + "\n";
      arm.settle(step.session, false);
    } else {
      transcript += step.session + ": " + step.sql + " -> ";
      arm.send(step.session, step.sql);
      if (arm.settle(step.session, true)) {
        transcript += arm.take_result(step.session) + "\n";
      } else {
        transcript += "BLOCKS\n";
        blocked.push_back(step.session);
      }
    }
    // Who was blocked and is no longer answers now; one that goes on may free another.
    for (std::size_t i = 0; i < blocked.size();) {
      if (arm.settle(blocked[i], true)) {
        transcript += "  => " + blocked[i] + " " + arm.take_result(blocked[i]) + "\n";
        blocked.erase(blocked.begin() + static_cast<std::ptrdiff_t>(i));
        i = 0;
      } else {
        ++i;
      }
    }
  }
  return transcript;
}

}  // namespace halfwrite::database::tests
