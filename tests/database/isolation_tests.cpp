// One body, two arms: the committed transcripts come from a real PostgreSQL 15 and are checked
// against it whenever the tests run; the model must write the same ones. HALFWRITE_APPROVE=1 writes
// them anew. Without a PostgreSQL the test fails, unless HALFWRITE_WITHOUT_POSTGRESQL=1 says that
// the committed transcripts must do.
#include "tests/database/isolation_test.hpp"
#include "tests/database/real_arm.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace halfwrite::database::tests {

namespace {

std::filesystem::path transcript_path(const IsolationTest& test) {
  return std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "tests/database/transcripts" /
         (test.name + ".txt");
}

std::string read_transcript(const IsolationTest& test) {
  std::ifstream file(transcript_path(test));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// 15.20 is 20.
int minor_release(RealDatabase& database) {
  Arm& arm = database.prepared_for({});
  arm.send("P", "show server_version_num");
  arm.settle("P", false);
  const std::string line = arm.take_result("P");  // SHOW (150020)
  return std::stoi(line.substr(line.find('(') + 1)) % 10'000;
}

}  // namespace

TEST_CASE("PostgreSQL 15 does what the transcripts say", "[postgresql]") {
  if (postgresql::is_left_out()) {
    WARN("no PostgreSQL was asked; the committed transcripts stand");
    return;
  }
  RealDatabase database;
  const int minor = minor_release(database);
  for (const IsolationTest& test : read_isolation_tests()) {
    INFO(test.name);
    if (minor < test.since_minor) {
      WARN("not compared with PostgreSQL 15." << minor << ": " << test.name << " is since 15."
                                              << test.since_minor);
      continue;
    }
    const std::string transcript = database.run(test);
    if (postgresql::setting("HALFWRITE_APPROVE", 0) == 1) {
      std::ofstream(transcript_path(test)) << transcript;
    } else {
      CHECK(transcript == read_transcript(test));
    }
  }
}

TEST_CASE("the model does what PostgreSQL 15 does", "[model]") {
  for (const IsolationTest& test : read_isolation_tests()) {
    INFO(test.name);
    CHECK(run_on_model(test) == read_transcript(test));
  }
}

TEST_CASE("every transcript belongs to a test") {
  std::size_t transcripts = 0;
  const auto folder =
      std::filesystem::path(HALFWRITE_SOURCE_DIRECTORY) / "tests/database/transcripts";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    transcripts += entry.path().extension() == ".txt" ? 1 : 0;
  }
  CHECK(transcripts == read_isolation_tests().size());
}

}  // namespace halfwrite::database::tests
