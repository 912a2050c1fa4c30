#include "models/database/sql/virtual_table.hpp"

#include "models/database/sql/shape.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

namespace {

struct RowTable : sqlite3_vtab {
  Evaluation* evaluation = nullptr;
  Shape shape;
};

// Rows are read a piece at a time: a LIMIT may end the query before the next one.
constexpr std::size_t kFirstPiece = 16;
constexpr std::size_t kLargestPiece = 4096;

struct RowCursor : sqlite3_vtab_cursor {
  std::vector<StoredRow> rows;
  std::size_t at = 0;
  const ReadView* view = nullptr;  // to read on from
  TableId table = 0;
  std::optional<KeyRange> range;
  ReadPosition position;
  std::size_t piece = kFirstPiece;

  void read_on() {
    rows.clear();
    at = 0;
    while (rows.empty() && !position.at_end) {
      if (range)
        view->find_next(table, *range, piece, position, rows);
      else
        view->scan_next(table, piece, position, rows);
      piece = std::min(piece * 4, kLargestPiece);
    }
  }
};

RowTable& table_of(sqlite3_vtab* table) {
  return *static_cast<RowTable*>(table);
}
RowCursor& cursor_of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<RowCursor*>(cursor);
}

const char* collation_of_letter(char letter) {
  return letter == 'n'   ? "hw_numeric"
         : letter == 'v' ? "hw_interval"
         : letter == 'r' ? "RTRIM"
                         : "BINARY";
}

int connect(sqlite3* handle, void* auxiliary, int, const char* const* arguments,
            sqlite3_vtab** made, char**) noexcept {
  auto table = std::make_unique<RowTable>();
  static_cast<sqlite3_vtab&>(*table) = {};
  table->evaluation = static_cast<Evaluation*>(auxiliary);
  table->shape = read_shape(arguments[2]);
  std::string sql = "CREATE TABLE x(";
  for (std::size_t i = 0; i < table->shape.letters.size(); ++i)
    sql += (i > 0 ? ", c" : "c") + std::to_string(i) +
           (table->shape.is_step
                ? ""
                : " COLLATE " + std::string(collation_of_letter(table->shape.letters[i])));
  const int code = sqlite3_declare_vtab(handle, (sql + ")").c_str());
  if (code != SQLITE_OK) return code;
  *made = table.release();
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) noexcept {
  const std::unique_ptr<RowTable> owned(&table_of(table));
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** made) noexcept {
  auto cursor = std::make_unique<RowCursor>();
  static_cast<sqlite3_vtab_cursor&>(*cursor) = {};
  *made = cursor.release();
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) noexcept {
  const std::unique_ptr<RowCursor> owned(&cursor_of(cursor));
  return SQLITE_OK;
}

// A usable constraint on a column: its position in `info`, or -1. Operators are compared by the
// column's collation only.
int find_constraint(sqlite3_index_info* info, const RowTable& table, ColumnId column,
                    std::initializer_list<int> operators) {
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn != static_cast<int>(column)) continue;
    if (std::string_view(sqlite3_vtab_collation(info, i)) !=
        collation_of_letter(table.shape.letters[column]))
      continue;
    for (const int wanted : operators)
      if (constraint.op == wanted) return i;
  }
  return -1;
}

constexpr int kRowsOfTable = 1'000'000;

struct Choice {
  int key = -1;
  std::vector<int> constraints;
  // e: equal, g G: lower bound (exclusive, inclusive), l L: upper bound, w: of the rows of a
  // partial index; d: backwards.
  std::string operators;
  int cost = kRowsOfTable;
  sqlite3_int64 rows = kRowsOfTable;
  bool single = false;
  bool ordered = false;  // in the order that is asked for

  // What a sort after it costs is counted for the choice between keys alone.
  sqlite3_int64 cost_in_order(const sqlite3_index_info& info) const {
    return cost + (info.nOrderBy > 0 && !ordered && !single ? 2 * rows : 0);
  }
};

