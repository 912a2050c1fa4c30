#include "models/database/sql/virtual_table.hpp"

#include "models/database/sql/index_choice.hpp"
#include "models/database/sql/piece_reader.hpp"
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

struct RowCursor : sqlite3_vtab_cursor {
  PieceReader reader;
  std::size_t at = 0;  // of its rows

  void read_on() {
    reader.read_on();
    at = 0;
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

std::optional<AskedConstraint::Operation> operation_of(int code) {
  using Operation = AskedConstraint::Operation;
  switch (code) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return Operation::equal;
    case SQLITE_INDEX_CONSTRAINT_GT:
      return Operation::greater;
    case SQLITE_INDEX_CONSTRAINT_GE:
      return Operation::greater_or_equal;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return Operation::less;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return Operation::less_or_equal;
    default:
      return std::nullopt;
  }
}

// What SQLite asks for. Of a column that is compared by another collation than its own no key says
// anything, nor does one of a row id.
struct Asked {
  std::vector<AskedConstraint> constraints;
  std::vector<int> places;  // of these, with SQLite
  std::vector<AskedOrder> order;

  Asked(sqlite3_index_info* info, const Shape& shape) {
    for (int i = 0; i < info->nConstraint; ++i) {
      const auto& constraint = info->aConstraint[i];
      const auto operation = operation_of(constraint.op);
      if (constraint.usable == 0 || constraint.iColumn < 0 || !operation) continue;
      const auto column = static_cast<ColumnId>(constraint.iColumn);
      if (std::string_view(sqlite3_vtab_collation(info, i)) !=
          collation_of_letter(shape.letters[column]))
        continue;
      constraints.push_back({column, *operation});
      places.push_back(i);
    }
    for (int i = 0; i < info->nOrderBy; ++i) {
      const auto& term = info->aOrderBy[i];
      order.push_back({static_cast<ColumnId>(term.iColumn), term.desc != 0});
    }
  }
};

int best_index(sqlite3_vtab* base, sqlite3_index_info* info) noexcept {
  const auto& shape = table_of(base).shape;
  const Asked asked(info, shape);
  const IndexChoice best = choose_index(shape, asked.constraints, asked.order);
  info->estimatedCost = best.cost;
  info->estimatedRows = best.rows;
  info->idxNum = best.key + 1;
  info->orderByConsumed = best.ordered ? 1 : 0;
  if (best.single) info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  for (std::size_t i = 0; i < best.constraints.size(); ++i) {
    const int place = asked.places[best.constraints[i]];
    info->aConstraintUsage[place].argvIndex = static_cast<int>(i) + 1;
  }
  const std::string operators = best.operators + (best.descending ? "d" : "");
  if (!operators.empty()) {
    info->idxStr = sqlite3_mprintf("%s", operators.c_str());
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
    range.limit(operation, call.value(i, slot.kinds[column]));
  }
  return true;
}

int filter(sqlite3_vtab_cursor* base, int key, const char* operators, int count,
           sqlite3_value** values) noexcept {
  auto& cursor = cursor_of(base);
  const auto& table = table_of(base->pVtab);
  PieceReader& reader = cursor.reader;
  cursor.at = 0;
  const auto& evaluation = *table.evaluation;
  if (table.shape.is_step) {
    HALFWRITE_ASSERT(table.shape.slot < evaluation.inputs->lock_steps.size(),
                     "a statement was evaluated without the rows of its lock steps");
    reader.begin(nullptr, 0);
    RowId id = 0;
    for (const auto& row : evaluation.inputs->lock_steps[table.shape.slot].rows)
      reader.rows.push_back({++id, &row});
    reader.position.at_end = true;
    return SQLITE_OK;
  }
  const auto& slot = evaluation.plan->tables[table.shape.slot];
  HALFWRITE_ASSERT(slot.database < evaluation.inputs->views.size() &&
                       evaluation.inputs->views[slot.database] != nullptr,
                   "a statement was evaluated without a view of a database it reads");
  reader.begin(evaluation.inputs->views[slot.database], slot.table);
  if (key > 0) {
    KeyRange& range = reader.begin_by(static_cast<KeyId>(key - 1));
    const Call call(nullptr, count, values, *table.evaluation);
    const std::string_view read = operators == nullptr ? "" : operators;
    reader.position.at_end = !read_range(call, slot, table.shape.keys[range.key], read, range);
  }
  cursor.read_on();
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) noexcept {
  auto& cursor = cursor_of(base);
  if (++cursor.at == cursor.reader.rows.size() && !cursor.reader.position.at_end) cursor.read_on();
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) noexcept {
  const auto& cursor = cursor_of(base);
  return cursor.at >= cursor.reader.rows.size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) noexcept {
  const auto& cursor = cursor_of(base);
  const auto& value = (*cursor.reader.rows[cursor.at].values)[static_cast<std::size_t>(index)];
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
  *id = cursor.reader.rows[cursor.at].id;
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
