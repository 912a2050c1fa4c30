// The lines of a story, and which of them are left out of one that is too long: those that it can
// do without the best, from its middle. Where lines were left out it says how many.
#pragma once

#include "reports/look.hpp"
#include "reports/relation.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halfwrite::reports {

struct StoryLine {
  std::string text;
  Weight weight = Weight::detail;
};

// At most `most` lines, those that say what was left out counted, unless the decisive ones are
// more. `see_all` stands behind the first such number: "--event order-9 shows all", or nothing.
std::vector<std::string> shortened(const std::vector<StoryLine>& lines, std::size_t most,
                                   const std::string& see_all, const Look& look);

}  // namespace halfwrite::reports
