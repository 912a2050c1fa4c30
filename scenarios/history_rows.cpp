#include "scenarios/history_rows.hpp"

#include "sim/assert.hpp"

#include <utility>

namespace halfwrite::scenarios {

HistoryRows::Writer& HistoryRows::Writer::set(std::string_view column, const sql::Value& value) {
  const auto id = table_.find_column(column);
  HALFWRITE_ASSERT(id.has_value(), "a table of the schema history lacks a column that is written");
  auto converted = sql::convert(value, table_.columns[*id].type);
  // A payload need not be JSON.
  if (converted) row_[*id] = std::move(*converted);
  return *this;
}

HistoryRows::HistoryRows(std::shared_ptr<const sql::Catalog> catalog)
    : catalog_(std::move(catalog)) {
  for (const sql::Table& table : catalog_->tables()) tables_[table.name].table = &table;
}

const HistoryRows::Filling& HistoryRows::filling(std::string_view table) const {
  const auto found = tables_.find(table);
  HALFWRITE_ASSERT(found != tables_.end(),
                   "the schema history lacks a table that facts are written to");
  return found->second;
}

HistoryRows::Filling& HistoryRows::filling(std::string_view table) {
  return const_cast<Filling&>(std::as_const(*this).filling(table));
}

HistoryRows::Writer HistoryRows::add(std::string_view table) {
  Filling& into = filling(table);
  sql::Row row;
  for (const sql::Column& column : into.table->columns)
    row.push_back(sql::Value::null(column.type.kind));
  into.rows.push_back(std::move(row));
  return {*into.table, into.rows.back()};
}

HistoryRows::Writer HistoryRows::at(std::string_view table, std::size_t index) {
  Filling& into = filling(table);
  return {*into.table, into.rows[index]};
}

const sql::Row& HistoryRows::values(std::string_view table, std::size_t index) const {
  return filling(table).rows[index];
}

std::size_t HistoryRows::count(std::string_view table) const {
  return filling(table).rows.size();
}

void HistoryRows::clear(std::string_view table) {
  filling(table).rows.clear();
}

std::size_t HistoryRows::column(std::string_view table, std::string_view column) const {
  const auto id = filling(table).table->find_column(column);
  HALFWRITE_ASSERT(id.has_value(), "a table of the schema history lacks a column that is read");
  return *id;
}

void HistoryRows::scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const {
  const Filling& of = filling(catalog_->table(table).name);
  for (std::size_t i = 0; i < of.rows.size(); ++i)
    rows.push_back({static_cast<sql::RowId>(i + 1), &of.rows[i]});
}

void HistoryRows::find(sql::TableId table, const sql::KeyRange&,
                       std::vector<sql::StoredRow>& rows) const {
  // No table here has a key, so that nobody asks for an order. More than was asked for is allowed.
  scan(table, rows);
}

const sql::Row* HistoryRows::row(sql::TableId table, sql::RowId id) const {
  const Filling& of = filling(catalog_->table(table).name);
  const auto index = static_cast<std::size_t>(id - 1);
  return index < of.rows.size() ? &of.rows[index] : nullptr;
}

sql::Value HistoryRows::milliseconds(sim::Instant instant) {
  return sql::Value::bigint(instant.since_start().in_nanoseconds() / 1'000'000);
}

sql::Value HistoryRows::number(std::uint64_t value) {
  return sql::Value::bigint(static_cast<std::int64_t>(value));
}

}  // namespace halfwrite::scenarios
