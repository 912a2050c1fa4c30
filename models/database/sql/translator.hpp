// Translates one statement of libpg-query's tree to SQLite queries, with PostgreSQL's types: every
// construct that SQLite would evaluate differently becomes a function of ours or an error. A
// translator lives for one reading and reads no rows.
//
// Errors travel inside this room as the exception Refused; read_statement and Catalog::build turn
// them into values.
#pragma once

#include "models/database/sql/json.hpp"
#include "models/database/sql/plan.hpp"
#include "models/database/sql/source_text.hpp"
#include "models/database/sql/statement.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

struct SetFunction;

struct Refused {
  SqlError error;
};

// A translated expression. `unknown` literals and variables wait for the type their context gives
// them.
struct Expression {
  enum class Form : std::uint8_t { typed, null, literal, variable };
  std::string sql = {};
  Type type = {};
  Form form = Form::typed;
  std::string literal = {};  // the text of an untyped literal
  std::size_t variable = 0;  // which variable
  std::int64_t location = -1;
  bool is_unknown() const { return form != Form::typed; }
};

// An expression of a known type.
Expression typed(std::string sql, TypeKind kind, std::int64_t location);

std::string listed(const std::vector<std::string>& parts);  // "a, b"
std::string literal_sql(std::string_view text);             // 'it''s'
// Whether a row for which one translated condition is true passes another, as far as their parts
// joined by AND tell.
bool implies(std::string_view condition, std::string_view implied);
std::vector<TypeKind> kinds_of(const Table& table);  // of its columns

struct OutputColumn {
  std::string name;
  Type type;
  std::string sql;      // "s3.c1"
  bool hidden = false;  // the right side of USING: only by its qualified name
  bool merged = false;  // the left side of USING: `*` shows it first
};

// One entry of a FROM list.
struct FromItem {
  std::string alias;
  std::optional<TableReference> table;
  std::optional<std::size_t> source;  // of the statement, if candidates must tell its row
  std::vector<OutputColumn> columns;
  std::vector<std::string>
      primary_key;        // the sql of its columns: grouping by them allows all columns
  bool nullable = false;  // on the far side of an outer join
  bool is_common_table = false;
  bool is_scalar = false;  // a function of one column: its alias names that value
};

// A WITH query: put in place wherever it is named, or a step of the engine whose rows are read. The
// self-reference of a recursive one must stand there by name.
struct CommonTable {
  std::string name;
  std::string sql;
  std::vector<ResultColumn> columns;
  bool by_name = false;
  std::optional<std::size_t> step;  // position in Statement::lock_steps
};

// The names one query level can see.
struct Scope {
  const Scope* parent = nullptr;
  std::vector<FromItem> items;
  std::vector<CommonTable> common_tables;
  // Aggregation of this level.
  bool aggregates_allowed = false;
  const char* place = "";         // "WHERE", as in "aggregate functions are not allowed in WHERE"
  const Json* windows = nullptr;  // the WINDOW clause
  mutable int aggregate_depth = 0;
  mutable bool has_aggregate = false;
  // Whose columns the arguments of the aggregate name that is being read.
  mutable bool aggregate_reads_own = false;
  mutable bool aggregate_reads_outer = false;
  // A column of an outer level was named here, since somebody last set it to false.
  mutable bool reads_outer = false;
  struct Ungrouped {
    std::string sql;
    std::string name;
    std::int64_t location;
  };
  mutable std::vector<Ungrouped> ungrouped;
  std::vector<std::string> grouped;  // sql of GROUP BY expressions
  // What GROUP BY took from the select list: the same node is the same expression there, whatever
  // aliases a second translation would give its sub-selects.
  std::vector<std::pair<const Json*, Expression>> shared;
};

inline std::string collated(const Expression& expression) {
  return collated(expression.sql, expression.type.kind);
}

struct SelectOptions {
  const Scope* parent = nullptr;
  bool top_level_sources = false;  // FROM tables become Statement::sources
  bool top_level = false;
  const std::vector<Type>* unknown_targets = nullptr;  // types that untyped output literals take
};

struct SelectResult {
  std::string sql;
  std::vector<ResultColumn> columns;
  std::vector<Expression::Form> forms;
  // Parts, for a plain SELECT that locks: sources stand in `from` as \x01<n>\x01.
  std::string list;
  std::string from;
  std::string where;
  std::string order;
  std::string limit;
  std::string offset;
  std::string sets;  // "GROUP BY clause", "window functions", ...: no row of it is one of a table
};

