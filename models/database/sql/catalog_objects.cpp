// Indexes, sequences and ALTER TABLE of a schema.
#include "models/database/sql/catalog_builder.hpp"

#include <algorithm>

namespace halfwrite::sql {

namespace {

// libpg-query 15 drops negative integers from its JSON; they are read from the statement again.
std::int64_t integer_option(const Json& option, const std::string& text) {
  const auto& argument = option["arg"];
  if (argument.has("Float")) {
    const auto value = from_text({.kind = TypeKind::bigint}, argument["Float"].string("fval"));
    return value ? value->integer() : 0;
  }
  const auto value = argument["Integer"].integer("ival");
  if (value != 0) return value;
  auto at = static_cast<std::size_t>(option.integer("location"));
  while (at < text.size() && text[at] != '-' && (text[at] < '0' || text[at] > '9')) ++at;
  if (at >= text.size() || text[at] != '-') return 0;
  std::int64_t read = 0;
  for (++at; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == ' '); ++at)
    if (text[at] != ' ') read = read * 10 + (text[at] - '0');
  return -read;
}

// What stands between the commas of the list in parentheses behind `from`.
std::vector<std::string> element_texts(const std::string& text, std::int64_t from) {
  std::vector<std::string> texts;
  std::size_t depth = 0;
  bool quoted = false;
  for (auto at = static_cast<std::size_t>(std::max<std::int64_t>(from, 0)); at < text.size();
       ++at) {
    const char c = text[at];
    if (c == '\'') quoted = !quoted;
    if (!quoted && c == ')' && --depth == 0) break;
    const bool separates = !quoted && depth == 1 && c == ',';
    if (separates || (!quoted && c == '(' && depth == 0)) {
      texts.emplace_back();
    } else if (depth > 0 && !(c == ' ' && texts.back().empty())) {
      texts.back() += c;
    }
    if (!quoted && c == '(') ++depth;
  }
  return texts;
}

}  // namespace

SequenceId CatalogBuilder::add_sequence(const std::string& name, TypeKind kind,
                                        const Json& options) {
  Sequence sequence;
  sequence.id = static_cast<SequenceId>(catalog_.sequences_.size());
  sequence.name = name;
  if (kind == TypeKind::smallint) sequence.maximum = 32767;
  if (kind == TypeKind::integer) sequence.maximum = 2147483647;
  bool has_start = false;
  bool has_minimum = false;
  bool has_maximum = false;
  for (const auto& entry : options.items()) {
    const auto& option = entry["DefElem"];
    const auto& option_name = option.string("defname");
    const auto value = integer_option(option, source_->substituted());
    if (option_name == "start") {
      sequence.start = value;
      has_start = true;
    } else if (option_name == "increment") {
      sequence.increment = value;
    } else if (option_name == "minvalue" && option.has("arg")) {
      sequence.minimum = value;
      has_minimum = true;
    } else if (option_name == "maxvalue" && option.has("arg")) {
      sequence.maximum = value;
      has_maximum = true;
    } else if (option_name == "cache") {
      sequence.cache = value;
    } else if (option_name == "cycle") {
      sequence.cycle = option["arg"]["Boolean"].flag("boolval");
    }
  }
  if (sequence.increment == 0) refuse("22023", "INCREMENT must not be zero");
  if (sequence.increment < 0) {
    if (!has_minimum) sequence.minimum = std::numeric_limits<std::int64_t>::min();
    if (!has_maximum) sequence.maximum = -1;
  }
  if (!has_start) sequence.start = sequence.increment > 0 ? sequence.minimum : sequence.maximum;
  if (sequence.start < sequence.minimum)
    refuse("22023", "START value (" + std::to_string(sequence.start) +
                        ") cannot be less than MINVALUE (" + std::to_string(sequence.minimum) +
                        ")");
  if (sequence.start > sequence.maximum)
    refuse("22023", "START value (" + std::to_string(sequence.start) +
                        ") cannot be greater than MAXVALUE (" + std::to_string(sequence.maximum) +
                        ")");
  catalog_.sequences_.push_back(sequence);
  return sequence.id;
}

void CatalogBuilder::create_sequence(const Json& node) {
  const auto& relation = node["sequence"];
  const auto& name = relation.string("relname");
  if (name_taken(name)) {
    if (node.flag("if_not_exists")) return;
    refuse("42P07", "relation \"" + name + "\" already exists", relation.integer("location"));
  }
  add_sequence(name, TypeKind::bigint, node["options"]);
}

