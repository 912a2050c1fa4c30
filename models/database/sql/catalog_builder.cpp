#include "models/database/sql/catalog_builder.hpp"

#include "models/database/sql/direct_query.hpp"
#include "sim/assert.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

std::string joined(const Table& table, const std::vector<ColumnId>& columns) {
  std::string name = table.name;
  for (const auto column : columns) name += "_" + table.columns[column].name;
  return name;
}

std::vector<ColumnId> sorted(std::vector<ColumnId> columns) {
  std::sort(columns.begin(), columns.end());
  return columns;
}

// SERIAL and its relatives are no types, but a sequence and a default.
bool is_serial(const Json& type_name) {
  const auto& names = type_name["names"].items();
  return !names.empty() &&
         names.back()["String"].string("sval").find("serial") != std::string::npos;
}

ForeignKeyAction action_of(const std::string& letter) {
  if (letter == "r") return ForeignKeyAction::restrict;
  if (letter == "c") return ForeignKeyAction::cascade;
  if (letter == "n") return ForeignKeyAction::set_null;
  return letter == "d" ? ForeignKeyAction::set_default : ForeignKeyAction::no_action;
}

}  // namespace

void CatalogBuilder::refuse(std::string sqlstate, std::string message, std::int64_t location,
                            std::string hint) const {
  SqlError error;
  error.sqlstate = std::move(sqlstate);
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.position = source_->position(location);
  throw Refused{std::move(error)};
}

void CatalogBuilder::read(const std::string& ddl) {
  const SourceText source(ddl);
  source_ = &source;
  auto tree = source.parse();
  if (!tree) throw Refused{tree.error()};
  for (const auto& entry : (*tree)["stmts"].items()) statement(entry["stmt"]);
}

void CatalogBuilder::statement(const Json& node) {
  if (node.members().empty()) return;
  const auto& [kind, body] = node.members().front();
  if (kind == "CreateStmt") return create_table(body);
  if (kind == "IndexStmt") return create_index(body);
  if (kind == "CreateSeqStmt") return create_sequence(body);
  if (kind == "AlterTableStmt") return alter_table(body);
  refuse("0A000",
         "a schema holds CREATE TABLE, CREATE SEQUENCE, CREATE INDEX and ALTER TABLE ... ADD "
         "CONSTRAINT only",
         -1, kind == "InsertStmt" || kind == "UpdateStmt" ? "Rows belong to `data`." : "");
}

bool CatalogBuilder::name_taken(const std::string& name) const {
  if (catalog_.find_table(name) != nullptr || catalog_.find_sequence(name) != nullptr) return true;
  const auto has_key = [&name](const Table& table) {
    return std::any_of(table.keys.begin(), table.keys.end(),
                       [&name](const Key& key) { return key.name == name; });
  };
  return std::any_of(catalog_.tables_.begin(), catalog_.tables_.end(), has_key) ||
         (building_ != nullptr && has_key(*building_));
}

std::string CatalogBuilder::free_name(const std::string& wanted) const {
  std::string name = wanted;
  for (int number = 1; name_taken(name); ++number) name = wanted + std::to_string(number);
  return name;
}

Type CatalogBuilder::type_of(const Json& node) const {
  Statement statement;
  Plan plan;
  const Databases databases;
  const ReadOptions options;
  return Translator(*source_, databases, options, statement, plan).type_of(node);
}

void CatalogBuilder::create_table(const Json& node) {
  const auto& relation = node["relation"];
  Table table;
  table.id = static_cast<TableId>(catalog_.tables_.size());
  table.name = relation.string("relname");
  if (catalog_.find_table(table.name) != nullptr) {
    if (node.flag("if_not_exists")) return;
    refuse("42P07", "relation \"" + table.name + "\" already exists", relation.integer("location"));
  }
  for (const char* refused : {"inhRelations", "partspec", "partbound", "ofTypename"})
    if (node.has(refused))
      refuse("0A000", "partitions, inheritance and typed tables are not supported here",
             relation.integer("location"));
  building_ = &table;
  for (const auto& element : node["tableElts"].items()) {
    if (element.has("ColumnDef")) column(element["ColumnDef"], table);
    if (element.has("TableLikeClause"))
      refuse("0A000", "LIKE in CREATE TABLE is not supported here", -1, "Write the columns out.");
  }
  for (const auto& element : node["tableElts"].items()) {
    if (!element.has("ColumnDef")) continue;
    const auto& definition = element["ColumnDef"];
    const auto id = column_of(table, definition.string("colname"), -1);
    for (const auto& constraint : definition["constraints"].items())
      column_constraint(constraint["Constraint"], table, id);
  }
  for (const auto& element : node["tableElts"].items())
    if (element.has("Constraint")) table_constraint(element["Constraint"], table);
  finish_checks(table);
  building_ = nullptr;
  catalog_.tables_.push_back(std::move(table));
}

