// What the tests of the language share: files of the source tree, and diagnostics as one text.
#pragma once

#include "scenarios/scenario.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

inline std::optional<std::string> read_from_disk(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline std::string source_path(const std::string& relative) {
  return std::string(HALFWRITE_SOURCE_DIRECTORY) + "/" + relative;
}

inline std::string all_of(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += to_text(diagnostic);
  return text;
}

// A file that exists only in the test.
inline ReadFile only(const std::string& path, const std::string& text) {
  return [path, text](const std::string& asked) {
    return asked == path ? std::optional<std::string>(text) : std::nullopt;
  };
}

}  // namespace halfwrite::scenarios
