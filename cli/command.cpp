#include "cli/command.hpp"

#include "campaign/campaign.hpp"
#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>

namespace halfwrite::cli {

namespace {

std::atomic<bool> interrupt_flag{false};
std::atomic<int> signal_number{0};

std::atomic<std::time_t> signalled_at{0};

// The second signal ends the process at once, but not the echo of the first: `timeout` signals a
// process and then its whole group.
void on_signal(int number) {
  const std::time_t now = std::time(nullptr);
  if (interrupt_flag.exchange(true)) {
    if (now - signalled_at.load() >= 2) std::_Exit(128 + number);
    return;
  }
  signalled_at.store(now);
  signal_number.store(number);
}

}  // namespace

const std::atomic<bool>& interrupted() {
  return interrupt_flag;
}

ExitCode interruption_code() {
  return signal_number.load() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
}

void catch_signals(bool between_runs) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!between_runs) return;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

std::optional<std::string> read_file(const std::string& path) {
  // A folder can be opened, and throws when it is read.
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return std::nullopt;
  return text;
}

std::optional<scenarios::ScenarioFile> load_or_explain(const std::string& path) {
  auto loaded = scenarios::load(path, read_file);
  if (loaded) return std::move(loaded).value();
  for (const scenarios::Diagnostic& diagnostic : loaded.error())
    std::fputs(scenarios::to_text(diagnostic).c_str(), stderr);
  const std::size_t errors = loaded.error().size();
  fmt::print(stderr, "{} error{} in {}, nothing was run (exit 2)\n", errors, errors == 1 ? "" : "s",
             path);
  return std::nullopt;
}

ExitCode usage_error(const std::string& sentence) {
  fmt::print(stderr, "halfwrite: {}\n", sentence);
  return ExitCode::usage;
}

std::function<std::string(const std::string&)> whole_number(std::uint64_t at_least,
                                                            std::uint64_t at_most) {
  return [at_least, at_most](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number >= at_least && number <= at_most)
      return {};
    return fmt::format("a whole number from {} to {} is expected, not \"{}\"", at_least, at_most,
                       text);
  };
}

bool seeds_fit(std::uint64_t first_seed, std::uint64_t seeds) {
  if (seeds == 0 || first_seed <= std::numeric_limits<std::uint64_t>::max() - (seeds - 1))
    return true;
  usage_error(
      fmt::format("{} seeds from {} on: the last would be no 64-bit number", seeds, first_seed));
  return false;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::function<void(std::uint64_t, std::uint64_t)> progress_line(const std::string& what) {
  using Clock = std::chrono::steady_clock;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const auto interval =
      terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(60'000);
  return [what, terminal, interval, next = Clock::now() + interval](std::uint64_t done,
                                                                    std::uint64_t all) mutable {
    if (Clock::now() < next) return;
    next = Clock::now() + interval;
    fmt::print(stderr, "{}{}: {} of {} runs{}", terminal ? "\r" : "", what, done, all,
               terminal ? "  " : "\n");
    std::fflush(stderr);
  };
}

void end_progress_line() {
  if (isatty(STDERR_FILENO) == 1) std::fputs("\r\033[K", stderr);
}

const scenarios::Variant* choose_variant(const scenarios::ScenarioFile& file,
                                         const std::string& name) {
  const auto matching = campaign::matching_variants(file, name.empty() ? "*" : name);
  if (matching.size() == 1) return matching.front();
  std::string names;
  for (const scenarios::Variant* variant :
       matching.empty() ? campaign::matching_variants(file, "*") : matching)
    names += "\n  " + variant->name;
  if (matching.empty()) {
    usage_error(fmt::format("{} has no variant \"{}\"; it has:{}", file.path, name, names));
  } else if (name.empty()) {
    usage_error(fmt::format("{} has {} variants; say which with --variant:{}", file.path,
                            matching.size(), names));
  } else {
    usage_error(fmt::format("\"{}\" matches {} variants; a run is of one:{}", name, matching.size(),
                            names));
  }
  return nullptr;
}

bool unicode_output() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    return locale.find("UTF-8") != std::string_view::npos ||
           locale.find("utf8") != std::string_view::npos ||
           locale.find("UTF8") != std::string_view::npos ||
           locale.find("utf-8") != std::string_view::npos;
  }
  return false;
}

}  // namespace halfwrite::cli
