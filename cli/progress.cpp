#include "cli/progress.hpp"

#include "reports/table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace halfwrite::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds bar_interval{200};
constexpr milliseconds line_interval{60'000};

milliseconds interval_of(ProgressStyle style) {
  return style == ProgressStyle::bar ? bar_interval : line_interval;
}

}  // namespace

ProgressStyle progress_style(const std::string& setting, const Surroundings& around_stderr) {
  if (setting == "none") return ProgressStyle::none;
  if (setting == "bar") return ProgressStyle::bar;
  if (setting == "lines") return ProgressStyle::lines;
  const bool can_go_back = around_stderr.is_terminal && around_stderr.variable("TERM") != "dumb";
  return can_go_back ? ProgressStyle::bar : ProgressStyle::lines;
}

Progress::Progress(std::string what, ProgressStyle style, std::size_t columns, Clock clock,
                   Write write)
    : what_(std::move(what)),
      style_(style),
      columns_(columns),
      clock_(std::move(clock)),
      write_(std::move(write)),
      begun_(clock_()),
      next_(begun_ + interval_of(style)) {}

void Progress::report(std::uint64_t done, std::uint64_t all) {
  if (style_ == ProgressStyle::none) return;
  const milliseconds now = clock_();
  if (now < next_ || done >= all) return;
  next_ = now + interval_of(style_);
  const std::string text = line(done, all, now - begun_);
  if (style_ == ProgressStyle::lines) {
    write_(text + "\n");
    return;
  }
  shown_ = true;
  write_("\r" + reports::cut_to(text, columns_ - 1, false) + "\033[K");
}

void Progress::end() {
  if (shown_) write_("\r\033[K");
  shown_ = false;
}

std::string Progress::line(std::uint64_t done, std::uint64_t all, milliseconds spent) const {
  const auto seconds = static_cast<std::uint64_t>(spent.count() / 1000);
  std::string text =
      fmt::format("{}: {} of {}", what_, reports::with_commas(done), reports::counted(all, "run"));
  if (seconds == 0 || done == 0) return text;
  return text + fmt::format(" in {} s, about {} s more", reports::with_commas(seconds),
                            reports::with_commas(seconds * (all - done) / done));
}

Progress progress_on_stderr(std::string what, const Settings& settings) {
  const Surroundings around = surroundings_of(STDERR_FILENO);
  return Progress(
      std::move(what), progress_style(settings.text("progress"), around),
      decide_width("auto", around).columns,
      [] {
        return std::chrono::duration_cast<milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
      },
      [](const std::string& text) {
        std::fwrite(text.data(), 1, text.size(), stderr);
        std::fflush(stderr);
      });
}

}  // namespace halfwrite::cli
