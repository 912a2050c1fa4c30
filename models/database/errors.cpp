#include "models/database/errors.hpp"

namespace halfwrite::database {

sql::SqlError error_of(std::string_view sqlstate, std::string message, std::string detail,
                       std::string hint) {
  sql::SqlError error;
  error.sqlstate = sqlstate;
  error.message = std::move(message);
  error.detail = std::move(detail);
  error.hint = std::move(hint);
  return error;
}

sql::SqlError not_modelled(std::string message, std::string hint) {
  return error_of("0A000", std::move(message), {}, std::move(hint));
}

std::string key_text(const sql::Table& table, const std::vector<sql::ColumnId>& columns,
                     const sql::Row& row) {
  std::string names;
  std::string values;
  for (const sql::ColumnId column : columns) {
    if (!names.empty()) {
      names += ", ";
      values += ", ";
    }
    names += table.name_of(column);
    values += row[column].is_null() ? "null" : sql::to_text(row[column]);
  }
  return "(" + names + ")=(" + values + ")";
}

sql::SqlError duplicate_key(const sql::Table& table, const sql::Key& key, const sql::Row& row) {
  return error_of("23505", "duplicate key value violates unique constraint \"" + key.name + "\"",
                  "Key " + key_text(table, key.columns, row) + " already exists.");
}

sql::SqlError parent_missing(const sql::Table& child, const sql::ForeignKey& key,
                             const sql::Table& parent, const sql::Row& row) {
  return error_of("23503",
                  "insert or update on table \"" + child.name +
                      "\" violates foreign key constraint \"" + key.name + "\"",
                  "Key " + key_text(child, key.columns, row) + " is not present in table \"" +
                      parent.name + "\".");
}

sql::SqlError still_referenced(const sql::Table& child, const sql::ForeignKey& key,
                               const sql::Table& parent, const sql::Row& row) {
  return error_of("23503",
                  "update or delete on table \"" + parent.name +
                      "\" violates foreign key constraint \"" + key.name + "\" on table \"" +
                      child.name + "\"",
                  "Key " + key_text(parent, key.referenced_columns, row) +
                      " is still referenced from table \"" + child.name + "\".");
}

sql::SqlError statement_timed_out() {
  return error_of("57014", "canceling statement due to statement timeout");
}

sql::SqlError disk_is_full(sql::TableId table) {
  constexpr std::uint64_t first_file = 16384;  // FirstNormalObjectId
  return error_of("53100",
                  "could not extend file \"base/5/" + std::to_string(first_file + table) +
                      "\": No space left on device",
                  {}, "Check free disk space.");
}

sql::SqlError concurrent_change(bool removed) {
  return error_of("40001", removed ? "could not serialize access due to concurrent delete"
                                   : "could not serialize access due to concurrent update");
}

sql::SqlError forbidden_when_read_only(std::string_view command) {
  return error_of("25006",
                  "cannot execute " + std::string(command) + " in a read-only transaction");
}

}  // namespace halfwrite::database