void CatalogBuilder::column(const Json& node, Table& table) {
  Column column;
  column.name = node.string("colname");
  if (table.find_column(column.name))
    refuse("42701", "column \"" + column.name + "\" specified more than once",
           node.integer("location"));
  column.type = type_of(node["typeName"]);
  if (column.type.kind == TypeKind::array)
    refuse("0A000", "array columns are not supported here", node.integer("location"),
           "Write a table of its own, or jsonb.");
  if (is_serial(node["typeName"])) {
    column.not_null = true;
    const auto sequence =
        add_sequence(free_name(table.name + "_" + column.name + "_seq"), column.type.kind, Json());
    sequence_default(column, sequence);
  }
  if (node.has("collClause"))
    refuse("0A000", "COLLATE is not supported here", node.integer("location"),
           "Text is compared by bytes, as with COLLATE \"C\".");
  table.columns.push_back(std::move(column));
}

void CatalogBuilder::sequence_default(Column& column, SequenceId sequence) {
  auto value = std::make_shared<RowExpression>();
  value->type = column.type;
  value->sql =
      "hw_next_value(" + std::string(1, kDatabaseMark) + ", " + std::to_string(sequence) + ")";
  value->plan.main = {.sql = "SELECT hw_next_value(0, " + std::to_string(sequence) + ")",
                      .kinds = {column.type.kind}};
  read_direct_queries(value->plan);
  column.sequence = sequence;
  column.default_value = std::move(value);
}

void CatalogBuilder::column_constraint(const Json& node, Table& table, ColumnId id) {
  const auto& kind = node.string("contype");
  auto& column = table.columns[id];
  if (kind == "CONSTR_NOTNULL") {
    column.not_null = true;
  } else if (kind == "CONSTR_NULL") {
    column.not_null = false;
  } else if (kind == "CONSTR_DEFAULT") {
    default_value(node["raw_expr"], table, id);
  } else if (kind == "CONSTR_IDENTITY") {
    column.not_null = true;
    column.identity =
        node.string("generated_when") == "a" ? Identity::always : Identity::by_default;
    const auto sequence = add_sequence(free_name(table.name + "_" + column.name + "_seq"),
                                       column.type.kind, node["options"]);
    sequence_default(column, sequence);
  } else if (kind == "CONSTR_PRIMARY" || kind == "CONSTR_UNIQUE") {
    key(node, table, {id});
  } else if (kind == "CONSTR_CHECK") {
    check(node, table);
  } else if (kind == "CONSTR_FOREIGN") {
    foreign_key(node, table, {id});
  } else if (kind == "CONSTR_ATTR_DEFERRABLE" || kind == "CONSTR_ATTR_DEFERRED") {
    refuse("0A000", "deferrable constraints are not supported here", node.integer("location"));
  } else if (kind == "CONSTR_GENERATED") {
    refuse("0A000", "generated columns are not supported here", node.integer("location"),
           "Compute the value in the statement.");
  }
}

void CatalogBuilder::table_constraint(const Json& node, Table& table) {
  const auto& kind = node.string("contype");
  const auto location = node.integer("location");
  if (node.flag("deferrable"))
    refuse("0A000", "deferrable constraints are not supported here", location);
  if (kind == "CONSTR_PRIMARY" || kind == "CONSTR_UNIQUE")
    return key(node, table, columns_of(table, node["keys"], location));
  if (kind == "CONSTR_CHECK") return check(node, table);
  if (kind == "CONSTR_FOREIGN")
    return foreign_key(node, table, columns_of(table, node["fk_attrs"], location));
  refuse("0A000", "this kind of constraint is not supported here", location);
}

ColumnId CatalogBuilder::column_of(const Table& table, const std::string& name,
                                   std::int64_t location) const {
  if (const auto id = table.find_column(name)) return *id;
  SqlError error{.sqlstate = "42703",
                 .message = "column \"" + name + "\" named in key does not exist",
                 .detail = "",
                 .hint = "",
                 .position = source_->position(location),
                 .unknown_name = name,
                 .candidates = {}};
  for (const auto& column : table.columns) error.candidates.push_back(column.name);
  throw Refused{error};
}

