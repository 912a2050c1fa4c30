// What the terminal, or whoever reads stdout, can show: signs, colours, how many columns. Decided
// once per command from the settings and the variables that other programs know too (NO_COLOR,
// CLICOLOR, CLICOLOR_FORCE, TERM, COLUMNS, LC_ALL, LC_CTYPE, LANG). The decisions are pure
// functions of what was seen, so that they can be tested.
#pragma once

#include "cli/settings.hpp"
#include "reports/look.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace halfwrite::cli {

struct Surroundings {
  bool is_terminal = false;
  std::size_t columns = 0;  // of the terminal; 0: it does not say
  std::function<std::optional<std::string>(const char* name)> variable;
};
// Of this process; `descriptor` is 1 for stdout, 2 for stderr.
Surroundings surroundings_of(int descriptor);

// A decision and, where the setting left it open, why: "stdout is no terminal".
struct ColorDecision {
  bool use = false;
  std::string because;
};
// always and never decide. With auto: NO_COLOR (not empty) forbids, CLICOLOR_FORCE (not 0) asks,
// CLICOLOR=0, TERM=dumb and what is no terminal forbid; else there is colour.
ColorDecision decide_color(const std::string& setting, const Surroundings& around);

struct WidthDecision {
  std::size_t columns = 0;
  std::string because;
};
// With auto: COLUMNS, else the terminal's (at most 120: longer lines are hard to read), else 100.
// Never below 40.
WidthDecision decide_width(const std::string& setting, const Surroundings& around);

// A locale that names UTF-8, in the first of LC_ALL, LC_CTYPE and LANG that is set.
bool can_show_unicode(const Surroundings& around);

// Of stdout.
reports::Look look_of(const Settings& settings);

}  // namespace halfwrite::cli