// One of Statement::sources while its queries are put together.
struct SourceEntry {
  std::string alias;
  std::string sql;  // what reads its rows
  std::vector<OutputColumn> columns;
  bool nullable = false;
};

enum class RowUse : std::uint8_t { default_value, condition, index_part, index_condition };

// The name PostgreSQL gives an unnamed output column, or `otherwise`.
std::string figured_name(const Json& node, const std::string& otherwise);

enum class CastContext : std::uint8_t { implicit, assignment, explicit_cast };

class Translator {
 public:
  Translator(const SourceText& source, const Databases& databases, const ReadOptions& options,
             Statement& statement, Plan& plan);

  // Statements (translate_change.cpp, translate_utility.cpp).
  void statement(const Json& node);
  // What follows is SELECT <condition>: its value must be boolean.
  void make_condition(const Json& node);
  // An expression over one row of a table (CHECK, DEFAULT, an index), aliased s0.
  Expression row_expression(const Json& node, const Table& table, const Type& type,
                            const char* place, RowUse use);

  [[noreturn]] void refuse(std::string sqlstate, std::string message, std::int64_t location = -1,
                           std::string hint = "", std::string detail = "") const;
  [[noreturn]] void unsupported(const std::string& what, std::int64_t location,
                                std::string hint = "") const;

  // Types (types.cpp).
  Type type_of(const Json& type_name_node) const;

  // Coercion (coercion.cpp).
  Expression cast(Expression expression, const Type& type, CastContext context,
                  std::int64_t location);
  Expression settle(Expression expression);  // an untyped literal or variable becomes text
  Expression assigned(Expression expression, const Column& column);
  Expression as_condition(Expression expression, const char* place);
  Type common_type(std::vector<Expression>& expressions, const char* construct,
                   std::int64_t location);
  static bool can_cast(const Type& from, const Type& to, CastContext context);

  // Expressions (translate_expression.cpp).
  Expression expression(const Json& node, const Scope& scope);
  std::string parameter(std::size_t variable, const Type& type);

  // Operators (translate_operator.cpp, translate_arithmetic.cpp).
  Expression binary(const std::string& name, Expression left, Expression right,
                    std::int64_t location);
  Expression comparison(const std::string& name, Expression left, Expression right,
                        std::int64_t location);
  Expression bitwise(const std::string& name, Expression left, Expression right,
                     std::int64_t location);
  Expression arithmetic(const std::string& name, Expression left, Expression right,
                        std::int64_t location);
  [[noreturn]] void no_operator(const std::string& name, const Expression& left,
                                const Expression& right, std::int64_t location) const;

  // Functions (translate_function.cpp).
  Expression function(const Json& call, const Scope& scope);

  // Queries (translate_select.cpp, translate_from.cpp).
  SelectResult select(const Json& node, const SelectOptions& options);
  // The last `computed` kinds are those of computed values.
  std::string image_sql(std::size_t image, const std::vector<TypeKind>& kinds,
                        std::size_t computed = 0);

 private:
  // translate_expression.cpp
  Expression expression_untracked(const Json& node, const Scope& scope);
  Expression constant(const Json& node);
  Expression variable(const Json& node);
  Expression column(const Json& node, const Scope& scope);
  Expression column_of_item(const FromItem& item, const std::string& name, std::int64_t location,
                            const Scope& scope);
  [[noreturn]] void unknown_column(const std::string& qualifier, const std::string& name,
                                   std::int64_t location, const Scope& scope) const;
  Expression operation(const Json& node, const Scope& scope);
  Expression boolean_operation(const Json& node, const Scope& scope);
  Expression case_expression(const Json& node, const Scope& scope);
  Expression chosen(const char* function, const std::vector<Json>& arguments, const Scope& scope,
                    const char* construct, std::int64_t location);
  Expression sublink(const Json& node, const Scope& scope);
  Expression type_cast(const Json& node, const Scope& scope);
  Expression value_function(const Json& node);
  Expression clock_function(const char* sql, TypeKind kind);

