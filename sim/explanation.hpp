// A text for `halfwrite explain`, kept beside the row, class or constant it explains, so that
// neither is changed without the other in sight. Words in backticks are names that exist: other
// topics, or keys and words of the language; a test looks each of them up.
#pragma once

#include <array>
#include <string_view>

namespace halfwrite::sim {

struct Explanation {
  struct Part {
    std::string_view title;
    std::string_view text;
  };
  std::string_view name;
  std::string_view sentence;    // what it is, in one sentence
  std::array<Part, 5> parts{};  // those without a title are not there
};

}  // namespace halfwrite::sim
