// A plain table for the terminal: columns as wide as their widest cell, aligned left or right by
// column. Width is counted in characters, not bytes, so that signs such as ✓ take one place. It
// knows nothing of what the cells mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::reports {

enum class Align { left, right };

class Table {
 public:
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}
  // As many cells as columns.
  void add_row(std::vector<std::string> cells);
  // Rows in order, each ended by a new line; no blanks at a line's end.
  std::string text(std::string_view gap = "  ") const;
  // The same in as many tables as it takes for no line to be wider than `width`, each with the
  // first column; an empty line between them. A column that is too wide beside the first stands
  // alone with it.
  std::string folded(std::size_t width, std::string_view gap = "  ") const;

 private:
  std::vector<std::size_t> column_widths() const;
  std::string text_of(const std::vector<std::size_t>& columns, std::string_view gap) const;

  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// How many characters of a UTF-8 text are seen: sequences that colour it take no place.
std::size_t width_of(std::string_view text);
// The width of the widest line of a text.
std::size_t widest_line(std::string_view text);
// The text cut to a width, with "…" (or "...") as its last sign where something was cut.
std::string cut_to(std::string_view text, std::size_t width, bool unicode);
// Lines of at most `width` characters, broken at blanks; further lines are indented.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
// 1,034
std::string with_commas(std::uint64_t number);
// "1 fault", "1,034 faults"
std::string counted(std::uint64_t number, std::string_view word);

}  // namespace halfwrite::reports
