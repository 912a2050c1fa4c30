#include "models/database/sql/set_function.hpp"

#include "models/database/sql/array_text.hpp"
#include "models/database/sql/json.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace halfwrite::sql {

namespace {

using enum TypeKind;

constexpr int kColumns = 3;
constexpr int kArguments = 5;  // kind, the kind of an array's elements, and three of the function

const std::vector<SetFunction>& set_functions() {
  static const std::vector<SetFunction> kFunctions{
      {"jsonb_array_elements", SetFunctionKind::elements, jsonb, {{"value", {.kind = jsonb}}}},
      {"jsonb_array_elements_text",
       SetFunctionKind::elements_as_text,
       jsonb,
       {{"value", {.kind = text}}}},
      {"jsonb_each",
       SetFunctionKind::members,
       jsonb,
       {{"key", {.kind = text}}, {"value", {.kind = jsonb}}}},
      {"jsonb_each_text",
       SetFunctionKind::members_as_text,
       jsonb,
       {{"key", {.kind = text}}, {"value", {.kind = text}}}},
      {"jsonb_object_keys", SetFunctionKind::keys, jsonb, {{"", {.kind = text}}}},
      {"unnest", SetFunctionKind::array, TypeKind::array, {{"", {.kind = unknown}}}},
      {"generate_series", SetFunctionKind::series, bigint, {{"", {.kind = integer}}}},
  };
  return kFunctions;
}

struct SetTable : sqlite3_vtab {
  Evaluation* evaluation = nullptr;
};

struct SetCursor : sqlite3_vtab_cursor {
  std::vector<std::vector<Value>> rows;  // of the function's own columns
  std::size_t at = 0;
  // A series is not kept.
  bool counts = false;
  std::int64_t next = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;
  std::int64_t number = 1;
  bool at_end = true;
};

SetCursor& set_cursor_of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<SetCursor*>(cursor);
}

int connect_set(sqlite3* handle, void* auxiliary, int, const char* const*, sqlite3_vtab** made,
                char**) noexcept {
  auto table = std::make_unique<SetTable>();
  static_cast<sqlite3_vtab&>(*table) = {};
  table->evaluation = static_cast<Evaluation*>(auxiliary);
  const int code = sqlite3_declare_vtab(
      handle,
      "CREATE TABLE x(c0, c1, c2, kind HIDDEN, element HIDDEN, a HIDDEN, b HIDDEN, c HIDDEN)");
  if (code != SQLITE_OK) return code;
  *made = table.release();
  return SQLITE_OK;
}

int disconnect_set(sqlite3_vtab* table) noexcept {
  const std::unique_ptr<SetTable> owned(static_cast<SetTable*>(table));
  return SQLITE_OK;
}

// All arguments given are needed: a plan that has not all of them yet is none.
int plan_set(sqlite3_vtab*, sqlite3_index_info* info) noexcept {
  std::array<int, kArguments> found{};
  found.fill(-1);
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    const int argument = constraint.iColumn - kColumns;
    if (argument < 0 || argument >= kArguments || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ)
      continue;
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    found[static_cast<std::size_t>(argument)] = i;
  }
  int count = 0;
  for (const int constraint : found) {
    if (constraint < 0) break;
    info->aConstraintUsage[constraint].argvIndex = ++count;
    info->aConstraintUsage[constraint].omit = 1;
  }
  info->estimatedCost = 10;
  info->estimatedRows = 10;
  return SQLITE_OK;
}

int open_set(sqlite3_vtab*, sqlite3_vtab_cursor** made) noexcept {
  auto cursor = std::make_unique<SetCursor>();
  static_cast<sqlite3_vtab_cursor&>(*cursor) = {};
  *made = cursor.release();
  return SQLITE_OK;
}

int close_set(sqlite3_vtab_cursor* cursor) noexcept {
  const std::unique_ptr<SetCursor> owned(&set_cursor_of(cursor));
  return SQLITE_OK;
}

int fail_set(Evaluation& evaluation, std::string message) {
  SqlError error;
  error.sqlstate = "22023";
  error.message = std::move(message);
  evaluation.error = std::move(error);
  return SQLITE_ERROR;
}

Value as_text(const Json& json) {
  if (json.is_null()) return Value::null(text);
  return Value::text(json.kind() == Json::Kind::string ? json.text() : to_jsonb_text(json));
}

Value as_document(const Json& json) {
  return Value::of(jsonb, to_jsonb_text(json));
}

int read_elements(SetCursor& cursor, const Call& call, bool wants_text) {
  const auto json = Json::parse(call.text(2)).value_or(Json());
  if (!json.is_array())
    return fail_set(call.evaluation(), json.is_object() ? "cannot extract elements from an object"
                                                        : "cannot extract elements from a scalar");
  for (const auto& item : json.items())
    cursor.rows.emplace_back().push_back(wants_text ? as_text(item) : as_document(item));
  return SQLITE_OK;
}

int read_members(SetCursor& cursor, const Call& call, SetFunctionKind kind) {
  const auto json = Json::parse(call.text(2)).value_or(Json());
  const bool keys = kind == SetFunctionKind::keys;
  if (!json.is_object()) {
    const std::string what = json.is_array() ? "an array" : "a scalar";
    const std::string name = kind == SetFunctionKind::members ? "jsonb_each" : "jsonb_each_text";
    return fail_set(call.evaluation(), keys ? "cannot call jsonb_object_keys on " + what
                                            : "cannot call " + name + " on a non-object");
  }
  for (const auto& [name, value] : json.members()) {
    auto& row = cursor.rows.emplace_back();
    row.push_back(Value::text(name));
    if (!keys)
      row.push_back(kind == SetFunctionKind::members ? as_document(value) : as_text(value));
  }
  return SQLITE_OK;
}

