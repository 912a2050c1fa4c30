#include "models/database/sql/statement.hpp"

#include "models/database/sql/direct_query.hpp"
#include "models/database/sql/source_text.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

SqlError not_one_statement() {
  SqlError error;
  error.sqlstate = "42601";
  error.message = "exactly one statement is expected here";
  return error;
}

std::vector<std::size_t> ranks_of(const std::vector<std::string>& names,
                                  const std::vector<std::string>& sorted) {
  std::vector<std::size_t> ranks;
  ranks.reserve(names.size());
  for (const std::string& name : names) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), name);
    ranks.push_back(static_cast<std::size_t>(at - sorted.begin()));
  }
  return ranks;
}

Expected<std::shared_ptr<const Statement>> translated(std::string_view text,
                                                      const SourceText& source,
                                                      const Databases& databases,
                                                      const ReadOptions& options,
                                                      bool as_condition) {
  auto tree = source.parse();
  if (!tree) return tree.error();
  const auto& statements = (*tree)["stmts"].items();
  if (statements.size() != 1) return not_one_statement();
  auto statement = std::make_shared<Statement>();
  auto plan = std::make_shared<Plan>();
  statement->text = std::string(text);
  statement->parameters = source.variables();
  statement->sorted_parameters = source.variables();
  std::sort(statement->sorted_parameters.begin(), statement->sorted_parameters.end());
  plan->variables = source.variables();
  plan->ranks = ranks_of(plan->variables, statement->sorted_parameters);
  try {
    Translator translator(source, databases, options, *statement, *plan);
    const auto& node = statements.front()["stmt"];
    if (as_condition) {
      auto condition = node;
      translator.make_condition(condition);
      translator.statement(condition);
    } else {
      translator.statement(node);
    }
  } catch (const Refused& refused) {
    return refused.error;
  }
  read_direct_queries(*plan);
  statement->plan = std::move(plan);
  return std::shared_ptr<const Statement>(std::move(statement));
}

}  // namespace

Translator::Translator(const SourceText& source, const Databases& databases,
                       const ReadOptions& options, Statement& statement, Plan& plan)
    : source_(source),
      databases_(databases),
      options_(options),
      statement_(statement),
      plan_(plan) {}

void Translator::refuse(std::string sqlstate, std::string message, std::int64_t location,
                        std::string hint, std::string detail) const {
  SqlError error;
  error.sqlstate = std::move(sqlstate);
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.detail = std::move(detail);
  error.position = source_.position(location);
  throw Refused{std::move(error)};
}

void Translator::unsupported(const std::string& what, std::int64_t location,
                             std::string hint) const {
  refuse("0A000", what + " is not supported here", location, std::move(hint));
}

void Translator::make_condition(const Json& node) {
  const auto& select = node["SelectStmt"];
  const auto& targets = select["targetList"].items();
  if (targets.size() != 1 || select.has("fromClause"))
    refuse("42601", "a condition is one expression");
  condition_ = true;
}

Expression Translator::row_expression(const Json& node, const Table& table, const Type& type,
                                      const char* place, RowUse use) {
  in_schema_ = true;
  Scope scope;
  scope.place = place;
  if (use != RowUse::default_value) {
    FromItem item;
    item.alias = table.name;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      item.columns.push_back({.name = table.columns[i].name,
                              .type = table.columns[i].type,
                              .sql = "s0.c" + std::to_string(i)});
    scope.items.push_back(std::move(item));
    auto value = expression(node, scope);
    return use == RowUse::index_part ? settle(std::move(value))
                                     : as_condition(std::move(value), place);
  }
  if (node.has("ColumnRef"))
    refuse("0A000", "cannot use column reference in DEFAULT expression",
           node["ColumnRef"].integer("location"));
  Column column;
  column.name = place;
  column.type = type;
  return assigned(expression(node, scope), column);
}

Expected<std::shared_ptr<const Statement>> read_statement(std::string_view text,
                                                          const Databases& databases,
                                                          const ReadOptions& options) {
  const SourceText source(text);
  return translated(text, source, databases, options, false);
}

Expected<std::shared_ptr<const Statement>> read_expression(std::string_view text,
                                                           const Databases& databases,
                                                           const ReadOptions& options,
                                                           bool as_condition) {
  const SourceText source(text, "SELECT ");
  auto result = translated(text, source, databases, options, as_condition);
  if (result && (*result)->kind != StatementKind::select) return not_one_statement();
  return result;
}

}  // namespace halfwrite::sql
