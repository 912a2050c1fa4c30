#include "cli/interruption.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace halfwrite::cli {

namespace {

std::atomic<bool> interrupt_flag{false};
std::atomic<int> signal_number{0};
std::atomic<std::int64_t> signalled_at_milliseconds{0};

// `timeout` signals a process and then its whole group, a few microseconds later; no person presses
// a key twice that fast.
constexpr std::int64_t echo_milliseconds = 150;

std::int64_t now_in_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // may be called in a signal handler, as write may
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

void on_signal(int number) {
  const std::int64_t now = now_in_milliseconds();
  if (interrupt_flag.exchange(true)) {
    if (now - signalled_at_milliseconds.load() >= echo_milliseconds) std::_Exit(128 + number);
    return;
  }
  signalled_at_milliseconds.store(now);
  signal_number.store(number);
  constexpr char sentence[] = "\nstopping after the runs at work; once more to end at once\n";
  if (write(STDERR_FILENO, sentence, sizeof sentence - 1) < 0) return;  // nobody reads it
}

}  // namespace

const std::atomic<bool>& interrupted() {
  return interrupt_flag;
}

campaign::ExitCode interruption_code() {
  return signal_number.load() == SIGTERM ? campaign::ExitCode::terminated
                                         : campaign::ExitCode::interrupted;
}

void stop_between_runs() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void survive_closed_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace halfwrite::cli
