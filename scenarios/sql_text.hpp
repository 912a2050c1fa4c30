// SQL as a scenario holds it: one text or a list of lines, with the way back from a character of
// the whole to where it is written.
#pragma once

#include "scenarios/json_tree.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halfwrite::scenarios {

class SqlText {
 public:
  // A text or a list of texts, which are joined by new lines. Anything else is empty.
  explicit SqlText(const Json& json);

  const std::string& text() const { return text_; }
  const std::string& path() const { return path_; }
  // The word at a character of the whole, counted from 1; 0: all of it.
  Span span_at(std::size_t character) const;
  // Everything: of a list, its first line.
  Span whole() const;

 private:
  struct Line {
    const Json* json = nullptr;  // lives as long as the tree
    std::size_t start = 0;       // characters before it
    std::size_t length = 0;      // characters
  };
  std::string text_;
  std::string path_;
  Span span_;
  std::vector<Line> lines_;
};

}  // namespace halfwrite::scenarios
