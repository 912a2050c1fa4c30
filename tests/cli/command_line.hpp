// Runs the real binary as a user would, from the project's folder.
#pragma once

#include <string>

namespace halfwrite::tests {

struct CommandResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// `command` is a shell line; `halfwrite` in it is the binary of this build. Unicode output.
CommandResult run_command(const std::string& command);

// The file of the leading scenario.
inline const std::string leading = "scenarios/library/order_created.json";

// In a folder of its own, gone afterwards; $scenario is the leading one. With the exit code of the
// last command.
std::string in_empty_folder(const std::string& commands);

bool contains(const std::string& text, const std::string& part);

}  // namespace halfwrite::tests