std::vector<ColumnId> CatalogBuilder::columns_of(const Table& table, const Json& names,
                                                 std::int64_t location) const {
  std::vector<ColumnId> columns;
  for (const auto& name : names.items())
    columns.push_back(column_of(table, name["String"].string("sval"), location));
  return columns;
}

void CatalogBuilder::key(const Json& node, Table& table, std::vector<ColumnId> columns) {
  const bool primary = node.string("contype") == "CONSTR_PRIMARY";
  if (primary && table.primary_key())
    refuse("42P16", "multiple primary keys for table \"" + table.name + "\" are not allowed",
           node.integer("location"));
  Key key;
  key.columns = std::move(columns);
  key.reads = sorted(key.columns);
  key.unique = true;
  key.primary = primary;
  key.constraint = true;
  key.nulls_not_distinct = node.flag("nulls_not_distinct");
  key.name = node.has("conname")
                 ? node.string("conname")
                 : free_name(primary ? table.name + "_pkey" : joined(table, key.columns) + "_key");
  for (const auto column : key.columns)
    if (primary) table.columns[column].not_null = true;
  table.keys.insert(primary ? table.keys.begin() : table.keys.end(), std::move(key));
}

std::shared_ptr<const RowExpression> CatalogBuilder::row_expression(const Json& node,
                                                                    const Table& table,
                                                                    const Type& type,
                                                                    const char* place, RowUse use) {
  Statement statement;
  auto row = std::make_shared<RowExpression>();
  const Databases databases{{"", &catalog_}};
  const ReadOptions options;
  Translator translator(*source_, databases, options, statement, row->plan);
  const auto value = translator.row_expression(node, table, type, place, use);
  if (!statement.tables_read.empty() || !statement.lock_steps.empty())
    refuse("0A000", std::string("cannot use subquery in ") + place);
  const bool is_of_index = use == RowUse::index_part || use == RowUse::index_condition;
  if (is_of_index && (statement.is_volatile || statement.reads_clock))
    refuse("42P17", std::string("functions in ") + place + " must be marked IMMUTABLE");
  row->sql = value.sql;
  row->type = value.type;
  auto sql = value.sql;
  std::replace(sql.begin(), sql.end(), kDatabaseMark, '0');
  row->plan.main = {.sql = "SELECT " + sql, .kinds = {value.type.kind}};
  read_direct_queries(row->plan);
  return row;
}

void CatalogBuilder::default_value(const Json& node, Table& table, ColumnId id) {
  auto& column = table.columns[id];
  try {
    column.default_value =
        row_expression(node, table, column.type, column.name.c_str(), RowUse::default_value);
  } catch (const Refused& refused) {
    auto error = refused.error;
    if (error.sqlstate == "42804")
      error.message =
          "column \"" + column.name + "\" is of type " + type_name(column.type, false) +
          " but default expression is of " +
          error.message.substr(std::min(error.message.size(), error.message.rfind("type ")));
    throw Refused{error};
  }
}

std::vector<ColumnId> CatalogBuilder::columns_used(const Table& table,
                                                   const RowExpression& expression) {
  std::vector<ColumnId> used;
  const auto& sql = expression.sql;
  for (ColumnId i = 0; i < table.columns.size(); ++i) {
    const auto name = "s0.c" + std::to_string(i);
    for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name, at + 1)) {
      const auto end = at + name.size();
      if (end < sql.size() && sql[end] >= '0' && sql[end] <= '9') continue;
      used.push_back(i);
      break;
    }
  }
  return used;
}

void CatalogBuilder::check(const Json& node, Table& table) {
  Check check;
  check.condition =
      row_expression(node["raw_expr"], table, {}, "CHECK constraint", RowUse::condition);
  if (node.has("conname")) {
    check.name = node.string("conname");
  } else {
    // PostgreSQL names it after the column if it uses exactly one.
    const auto used = columns_used(table, *check.condition);
    const auto wanted = (used.size() == 1 ? joined(table, used) : table.name) + "_check";
    check.name = wanted;
    const auto taken = [&table](const std::string& name) {
      return std::any_of(table.checks.begin(), table.checks.end(),
                         [&](const Check& other) { return other.name == name; });
    };
    for (int number = 1; taken(check.name); ++number) check.name = wanted + std::to_string(number);
  }
  table.checks.push_back(std::move(check));
}

