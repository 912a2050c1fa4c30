// Function calls: overloads by PostgreSQL's rules, and the functions whose arguments are special.
#include "models/database/sql/engine_functions.hpp"
#include "models/database/sql/function_table.hpp"
#include "models/database/sql/set_function.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

std::string name_of(const Json& call) {
  return call["funcname"].items().back()["String"].string("sval");
}

// How well arguments fit an overload: exact matches count, -1 when they do not fit.
int fitness(const FunctionEntry& entry, const std::vector<Expression>& arguments) {
  if (entry.arguments.size() != arguments.size()) return -1;
  int exact = 0;
  std::size_t i = 0;
  for (const auto kind : entry.arguments) {
    const auto& argument = arguments[i++];
    if (argument.is_unknown()) continue;
    if (argument.type.kind == kind)
      exact += 2;
    else if (!Translator::can_cast(argument.type, Type{.kind = kind}, CastContext::implicit))
      return -1;
  }
  return exact;
}

std::string filled(std::string_view pattern, const std::vector<Expression>& arguments) {
  std::string sql;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$' || i + 1 >= pattern.size()) {
      sql += pattern[i];
      continue;
    }
    sql += arguments[static_cast<std::size_t>(pattern[++i] - '1')].sql;
  }
  return sql;
}

bool reads_clock(std::string_view name) {
  return name == "now" || name == "transaction_timestamp" || name == "statement_timestamp" ||
         name == "clock_timestamp" || name.find("snapshot") != std::string_view::npos;
}

bool is_volatile(std::string_view name) {
  return name == "gen_random_uuid" || name == "uuid_generate_v4" || name == "pg_current_xact_id" ||
         name == "txid_current" || name == "clock_timestamp" || name == "lastval";
}

}  // namespace

std::vector<Expression> Translator::arguments(const Json& call, const Scope& scope) {
  std::vector<Expression> result;
  for (const auto& argument : call["args"].items()) {
    if (argument.has("NamedArgExpr"))
      unsupported("named arguments here", argument["NamedArgExpr"].integer("location"),
                  "Pass them by position.");
    result.push_back(expression(argument, scope));
  }
  return result;
}

Expression Translator::function(const Json& call, const Scope& scope) {
  const auto name = name_of(call);
  const auto location = call.integer("location");
  if (auto special = special_function(name, call, scope)) return *special;
  if (auto folded = aggregate(name, call, scope)) {
    folded->location = location;
    return *folded;
  }
  if (call.has("over"))
    refuse("42809",
           "OVER specified, but " + name + " is not a window function nor an aggregate function",
           location);
  if (find_set_function(name) != nullptr)
    unsupported("the function " + name + ", which gives rows, outside FROM", location,
                "Write it in FROM: FROM t CROSS JOIN " + name + "(...).");
  auto values = arguments(call, scope);
  const FunctionEntry* best = nullptr;
  int best_fitness = -1;
  bool name_known = false;
  for (const auto& entry : known_functions()) {
    if (entry.name != name) continue;
    name_known = true;
    const int fit = fitness(entry, values);
    if (fit > best_fitness) {
      best = &entry;
      best_fitness = fit;
    }
  }
  if (best == nullptr) {
    if (is_engine_function(name))
      unsupported("the function " + name + " inside an expression or beside other columns",
                  location,
                  "Write SELECT " + name +
                      "(...) alone, a statement of its own; its answer is a variable of the "
                      "statements after it.");
    const auto instead = refused_function(name);
    if (!instead.empty()) unsupported("the function " + name, location, std::string(instead));
    std::string list;
    for (const auto& value : values)
      list += (list.empty() ? "" : ", ") +
              (value.is_unknown() ? "unknown" : type_name(value.type, false));
    SqlError error{.sqlstate = "42883",
                   .message = "function " + name + "(" + list + ") does not exist",
                   .detail = "",
                   .hint =
                       "No function matches the given name and argument types. You might need to "
                       "add explicit type casts.",
                   .position = source_.position(location),
                   .unknown_name = name_known ? "" : name,
                   .candidates = {}};
    if (!name_known)
      for (const auto& entry : known_functions()) error.candidates.emplace_back(entry.name);
    throw Refused{error};
  }
  std::size_t i = 0;
  for (const auto kind : best->arguments) {
    values[i] = cast(std::move(values[i]), Type{.kind = kind}, CastContext::implicit, location);
    ++i;
  }
  statement_.reads_clock = statement_.reads_clock || reads_clock(name);
  statement_.is_volatile = statement_.is_volatile || is_volatile(name);
  return typed(filled(best->sql, values), best->result, location);
}

