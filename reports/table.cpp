#include "reports/table.hpp"

#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::reports {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  }));
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    widest = std::max(widest, width_of(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

std::string cut_to(std::string_view text, std::size_t width, bool unicode) {
  if (width_of(text) <= width) return std::string(text);
  const std::string_view mark = unicode ? "…" : "...";
  const std::size_t keep = width > width_of(mark) ? width - width_of(mark) : 0;
  std::size_t end = 0;
  for (std::size_t kept = 0; end < text.size() && kept < keep; ++kept) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) ++end;
  }
  return std::string(text.substr(0, end)) + std::string(mark);
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (used > 0 && used + 1 + width_of(word) > width) {
      result += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (!result.empty()) {
      result += ' ';
      ++used;
    }
    result += word;
    used += width_of(word);
  }
  return result;
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::uint64_t number, std::string_view word) {
  return with_commas(number) + " " + std::string(word) + (number == 1 ? "" : "s");
}

void Table::add_row(std::vector<std::string> cells) {
  HALFWRITE_ASSERT(cells.size() == columns_.size(),
                   "a row of a table has another number of cells than the table has columns");
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view gap) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      if (i > 0) line += gap;
      line += columns_[i] == Align::right ? padding + row[i] : row[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

}  // namespace halfwrite::reports