int read_array_rows(SetCursor& cursor, const Call& call) {
  const auto elements = read_array(call.text(2));
  const Type type{.kind = static_cast<TypeKind>(call.integer(1))};
  if (!elements)
    return fail_set(call.evaluation(),
                    "malformed array literal: \"" + std::string(call.text(2)) + "\"");
  for (const auto& element : *elements) {
    if (!element) {
      cursor.rows.emplace_back().push_back(Value::null(type.kind));
      continue;
    }
    auto value = from_text(type, *element);
    if (!value) {
      call.evaluation().error = value.error();
      return SQLITE_ERROR;
    }
    cursor.rows.emplace_back().push_back(std::move(*value));
  }
  return SQLITE_OK;
}

bool is_within(const SetCursor& cursor) {
  return cursor.step > 0 ? cursor.next <= cursor.stop : cursor.next >= cursor.stop;
}

int read_series(SetCursor& cursor, const Call& call) {
  cursor.counts = true;
  cursor.next = call.integer(2);
  cursor.stop = call.integer(3);
  cursor.step = call.count() > 4 ? call.integer(4) : 1;
  if (cursor.step == 0) return fail_set(call.evaluation(), "step size cannot equal zero");
  cursor.at_end = !is_within(cursor);
  return SQLITE_OK;
}

int filter_set(sqlite3_vtab_cursor* base, int, const char*, int count,
               sqlite3_value** values) noexcept {
  auto& cursor = set_cursor_of(base);
  cursor.rows.clear();
  cursor.at = 0;
  cursor.number = 1;
  cursor.counts = false;
  cursor.at_end = true;
  const Call call(nullptr, count, values, *static_cast<SetTable*>(base->pVtab)->evaluation);
  HALFWRITE_ASSERT(count > 2, "a function that gives rows was evaluated without its arguments");
  for (int i = 2; i < count; ++i)
    if (call.is_null(i)) return SQLITE_OK;
  const auto kind = static_cast<SetFunctionKind>(call.integer(0));
  int code = SQLITE_OK;
  switch (kind) {
    case SetFunctionKind::elements:
    case SetFunctionKind::elements_as_text:
      code = read_elements(cursor, call, kind == SetFunctionKind::elements_as_text);
      break;
    case SetFunctionKind::members:
    case SetFunctionKind::members_as_text:
    case SetFunctionKind::keys:
      code = read_members(cursor, call, kind);
      break;
    case SetFunctionKind::array:
      code = read_array_rows(cursor, call);
      break;
    case SetFunctionKind::series:
      return read_series(cursor, call);
  }
  cursor.at_end = cursor.rows.empty();
  return code;
}

int next_in_set(sqlite3_vtab_cursor* base) noexcept {
  auto& cursor = set_cursor_of(base);
  ++cursor.number;
  if (!cursor.counts) {
    cursor.at_end = ++cursor.at >= cursor.rows.size();
    return SQLITE_OK;
  }
  // The last step is compared before it is taken, so that it cannot overflow.
  cursor.at_end =
      __builtin_add_overflow(cursor.next, cursor.step, &cursor.next) || !is_within(cursor);
  return SQLITE_OK;
}

int is_past_set(sqlite3_vtab_cursor* base) noexcept {
  return set_cursor_of(base).at_end ? 1 : 0;
}

int column_of_set(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) noexcept {
  const auto& cursor = set_cursor_of(base);
  const auto own = cursor.counts ? 1 : cursor.rows[cursor.at].size();
  const auto position = static_cast<std::size_t>(index);
  if (position == own) {
    sqlite3_result_int64(context, cursor.number);
  } else if (position > own) {
    sqlite3_result_null(context);
  } else if (cursor.counts) {
    sqlite3_result_int64(context, cursor.next);
  } else {
    const auto& value = cursor.rows[cursor.at][position];
    if (value.is_null())
      sqlite3_result_null(context);
    else if (value.is_integer())
      sqlite3_result_int64(context, value.integer());
    else
      sqlite3_result_text64(context, value.characters().data(), value.characters().size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  return SQLITE_OK;
}

int number_in_set(sqlite3_vtab_cursor* base, sqlite3_int64* id) noexcept {
  *id = set_cursor_of(base).number;
  return SQLITE_OK;
}

// Without xCreate: a table that is there for every handle.
constexpr sqlite3_module kSetFunctions = [] {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xConnect = connect_set;
  module.xBestIndex = plan_set;
  module.xDisconnect = disconnect_set;
  module.xOpen = open_set;
  module.xClose = close_set;
  module.xFilter = filter_set;
  module.xNext = next_in_set;
  module.xEof = is_past_set;
  module.xColumn = column_of_set;
  module.xRowid = number_in_set;
  return module;
}();

}  // namespace

const SetFunction* find_set_function(std::string_view name) {
  const auto& functions = set_functions();
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const SetFunction& one) { return one.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

void register_set_functions(sqlite3* handle, Evaluation& evaluation) {
  const int code =
      sqlite3_create_module_v2(handle, kSetModule, &kSetFunctions, &evaluation, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept the functions that give rows");
}

}  // namespace halfwrite::sql