std::optional<Expression> Translator::special_function(const std::string& name, const Json& call,
                                                       const Scope& scope) {
  const auto location = call.integer("location");
  if (name == "nextval" || name == "currval" || name == "setval")
    return sequence_function(name, call, scope);
  if (name == "extract" && call["args"].items().size() == 2) return extract(call, scope);
  if (name == "make_interval") return make_interval(call, scope);
  if (name == "concat" || name == "concat_ws" || name == "json_build_object" ||
      name == "jsonb_build_object" || name == "json_build_array" || name == "jsonb_build_array" ||
      name == "to_json" || name == "to_jsonb") {
    if (name.starts_with("to_json") && call["args"].items().size() == 1)
      if (auto row = whole_row(call["args"].items()[0], scope, name == "to_jsonb")) return row;
    return variadic_function(name, call, scope);
  }
  if (name == "row_to_json" && call["args"].items().size() == 1)
    if (auto row = whole_row(call["args"].items()[0], scope, false)) return row;
  if (name == "jsonb_set" || name == "jsonb_insert") return changed_document(name, call, scope);
  if (name == "jsonb_extract_path" || name == "json_extract_path" ||
      name == "jsonb_extract_path_text" || name == "json_extract_path_text")
    return extract_path(name, call, scope);
  if (name == "pg_typeof" && call["args"].items().size() == 1) {
    const auto argument = expression(call["args"].items()[0], scope);
    return typed("'" + (argument.is_unknown() ? "unknown" : type_name(argument.type, false)) + "'",
                 TypeKind::text, location);
  }
  if (name == "to_hex" && call["args"].items().size() == 1) {
    const auto argument = expression(call["args"].items()[0], scope);
    const bool typed_otherwise = argument.form == Expression::Form::variable ||
                                 argument.type.kind == TypeKind::integer ||
                                 argument.type.kind == TypeKind::bigint;
    if (argument.is_unknown() ? !typed_otherwise : argument.type.kind == TypeKind::smallint)
      refuse("42725",
             "function to_hex(" +
                 (argument.is_unknown() ? "unknown" : type_name(argument.type, false)) +
                 ") is not unique",
             location,
             "Could not choose a best candidate function. You might need to add explicit type "
             "casts.");
  }
  // Functions of whole numbers that PostgreSQL only has for double precision and numeric: an
  // integer argument would pick the former, so its result must be named.
  const bool rounds = name == "round" || name == "trunc" || name == "floor" || name == "ceil" ||
                      name == "ceiling" || name == "sign";
  if (rounds && call["args"].items().size() == 1) {
    const auto argument = expression(call["args"].items()[0], scope);
    if (argument.type.kind == TypeKind::smallint || argument.type.kind == TypeKind::integer ||
        argument.type.kind == TypeKind::bigint)
      unsupported(name + " of a whole number, which gives a floating-point number", location,
                  "Leave it out, or write ::numeric in it.");
  }
  return std::nullopt;
}

