// Functions in FROM that give rows. Their arguments may be columns of what stands before them.
#include "models/database/sql/engine_functions.hpp"
#include "models/database/sql/set_function.hpp"
#include "models/database/sql/translator.hpp"

#include <utility>

namespace halfwrite::sql {

namespace {

constexpr const char* kNoSuchFunction =
    "No function matches the given name and argument types. You might need to add explicit type "
    "casts.";

std::string list_of(const std::vector<Expression>& values) {
  std::string list;
  for (const auto& value : values)
    list += (list.empty() ? "" : ", ") +
            (value.is_unknown() ? "unknown" : type_name(value.type, false));
  return list;
}

}  // namespace

// The arguments as hw_set takes them; `columns` get their types.
std::string Translator::set_arguments(const SetFunction& function, std::vector<Expression> values,
                                      std::vector<ResultColumn>& columns, std::int64_t location) {
  const bool is_series = function.kind == SetFunctionKind::series;
  const bool is_array = function.kind == SetFunctionKind::array;
  const auto refuse_these = [&] {
    refuse("42883",
           "function " + std::string(function.name) + "(" + list_of(values) + ") does not exist",
           location, kNoSuchFunction);
  };
  if (is_series ? values.size() < 2 || values.size() > 3 : values.size() != 1) refuse_these();
  if (is_array) {
    auto& value = values.front();
    if (value.is_unknown())
      refuse("42725", "function unnest(unknown) is not unique", location,
             "Could not choose a best candidate function. You might need to add explicit type "
             "casts.");
    if (value.type.kind != TypeKind::array) refuse_these();
    columns.front().type = {.kind = value.type.element};
    return std::to_string(static_cast<int>(value.type.element)) + ", " + value.sql;
  }
  std::string sql = "0";
  for (auto& value : values) {
    if (is_series && !value.is_unknown() && value.type.kind == TypeKind::bigint)
      columns.front().type = {.kind = TypeKind::bigint};
    if (!value.is_unknown() &&
        !can_cast(value.type, {.kind = function.argument}, CastContext::implicit))
      refuse_these();
    if (is_series && !value.is_unknown() && !is_integer(value.type.kind))
      unsupported("generate_series over anything but whole numbers", location);
  }
  for (auto& value : values)
    sql += ", " +
           cast(std::move(value), {.kind = function.argument}, CastContext::implicit, location).sql;
  return sql;
}

std::string Translator::range_function(const Json& range, Scope& scope, bool as_sources) {
  const auto& functions = range["functions"].items();
  const auto& call = functions.at(0)["List"]["items"].items().at(0)["FuncCall"];
  const auto location = call.integer("location");
  const auto name = call["funcname"].items().empty()
                        ? std::string("this value")
                        : call["funcname"].items().back()["String"].string("sval");
  if (is_engine_function(name))
    unsupported("the function " + name + " in FROM", location,
                "Write SELECT " + name +
                    "(...) alone, a statement of its own; its answer is a variable of the "
                    "statements after it.");
  if (functions.size() > 1)
    unsupported("ROWS FROM with several functions", location, "Join them by WITH ORDINALITY.");
  if (range.has("coldeflist"))
    unsupported("a list of column definitions in FROM", location,
                "Take the parts with ->> and a cast.");
  const auto* function = find_set_function(name);
  if (function == nullptr)
    unsupported("the function " + name + " in FROM", location,
                "Functions here are jsonb_array_elements, jsonb_array_elements_text, jsonb_each, "
                "jsonb_each_text, jsonb_object_keys, unnest and generate_series.");
  auto columns = function->columns;
  const auto arguments_sql = set_arguments(*function, arguments(call, scope), columns, location);
  FromItem item;
  item.alias = range["alias"].has("aliasname") ? range["alias"].string("aliasname") : name;
  item.is_scalar = columns.size() == 1 && !range.flag("ordinality");
  for (auto& column : columns)
    if (column.name.empty()) column.name = item.alias;
  if (range.flag("ordinality")) columns.push_back({"ordinality", {.kind = TypeKind::bigint}});
  const auto& renamed = range["alias"]["colnames"].items();
  if (renamed.size() > columns.size())
    refuse("42P10", "table \"" + item.alias + "\" has " + std::to_string(columns.size()) +
                        " columns available but " + std::to_string(renamed.size()) +
                        " columns specified");
  const auto sql_alias = next_alias();
  for (std::size_t i = 0; i < columns.size(); ++i)
    item.columns.push_back(
        {.name = i < renamed.size() ? renamed[i]["String"].string("sval") : columns[i].name,
         .type = columns[i].type,
         .sql = sql_alias + ".c" + std::to_string(i)});
  const auto sql = std::string(kSetModule) + "(" +
                   std::to_string(static_cast<int>(function->kind)) + ", " + arguments_sql + ")";
  return placed(std::move(item), sql_alias, sql, scope, as_sources);
}

}  // namespace halfwrite::sql
