#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace halfwrite::cli {

namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widest_by_itself = 120;
constexpr std::size_t without_terminal = 100;

std::optional<std::size_t> columns_in(const std::string& text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number > 0) return number;
  return std::nullopt;
}

}  // namespace

Surroundings surroundings_of(int descriptor) {
  Surroundings around;
  around.is_terminal = isatty(descriptor) == 1;
  winsize size{};
  if (around.is_terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) around.columns = size.ws_col;
  around.variable = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return around;
}

ColorDecision decide_color(const std::string& setting, const Surroundings& around) {
  if (setting == "always") return {true, ""};
  if (setting == "never") return {false, ""};
  const auto is_set = [&around](const char* name) {
    return around.variable(name).value_or("") != "";
  };
  if (is_set("NO_COLOR")) return {false, "NO_COLOR is set"};
  if (is_set("CLICOLOR_FORCE") && around.variable("CLICOLOR_FORCE") != "0")
    return {true, "CLICOLOR_FORCE is set"};
  if (around.variable("CLICOLOR") == "0") return {false, "CLICOLOR is 0"};
  if (!around.is_terminal) return {false, "stdout is no terminal"};
  if (around.variable("TERM").value_or("dumb") == "dumb") return {false, "TERM is dumb"};
  return {true, "stdout is a terminal"};
}

WidthDecision decide_width(const std::string& setting, const Surroundings& around) {
  if (const auto columns = columns_in(setting)) return {*columns, ""};
  if (const auto columns = columns_in(around.variable("COLUMNS").value_or("")))
    return {std::clamp<std::size_t>(*columns, narrowest, 1000), "COLUMNS"};
  if (around.columns > 0)
    return {std::clamp(around.columns, narrowest, widest_by_itself), "the terminal's"};
  return {without_terminal, around.is_terminal ? "the terminal does not say" : "no terminal"};
}

bool can_show_unicode(const Surroundings& around) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = around.variable(name).value_or("");
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

reports::Look look_of(const Settings& settings) {
  const Surroundings around = surroundings_of(STDOUT_FILENO);
  reports::Look look;
  look.unicode = can_show_unicode(around);
  look.color = decide_color(settings.text("color"), around).use;
  look.width = decide_width(settings.text("width"), around).columns;
  return look;
}

}  // namespace halfwrite::cli
