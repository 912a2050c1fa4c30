// One call of a function of ours from SQLite, and what the running evaluation knows. Errors are
// kept in the Evaluation, because SQLite carries no SQLSTATE; SQLite itself only learns that the
// call failed.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/plan.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::sql {

struct Evaluation {
  const Inputs* inputs = nullptr;
  const Plan* plan = nullptr;
  std::optional<SqlError> error;
};

class Call {
 public:
  Call(sqlite3_context* context, int count, sqlite3_value** values, Evaluation& evaluation)
      : context_(context), values_(values), count_(count), evaluation_(evaluation) {}

  int count() const { return count_; }
  bool is_null(int i) const { return sqlite3_value_type(values_[i]) == SQLITE_NULL; }
  bool is_integer(int i) const { return sqlite3_value_type(values_[i]) == SQLITE_INTEGER; }
  std::int64_t integer(int i) const { return sqlite3_value_int64(values_[i]); }
  std::string_view text(int i) const;
  // The argument as a value of this kind.
  Value value(int i, TypeKind kind) const;
  sqlite3_value* raw(int i) const { return values_[i]; }

  void answer(std::int64_t value) { sqlite3_result_int64(context_, value); }
  void answer(std::string_view text) {
    // A null pointer would be NULL.
    sqlite3_result_text64(context_, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  }
  void answer(const Value& value);
  void answer_argument(int i) { sqlite3_result_value(context_, values_[i]); }
  void answer_null() { sqlite3_result_null(context_); }
  void fail(SqlError error);
  void fail(const char* sqlstate, std::string message);

  sqlite3_context* context() const { return context_; }
  Evaluation& evaluation() const { return evaluation_; }
  // The session, or a failure of this call when the evaluation has none.
  Environment* environment();

 private:
  sqlite3_context* context_;
  sqlite3_value** values_;
  int count_;
  Evaluation& evaluation_;
};

using FunctionBody = void (*)(Call&);

struct FunctionDefinition {
  const char* name;
  FunctionBody body;
  bool strict = true;         // NULL for any NULL argument
  bool deterministic = true;  // SQLite may evaluate it once for constant arguments
};

struct RegisteredFunction {
  const FunctionDefinition* definition = nullptr;
  Evaluation* evaluation = nullptr;
};

// Makes functions known to a handle; `registered` keeps what SQLite points to.
class FunctionRegistry {
 public:
  FunctionRegistry(sqlite3* handle, Evaluation& evaluation)
      : handle_(handle), evaluation_(evaluation) {}
  void add(const FunctionDefinition& definition);
  void add_all();  // every function and aggregate of this room

 private:
  sqlite3* handle_;
  Evaluation& evaluation_;
  std::deque<RegisteredFunction> registered_;
};

// One list per file.
struct FunctionList {
  const FunctionDefinition* begin;
  const FunctionDefinition* end;
};
FunctionList number_functions();
FunctionList text_functions();
FunctionList moment_functions();
FunctionList json_functions();
FunctionList json_path_functions();
FunctionList session_functions();
void register_aggregates(sqlite3* handle, Evaluation& evaluation);

}  // namespace halfwrite::sql