Expression Translator::sequence_function(const std::string& name, const Json& call,
                                         const Scope& scope) {
  const auto location = call.integer("location");
  const auto& arguments = call["args"].items();
  const Json* named = arguments.empty() ? nullptr : &arguments.front();
  while (named != nullptr && named->has("TypeCast")) named = &(*named)["TypeCast"]["arg"];
  if (named == nullptr || !(*named)["A_Const"].has("sval"))
    unsupported(name + " of a computed name", location,
                "Name the sequence as a literal: nextval('orders_id_seq').");
  auto sequence_name = (*named)["A_Const"]["sval"].string("sval");
  std::size_t database = 0;
  bool qualified = false;
  if (const auto dot = sequence_name.find('.'); dot != std::string::npos) {
    for (std::size_t i = 0; i < databases_.size(); ++i)
      if (databases_[i].name == sequence_name.substr(0, dot)) {
        database = i;
        qualified = true;
      }
    sequence_name = sequence_name.substr(dot + 1);
  }
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    if (qualified && i != database) continue;
    const auto* sequence = databases_[i].catalog->find_sequence(sequence_name);
    if (sequence == nullptr) continue;
    statement_.is_volatile = true;
    const auto place = (in_schema_ ? std::string(1, kDatabaseMark) : std::to_string(i)) + ", " +
                       std::to_string(sequence->id);
    if (name == "nextval") return typed("hw_next_value(" + place + ")", TypeKind::bigint, location);
    if (name == "currval")
      return typed("hw_current_value(" + place + ")", TypeKind::bigint, location);
    if (arguments.size() < 2) break;
    const auto value = cast(expression(arguments[1], scope), {.kind = TypeKind::bigint},
                            CastContext::implicit, location);
    const std::string called =
        arguments.size() > 2 ? cast(expression(arguments[2], scope), {.kind = TypeKind::boolean},
                                    CastContext::implicit, location)
                                   .sql
                             : "1";
    return typed("hw_set_value(" + place + ", " + value.sql + ", " + called + ")", TypeKind::bigint,
                 location);
  }
  SqlError error{.sqlstate = "42P01",
                 .message = "relation \"" + sequence_name + "\" does not exist",
                 .detail = "",
                 .hint = "",
                 .position = source_.position((*named)["A_Const"].integer("location")),
                 .unknown_name = sequence_name,
                 .candidates = {}};
  for (const auto& database_entry : databases_)
    for (const auto& sequence : database_entry.catalog->sequences())
      error.candidates.push_back(sequence.name);
  throw Refused{error};
}

Expression Translator::extract(const Json& call, const Scope& scope) {
  const auto location = call.integer("location");
  const Json& field_name = call["args"].items()[0]["A_Const"];
  if (!field_name.has("sval"))
    unsupported("extract of a computed field", location,
                "Write the field out: EXTRACT(epoch FROM ...).");
  const auto& field = field_name["sval"].string("sval");
  auto value = expression(call["args"].items()[1], scope);
  if (value.is_unknown())
    refuse(
        "42725", "function pg_catalog.extract(unknown, unknown) is not unique", location,
        "Could not choose a best candidate function. You might need to add explicit type casts.");
  const auto kind = value.type.kind;
  if (kind != TypeKind::timestamptz && kind != TypeKind::timestamp && kind != TypeKind::date &&
      kind != TypeKind::interval)
    refuse(
        "42883",
        "function pg_catalog.extract(unknown, " + type_name(value.type, false) + ") does not exist",
        location);
  return typed("hw_extract('" + field + "', " + value.sql + ", " +
                   std::to_string(static_cast<int>(kind)) + ")",
               TypeKind::numeric, location);
}

Expression Translator::make_interval(const Json& call, const Scope& scope) {
  constexpr std::string_view kNames[] = {"years", "months", "weeks", "days",
                                         "hours", "mins",   "secs"};
  std::vector<std::string> parts(7, "0");
  std::size_t position = 0;
  const auto location = call.integer("location");
  for (const auto& argument : call["args"].items()) {
    const Json* value = &argument;
    std::size_t at = position++;
    if (argument.has("NamedArgExpr")) {
      const auto& name = argument["NamedArgExpr"].string("name");
      at = static_cast<std::size_t>(std::find(std::begin(kNames), std::end(kNames), name) -
                                    std::begin(kNames));
      value = &argument["NamedArgExpr"]["arg"];
    }
    if (at >= 7)
      refuse("42883", "function make_interval with these arguments does not exist", location);
    const auto kind = at == 6 ? TypeKind::numeric : TypeKind::integer;
    auto part = expression(*value, scope);
    if (!part.is_unknown() && !can_cast(part.type, {.kind = kind}, CastContext::implicit))
      refuse(
          "42883",
          "function make_interval(" + std::string(kNames[at]) + " => " +
              type_name(part.type, false) + ") does not exist",
          location,
          "No function matches the given name and argument types. You might need to add explicit "
          "type casts.");
    parts[at] = cast(std::move(part), {.kind = kind}, CastContext::implicit, location).sql;
  }
  std::string sql = "hw_make_interval(";
  for (std::size_t i = 0; i < parts.size(); ++i) sql += (i > 0 ? ", " : "") + parts[i];
  return typed(sql + ")", TypeKind::interval, location);
}

