// The schema of one database: tables, keys, checks, foreign keys and sequences, built from DDL in
// PostgreSQL's grammar. A Catalog is an immutable value after `build` and may be shared by runs and
// threads. It holds no rows and no state of sequences; the engine keeps those.
#pragma once

#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/value.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {

// Positions in the catalog's own vectors: dense, from 0.
using TableId = std::uint32_t;
using SequenceId = std::uint32_t;
using ColumnId = std::uint32_t;
// Position in Table::keys.
using KeyId = std::uint32_t;

// A translated expression over the columns of one row; made by this room, opaque to everyone else.
struct RowExpression;

enum class Identity : std::uint8_t { none, by_default, always };

struct Column {
  std::string name;
  Type type;
  bool not_null = false;
  Identity identity = Identity::none;
  std::optional<SequenceId> sequence;  // serial and identity columns draw from it
  std::shared_ptr<const RowExpression>
      default_value;  // null when there is none (the default is NULL)
};

// A primary key, a unique constraint, a unique index or a plain index: what rows can be found by.
// Columns are positions in a stored row: behind the table's own columns lie Table::computed.
struct Key {
  std::string name;  // orders_pkey, orders_email_key, ... as PostgreSQL names them
  std::vector<ColumnId> columns;
  std::optional<ColumnId> condition;  // of a partial index: it holds the rows where this is true
  bool plain = true;                  // over columns alone, of all rows
  std::vector<ColumnId> reads;        // the table's own columns it is made of, ascending
  bool unique = false;
  bool primary = false;
  bool constraint = false;          // made by a constraint (else by CREATE [UNIQUE] INDEX)
  bool nulls_not_distinct = false;  // NULLS NOT DISTINCT
};

struct Check {
  std::string name;  // test_value_check
  std::shared_ptr<const RowExpression> condition;
};

enum class ForeignKeyAction : std::uint8_t { no_action, restrict, cascade, set_null, set_default };

// MATCH SIMPLE: a row with a NULL in `columns` references nothing. Checked at the end of the
// statement.
struct ForeignKey {
  std::string name;  // ch_p_fkey
  std::vector<ColumnId> columns;
  TableId referenced_table = 0;
  std::vector<ColumnId> referenced_columns;  // of a unique key of the referenced table
  KeyId referenced_key = 0;
  ForeignKeyAction on_delete = ForeignKeyAction::no_action;
  ForeignKeyAction on_update = ForeignKeyAction::no_action;
};

struct Table {
  TableId id = 0;
  std::string name;
  std::vector<Column> columns;
  std::vector<Key> keys;      // primary key first if there is one, then in order of creation
  std::vector<Check> checks;  // in the order PostgreSQL checks them: by name
  std::vector<ForeignKey> foreign_keys;
  std::shared_ptr<const RowExpression> all_checks;  // null without checks
  // The expressions and conditions of indexes. A stored row carries their values behind its own.
  std::vector<std::shared_ptr<const RowExpression>> computed;
  std::vector<std::string> computed_texts;            // as the user wrote them
  std::shared_ptr<const RowExpression> all_computed;  // null without any

  std::optional<ColumnId> find_column(std::string_view column) const;
  std::optional<KeyId> primary_key() const;
  // Of a column or a computed value.
  TypeKind kind_of(ColumnId column) const;
  const std::string& name_of(ColumnId column) const {
    return column < columns.size() ? columns[column].name : computed_texts[column - columns.size()];
  }
  // Whether an index has the values of this column.
  bool is_indexed(ColumnId column) const;
};

struct Sequence {
  SequenceId id = 0;
  std::string name;  // orders_id_seq
  std::int64_t start = 1;
  std::int64_t increment = 1;
  std::int64_t minimum = 1;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::int64_t cache = 1;
  bool cycle = false;
};

// A foreign key seen from the referenced table.
struct Reference {
  TableId table = 0;
  std::size_t foreign_key = 0;  // position in that table's foreign_keys
};

class Catalog {
 public:
  struct BuildError {
    std::size_t statement = 0;  // which element of `ddl`, from 0
    SqlError error;
  };
  struct BuildResult;

  Catalog() = default;  // of an empty database

  // Reads CREATE TABLE, CREATE SEQUENCE, CREATE [UNIQUE] INDEX and ALTER TABLE ... ADD CONSTRAINT,
  // in order; an element of `ddl` may hold several statements. What PostgreSQL would accept but
  // this house does not model is refused with 0A000 and a hint.
  static BuildResult build(std::span<const std::string> ddl);

  const std::vector<Table>& tables() const { return tables_; }
  const std::vector<Sequence>& sequences() const { return sequences_; }
  const Table& table(TableId id) const { return tables_[id]; }
  const Sequence& sequence(SequenceId id) const { return sequences_[id]; }
  const Table* find_table(std::string_view name) const;
  const Sequence* find_sequence(std::string_view name) const;
  // Foreign keys of other tables (and its own) that point to this table.
  const std::vector<Reference>& references_to(TableId id) const { return references_[id]; }

 private:
  friend class CatalogBuilder;
  std::vector<Table> tables_;
  std::vector<Sequence> sequences_;
  std::vector<std::vector<Reference>> references_;
};

struct Catalog::BuildResult {
  Catalog catalog;
  std::optional<BuildError> error;
  bool has_value() const { return !error.has_value(); }
};

}  // namespace halfwrite::sql
