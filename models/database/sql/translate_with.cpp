// WITH queries, and the parts of a statement that the engine must run before the rest because they
// lock or change rows.
#include "models/database/sql/direct_query.hpp"
#include "models/database/sql/translator.hpp"

namespace halfwrite::sql {

std::pair<std::string, std::vector<ResultColumn>> Translator::lock_step(const std::string& kind,
                                                                        const Json& node,
                                                                        std::int64_t location) {
  auto step = std::make_shared<Statement>();
  auto plan = std::make_shared<Plan>();
  step->text = statement_.text;
  step->parameters = statement_.parameters;
  plan->variables = plan_.variables;
  Translator translator(source_, databases_, options_, *step, *plan);
  try {
    translator.statement(Json::of_object({{kind, node}}));
  } catch (const Refused& refused) {
    if (refused.error.sqlstate != "42P01" && refused.error.sqlstate != "42703") throw;
    auto error = refused.error;
    error.hint =
        "A sub-select that locks or changes rows is run first, on its own: it cannot use columns "
        "or WITH queries of what surrounds it.";
    throw Refused{error};
  }
  if (step->columns.empty())
    unsupported("a WITH query that returns nothing", location, "Give it a RETURNING clause.");
  read_direct_queries(*plan);
  step->plan = plan;
  for (const auto& table : step->tables_read) {
    bool known = false;
    for (const auto& other : statement_.tables_read) known = known || other == table;
    if (!known) statement_.tables_read.push_back(table);
  }
  statement_.reads_clock = statement_.reads_clock || step->reads_clock;
  statement_.is_volatile = statement_.is_volatile || step->is_volatile;
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < step->columns.size(); ++i)
    sql += (i > 0 ? ", c" : "c") + std::to_string(i);
  plan_.steps.push_back("m" + std::to_string(statement_.lock_steps.size()) + "_" +
                        std::to_string(step->columns.size()));
  sql += " FROM " + plan_.steps.back();
  auto columns = step->columns;
  statement_.lock_steps.push_back(std::move(step));
  return {sql, std::move(columns)};
}

CommonTable Translator::recursive_table(const Json& table, Scope& scope) {
  const auto& query = table["ctequery"]["SelectStmt"];
  const auto location = table.integer("location");
  if (query.string("op") != "SETOP_UNION") return {};
  const auto name = next_alias();
  const auto first = select(query["larg"], {.parent = &scope});
  CommonTable common{
      .name = table.string("ctename"), .sql = name, .columns = first.columns, .by_name = true};
  const auto& renamed = table["aliascolnames"].items();
  for (std::size_t i = 0; i < renamed.size() && i < common.columns.size(); ++i)
    common.columns[i].name = renamed[i]["String"].string("sval");
  std::vector<Type> types;
  std::string columns;
  for (std::size_t i = 0; i < common.columns.size(); ++i) {
    types.push_back(common.columns[i].type);
    columns += (i > 0 ? ", c" : "c") + std::to_string(i);
  }
  scope.common_tables.push_back(common);
  const auto next = select(query["rarg"], {.parent = &scope, .unknown_targets = &types});
  scope.common_tables.pop_back();
  if (next.columns.size() != types.size())
    refuse("42601", "each UNION query must have the same number of columns", location);
  for (std::size_t i = 0; i < types.size(); ++i)
    if (next.columns[i].type.kind != types[i].kind &&
        !can_cast(next.columns[i].type, types[i], CastContext::implicit))
      refuse("42804",
             "recursive query \"" + common.name + "\" column " + std::to_string(i + 1) +
                 " has type " + type_name(types[i]) + " in non-recursive term but type " +
                 type_name(next.columns[i].type) + " overall",
             location, "Cast the output of the non-recursive term to the correct type.");
  common.sql = "WITH RECURSIVE " + name + "(" + columns + ") AS (" + first.sql +
               (query.flag("all") ? " UNION ALL " : " UNION ") + next.sql + ") SELECT " + columns +
               " FROM " + name;
  common.by_name = false;
  return common;
}

void Translator::with_clause(const Json& clause, Scope& scope) {
  for (const auto& entry : clause["ctes"].items()) {
    const auto& table = entry["CommonTableExpr"];
    const auto& [kind, query] = table["ctequery"].members().front();
    CommonTable common;
    if (clause.flag("recursive") && kind == "SelectStmt") common = recursive_table(table, scope);
    if (common.name.empty()) {
      common.name = table.string("ctename");
      if (kind != "SelectStmt" || query.has("lockingClause")) {
        std::tie(common.sql, common.columns) = lock_step(kind, query, table.integer("location"));
      } else {
        auto inner = select(query, {.parent = &scope});
        common.sql = inner.sql;
        common.columns = inner.columns;
      }
      const auto& renamed = table["aliascolnames"].items();
      for (std::size_t i = 0; i < renamed.size() && i < common.columns.size(); ++i)
        common.columns[i].name = renamed[i]["String"].string("sval");
    }
    scope.common_tables.push_back(std::move(common));
  }
}

}  // namespace halfwrite::sql