void CatalogBuilder::create_index(const Json& node) {
  const auto& relation = node["relation"];
  const auto location = relation.integer("location");
  const auto& table_name = relation.string("relname");
  const auto found = std::find_if(catalog_.tables_.begin(), catalog_.tables_.end(),
                                  [&](const Table& table) { return table.name == table_name; });
  if (found == catalog_.tables_.end()) {
    SqlError error{.sqlstate = "42P01",
                   .message = "relation \"" + table_name + "\" does not exist",
                   .detail = "",
                   .hint = "",
                   .position = source_->position(location),
                   .unknown_name = table_name,
                   .candidates = {}};
    for (const auto& table : catalog_.tables_) error.candidates.push_back(table.name);
    throw Refused{error};
  }
  Key key;
  key.unique = node.flag("unique");
  key.nulls_not_distinct = node.flag("nulls_not_distinct");
  std::string wanted = table_name;
  const auto texts = element_texts(source_->substituted(), location);
  for (std::size_t i = 0; i < node["indexParams"].items().size(); ++i) {
    const auto& element = node["indexParams"].items()[i];
    const auto& name = element["IndexElem"].string("name");
    const auto& expression = element["IndexElem"]["expr"];
    wanted += "_" + (name.empty() ? figured_name(expression, "expr") : name);
    key.columns.push_back(name.empty() ? index_part(*found, expression, RowUse::index_part,
                                                    i < texts.size() ? texts[i] : "")
                                       : column_of(*found, name, location));
  }
  if (node.has("whereClause"))
    key.condition = index_part(*found, node["whereClause"], RowUse::index_condition, "");
  if (node.has("idxname") && name_taken(node.string("idxname"))) {
    if (node.flag("if_not_exists")) return;
    refuse("42P07", "relation \"" + node.string("idxname") + "\" already exists");
  }
  key.name = node.has("idxname") ? node.string("idxname") : free_name(wanted + "_idx");
  note_reads(*found, key);
  // Other kinds of indexes change no result, and the translator has no use for them.
  const auto& method = node.string("accessMethod");
  if (method != "btree" && method != "hash" && !method.empty()) return;
  found->all_computed = all_of(*found, found->computed);
  found->keys.push_back(std::move(key));
}

// An expression or condition of an index, by its place in a stored row.
ColumnId CatalogBuilder::index_part(Table& table, const Json& node, RowUse use,
                                    const std::string& text) {
  const char* place = use == RowUse::index_part ? "index expression" : "index predicate";
  const auto expression = row_expression(node, table, {}, place, use);
  for (ColumnId i = 0; i < table.columns.size(); ++i)
    if (use == RowUse::index_part && expression->sql == "s0.c" + std::to_string(i)) return i;
  const auto known = std::find_if(table.computed.begin(), table.computed.end(),
                                  [&](const auto& other) { return other->sql == expression->sql; });
  const auto position = static_cast<std::size_t>(known - table.computed.begin());
  if (known == table.computed.end()) {
    table.computed.push_back(expression);
    table.computed_texts.push_back(text);
  }
  return static_cast<ColumnId>(table.columns.size() + position);
}

void CatalogBuilder::note_reads(const Table& table, Key& key) {
  const auto note = [&](ColumnId column) {
    if (column < table.columns.size()) {
      key.reads.push_back(column);
      return;
    }
    key.plain = false;
    const auto used = columns_used(table, *table.computed[column - table.columns.size()]);
    key.reads.insert(key.reads.end(), used.begin(), used.end());
  };
  for (const auto column : key.columns) note(column);
  if (key.condition) note(*key.condition);
  std::sort(key.reads.begin(), key.reads.end());
  key.reads.erase(std::unique(key.reads.begin(), key.reads.end()), key.reads.end());
}

void CatalogBuilder::alter_table(const Json& node) {
  const auto& relation = node["relation"];
  const auto& name = relation.string("relname");
  const auto found = std::find_if(catalog_.tables_.begin(), catalog_.tables_.end(),
                                  [&](const Table& table) { return table.name == name; });
  if (found == catalog_.tables_.end())
    refuse("42P01", "relation \"" + name + "\" does not exist", relation.integer("location"));
  for (const auto& entry : node["cmds"].items()) {
    const auto& command = entry["AlterTableCmd"];
    if (command.string("subtype") != "AT_AddConstraint" || !command["def"].has("Constraint"))
      refuse("0A000", "only ALTER TABLE ... ADD CONSTRAINT is supported in a schema",
             relation.integer("location"), "Write the final shape of the table in CREATE TABLE.");
    table_constraint(command["def"]["Constraint"], *found);
  }
  finish_checks(*found);
}

}  // namespace halfwrite::sql
