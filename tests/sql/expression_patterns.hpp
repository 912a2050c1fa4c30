// What random expressions are made of: columns and constants of each kind, and patterns with holes.
// ${kind} is an expression, ${same} one of a kind drawn once for the pattern, $(a|b) one of the
// texts.
#pragma once

#include "tests/sql/random_expression.hpp"

#include <span>

namespace halfwrite::sql::test {

inline constexpr std::string_view kMeantNames[] = {
    "boolean",   "smallint", "integer",      "bigint", "numeric", "text",
    "character", "moment",   "plain_moment", "day",    "span",    "json"};

struct Leaves {
  std::string_view columns;
  std::string_view constants;
};
extern const Leaves kLeaves[static_cast<std::size_t>(Meant::any)];

struct ExpressionPattern {
  Meant meant;  // any: fits every kind, and its holes are of the kind asked for or drawn
  std::string_view pattern;
};
std::span<const ExpressionPattern> expression_patterns();

struct StatementPattern {
  std::size_t weight;
  std::string_view pattern;
};
std::span<const StatementPattern> statement_patterns();

}  // namespace halfwrite::sql::test
