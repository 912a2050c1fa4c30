#include "reports/table.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <limits>

namespace halfwrite::reports {

namespace {

// The bytes of what stands at `at`: one character, or a sequence that only colours ("ESC [ 31 m").
struct Piece {
  std::size_t bytes = 1;
  bool seen = true;
};

Piece piece_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if (text[at] == '\033' && end < text.size() && text[end] == '[') {
    while (end < text.size() && text[end] != 'm') ++end;
    return {std::min(end + 1, text.size()) - at, false};
  }
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) ++end;
  return {end - at, true};
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    width += piece.seen ? 1 : 0;
    at += piece.bytes;
  }
  return width;
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
  std::string result;
  std::size_t kept = 0;
  bool is_colored = false;
  for (std::size_t at = 0; at < text.size() && kept < keep;) {
    const Piece piece = piece_at(text, at);
    kept += piece.seen ? 1 : 0;
    is_colored = is_colored || !piece.seen;
    result += text.substr(at, piece.bytes);
    at += piece.bytes;
  }
  return result + std::string(mark) + (is_colored ? "\033[0m" : "");
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

std::vector<std::size_t> Table::column_widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  return widths;
}

std::string Table::text_of(const std::vector<std::size_t>& columns, std::string_view gap) const {
  const std::vector<std::size_t> widths = column_widths();
  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (const std::size_t i : columns) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      if (i != columns.front()) line += gap;
      line += columns_[i] == Align::right ? padding + row[i] : row[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

std::string Table::text(std::string_view gap) const {
  return folded(std::numeric_limits<std::size_t>::max(), gap);
}

std::string Table::folded(std::size_t width, std::string_view gap) const {
  const std::vector<std::size_t> widths = column_widths();
  std::string result;
  std::vector<std::size_t> shown{0};
  std::size_t used = widths.front();
  for (std::size_t i = 1; i < columns_.size(); ++i) {
    const std::size_t needed = width_of(gap) + widths[i];
    if (used + needed > width && shown.size() > 1) {
      result += text_of(shown, gap) + "\n";
      shown = {0};
      used = widths.front();
    }
    shown.push_back(i);
    used += needed;
  }
  return result + text_of(shown, gap);
}

}  // namespace halfwrite::reports
