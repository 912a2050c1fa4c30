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

}  // namespace halfwrite::tests
