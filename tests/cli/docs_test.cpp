// Every command a document shows is run, and what the document prints under it is what it prints.
// Blocks are fenced as `console`:
//   $ halfwrite compare ...
//   output
// Commands of `./dev` are not run here (they run the tests); their words must exist. A line "..."
// stands for lines left out. HALFWRITE_APPROVE=1 writes the real output into the documents.

#include "tests/cli/command_line.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

using halfwrite::tests::run_command;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Does the shown output match, "..." standing for any number of lines?
bool matches(const std::vector<std::string>& shown, const std::vector<std::string>& real,
             std::size_t s = 0, std::size_t r = 0) {
  if (s == shown.size()) return r == real.size();
  if (shown[s] != "...")
    return r < real.size() && shown[s] == real[r] && matches(shown, real, s + 1, r + 1);
  for (std::size_t next = r; next <= real.size(); ++next)
    if (matches(shown, real, s + 1, next)) return true;
  return false;
}

class Document {
 public:
  explicit Document(std::filesystem::path path) : path_(std::move(path)) {
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  // Runs all blocks; gives the number of commands.
  std::size_t check(bool approve) {
    std::size_t commands = 0;
    std::vector<std::string> rewritten;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      rewritten.push_back(lines_[i]);
      if (lines_[i] != "```console") continue;
      std::size_t end = i + 1;
      while (end < lines_.size() && lines_[end] != "```") ++end;
      for (std::size_t at = i + 1; at < end;) {
        std::size_t next = at + 1;
        while (next < end && !lines_[next].starts_with("$ ")) ++next;
        const std::vector<std::string> shown(lines_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                             lines_.begin() + static_cast<std::ptrdiff_t>(next));
        const auto now = run_one(lines_[at], shown, approve);
        rewritten.push_back(lines_[at]);
        rewritten.insert(rewritten.end(), now.begin(), now.end());
        ++commands;
        at = next;
      }
      i = end - 1;
    }
    if (approve && rewritten != lines_) {
      std::ofstream out(path_);
      for (const std::string& line : rewritten) out << line << "\n";
    }
    return commands;
  }

 private:
  std::vector<std::string> run_one(const std::string& prompt, const std::vector<std::string>& shown,
                                   bool approve) {
    INFO(path_.filename().string() << ": " << prompt);
    REQUIRE(prompt.starts_with("$ "));
    const std::string command = prompt.substr(2);
    if (command.starts_with("./dev ")) {
      const std::string word = command.substr(6, command.find(' ', 6) - 6);
      CHECK(run_command("grep -q '^" + word + ")$' dev").exit_code == 0);
      return shown;
    }
    const auto result = run_command(command);
    const std::vector<std::string> real =
        lines_of(result.out + (result.out.empty() ? result.err : ""));
    if (matches(shown, real)) return shown;
    if (approve) return real;
    std::string text;
    for (const std::string& line : real) text += line + "\n";
    INFO(text);
    CHECK(matches(shown, real));
    return shown;
  }

  std::filesystem::path path_;
  std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("every command shown in a document is run and prints what is shown") {
  const std::filesystem::path root = HALFWRITE_SOURCE_DIRECTORY;
  std::vector<std::filesystem::path> documents{root / "README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") documents.push_back(entry.path());
  std::sort(documents.begin(), documents.end());
  std::size_t commands = 0;
  for (const auto& path : documents)
    commands += Document(path).check(std::getenv("HALFWRITE_APPROVE") != nullptr);
  CHECK(commands >= 6);
}
