// The smallest cause of something broken, on a line, and the command that shows it. It shows what
// shrinking came to and judges nothing.
#pragma once

#include "campaign/outcome.hpp"
#include "reports/look.hpp"

#include <string>
#include <vector>

namespace halfwrite::reports {

// "crash of order.1, at order.place/2 of orders#50; 1 request".
std::string cause_text(const campaign::SmallestCase& smallest);
std::string replay_command(const std::string& case_path);

// The cause and the command, each on lines of their own, indented; nothing where nothing was
// shrunk.
std::string smallest_lines(const std::optional<campaign::SmallestCase>& smallest, const Look& look);

// "3 more finds were not shrunk (--shrink N)"; nothing where all were.
std::string not_shrunk_line(std::uint64_t not_shrunk);

// Is it easier to read than the other: fewer faults, then fewer requests?
bool is_smaller(const campaign::SmallestCase& one, const campaign::SmallestCase& other);

}  // namespace halfwrite::reports
