// What never happens in the rooms a run depends on: wall clocks, threads, foreign chance, order by
// hash or pointer. One test reads the sources, another the symbols the libraries ask of the system.

#include "tests/house/source_tree.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>

using halfwrite::tests::code_of;
using halfwrite::tests::source_files;
using halfwrite::tests::SourceFile;

namespace {

struct Ban {
  const char* pattern;
  const char* instead;
};

constexpr std::array bans{
    Ban{R"(\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday)\b)",
        "virtual time: Simulation::now()"},
    Ban{R"(\bstd::(thread|jthread|mutex|condition_variable|async|atomic)\b)",
        "one thread runs one simulation"},
    Ban{R"(\b(random_device|mt19937|default_random_engine|s?rand\s*\())",
        "keyed draws: sim/draw.hpp"},
    Ban{R"(\bstd::\w+_distribution\b)", "Draws::between and Draws::happens"},
    Ban{R"(\b(sleep_for|sleep_until|usleep|nanosleep)\b)", "Simulation::sleep"},
    Ban{R"(\b(float|double)\b)", "integers: Duration, Ratio"},
    Ban{R"(\bstd::hash\b)", "Key::hash_text"},
    Ban{R"(std::(set|map)<\s*(const\s+)?\w+(::\w+)*\s*\*)",
        "a container ordered by what the thing is, not where it lies"},
};

std::string room_free_of(const SourceFile& file, const Ban& ban) {
  const std::regex pattern(ban.pattern);
  for (std::size_t i = 0; i < file.lines.size(); ++i)
    if (std::regex_search(code_of(file.lines[i]), pattern))
      return file.path + ":" + std::to_string(i + 1) + ": use " + ban.instead;
  return {};
}

// Names of unordered containers declared in a file, and whether a range-for walks over one of them.
std::string iterated_unordered(const SourceFile& file) {
  const std::regex declaration(R"(unordered_(?:map|set)<.*>\s+(\w+)\s*[;={])");
  std::vector<std::string> names;
  for (const std::string& line : file.lines) {
    std::smatch match;
    const std::string code = code_of(line);
    if (std::regex_search(code, match, declaration)) names.push_back(match[1]);
  }
  for (const std::string& name : names) {
    const std::regex walk("for\\s*\\(.*:\\s*(\\w+[.>-]+)*" + name + "\\s*\\)|\\b" + name +
                          R"(\.(begin|cbegin)\()");
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (std::regex_search(code_of(file.lines[i]), walk))
        return file.path + ":" + std::to_string(i + 1) + ": an unordered container is iterated";
  }
  return {};
}

const std::vector<std::string> rooms_of_a_run{"sim", "models", "scenarios"};

}  // namespace

TEST_CASE("no source a run depends on names a clock, a thread, foreign chance or floating point") {
  std::vector<std::string> found;
  for (const SourceFile& file : source_files(rooms_of_a_run, {".hpp", ".cpp"})) {
    for (const Ban& ban : bans)
      if (const std::string sentence = room_free_of(file, ban); !sentence.empty())
        found.push_back(sentence);
    if (const std::string sentence = iterated_unordered(file); !sentence.empty())
      found.push_back(sentence);
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("each ban catches what it bans") {
  const std::array planted{"auto t = std::chrono::system_clock::now();",
                           "std::thread worker;",
                           "int x = rand();",
                           "std::uniform_int_distribution<int> d;",
                           "usleep(5);",
                           "double share = 0;",
                           "std::hash<std::string> h;",
                           "std::map<Node*, int> m;"};
  REQUIRE(planted.size() == bans.size());
  for (std::size_t i = 0; i < bans.size(); ++i) {
    CAPTURE(planted[i]);
    CHECK_FALSE(room_free_of({"sim/planted.cpp", {planted[i]}}, bans[i]).empty());
    CHECK(room_free_of({"sim/planted.cpp", {"int harmless = 1;  // " + std::string(planted[i])}},
                       bans[i])
              .empty());
  }
  CHECK_FALSE(iterated_unordered(
                  {"sim/planted.cpp",
                   {"std::unordered_map<int, int> seen;", "for (auto& [k, v] : seen) use(k);"}})
                  .empty());
}

TEST_CASE("files stay under 500 lines and lines under 120 characters") {
  std::vector<std::string> found;
  for (const SourceFile& file : source_files(
           {"sim", "models", "scenarios", "campaign", "reports", "cli"}, {".hpp", ".cpp"})) {
    if (file.lines.size() > 500)
      found.push_back(file.path + " has " + std::to_string(file.lines.size()) + " lines");
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (file.lines[i].size() > 120)
        found.push_back(file.path + ":" + std::to_string(i + 1) + " is too long");
  }
  CAPTURE(found);
  CHECK(found.empty());
}

TEST_CASE("the libraries a run depends on ask the system for no clock, thread or chance") {
  // Undefined symbols of the archives. SQLite and libpg-query are not ours; what they call on their
  // own is checked by the determinism tests.
  const std::regex forbidden(
      R"((clock_gettime|gettimeofday|nanosleep|usleep|pthread_create|\brand\b|\bsrand\b|random_device|steady_clock|system_clock|getrandom|_ZNSt6thread))");
  std::vector<std::string> found;
  std::size_t archives = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(HALFWRITE_BINARY_DIRECTORY)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".a" || name.find("campaign") != std::string::npos ||
        name.find("reports") != std::string::npos || name.find("tests") != std::string::npos)
      continue;
    ++archives;
    const std::string command = "nm -u " + entry.path().string() + " 2>/dev/null";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    REQUIRE(pipe);
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr)
      if (std::regex_search(line.data(), forbidden)) found.push_back(name + ": " + line.data());
  }
  CHECK(archives >= 8);
  CAPTURE(found);
  CHECK(found.empty());
}
