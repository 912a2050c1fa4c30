// Transaction control, settings and the other statements that the engine carries out without a
// query.
#include "models/database/sql/engine_functions.hpp"
#include "models/database/sql/translator.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

// A constant as SET takes it: the text of a literal, number or word.
std::string constant_text(const Json& node) {
  const auto& constant = node["A_Const"];
  if (constant.has("sval")) return constant["sval"].string("sval");
  if (constant.has("fval")) return constant["fval"].string("fval");
  if (constant.has("boolval")) return constant["boolval"].flag("boolval") ? "on" : "off";
  if (constant.has("ival")) return std::to_string(constant["ival"].integer("ival"));
  return "";
}

// Whether a WITH query changes rows, or a part of the statement locks some.
bool locks_or_changes_inside(const Json& node) {
  if (node.is_array())
    return std::any_of(node.items().begin(), node.items().end(), locks_or_changes_inside);
  if (!node.is_object()) return false;
  return std::any_of(node.members().begin(), node.members().end(), [](const Json::Member& member) {
    const auto& [name, value] = member;
    return name == "lockingClause" || (name == "ctequery" && !value.has("SelectStmt")) ||
           locks_or_changes_inside(value);
  });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

TransactionOptions Translator::transaction_options(const Json& options) const {
  TransactionOptions result;
  for (const auto& entry : options.items()) {
    const auto& option = entry["DefElem"];
    const auto& name = option.string("defname");
    const auto& value = option["arg"]["A_Const"];
    const bool on = value["ival"].integer("ival") != 0;
    if (name == "transaction_isolation") {
      const auto level = lower(value["sval"].string("sval"));
      if (level == "serializable")
        result.isolation = Isolation::serializable;
      else
        result.isolation =
            level == "repeatable read" ? Isolation::repeatable_read : Isolation::read_committed;
    } else if (name == "transaction_read_only") {
      result.read_only = on;
    } else if (name == "transaction_deferrable") {
      result.deferrable = on;
    }
  }
  return result;
}

void Translator::transaction_statement(const Json& node) {
  struct Entry {
    std::string_view name;
    StatementKind kind;
  };
  constexpr Entry kKinds[] = {{"TRANS_STMT_BEGIN", StatementKind::begin},
                              {"TRANS_STMT_START", StatementKind::begin},
                              {"TRANS_STMT_COMMIT", StatementKind::commit},
                              {"TRANS_STMT_ROLLBACK", StatementKind::rollback},
                              {"TRANS_STMT_SAVEPOINT", StatementKind::savepoint},
                              {"TRANS_STMT_RELEASE", StatementKind::release},
                              {"TRANS_STMT_ROLLBACK_TO", StatementKind::rollback_to},
                              {"TRANS_STMT_PREPARE", StatementKind::prepare_transaction},
                              {"TRANS_STMT_COMMIT_PREPARED", StatementKind::commit_prepared},
                              {"TRANS_STMT_ROLLBACK_PREPARED", StatementKind::rollback_prepared}};
  for (const auto& entry : kKinds)
    if (entry.name == node.string("kind")) statement_.kind = entry.kind;
  statement_.name = node.has("gid") ? node.string("gid") : node.string("savepoint_name");
  statement_.transaction = transaction_options(node["options"]);
  statement_.chain = node.flag("chain");
}

void Translator::set_statement(const Json& node) {
  const auto& kind = node.string("kind");
  statement_.name = lower(node.string("name"));
  statement_.local = node.flag("is_local");
  if (kind == "VAR_SET_MULTI") {
    if (statement_.name.find("transaction") == std::string::npos &&
        statement_.name.find("session characteristics") == std::string::npos)
      unsupported("SET " + node.string("name"), -1);
    statement_.kind = StatementKind::set_transaction;
    statement_.transaction = transaction_options(node["args"]);
    return;
  }
  statement_.kind = StatementKind::set;
  if (kind == "VAR_RESET_ALL") statement_.name = "all";
  if (kind != "VAR_SET_VALUE") return;
  std::string value;
  for (const auto& argument : node["args"].items())
    value += (value.empty() ? "" : ", ") + constant_text(argument);
  statement_.value = value;
}

// Advisory locks: one bigint or two ints. pg_notify: two texts.
std::vector<Expression> Translator::declared_arguments(const std::string& name,
                                                       std::vector<Expression> given,
                                                       const Json& call) {
  const auto location = call.integer("location");
  const bool is_advisory = is_advisory_function(name);
  Type type{.kind = TypeKind::text};
  if (is_advisory) type.kind = given.size() == 1 ? TypeKind::bigint : TypeKind::integer;
  const bool takes_none = name == "pg_advisory_unlock_all" || name == "pg_listening_channels";
  bool fits = takes_none ? given.empty() : given.size() == 2 || (is_advisory && given.size() == 1);
  std::string list;
  for (const auto& value : given) {
    fits = fits && (value.is_unknown() || can_cast(value.type, type, CastContext::implicit));
    list += (list.empty() ? "" : ", ") +
            (value.is_unknown() ? "unknown" : type_name(value.type, false));
  }
  if (!fits)
    refuse("42883", "function " + name + "(" + list + ") does not exist", location,
           "No function matches the given name and argument types. You might need to add explicit "
           "type casts.");
  for (auto& value : given) value = cast(std::move(value), type, CastContext::implicit, location);
  return given;
}

bool Translator::engine_function(const Json& call, const std::string& alias) {
  const auto& name = call["funcname"].items().back()["String"].string("sval");
  if (!is_engine_function(name)) return false;
  statement_.kind = StatementKind::engine_call;
  statement_.is_volatile = true;
  statement_.name = name;
  statement_.columns = engine_function_columns(name);
  if (statement_.columns.size() == 1 && !alias.empty()) statement_.columns.front().name = alias;
  Scope scope;
  std::string sql;
  auto given = arguments(call, scope);
  if (has_declared_arguments(name)) given = declared_arguments(name, std::move(given), call);
  for (auto& argument : given) {
    const auto value = settle(std::move(argument));
    sql += (sql.empty() ? "SELECT " : ", ") + value.sql;
    plan_.main.kinds.push_back(value.type.kind);
  }
  plan_.main.sql = sql;
  return true;
}

bool Translator::engine_call(const Json& select) {
  const auto& targets = select["targetList"].items();
  if (targets.size() != 1 || select.has("fromClause") || select.has("whereClause")) return false;
  const auto& target = targets.front()["ResTarget"];
  if (!target["val"].has("FuncCall")) return false;
  return engine_function(target["val"]["FuncCall"], target.string("name"));
}

void Translator::utility_statement(const std::string& kind, const Json& node) {
  if (kind == "TransactionStmt") return transaction_statement(node);
  if (kind == "VariableSetStmt") return set_statement(node);
  if (kind == "VariableShowStmt") {
    statement_.kind = StatementKind::show;
    statement_.name = lower(node.string("name"));
    statement_.columns = {{statement_.name, {.kind = TypeKind::text}}};
  } else if (kind == "ListenStmt") {
    statement_.kind = StatementKind::listen;
    statement_.name = node.string("conditionname");
  } else if (kind == "UnlistenStmt") {
    statement_.kind = StatementKind::unlisten;
    statement_.name = node.has("conditionname") ? node.string("conditionname") : "*";
  } else if (kind == "NotifyStmt") {
    statement_.kind = StatementKind::notify;
    statement_.name = node.string("conditionname");
    statement_.value = node.string("payload");
  } else if (kind == "CheckPointStmt") {
    statement_.kind = StatementKind::checkpoint;
  } else if (kind == "VacuumStmt") {
    statement_.kind = StatementKind::vacuum;
  } else if (kind == "TruncateStmt" || kind == "LockStmt") {
    statement_.kind = kind == "LockStmt" ? StatementKind::lock_table : StatementKind::truncate;
    const auto& relations = node["relations"].items();
    if (relations.size() != 1)
      unsupported("several tables at once", -1, "Write one statement per table.");
    statement_.target = find_table(relations.front()["RangeVar"]);
    statement_.value = std::to_string(node.integer(
        "mode"));  // LOCK: PostgreSQL's lock mode, 1 ACCESS SHARE .. 8 ACCESS EXCLUSIVE
  } else if (kind == "CreateStmt" || kind == "IndexStmt" || kind == "CreateSeqStmt" ||
             kind == "AlterTableStmt" || kind == "DropStmt") {
    statement_.kind = StatementKind::definition;
  } else {
    unsupported(kind.substr(0, kind.find("Stmt")), -1);
  }
}

void Translator::statement(const Json& node) {
  if (node.members().empty()) refuse("42601", "the statement is empty");
  const auto& [kind, body] = node.members().front();
  has_steps_ = has_steps_ || locks_or_changes_inside(body);
  if (kind == "SelectStmt") return select_statement(body);
  if (kind == "InsertStmt") return insert_statement(body);
  if (kind == "UpdateStmt") return update_statement(body);
  if (kind == "DeleteStmt") return delete_statement(body);
  utility_statement(kind, body);
}

}  // namespace halfwrite::sql
