// Random expressions of PostgreSQL's dialect, typed well enough that most of them mean something:
// a tree drawn from a table of patterns, kept so that a failing one can be made smaller. A pure
// function of its key; it knows neither the evaluator nor a server.
#pragma once

#include "sim/draw.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql::test {

// What an expression is meant to give. `any` is none of them and is drawn.
enum class Meant : std::uint8_t {
  boolean,
  smallint,
  integer,
  bigint,
  numeric,
  text,
  character,
  moment,
  plain_moment,
  day,
  span,
  json,
  any
};

// A pattern with its holes filled: pieces[0] parts[0] pieces[1] parts[1] ... pieces[n].
struct Node {
  Meant meant = Meant::any;
  std::vector<std::string> pieces;
  std::vector<Node> parts;
  bool is_column = false;

  std::string text() const;
};

// The table every generated statement reads, and its rows: two statements.
std::vector<std::string> sample_table();

// An expression of at most `depth` nested patterns over the columns of `samples`.
Node random_expression(Meant meant, int depth, sim::Key key);
// A whole statement with one or more random expressions in it.
Node random_statement(sim::Key key);

// The smallest statement found that still fails: parts are replaced by their own parts, by a column
// or by NULL as long as `fails` says so. At most `tries` calls.
Node smaller(Node statement, const std::function<bool(const Node&)>& fails, int tries);

}  // namespace halfwrite::sql::test