void CatalogBuilder::finish_checks(Table& table) {
  std::sort(table.checks.begin(), table.checks.end(),
            [](const Check& a, const Check& b) { return a.name < b.name; });
  std::vector<std::shared_ptr<const RowExpression>> conditions;
  for (const auto& check : table.checks) conditions.push_back(check.condition);
  table.all_checks = all_of(table, conditions);
}

std::shared_ptr<const RowExpression> CatalogBuilder::all_of(
    const Table& table, const std::vector<std::shared_ptr<const RowExpression>>& expressions) {
  if (expressions.empty()) return nullptr;
  auto all = std::make_shared<RowExpression>();
  std::string list;
  for (const auto& expression : expressions) {
    list += (list.empty() ? "SELECT " : ", ") + expression->sql;
    all->plan.main.kinds.push_back(expression->type.kind);
  }
  std::replace(list.begin(), list.end(), kDatabaseMark, '0');
  std::string image;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    all->plan.parameters.push_back({.is_image = true,
                                    .index = 0,
                                    .column = static_cast<ColumnId>(i),
                                    .type = table.columns[i].type});
    image +=
        (image.empty() ? "(SELECT ?" : ", ?") + std::to_string(i + 1) + " AS c" + std::to_string(i);
  }
  all->plan.main.sql = list + " FROM " + image + ") AS s0";
  read_direct_queries(all->plan);
  return all;
}

void CatalogBuilder::foreign_key(const Json& node, Table& table, std::vector<ColumnId> columns) {
  const auto& parent = node["pktable"];
  const auto location = parent.integer("location");
  const auto& parent_name = parent.string("relname");
  const Table* referenced = parent_name == table.name ? &table : catalog_.find_table(parent_name);
  if (referenced == nullptr) {
    SqlError error{.sqlstate = "42P01",
                   .message = "relation \"" + parent_name + "\" does not exist",
                   .detail = "",
                   .hint = "",
                   .position = source_->position(location),
                   .unknown_name = parent_name,
                   .candidates = {}};
    for (const auto& other : catalog_.tables_) error.candidates.push_back(other.name);
    throw Refused{error};
  }
  if (node.string("fk_matchtype") == "f")
    refuse("0A000", "MATCH FULL is not supported here", location);
  ForeignKey key;
  key.columns = std::move(columns);
  key.referenced_table = referenced->id;
  if (node.has("pk_attrs")) {
    key.referenced_columns = columns_of(*referenced, node["pk_attrs"], location);
  } else {
    if (!referenced->primary_key())
      refuse("42704", "there is no primary key for referenced table \"" + parent_name + "\"",
             location);
    key.referenced_columns = referenced->keys.front().columns;
  }
  if (key.referenced_columns.size() != key.columns.size())
    refuse("42830", "number of referencing and referenced columns for foreign key disagree",
           location);
  const auto matches = [wanted = sorted(key.referenced_columns)](const Key& candidate) {
    return candidate.unique && candidate.plain && sorted(candidate.columns) == wanted;
  };
  const auto found = std::find_if(referenced->keys.begin(), referenced->keys.end(), matches);
  if (found == referenced->keys.end())
    refuse("42830",
           "there is no unique constraint matching given keys for referenced table \"" +
               parent_name + "\"",
           location);
  key.referenced_key = static_cast<KeyId>(found - referenced->keys.begin());
  key.on_delete = action_of(node.string("fk_del_action"));
  key.on_update = action_of(node.string("fk_upd_action"));
  key.name = node.has("conname") ? node.string("conname") : joined(table, key.columns) + "_fkey";
  table.foreign_keys.push_back(std::move(key));
}

Catalog CatalogBuilder::finish() {
  catalog_.references_.assign(catalog_.tables_.size(), {});
  for (auto& table : catalog_.tables_)
    for (std::size_t i = 0; i < table.foreign_keys.size(); ++i) {
      auto& key = table.foreign_keys[i];
      catalog_.references_[key.referenced_table].push_back({table.id, i});
      // A later primary key stands first and moves the others.
      const auto& keys = catalog_.tables_[key.referenced_table].keys;
      const auto wanted = sorted(key.referenced_columns);
      for (KeyId id = 0; id < keys.size(); ++id) {
        if (keys[id].unique && keys[id].plain && sorted(keys[id].columns) == wanted) {
          key.referenced_key = id;
          break;
        }
      }
    }
  return std::move(catalog_);
}

}  // namespace halfwrite::sql