  // translate_operator.cpp
  Expression in_list(const Json& node, const Scope& scope);
  Expression between(const Json& node, const Scope& scope);
  Expression like(const Json& node, const Scope& scope, bool insensitive);
  Expression any_or_all(const Json& node, const Scope& scope);
  Expression row_comparison(const std::string& name, const std::vector<Json>& left,
                            const std::vector<Json>& right, const Scope& scope,
                            std::int64_t location);
  Expression moment_arithmetic(const std::string& name, const Expression& left,
                               const Expression& right, std::int64_t location);

  // translate_json.cpp
  Expression json_operator(const std::string& name, Expression left, Expression right,
                           std::int64_t location);
  Expression as_array(Expression value);
  Expression array_value(const Json& node, const Scope& scope);
  std::optional<Expression> whole_row(const Json& node, const Scope& scope, bool binary);
  Expression subscript(const Json& node, const Scope& scope);

  // translate_function.cpp
  std::optional<Expression> special_function(const std::string& name, const Json& call,
                                             const Scope& scope);
  Expression sequence_function(const std::string& name, const Json& call, const Scope& scope);
  Expression extract(const Json& call, const Scope& scope);
  Expression make_interval(const Json& call, const Scope& scope);
  Expression extract_path(const std::string& name, const Json& call, const Scope& scope);
  Expression changed_document(const std::string& name, const Json& call, const Scope& scope);
  Expression variadic_function(const std::string& name, const Json& call, const Scope& scope);
  std::vector<Expression> arguments(const Json& call, const Scope& scope);
  // translate_aggregate.cpp
  std::optional<Expression> aggregate(const std::string& name, const Json& call,
                                      const Scope& scope);
  std::string window(const Json& over, const Scope& scope);
  std::string window_of(const Json& over, const Scope& scope);
  const Json& named_window(const std::string& name, std::int64_t location,
                           const Scope& scope) const;
  std::string partition_of(const Json& over, const Scope& scope);
  std::string order_of(const Json& over, const Scope& scope);
  std::string frame_of(const Json& over);
  std::string sort_list(const Json& clause, const Scope& scope);

  // translate_select.cpp
  SelectResult plain_select(const Json& node, const SelectOptions& options);
  SelectResult set_operation(const Json& node, const SelectOptions& options);
  SelectResult values(const Json& node, const SelectOptions& options);
  std::vector<Expression> output_list(const Json& targets, const Scope& scope,
                                      const SelectOptions& options, SelectResult& result);
  Expression output(Expression expression, std::size_t index, const SelectOptions& options,
                    SelectResult& result);
  std::vector<Expression> star(const Json& fields, const Scope& scope,
                               std::vector<std::string>& names);
  void refuse_outer_key(const Scope& scope, const char* clause, std::int64_t location);
  std::string group_list(const Json& node, Scope& scope);
  std::vector<std::string> order_list(const Json& clause, const Scope& scope,
                                      const SelectResult& result,
                                      const std::vector<Expression>& outputs, bool distinct);
  std::string distinct_on(const Json& node, const Scope& scope, const SelectResult& result,
                          const std::vector<Expression>& outputs);
  void check_grouping(const Scope& scope) const;
  void limit_of(const Json& node, SelectResult& result, const Scope& scope);

  // translate_index.cpp
  // The condition of a query, said so that indexes over expressions and over a part of the rows can
  // serve it.
  std::string for_indexes(const std::string& condition, const Scope& scope) const;
  std::string with_computed(std::string sql, const Scope& scope) const;
  // Neither NULL nor from the far side of an outer join, where `condition` is true.
  bool is_never_null(const std::string& sql, const std::string& condition,
                     const Scope& scope) const;

  // translate_with.cpp
  // `is_outermost`: of the statement itself, where a WITH query may change rows.
  void with_clause(const Json& clause, Scope& scope, bool is_outermost);
  CommonTable common_table(const Json& table, Scope& scope, bool is_recursive, bool is_outermost);
  CommonTable recursive_table(const Json& table, Scope& scope);
  // A locking sub-select, or a WITH query of a statement that has some: run by the engine.
  CommonTable lock_step(const std::string& kind, const Json& node, const Scope& scope);
  std::optional<CommonTable> find_common_table(const std::string& name, const Scope& scope) const;
  void read_step(const CommonTable& table);

