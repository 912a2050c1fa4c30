// Builds a Catalog from DDL statements, one after another. Lives for one Catalog::build.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/json.hpp"
#include "models/database/sql/source_text.hpp"
#include "models/database/sql/translator.hpp"

#include <string>
#include <vector>

namespace halfwrite::sql {

class CatalogBuilder {
 public:
  // Throws Refused.
  void read(const std::string& ddl);
  Catalog finish();

 private:
  struct PendingForeignKey {
    Json node;
    std::vector<ColumnId> columns;
  };

  void statement(const Json& node);
  void create_table(const Json& node);
  void column(const Json& node, Table& table);
  void column_constraint(const Json& node, Table& table, ColumnId column);
  void table_constraint(const Json& node, Table& table);
  void key(const Json& node, Table& table, std::vector<ColumnId> columns);
  void check(const Json& node, Table& table);
  void foreign_key(const Json& node, Table& table, std::vector<ColumnId> columns);
  void default_value(const Json& node, Table& table, ColumnId column);
  void sequence_default(Column& column, SequenceId sequence);
  void create_index(const Json& node);
  void create_sequence(const Json& node);
  void alter_table(const Json& node);
  void finish_checks(Table& table);
  SequenceId add_sequence(const std::string& name, TypeKind kind, const Json& options);
  std::string free_name(const std::string& wanted) const;
  bool name_taken(const std::string& name) const;
  ColumnId column_of(const Table& table, const std::string& name, std::int64_t location) const;
  std::vector<ColumnId> columns_of(const Table& table, const Json& names,
                                   std::int64_t location) const;
  std::shared_ptr<const RowExpression> row_expression(const Json& node, const Table& table,
                                                      const Type& type, const char* place,
                                                      RowUse use);
  // Of the table's own columns, those an expression over its row names.
  static std::vector<ColumnId> columns_used(const Table& table, const RowExpression& expression);
  // One query for all of them; nullptr for none.
  static std::shared_ptr<const RowExpression> all_of(
      const Table& table, const std::vector<std::shared_ptr<const RowExpression>>& expressions);
  ColumnId index_part(Table& table, const Json& node, RowUse use, const std::string& text);
  static void note_reads(const Table& table, Key& key);
  [[noreturn]] void refuse(std::string sqlstate, std::string message, std::int64_t location = -1,
                           std::string hint = "") const;
  Type type_of(const Json& node) const;

  Catalog catalog_;
  const SourceText* source_ = nullptr;
  Table* building_ = nullptr;  // not in catalog_ yet
};

}  // namespace halfwrite::sql
