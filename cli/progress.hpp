// How far a long command has come, on stderr: a line rewritten in place on a terminal; without one
// a line a minute, because CI kills jobs that are silent. It reads the wall clock it is given and
// counts nothing itself.
#pragma once

#include "cli/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace halfwrite::cli {

enum class ProgressStyle { none, bar, lines };
// With auto: a bar on a terminal that can go back in its line, else lines.
ProgressStyle progress_style(const std::string& setting, const Surroundings& around_stderr);

class Progress {
 public:
  using Clock = std::function<std::chrono::milliseconds()>;  // since any beginning, never backwards
  using Write = std::function<void(const std::string&)>;

  // `what` is done in `runs`; `columns` bounds the line that is rewritten.
  Progress(std::string what, ProgressStyle style, std::size_t columns, Clock clock, Write write);
  // The bar every 0.2 s, a line every 60 s: "order_created: 1,200 of 6,000 runs in 60 s, about 240
  // s more".
  void report(std::uint64_t done, std::uint64_t all);
  // Takes the bar away.
  void end();

 private:
  std::string line(std::uint64_t done, std::uint64_t all, std::chrono::milliseconds spent) const;

  std::string what_;
  ProgressStyle style_;
  std::size_t columns_;
  Clock clock_;
  Write write_;
  std::chrono::milliseconds begun_;
  std::chrono::milliseconds next_;
  bool shown_ = false;
};

// On stderr, by the steady clock.
Progress progress_on_stderr(std::string what, const Settings& settings);

}  // namespace halfwrite::cli
