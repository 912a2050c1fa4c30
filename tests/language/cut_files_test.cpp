// Files that are cut off, or miss or repeat a word: each is read or refused with its mistakes, none
// ends the process.
#include "tests/language/support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace halfwrite::scenarios {
namespace {

std::vector<std::string> shipped_files() {
  std::vector<std::string> paths;
  for (const char* folder : {"library", "course", "incidents", "controls"}) {
    const std::filesystem::path path = source_path(std::string("scenarios/") + folder);
    if (!std::filesystem::exists(path)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      const std::string ending = entry.path().extension().string();
      if (ending == ".json" || ending == ".jsonc") paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Accepted, or refused with sentences at places inside the file.
void check_read(const std::string& name, const std::string& text) {
  const auto file = load(name, only(name, text));
  if (file) return;
  CHECK_FALSE(file.error().empty());
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const Diagnostic& diagnostic : file.error()) {
    const bool is_complete = !diagnostic.message.empty() && !diagnostic.short_name.empty() &&
                             diagnostic.place.line >= 1 && diagnostic.place.line <= lines;
    if (!is_complete) FAIL(to_text(diagnostic));
  }
}

// Texts, words and signs, each with where it stands.
std::vector<std::pair<std::size_t, std::size_t>> tokens_of(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> tokens;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \n", at)) != std::string_view::npos) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      ++end;
    } else if (std::string_view("{}[]:,").find(text[at]) == std::string_view::npos) {
      end = std::min(text.find_first_of(" \n{}[]:,\"", at), text.size());
    }
    tokens.emplace_back(at, end - at);
    at = end;
  }
  return tokens;
}

TEST_CASE("every beginning of every shipped scenario is read or refused, never a crash") {
  for (const std::string& path : shipped_files()) {
    INFO(path);
    const std::string name = std::filesystem::path(path).filename().string();
    const std::string text = read_from_disk(path).value();
    for (std::size_t length = 0; length < text.size(); ++length)
      check_read(name, text.substr(0, length));
  }
}

TEST_CASE("order_created without any one of its words is read or refused") {
  const std::string text =
      read_from_disk(source_path("scenarios/library/order_created.json")).value();
  for (const auto& [at, length] : tokens_of(text)) {
    INFO(at << ": " << text.substr(at, length));
    check_read("order_created.json", std::string(text).erase(at, length));
  }
}

TEST_CASE("order_created with any one of its words twice is read or refused") {
  const std::string text =
      read_from_disk(source_path("scenarios/library/order_created.json")).value();
  for (const auto& [at, length] : tokens_of(text)) {
    INFO(at << ": " << text.substr(at, length));
    const std::string word = text.substr(at, length);
    check_read("order_created.json", std::string(text).insert(at, word + " "));
    check_read("order_created.json", std::string(text).insert(at, word + ", "));
  }
}

}  // namespace
}  // namespace halfwrite::scenarios
