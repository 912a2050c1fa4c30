// The same command once more, in a process of its own whose memory lies otherwise: what depends on
// addresses, on what freed memory holds, or on anything else a process has of its own, comes out
// differently there. It owns the child and the pipe its trace comes through, and ends both with
// itself.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>

namespace halfwrite::cli {

class OtherProcess {
 public:
  // Starts this process's own command with `--other-process N`, N the number of the pipe's end.
  // What it says on stderr is seen; its stdout is not. Throws std::system_error when the system
  // refuses a pipe or a process.
  OtherProcess();
  ~OtherProcess();
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  // The next line of its trace without its end; nothing when no more comes. Waits for it.
  std::optional<std::string> next_line();

 private:
  std::FILE* lines_ = nullptr;
  pid_t child_ = -1;
};

// Called in the other process before its run: later allocations lie in another order than in the
// first process, and freed memory does not keep what was in it.
void lay_memory_out_otherwise();

}  // namespace halfwrite::cli