// Whether the key, whose first `equal` columns are fixed, gives the rows in the order asked for.
// SQLite puts NULLs first and the store last: their column must have none (a bound leaves none).
bool gives_order(const sqlite3_index_info& info, const RowTable& table, const ShapeKey& key,
                 std::size_t equal, bool bounded, bool& descending) {
  std::size_t at = equal;
  for (int i = 0; i < info.nOrderBy; ++i) {
    const auto& term = info.aOrderBy[i];
    const auto fixed = key.columns.begin() + static_cast<std::ptrdiff_t>(equal);
    if (std::any_of(key.columns.begin(), fixed,
                    [&](ColumnId column) { return static_cast<int>(column) == term.iColumn; }))
      continue;
    if (at == key.columns.size() || static_cast<int>(key.columns[at]) != term.iColumn) return false;
    const ColumnId column = key.columns[at];
    const char letter = table.shape.letters[column];
    if (letter != 'i' && letter != 's' && letter != 'n') return false;
    if (!table.shape.not_null[column] && !(bounded && at == equal)) return false;
    if (at == equal) descending = term.desc != 0;
    if (descending != (term.desc != 0)) return false;
    ++at;
  }
  return info.nOrderBy > 0;
}

// Bounds on the column behind the fixed ones.
bool add_bounds(sqlite3_index_info* info, const RowTable& table, ColumnId column, Choice& choice) {
  const auto before = choice.constraints.size();
  if (const int low = find_constraint(info, table, column,
                                      {SQLITE_INDEX_CONSTRAINT_GT, SQLITE_INDEX_CONSTRAINT_GE});
      low >= 0) {
    choice.constraints.push_back(low);
    choice.operators += info->aConstraint[low].op == SQLITE_INDEX_CONSTRAINT_GT ? 'g' : 'G';
  }
  if (const int high = find_constraint(info, table, column,
                                       {SQLITE_INDEX_CONSTRAINT_LT, SQLITE_INDEX_CONSTRAINT_LE});
      high >= 0) {
    choice.constraints.push_back(high);
    choice.operators += info->aConstraint[high].op == SQLITE_INDEX_CONSTRAINT_LT ? 'l' : 'L';
  }
  return choice.constraints.size() > before;
}

// Nothing (no key) when it does not help.
Choice choice_for(sqlite3_index_info* info, const RowTable& table, std::size_t index) {
  const auto& key = table.shape.keys[index];
  Choice choice;
  if (key.condition) {
    const int found = find_constraint(info, table, *key.condition, {SQLITE_INDEX_CONSTRAINT_EQ});
    if (found < 0) return {};
    choice.constraints.push_back(found);
    choice.operators += 'w';
  }
  std::size_t equal = 0;
  for (; equal < key.columns.size(); ++equal) {
    const int found =
        find_constraint(info, table, key.columns[equal], {SQLITE_INDEX_CONSTRAINT_EQ});
    if (found < 0) break;
    choice.constraints.push_back(found);
    choice.operators += 'e';
  }
  const bool bounded =
      equal < key.columns.size() && add_bounds(info, table, key.columns[equal], choice);
  bool descending = false;
  choice.ordered = gives_order(*info, table, key, equal, bounded, descending);
  if (choice.constraints.empty() && !choice.ordered) return {};
  choice.key = static_cast<int>(index);
  if (choice.ordered && descending) choice.operators += 'd';
  choice.single = key.unique && equal == key.columns.size();
  if (choice.single)
    choice.rows = 1;
  else if (equal > 0)
    choice.rows = bounded ? 10 : 100;
  else if (bounded || key.condition)
    choice.rows = bounded && key.condition ? 1'000 : 10'000;
  choice.cost = static_cast<int>(choice.rows) + (choice.single ? 0 : 10);
  return choice;
}

int best_index(sqlite3_vtab* base, sqlite3_index_info* info) noexcept {
  const auto& table = table_of(base);
  Choice best;
  for (std::size_t i = 0; i < table.shape.keys.size(); ++i) {
    auto choice = choice_for(info, table, i);
    if (choice.key >= 0 && choice.cost_in_order(*info) < best.cost_in_order(*info))
      best = std::move(choice);
  }
  info->estimatedCost = best.cost;
  info->estimatedRows = best.rows;
  info->idxNum = best.key + 1;
  info->orderByConsumed = best.ordered ? 1 : 0;
  if (best.single) info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  for (std::size_t i = 0; i < best.constraints.size(); ++i)
    info->aConstraintUsage[best.constraints[i]].argvIndex = static_cast<int>(i) + 1;
  if (!best.operators.empty()) {
    info->idxStr = sqlite3_mprintf("%s", best.operators.c_str());
    info->needToFreeIdxStr = 1;
  }
  return SQLITE_OK;
}

