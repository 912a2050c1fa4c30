// The errors the engine itself raises, worded as PostgreSQL words them. Values only.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/value.hpp"

#include <string>
#include <string_view>

namespace halfwrite::database {

sql::SqlError error_of(std::string_view sqlstate, std::string message, std::string detail = {},
                       std::string hint = {});
// What PostgreSQL can do and this house does not model.
sql::SqlError not_modelled(std::string message, std::string hint = {});

// "(id, line)=(7, 1)" for the columns of a key or foreign key.
std::string key_text(const sql::Table& table, const std::vector<sql::ColumnId>& columns,
                     const sql::Row& row);
sql::SqlError duplicate_key(const sql::Table& table, const sql::Key& key, const sql::Row& row);
sql::SqlError parent_missing(const sql::Table& child, const sql::ForeignKey& key,
                             const sql::Table& parent, const sql::Row& row);
sql::SqlError still_referenced(const sql::Table& child, const sql::ForeignKey& key,
                               const sql::Table& parent, const sql::Row& row);
sql::SqlError statement_timed_out();
sql::SqlError disk_is_full(sql::TableId table);                    // 53100
sql::SqlError concurrent_change(bool removed);                     // 40001
sql::SqlError forbidden_when_read_only(std::string_view command);  // 25006

}  // namespace halfwrite::database
