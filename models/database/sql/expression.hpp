// Expressions over variables: evaluated at once, over no table, with a clock and chance looked up
// by key. For whoever decides something by SQL outside a database: steps of a program, a system
// outside. It never reads a database; what only a database can answer is refused in its words.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/statement.hpp"
#include "sim/draw.hpp"

#include <cstdint>
#include <string>

namespace halfwrite::sql {

// Virtual time as the columns of a database hold it: microseconds since 1970 of an instant.
std::int64_t microseconds_of(sim::Instant instant);

// A random uuid (version 4) drawn by key, in canonical text.
std::string uuid_of(sim::Key key);

// The first column of the one row of `SELECT <expression>`; variables that are missing are NULL.
// `clock` is what now() says, in microseconds since 1970. Wants the worker's own stack.
Expected<Value> evaluate_expression(Evaluator& evaluator, const Statement& expression,
                                    const Parameters& variables, sim::Key key, std::int64_t clock);

// The variables a statement names and nobody has set become NULL.
void add_missing(const Statement& statement, Parameters& variables);

}  // namespace halfwrite::sql
