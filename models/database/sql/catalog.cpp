#include "models/database/sql/catalog.hpp"

#include "models/database/sql/catalog_builder.hpp"

#include <algorithm>

namespace halfwrite::sql {

std::optional<ColumnId> Table::find_column(std::string_view column) const {
  for (ColumnId i = 0; i < columns.size(); ++i)
    if (columns[i].name == column) return i;
  return std::nullopt;
}

TypeKind Table::kind_of(ColumnId column) const {
  return column < columns.size() ? columns[column].type.kind
                                 : computed[column - columns.size()]->type.kind;
}

bool Table::is_indexed(ColumnId column) const {
  return std::any_of(keys.begin(), keys.end(), [column](const Key& key) {
    return std::find(key.columns.begin(), key.columns.end(), column) != key.columns.end();
  });
}

std::optional<KeyId> Table::primary_key() const {
  if (!keys.empty() && keys.front().primary) return 0;
  return std::nullopt;
}

const Table* Catalog::find_table(std::string_view name) const {
  for (const auto& table : tables_)
    if (table.name == name) return &table;
  return nullptr;
}

const Sequence* Catalog::find_sequence(std::string_view name) const {
  for (const auto& sequence : sequences_)
    if (sequence.name == name) return &sequence;
  return nullptr;
}

Catalog::BuildResult Catalog::build(std::span<const std::string> ddl) {
  BuildResult result;
  CatalogBuilder builder;
  for (std::size_t i = 0; i < ddl.size(); ++i) {
    try {
      builder.read(ddl[i]);
    } catch (const Refused& refused) {
      result.error = BuildError{i, refused.error};
      return result;
    }
  }
  result.catalog = builder.finish();
  return result;
}

}  // namespace halfwrite::sql
