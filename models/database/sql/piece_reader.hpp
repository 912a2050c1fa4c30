// Reads the rows of a table a piece at a time, because a LIMIT may end a query before the next one:
// the same pieces for SQLite's virtual tables and for queries that run without SQLite, so that what
// a view notes as read is the same. It owns the piece and where it stands; never the rows.
#pragma once

#include "models/database/sql/evaluator.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace halfwrite::sql {

struct PieceReader {
  static constexpr std::size_t first_piece = 16;
  static constexpr std::size_t largest_piece = 4096;

  const ReadView* view = nullptr;
  TableId table = 0;
  std::optional<KeyRange> range;  // none: all rows
  ReadPosition position;
  std::size_t piece = first_piece;
  std::vector<StoredRow> rows;

  void begin(const ReadView* of, TableId in) {
    view = of;
    table = in;
    range.reset();
    position = {};
    piece = first_piece;
    rows.clear();
  }

  // The next rows, in the order of the key or of the table; none at the end.
  void read_on() {
    rows.clear();
    while (rows.empty() && !position.at_end) {
      if (range)
        view->find_next(table, *range, piece, position, rows);
      else
        view->scan_next(table, piece, position, rows);
      piece = std::min(piece * 4, largest_piece);
    }
  }
};

}  // namespace halfwrite::sql
