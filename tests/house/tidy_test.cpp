// What never happens in the rooms a run depends on: wall clocks, threads, foreign chance, order by
// hash or pointer. One test reads the sources, another the symbols the libraries ask of the system.

#include "tests/house/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
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
    // A comparison of one's own may order them by what they are.
    Ban{R"(std::(map<\s*(const\s+)?\w+(::\w+)*\s*\*|set<\s*(const\s+)?\w+(::\w+)*\s*\*\s*(>|,\s*std::)))",
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

// The arguments of the call whose parenthesis opens at `open`, cut at the commas of that call.
std::vector<std::string> arguments_of_call(const std::string& text, std::size_t open) {
  std::vector<std::string> arguments(1);
  int depth = 1;
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0) return arguments;
    if (depth == 1 && c == ';') return {};  // the head of a for, no call
    if (depth == 1 && c == ',') {
      arguments.emplace_back();
    } else {
      arguments.back() += c;
    }
  }
  return {};
}

// Two arguments of one call that each draw: compilers evaluate them in different orders.
std::string two_draws_in_one_call(const SourceFile& file) {
  const std::regex draw(
      R"((\b(Draws::|draws\w*\.|draws\(\)\.)(below|between|happens)\s*\(|\bdraw\w*\s*\())");
  std::string text;
  std::vector<std::size_t> line_starts;
  for (const std::string& line : file.lines) {
    line_starts.push_back(text.size());
    text += code_of(line) + '\n';
  }
  for (std::size_t open = text.find('('); open != std::string::npos;
       open = text.find('(', open + 1)) {
    int drawing = 0;
    for (const std::string& argument : arguments_of_call(text, open)) {
      // A lambda draws when it is called, not when it is handed over.
      const bool lambda =
          argument.find("](") != std::string::npos || argument.find("] {") != std::string::npos;
      if (!lambda && std::regex_search(argument, draw)) ++drawing;
    }
    if (drawing < 2) continue;
    const auto line =
        std::upper_bound(line_starts.begin(), line_starts.end(), open) - line_starts.begin();
    return file.path + ":" + std::to_string(line) +
           ": two draws in one call: give each a name first";
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
    for (const auto& rule : {iterated_unordered, two_draws_in_one_call})
      if (const std::string sentence = rule(file); !sentence.empty()) found.push_back(sentence);
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

TEST_CASE("two draws in the arguments of one call are found, two draws in two statements are not") {
  const std::array<std::vector<std::string>, 4> planted{
      std::vector<std::string>{"move(Draws::between(key, 1, 6), Draws::between(key, 1, 6));"},
      {"emplace(name, Draws::below(a, 2),", "        now() + Draws::between(b, range));"},
      {"f(g(Draws::below(a, 2)), h(1, Draws::happens(b, chance)));"},
      {"send(draw_delay(key), draw_size(key));"}};
  for (const auto& lines : planted) {
    CAPTURE(lines);
    CHECK_FALSE(two_draws_in_one_call({"sim/planted.cpp", lines}).empty());
  }
  const std::array<std::vector<std::string>, 4> harmless{
      std::vector<std::string>{"const auto a = Draws::below(key, 2);",
                               "const auto b = Draws::below(key, 3);"},
      {"f(Draws::below(key, 2), 3);"},
      {"if (Draws::happens(a, x)) { g(Draws::below(b, 2)); }"},
      {"run([&](int) { return Draws::below(a, 2); }, [&](int) { return Draws::below(b, 2); });"}};
  for (const auto& lines : harmless) {
    CAPTURE(lines);
    CHECK(two_draws_in_one_call({"sim/planted.cpp", lines}).empty());
  }
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