// False when the constraint is with NULL: nothing can match.
bool read_range(const Call& call, const TableSlot& slot, const ShapeKey& key,
                std::string_view operators, KeyRange& range) {
  range.descending = operators.ends_with('d');
  for (int i = 0; i < call.count(); ++i) {
    if (call.is_null(i)) return false;
    const auto operation = operators[static_cast<std::size_t>(i)];
    if (operation == 'w') continue;
    const ColumnId column = key.columns[range.equal.size()];
    auto value = call.value(i, slot.kinds[column]);
    if (operation == 'e')
      range.equal.push_back(std::move(value));
    else if (operation == 'g' || operation == 'G')
      range.lower = Bound{std::move(value), operation == 'G'};
    else
      range.upper = Bound{std::move(value), operation == 'L'};
  }
  return true;
}

int filter(sqlite3_vtab_cursor* base, int key, const char* operators, int count,
           sqlite3_value** values) noexcept {
  auto& cursor = cursor_of(base);
  const auto& table = table_of(base->pVtab);
  cursor.rows.clear();
  cursor.at = 0;
  cursor.range.reset();
  cursor.position = {};
  cursor.piece = kFirstPiece;
  const auto& evaluation = *table.evaluation;
  if (table.shape.is_step) {
    HALFWRITE_ASSERT(table.shape.slot < evaluation.inputs->lock_steps.size(),
                     "a statement was evaluated without the rows of its lock steps");
    RowId id = 0;
    for (const auto& row : evaluation.inputs->lock_steps[table.shape.slot].rows)
      cursor.rows.push_back({++id, &row});
    cursor.position.at_end = true;
    return SQLITE_OK;
  }
  const auto& slot = evaluation.plan->tables[table.shape.slot];
  HALFWRITE_ASSERT(slot.database < evaluation.inputs->views.size() &&
                       evaluation.inputs->views[slot.database] != nullptr,
                   "a statement was evaluated without a view of a database it reads");
  cursor.view = evaluation.inputs->views[slot.database];
  cursor.table = slot.table;
  if (key > 0) {
    auto& range = cursor.range.emplace();
    range.key = static_cast<KeyId>(key - 1);
    const Call call(nullptr, count, values, *table.evaluation);
    const std::string_view read = operators == nullptr ? "" : operators;
    cursor.position.at_end = !read_range(call, slot, table.shape.keys[range.key], read, range);
  }
  cursor.read_on();
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) noexcept {
  auto& cursor = cursor_of(base);
  if (++cursor.at == cursor.rows.size() && !cursor.position.at_end) cursor.read_on();
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) noexcept {
  const auto& cursor = cursor_of(base);
  return cursor.at >= cursor.rows.size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) noexcept {
  const auto& cursor = cursor_of(base);
  const auto& value = (*cursor.rows[cursor.at].values)[static_cast<std::size_t>(index)];
  if (value.is_null()) {
    sqlite3_result_null(context);
  } else if (value.is_integer()) {
    sqlite3_result_int64(context, value.integer());
  } else {
    // Rows outlive the evaluation: their text need not be copied.
    const auto& text = value.characters();
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* id) noexcept {
  const auto& cursor = cursor_of(base);
  *id = cursor.rows[cursor.at].id;
  return SQLITE_OK;
}

constexpr sqlite3_module kModule = [] {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xCreate = connect;
  module.xConnect = connect;
  module.xBestIndex = best_index;
  module.xDisconnect = disconnect;
  module.xDestroy = disconnect;
  module.xOpen = open;
  module.xClose = close;
  module.xFilter = filter;
  module.xNext = next;
  module.xEof = at_end;
  module.xColumn = column;
  module.xRowid = row_id;
  return module;
}();

}  // namespace

void register_row_module(sqlite3* handle, Evaluation& evaluation) {
  const int code = sqlite3_create_module_v2(handle, kRowModule, &kModule, &evaluation, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept the module of virtual tables");
}

}  // namespace halfwrite::sql
