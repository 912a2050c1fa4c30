// WITH queries, and the parts of a statement that the engine must run before the rest because they
// lock or change rows.
#include "models/database/sql/direct_query.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::sql {

namespace {

// SELECT * FROM the recursive WITH query, which is all of the statement then.
Json reading_of(const Json& recursive) {
  const auto star = Json::of_object(
      {{"ColumnRef",
        Json::of_object(
            {{"fields", Json::of_array({Json::of_object({{"A_Star", Json::of_object({})}})})}})}});
  const auto target = Json::of_object({{"ResTarget", Json::of_object({{"val", star}})}});
  const auto range = Json::of_object(
      {{"RangeVar", Json::of_object({{"relname", Json::of_string(recursive.string("ctename"))}})}});
  const auto with = Json::of_object(
      {{"recursive", Json::of_boolean(true)},
       {"ctes", Json::of_array({Json::of_object({{"CommonTableExpr", recursive}})})}});
  return Json::of_object({{"targetList", Json::of_array({target})},
                          {"fromClause", Json::of_array({range})},
                          {"withClause", with}});
}

}  // namespace

CommonTable Translator::lock_step(const std::string& kind, const Json& node, const Scope& scope) {
  auto step = std::make_shared<Statement>();
  auto plan = std::make_shared<Plan>();
  step->text = statement_.text;
  step->parameters = statement_.parameters;
  step->sorted_parameters = statement_.sorted_parameters;
  plan->variables = plan_.variables;
  plan->ranks = plan_.ranks;
  Translator translator(source_, databases_, options_, *step, *plan);
  translator.outermost_ = outermost_;
  translator.has_steps_ = true;
  for (const Scope* level = &scope; level != nullptr; level = level->parent)
    for (const auto& table : level->common_tables)
      if (table.step) translator.given_tables_.push_back(table);
  translator.given_tables_.insert(translator.given_tables_.end(), given_tables_.begin(),
                                  given_tables_.end());
  try {
    translator.statement(Json::of_object({{kind, node}}));
  } catch (const Refused& refused) {
    const auto& code = refused.error.sqlstate;
    if (kind != "SelectStmt" || scope.items.empty() || (code != "42P01" && code != "42703")) throw;
    auto error = refused.error;
    error.hint =
        "A sub-select that locks rows is run first, on its own: it cannot use columns of what "
        "surrounds it.";
    throw Refused{error};
  }
  read_direct_queries(*plan);
  step->plan = plan;
  for (const auto& table : step->tables_read) {
    bool known = false;
    for (const auto& other : statement_.tables_read) known = known || other == table;
    if (!known) statement_.tables_read.push_back(table);
  }
  statement_.reads_clock = statement_.reads_clock || step->reads_clock;
  statement_.is_volatile = statement_.is_volatile || step->is_volatile;
  CommonTable table;
  table.columns = step->columns;
  table.step = outermost_->lock_steps.size();
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    table.sql += (i > 0 ? ", c" : "SELECT c") + std::to_string(i);
  table.sql += " FROM m" + std::to_string(*table.step) + "_" + std::to_string(table.columns.size());
  outermost_->lock_steps.push_back(std::move(step));
  return table;
}

std::optional<CommonTable> Translator::find_common_table(const std::string& name,
                                                         const Scope& scope) const {
  for (const Scope* level = &scope; level != nullptr; level = level->parent)
    for (const auto& table : level->common_tables)
      if (table.name == name) return table;
  for (const auto& table : given_tables_)
    if (table.name == name) return table;
  return std::nullopt;
}

void Translator::read_step(const CommonTable& table) {
  if (!table.step) return;
  auto& read = statement_.steps_read;
  if (std::find(read.begin(), read.end(), *table.step) != read.end()) return;
  read.push_back(*table.step);
  plan_.steps.push_back("m" + std::to_string(*table.step) + "_" +
                        std::to_string(table.columns.size()));
}

CommonTable Translator::recursive_table(const Json& table, Scope& scope) {
  const auto& query = table["ctequery"]["SelectStmt"];
  const auto location = table.integer("location");
  if (query.string("op") != "SETOP_UNION") return {};
  const auto name = next_alias();
  const auto first = select(query["larg"], {.parent = &scope});
  CommonTable common;
  common.name = table.string("ctename");
  common.sql = name;
  common.columns = first.columns;
  common.by_name = true;
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

// A WITH query is put in place where it is named, unless its rows must be the same for all who read
// it: it draws numbers, or another one changes or locks rows.
CommonTable Translator::common_table(const Json& table, Scope& scope, bool is_recursive,
                                     bool is_outermost) {
  const auto location = table.integer("location");
  const auto& [kind, query] = table["ctequery"].members().front();
  if (kind != "SelectStmt" && !is_outermost)
    refuse("0A000", "WITH clause containing a data-modifying statement must be at the top level",
           location);
  const bool locks = kind != "SelectStmt" || query.has("lockingClause");
  if (!locks && is_recursive) {
    auto common = recursive_table(table, scope);
    if (!common.name.empty() && is_outermost && has_steps_)
      common = lock_step(kind, reading_of(table), scope);
    if (!common.columns.empty()) return common;
  }
  if (locks || (is_outermost && has_steps_)) return lock_step(kind, query, scope);
  const bool was_volatile = std::exchange(statement_.is_volatile, false);
  auto inner = select(query, {.parent = &scope});
  const bool draws = std::exchange(statement_.is_volatile, was_volatile || statement_.is_volatile);
  if (draws && is_outermost) return lock_step(kind, query, scope);
  CommonTable common;
  common.sql = inner.sql;
  common.columns = inner.columns;
  return common;
}

void Translator::with_clause(const Json& clause, Scope& scope, bool is_outermost) {
  for (const auto& entry : clause["ctes"].items()) {
    const auto& table = entry["CommonTableExpr"];
    const auto& name = table.string("ctename");
    for (const auto& known : scope.common_tables)
      if (known.name == name)
        refuse("42712", "WITH query name \"" + name + "\" specified more than once",
               table.integer("location"));
    auto common = common_table(table, scope, clause.flag("recursive"), is_outermost);
    common.name = name;
    const auto& renamed = table["aliascolnames"].items();
    if (renamed.size() > common.columns.size())
      refuse("42P10",
             "WITH query \"" + name + "\" has " + std::to_string(common.columns.size()) +
                 " columns available but " + std::to_string(renamed.size()) + " columns specified",
             table.integer("location"));
    for (std::size_t i = 0; i < renamed.size(); ++i)
      common.columns[i].name = renamed[i]["String"].string("sval");
    scope.common_tables.push_back(std::move(common));
  }
}

}  // namespace halfwrite::sql