  // translate_from.cpp
  std::string from_list(const Json& list, Scope& scope, bool as_sources);
  std::string from_entry(const Json& node, Scope& scope, bool as_sources);
  std::string range_table(const Json& range, Scope& scope, bool as_sources);
  // The table that UPDATE or DELETE changes: no WITH query hides it.
  std::string target_table(const Json& range, Scope& scope);
  std::string range_select(const Json& range, Scope& scope, bool as_sources);
  // translate_set_function.cpp
  std::string range_function(const Json& range, Scope& scope, bool as_sources);
  std::string set_arguments(const SetFunction& function, std::vector<Expression> values,
                            std::vector<ResultColumn>& columns, std::int64_t location);
  // translate_from.cpp
  std::string join(const Json& node, Scope& scope, bool as_sources);
  std::string using_condition(const Json& node, Scope& scope, std::size_t left_begin,
                              std::size_t right_begin);
  std::string derived_entry(const std::string& alias, const Json& alias_node,
                            const std::string& sql, const std::vector<ResultColumn>& columns,
                            Scope& scope, bool as_sources);
  std::string placed(FromItem item, const std::string& sql_alias, const std::string& sql,
                     Scope& scope, bool as_sources);
  TableReference find_table(const Json& range) const;
  std::string table_sql(const TableReference& reference);
  FromItem table_item(const TableReference& reference, const Json& range,
                      const std::string& sql_alias) const;

  // translate_change.cpp
  void select_statement(const Json& node);
  void locking_select(const Json& node);
  void apply_locking(const Json& clause, const Scope& scope);
  void update_statement(const Json& node);
  void delete_statement(const Json& node);
  void returning(const Json& list, const Scope& scope, const std::string& from);
  // The new row of UPDATE and DO UPDATE: one expression per column of the table, whose old row is
  // `item`.
  // A column that INSERT or SET names.
  ColumnId written_column(const Table& table, const std::string& name, std::int64_t location) const;
  Expression column_of_sublink(const Json& multiple, const Scope& scope);
  std::vector<std::string> assignments(const Json& targets, const Table& table,
                                       const FromItem& item, const Scope& scope);
  void candidate_queries(const std::vector<std::string>& outputs,
                         const std::vector<TypeKind>& kinds, const std::string& from,
                         const std::string& where, const std::string& order);
  std::string with_sources(const std::string& from, bool as_images);
  const Table& table_of(const TableReference& reference) const;
  Expression nullif_value(const Expression& left, const Expression& right, std::int64_t location);
  bool is_outermost() const { return outermost_ == &statement_; }
  std::string next_alias() { return "s" + std::to_string(aliases_++); }

  // translate_insert.cpp
  void insert_statement(const Json& node);
  std::vector<ColumnId> insert_columns(const Json& node, const Table& table) const;
  void insert_values(const Json& lists, const Table& table, const std::vector<ColumnId>& columns,
                     const Scope& scope, bool overriding);
  void insert_select(const Json& node, const Table& table, const std::vector<ColumnId>& columns,
                     const Scope& scope, bool overriding);
  void on_conflict(const Json& clause, const Json& relation, const Table& table);
  std::vector<KeyId> arbiters(const Json& infer, const Table& table);
  ColumnId computed_column(const Json& node, const Table& table);
  // What a column that an INSERT of several rows never names gets: one that draws is left to
  // Statement::late_defaults.
  std::string default_of_row(const Table& table, ColumnId column,
                             const std::vector<ColumnId>& named);
  std::string default_sql(const Table& table, ColumnId column, std::size_t database);

  // translate_utility.cpp
  void transaction_statement(const Json& node);
  void set_statement(const Json& node);
  bool engine_call(const Json& select);
  bool engine_function(const Json& call, const std::string& alias);
  std::vector<Expression> declared_arguments(const std::string& name, std::vector<Expression> given,
                                             const Json& call);
  void utility_statement(const std::string& kind, const Json& node);
  TransactionOptions transaction_options(const Json& options) const;

  const SourceText& source_;
  const Databases& databases_;
  const ReadOptions& options_;
  Statement& statement_;
  Plan& plan_;
  std::size_t aliases_ = 0;
  std::map<std::size_t, std::string> images_;
  std::vector<SourceEntry> sources_;  // as Statement::sources
  // Of a step: the statement it belongs to, and the WITH queries it can read.
  Statement* outermost_ = &statement_;
  std::vector<CommonTable> given_tables_;
  bool has_steps_ = false;  // the statement has parts that the engine runs
  bool condition_ = false;
  bool in_schema_ = false;  // a default or check: its database is not known yet
};

}  // namespace halfwrite::sql
