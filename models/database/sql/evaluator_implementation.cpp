#include "models/database/sql/evaluator_implementation.hpp"

#include "models/database/sql/calendar.hpp"
#include "models/database/sql/json.hpp"
#include "models/database/sql/numeric.hpp"
#include "models/database/sql/set_function.hpp"
#include "models/database/sql/virtual_table.hpp"
#include "sim/assert.hpp"

#include <mutex>
#include <utility>

namespace halfwrite::sql {

namespace {

constexpr std::size_t kPreparedMost = 4096;
// SQLite's steps between two looks at their count.
constexpr int kStepsCounted = 1'000'000;

// SQLite must be told before its first handle that each handle stays on one thread, and not to
// count memory: with Debian's defaults two threads are slower than one.
void configure_sqlite_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
  });
}

std::string_view text_of(int size, const void* data) {
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

int compare_numbers(void*, int left_size, const void* left, int right_size,
                    const void* right) noexcept {
  const auto a = Numeric::parse(text_of(left_size, left));
  const auto b = Numeric::parse(text_of(right_size, right));
  if (!a || !b) return text_of(left_size, left).compare(text_of(right_size, right));
  const auto order = compare(*a, *b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int compare_intervals(void*, int left_size, const void* left, int right_size,
                      const void* right) noexcept {
  const auto a = read_interval(text_of(left_size, left));
  const auto b = read_interval(text_of(right_size, right));
  if (!a || !b) return text_of(left_size, left).compare(text_of(right_size, right));
  const auto order = compare(*a, *b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int compare_documents(void*, int left_size, const void* left, int right_size,
                      const void* right) noexcept {
  const auto order = compare_jsonb(Json::parse(text_of(left_size, left)).value_or(Json()),
                                   Json::parse(text_of(right_size, right)).value_or(Json()));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// Where all variables of a statement are given and no others, each stands at its rank.
const Value* find_at(const Parameters& parameters, const std::string& name, std::size_t rank) {
  if (rank < parameters.size()) {
    const auto& [known, value] = *parameters.nth(rank);
    if (known == name) return &value;
  }
  const auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : &found->second;
}

Value read_column(sqlite3_stmt* statement, int index, TypeKind kind) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_NULL:
      return Value::null(kind);
    case SQLITE_INTEGER:
      return Value::of(kind == TypeKind::unknown ? TypeKind::bigint : kind,
                       std::int64_t{sqlite3_column_int64(statement, index)});
    case SQLITE_TEXT: {
      const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, index));
      return Value::of(kind == TypeKind::unknown ? TypeKind::text : kind, std::string(begin, size));
    }
    default:
      HALFWRITE_ASSERT(
          false,
          "SQLite answered with a floating-point number or a blob: a translation is missing");
  }
}

}  // namespace

Evaluator::Implementation::Implementation(const EvaluationLimits& limits, Evaluator::Paths paths)
    : limits_(limits), paths_(paths) {
  configure_sqlite_once();
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(":memory:", &handle_, flags, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not open a handle in memory");
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, limits_.characters);
  sqlite3_progress_handler(handle_, kStepsCounted, count_steps, this);
  // A sort must not touch the disk of the machine that simulates.
  code = sqlite3_exec(handle_, "PRAGMA temp_store = MEMORY", nullptr, nullptr, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept a setting");
  code = sqlite3_create_collation_v2(handle_, "hw_numeric", SQLITE_UTF8, nullptr, compare_numbers,
                                     nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept a collation");
  code = sqlite3_create_collation_v2(handle_, "hw_interval", SQLITE_UTF8, nullptr,
                                     compare_intervals, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept a collation");
  code = sqlite3_create_collation_v2(handle_, "hw_jsonb", SQLITE_UTF8, nullptr, compare_documents,
                                     nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not accept a collation");
  functions_ = std::make_unique<FunctionRegistry>(handle_, evaluation_);
  functions_->add_all();
  register_row_module(handle_, evaluation_);
  register_set_functions(handle_, evaluation_);
}

Evaluator::Implementation::~Implementation() {
  forget_statements();
  sqlite3_close_v2(handle_);
}

void Evaluator::Implementation::forget_statements() {
  for (auto& [query, prepared] : prepared_) sqlite3_finalize(prepared.statement);
  prepared_.clear();
}

int Evaluator::Implementation::count_steps(void* implementation) noexcept {
  auto& self = *static_cast<Implementation*>(implementation);
  self.steps_ += kStepsCounted;
  if (self.steps_ < self.limits_.steps) return 0;
  self.refuse_to_go_on("this statement did not end within " +
                           std::to_string(self.limits_.steps / 1'000'000) + " million steps",
                       "A recursive WITH needs a condition that ends it.");
  return 1;
}

void Evaluator::Implementation::refuse_to_go_on(std::string message, std::string hint) {
  if (evaluation_.error) return;
  SqlError error;
  error.sqlstate = "54000";
  error.message = std::move(message);
  error.hint = std::move(hint);
  evaluation_.error = std::move(error);
}

SqlError Evaluator::Implementation::failure(const char* what) {
  if (sqlite3_errcode(handle_) == SQLITE_TOOBIG)
    refuse_to_go_on(
        "a text or row is longer than " + std::to_string(limits_.characters >> 20) + " MB", "");
  if (evaluation_.error) return *evaluation_.error;
  SqlError error;
  error.sqlstate = "XX000";
  error.message = std::string("the evaluator could not ") + what +
                  " the translated statement: " + sqlite3_errmsg(handle_);
  error.hint = "This is a gap of this house, not of the statement. Please report it.";
  return error;
}

void Evaluator::Implementation::ensure_table(const std::string& name) {
  if (tables_.find(name) != tables_.end()) return;
  const auto sql = "CREATE VIRTUAL TABLE " + name + " USING " + kRowModule;
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  HALFWRITE_ASSERT(code == SQLITE_OK, "SQLite did not create a virtual table");
  tables_.insert(name);
}

sqlite3_stmt* Evaluator::Implementation::prepare(const Query& query, const Plan& plan) {
  const auto known = prepared_.find(&query);
  if (known != prepared_.end()) {
    if (known->second.sql == query.sql) return known->second.statement;
    sqlite3_finalize(known->second.statement);
    prepared_.erase(known);
  }
  if (prepared_.size() >= kPreparedMost) forget_statements();
  for (const auto& table : plan.tables) ensure_table(table.name);
  for (const auto& step : plan.steps) ensure_table(step);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, query.sql.data(), static_cast<int>(query.sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    evaluation_.error = failure("prepare");
    return nullptr;
  }
  prepared_.emplace(&query, Prepared{query.sql, statement});
  return statement;
}

std::optional<SqlError> Evaluator::Implementation::unprepared(const Query& query,
                                                              const Plan& plan) {
  if (!query.present() || prepare(query, plan) != nullptr) return std::nullopt;
  SqlError error = *std::exchange(evaluation_.error, std::nullopt);
  const std::string reason = sqlite3_errmsg(handle_);
  for (const char* word : {"too many", "too large", "too big", "too long", "at most", "overflow"}) {
    if (reason.find(word) == std::string::npos) continue;
    error.sqlstate = "54001";
    error.message = "the statement is too large to be evaluated: " + reason;
    error.hint = "Make several statements of it.";
  }
  return error;
}

const Value* Evaluator::Implementation::variable_of(const BoundParameter& parameter,
                                                    const Plan& plan, const Inputs& inputs) {
  const auto& name = plan.variables[parameter.index];
  const Value* value = inputs.parameters != nullptr
                           ? find_at(*inputs.parameters, name, plan.ranks[parameter.index])
                           : nullptr;
  if (value == nullptr) {
    SqlError error;
    error.sqlstate = "42P02";
    error.message = "there is no variable :" + name;
    error.unknown_name = name;
    if (inputs.parameters != nullptr)
      for (const auto& known : *inputs.parameters) error.candidates.push_back(known.first);
    evaluation_.error = std::move(error);
    return nullptr;
  }
  if (parameter.type.kind == TypeKind::unknown || value->is_null() ||
      (value->kind() == parameter.type.kind && parameter.type.length == 0))
    return value;
  auto converted = convert(*value, parameter.type);
  if (!converted) {
    evaluation_.error = converted.error();
    evaluation_.error->detail = "The variable :" + name + " holds " + to_text(*value) + ".";
    return nullptr;
  }
  return &converted_.emplace_back(std::move(*converted));
}

const Value* Evaluator::Implementation::value_of(const BoundParameter& parameter, const Plan& plan,
                                                 const Inputs& inputs, Images images) {
  if (!parameter.is_image) return variable_of(parameter, plan, inputs);
  const Row* row = parameter.index < images.size() ? images[parameter.index] : nullptr;
  if (row == nullptr) return &missing_;
  // A new row that is not stored yet; only searches in the store ask for computed values.
  if (parameter.is_computed && parameter.column >= row->size()) return &missing_;
  HALFWRITE_ASSERT(parameter.column < row->size(),
                   "a row image has fewer values than its table has columns");
  return &(*row)[parameter.column];
}

bool Evaluator::Implementation::bind(sqlite3_stmt* statement, const Plan& plan,
                                     const Inputs& inputs, Images images) {
  const int count = sqlite3_bind_parameter_count(statement);
  for (int i = 1; i <= count; ++i) {
    if (sqlite3_bind_parameter_name(statement, i) == nullptr)
      continue;  // a number this query does not use
    const Value* value =
        value_of(plan.parameters[static_cast<std::size_t>(i - 1)], plan, inputs, images);
    if (value == nullptr) return false;
    if (value->is_null())
      sqlite3_bind_null(statement, i);
    else if (value->is_integer())
      sqlite3_bind_int64(statement, i, value->integer());
    else
      sqlite3_bind_text64(statement, i, value->characters().data(), value->characters().size(),
                          SQLITE_STATIC, SQLITE_UTF8);
  }
  return true;
}

std::optional<Expected<std::vector<Row>>> Evaluator::Implementation::run_directly(
    const DirectQuery& query, const Plan& plan, const Inputs& inputs, Images images,
    std::size_t most) {
  values_.resize(plan.parameters.size());
  for (const std::size_t number : query.parameters()) {
    values_[number] = value_of(plan.parameters[number], plan, inputs, images);
    if (values_[number] == nullptr) return Expected<std::vector<Row>>(*evaluation_.error);
  }
  return query.run(values_, inputs, most, scratch_);
}

Expected<std::vector<Row>> Evaluator::Implementation::rows_of(sqlite3_stmt* statement,
                                                              const Query& query,
                                                              std::size_t most) {
  std::vector<Row> rows;
  const auto columns = query.kinds.size();
  // SQLite looks at its steps where their count, which it keeps per statement, is a multiple.
  sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
  steps_ = 0;
  for (;;) {
    if (rows.size() >= most) return rows;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return failure("run");
    if (rows.size() == limits_.rows) {
      refuse_to_go_on("this statement has more than " + std::to_string(limits_.rows) + " rows",
                      "A recursive WITH needs a condition that ends it.");
      return failure("run");
    }
    Row row;
    row.reserve(columns);
    for (std::size_t i = 0; i < columns; ++i)
      row.push_back(read_column(statement, static_cast<int>(i), query.kinds[i]));
    rows.push_back(std::move(row));
  }
}

Expected<std::vector<Row>> Evaluator::Implementation::run(const Query& query, const Plan& plan,
                                                          const Inputs& inputs, Images images,
                                                          std::size_t most) {
  HALFWRITE_ASSERT(evaluation_.inputs == nullptr,
                   "an evaluation was started inside another one of the same Evaluator");
  if (query.direct != nullptr && paths_ == Evaluator::Paths::shortest) {
    auto rows = run_directly(*query.direct, plan, inputs, images, most);
    converted_.clear();
    evaluation_.error.reset();
    if (rows) return std::move(*rows);
  }
  if (inputs.deep_stack == nullptr) return run_on_sqlite(query, plan, inputs, images, most);
  Expected<std::vector<Row>> result = std::vector<Row>{};
  inputs.deep_stack->run([&] { result = run_on_sqlite(query, plan, inputs, images, most); });
  return result;
}

Expected<std::vector<Row>> Evaluator::Implementation::run_on_sqlite(
    const Query& query, const Plan& plan, const Inputs& inputs, Images images, std::size_t most) {
  evaluation_ = {&inputs, &plan, std::nullopt};
  auto* statement = prepare(query, plan);
  Expected<std::vector<Row>> result = std::vector<Row>{};
  if (statement == nullptr || !bind(statement, plan, inputs, images))
    result = *evaluation_.error;
  else
    result = rows_of(statement, query, most);
  if (statement != nullptr) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
  converted_.clear();
  evaluation_ = {};
  return result;
}

}  // namespace halfwrite::sql
