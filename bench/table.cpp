#include "bench/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace halfwrite::bench {

bool Results::ReportContext(const Context&) {
  return true;
}

void Results::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
    Measured measured;
    for (const auto& [name, counter] : run.counters) measured.counters[name] = counter.value;
    measured.items_a_second = measured.counters["items_per_second"];
    Measured& best = by_name_[run.run_name.function_name];
    if (measured.items_a_second > best.items_a_second) best = measured;
    std::fprintf(stderr, "%-40s %14.0f a second\n", run.run_name.function_name.c_str(),
                 measured.items_a_second);
  }
}

const Measured* Results::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

std::vector<std::string> Results::names(const std::string& beginning) const {
  std::vector<std::string> names;
  for (const auto& [name, measured] : by_name_) {
    if (name.rfind(beginning, 0) == 0) names.push_back(name);
  }
  return names;
}

void Table::heading(std::string text) {
  Line line;
  line.what = std::move(text);
  lines_.push_back(std::move(line));
}

void Table::add(std::string what, Bound bound, double goal, std::optional<double> value,
                int decimals, std::string unit) {
  const auto shown = [&](double number) {
    return fmt::format("{:.{}f}{}", number, decimals, unit);
  };
  Line line;
  line.what = "  " + std::move(what);
  line.measured = value ? shown(*value) : "not measured";
  if (bound != Bound::none) {
    line.goal = (bound == Bound::at_least ? ">= " : "<= ") + shown(goal);
    if (value) line.met = bound == Bound::at_least ? *value >= goal : *value <= goal;
  }
  lines_.push_back(std::move(line));
}

std::string Table::to_text() const {
  std::size_t widths[3] = {4, 4, 8};
  for (const Line& line : lines_) {
    widths[0] = std::max(widths[0], line.what.size());
    widths[1] = std::max(widths[1], line.goal.size());
    widths[2] = std::max(widths[2], line.measured.size());
  }
  const auto row = [&](const std::string& what, const std::string& goal,
                       const std::string& measured, const std::string& met) {
    std::string text = fmt::format("{:{}}  {:>{}}  {:>{}}  {}", what, widths[0], goal, widths[1],
                                   measured, widths[2], met);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = row("", "goal", "measured", "");
  for (const Line& line : lines_) {
    text +=
        row(line.what, line.goal, line.measured, line.met ? (*line.met ? "met" : "MISSED") : "");
  }
  return text;
}

}  // namespace halfwrite::bench