Expression Translator::variadic_function(const std::string& name, const Json& call,
                                         const Scope& scope) {
  const auto location = call.integer("location");
  if (!call.has("args") && name.find("build") == std::string::npos)
    refuse("42883", "function " + name + "() does not exist", location,
           "No function matches the given name and argument types. You might need to add explicit "
           "type casts.");
  std::string sql;
  for (auto& argument : arguments(call, scope)) {
    auto value = settle(std::move(argument));
    if (sql.empty() && name == "concat_ws" &&
        !can_cast(value.type, {.kind = TypeKind::text}, CastContext::implicit))
      refuse(
          "42883", "function concat_ws(" + type_name(value.type, false) + ", ...) does not exist",
          location,
          "No function matches the given name and argument types. You might need to add explicit "
          "type casts.");
    // Kind and value: JSON quotes by kind, concat prints by kind.
    sql += ", " + std::to_string(static_cast<int>(value.type.kind)) + ", " + value.sql;
  }
  const bool binary = name.find("jsonb") != std::string::npos;
  const auto kind = name.find("concat") == 0 ? TypeKind::text
                    : binary                 ? TypeKind::jsonb
                                             : TypeKind::json;
  const std::string function = name == "concat"      ? "hw_concat(0"
                               : name == "concat_ws" ? "hw_concat(1"
                               : name.find("build_object") != std::string::npos
                                   ? (binary ? "hw_json_object(1" : "hw_json_object(0")
                               : name.find("build_array") != std::string::npos
                                   ? (binary ? "hw_json_array(1" : "hw_json_array(0")
                                   : (binary ? "hw_json_value(1" : "hw_json_value(0");
  return typed(function + sql + ")", kind, location);
}

Expression Translator::extract_path(const std::string& name, const Json& call, const Scope& scope) {
  const auto location = call.integer("location");
  const auto kind = name.starts_with("jsonb") ? TypeKind::jsonb : TypeKind::json;
  auto values = arguments(call, scope);
  bool fits = values.size() > 1;
  std::string list;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& value = values[i];
    list += (list.empty() ? "" : ", ") +
            (value.is_unknown() ? "unknown" : type_name(value.type, false));
    fits = fits &&
           (value.is_unknown() || (i == 0 ? value.type.kind == kind : is_text(value.type.kind)));
  }
  if (!fits)
    refuse("42883", "function " + name + "(" + list + ") does not exist", location,
           "No function matches the given name and argument types. You might need to add explicit "
           "type casts.");
  const bool as_text = name.ends_with("_text");
  std::string sql = as_text ? "hw_json_extract(1" : "hw_json_extract(0";
  for (std::size_t i = 0; i < values.size(); ++i)
    sql += ", " + cast(std::move(values[i]), {.kind = i == 0 ? kind : TypeKind::text},
                       CastContext::implicit, location)
                      .sql;
  return typed(sql + ")", as_text ? TypeKind::text : kind, location);
}

// jsonb_set(document, path, value, create) and jsonb_insert(document, path, value, after).
Expression Translator::changed_document(const std::string& name, const Json& call,
                                        const Scope& scope) {
  const auto location = call.integer("location");
  const bool sets = name == "jsonb_set";
  auto values = arguments(call, scope);
  std::string list;
  for (const auto& value : values)
    list += (list.empty() ? "" : ", ") +
            (value.is_unknown() ? "unknown" : type_name(value.type, false));
  const auto fits = [&](std::size_t i, TypeKind kind) {
    return values[i].is_unknown() || values[i].type.kind == kind;
  };
  const bool known = (values.size() == 3 || values.size() == 4) && fits(0, TypeKind::jsonb) &&
                     fits(1, TypeKind::array) && fits(2, TypeKind::jsonb) &&
                     (values.size() == 3 || fits(3, TypeKind::boolean));
  if (!known)
    refuse("42883", "function " + name + "(" + list + ") does not exist", location,
           "No function matches the given name and argument types. You might need to add explicit "
           "type casts.");
  const auto of_kind = [&](std::size_t i, TypeKind kind) {
    return cast(std::move(values[i]), {.kind = kind}, CastContext::implicit, location).sql;
  };
  const auto document = of_kind(0, TypeKind::jsonb);
  const auto path = as_array(std::move(values[1])).sql;
  const auto value = of_kind(2, TypeKind::jsonb);
  const auto option = values.size() == 4 ? of_kind(3, TypeKind::boolean) : sets ? "1" : "0";
  return typed((sets ? "hw_json_set(" : "hw_json_insert(") + document + ", " + path + ", " + value +
                   ", " + option + ")",
               TypeKind::jsonb, location);
}

}  // namespace halfwrite::sql
