// The SQLite side of an Evaluator: one handle, the statements prepared on it, and the evaluation
// that is running.
#pragma once

#include "models/database/sql/direct_query.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/function_call.hpp"
#include "models/database/sql/plan.hpp"

#include <sqlite3.h>

#include <deque>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace halfwrite::sql {

// Row images in the order of their numbers; nullptr for a missing row (all NULL).
using Images = std::span<const Row* const>;

class Evaluator::Implementation {
 public:
  Implementation(const EvaluationLimits& limits, Evaluator::Paths paths);
  ~Implementation();
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  // Runs one query of a plan to its end, or to as many rows.
  Expected<std::vector<Row>> run(const Query& query, const Plan& plan, const Inputs& inputs,
                                 Images images = {},
                                 std::size_t most = std::numeric_limits<std::size_t>::max());
  // Why SQLite does not take this query; nothing when it does.
  std::optional<SqlError> unprepared(const Query& query, const Plan& plan);

 private:
  struct Prepared {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
  };

  Expected<std::vector<Row>> run_on_sqlite(const Query& query, const Plan& plan,
                                           const Inputs& inputs, Images images, std::size_t most);
  // nullptr with an error in evaluation_.
  sqlite3_stmt* prepare(const Query& query, const Plan& plan);
  void ensure_table(const std::string& name);
  std::optional<Expected<std::vector<Row>>> run_directly(const DirectQuery& query, const Plan& plan,
                                                         const Inputs& inputs, Images images,
                                                         std::size_t most);
  bool bind(sqlite3_stmt* statement, const Plan& plan, const Inputs& inputs, Images images);
  // What a parameter stands for now; nullptr with an error in evaluation_.
  const Value* value_of(const BoundParameter& parameter, const Plan& plan, const Inputs& inputs,
                        Images images);
  const Value* variable_of(const BoundParameter& parameter, const Plan& plan, const Inputs& inputs);
  Expected<std::vector<Row>> rows_of(sqlite3_stmt* statement, const Query& query, std::size_t most);
  SqlError failure(const char* what);
  static int count_steps(void* implementation) noexcept;
  void refuse_to_go_on(std::string message, std::string hint);
  void forget_statements();

  const EvaluationLimits limits_;
  const Evaluator::Paths paths_;
  std::uint64_t steps_ = 0;  // of the evaluation that runs
  sqlite3* handle_ = nullptr;
  Evaluation evaluation_;
  std::unique_ptr<FunctionRegistry> functions_;
  std::set<std::string, std::less<>> tables_;
  // Found by address and confirmed by text: an address may be reused by another query. Never
  // iterated in any order that matters.
  std::unordered_map<const Query*, Prepared> prepared_;
  std::deque<Value> converted_;  // what variables became; bound text points here
  const Value missing_;          // of a row that is not there
  std::vector<const Value*> values_;
  DirectQuery::Scratch scratch_;
};

}  // namespace halfwrite::sql
