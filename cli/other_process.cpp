#include "cli/other_process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halfwrite::cli {

namespace {

[[noreturn]] void refuse(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

// AddressSanitizer keeps what was freed from being used again, so that blocks lie in the order they
// were asked for in every process. In the other one it must not.
std::vector<std::string> environment_of_child() {
  const std::string variable = "ASAN_OPTIONS=";
  std::string options = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0";
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(variable)) {
      options = std::string(text.substr(variable.size())) + ":" + options;
    } else {
      environment.emplace_back(text);
    }
  }
  environment.push_back(variable + options);
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The command line this process was started with.
std::vector<std::string> own_arguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(argument);
  if (arguments.empty())
    refuse(ENOENT, "the own command line cannot be read from /proc/self/cmdline");
  return arguments;
}

}  // namespace

OtherProcess::OtherProcess() {
  std::vector<std::string> arguments = own_arguments();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse(errno, "no pipe to another process");
  constexpr int end_of_child = 3;
  arguments.insert(arguments.end(), {"--other-process", std::to_string(end_of_child)});
  std::vector<std::string> environment = environment_of_child();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // A duplicate onto itself keeps the end open in the child as well.
  posix_spawn_file_actions_adddup2(&actions, ends[1], end_of_child);
  const int error = posix_spawn(&child_, "/proc/self/exe", &actions, nullptr,
                                pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) lines_ = fdopen(ends[0], "r");
  if (lines_ != nullptr) return;
  const int reason = error != 0 ? error : errno;
  close(ends[0]);
  if (error == 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  refuse(reason, "no second process to verify the run");
}

OtherProcess::~OtherProcess() {
  std::fclose(lines_);
  // It has ended, or writes into a closed pipe for nobody.
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

std::optional<std::string> OtherProcess::next_line() {
  std::string line;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), lines_) != nullptr) {
    line += piece.data();
    if (line.ends_with('\n')) {
      line.pop_back();
      return line;
    }
  }
  return std::nullopt;
}

void lay_memory_out_otherwise() {
  mallopt(M_PERTURB, 0xA5);
  // Free blocks of every small size, left in an order that has nothing to do with their addresses.
  // A linear congruential walk is enough: no run depends on it, and it is the same every time.
  constexpr std::size_t blocks = 1U << 15U;
  std::vector<std::unique_ptr<char[]>> held(blocks);
  for (std::size_t i = 0; i < blocks; ++i) held[i] = std::make_unique<char[]>(16 + i * 40 % 1200);
  std::size_t at = 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    at = (at * 5 + 12345) % blocks;
    // Every third stays for ever, so that its neighbours are not joined to one piece again.
    if (at % 3 == 0) {
      (void)held[at].release();
    } else {
      held[at].reset();
    }
  }
}

}  // namespace halfwrite::cli
