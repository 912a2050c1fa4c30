// How a text report is to look: signs or words, colours or none, how wide. Every text report takes
// one; none asks the terminal itself.
#pragma once

#include <cstddef>

namespace halfwrite::reports {

struct Look {
  bool unicode = false;
  bool color = false;
  std::size_t width = 100;  // columns a line may have; a single word may be longer
};

}  // namespace halfwrite::reports
