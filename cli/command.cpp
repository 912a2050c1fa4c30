#include "cli/command.hpp"

#include "campaign/campaign.hpp"
#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace halfwrite::cli {

namespace {

std::atomic<bool> interrupt_flag{false};
std::atomic<int> signal_number{0};

void on_signal(int number) {
  if (interrupt_flag.exchange(true)) std::_Exit(128 + number);
  signal_number.store(number);
}

}  // namespace

const std::atomic<bool>& interrupted() {
  return interrupt_flag;
}

ExitCode interruption_code() {
  return signal_number.load() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
}

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<std::string> read_file(const std::string& path) {
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
