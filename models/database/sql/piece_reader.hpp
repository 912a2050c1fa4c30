// Reads the rows of a table a piece at a time, because a LIMIT may end a query before the next one:
// the same pieces for SQLite's virtual tables and for queries that run without SQLite, so that what
// a view notes as read is the same. It owns the piece and where it stands; never the rows.
#pragma once

#include "models/database/sql/evaluator.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace halfwrite::sql {

class PieceReader {
 public:
  static constexpr std::size_t first_piece = 16;
  static constexpr std::size_t largest_piece = 4096;

  ReadPosition position;
  std::vector<StoredRow> rows;

  // All rows, unless a key is said next.
  void begin(const ReadView* view, TableId table) {
    view_ = view;
    table_ = table;
    by_key_ = false;
    position = {};
    piece_ = first_piece;
    rows.clear();
  }
  // By this key, within the limits that the caller sets.
  KeyRange& begin_by(KeyId key) {
    by_key_ = true;
    range_.key = key;
    range_.equal.clear();
    range_.lower.reset();
    range_.upper.reset();
    range_.descending = false;
    return range_;
  }

  // The next rows, in the order of the key or of the table; none at the end.
  void read_on() {
    rows.clear();
    while (rows.empty() && !position.at_end) {
      if (by_key_)
        view_->find_next(table_, range_, piece_, position, rows);
      else
        view_->scan_next(table_, piece_, position, rows);
      piece_ = std::min(piece_ * 4, largest_piece);
    }
  }

 private:
  const ReadView* view_ = nullptr;
  TableId table_ = 0;
  bool by_key_ = false;
  KeyRange range_;
  std::size_t piece_ = first_piece;
};

}  // namespace halfwrite::sql
