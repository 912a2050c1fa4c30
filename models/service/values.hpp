// Values of a program at the moment they are needed: variables, expressions over variables, and
// values drawn by key. Expressions are evaluated by SQLite on the worker's own stack, without any
// table and without waiting. It never reads a database: that is what an `sql` step is for.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/expression.hpp"
#include "models/service/program.hpp"
#include "sim/draw.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace halfwrite::service {

using sql::add_missing;
using sql::microseconds_of;

// The values of one use. `key` names the use: equal keys draw equal values.
class Values {
 public:
  // A value that another load has used (PickFrom); only workloads can say.
  using PickFromLoad = std::function<sql::Value(const PickFrom&, sim::Key)>;

  Values(sim::Simulation& simulation, sql::Evaluator& evaluator, sim::Key key,
         std::int64_t clock_in_microseconds)
      : simulation_(simulation), evaluator_(evaluator), key_(key), clock_(clock_in_microseconds) {}

  void count_by(std::uint64_t number) { number_ = number; }  // what a Sequence counts by
  void pick_with(PickFromLoad pick) { pick_from_ = std::move(pick); }

  // `purpose` tells the values of one use apart (the name of the argument).
  sql::Expected<sql::Value> value_of(const ValueSource& source, const sql::Parameters& variables,
                                     std::string_view purpose) const;
  // The first column of the one row; missing variables are NULL.
  sql::Expected<sql::Value> evaluate(const StatementReference& expression,
                                     const sql::Parameters& variables,
                                     std::string_view purpose) const;

 private:
  sim::Simulation& simulation_;
  sql::Evaluator& evaluator_;
  sim::Key key_;
  std::int64_t clock_;
  std::uint64_t number_ = 0;
  PickFromLoad pick_from_;
};

// "order: order-9, customer: bea": those that have a value or are NULL, in this order.
std::string told(const std::vector<std::string>& names, const sql::Parameters& variables);

// "10ms", "1.5s", "2h": nothing when it is no duration.
std::optional<sim::Duration> duration_of(std::string_view text);

}  // namespace halfwrite::service
