// The rows of schema `history`: filled column by column, by name, and read as an author's SQL reads
// any database. It knows no facts.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/evaluator.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::scenarios {

class HistoryRows : public sql::ReadView {
 public:
  // Sets columns of one row by name, converted to their types; what cannot be stays null.
  class Writer {
   public:
    Writer(const sql::Table& table, sql::Row& row) : table_(table), row_(row) {}
    Writer& set(std::string_view column, const sql::Value& value);

   private:
    const sql::Table& table_;
    sql::Row& row_;
  };

  explicit HistoryRows(std::shared_ptr<const sql::Catalog> catalog);

  // A new row, all null. The writer is good until the next row of the table.
  Writer add(std::string_view table);
  Writer at(std::string_view table, std::size_t index);
  // In the order of the columns.
  const sql::Row& values(std::string_view table, std::size_t index) const;
  std::size_t count(std::string_view table) const;
  void clear(std::string_view table);
  std::size_t column(std::string_view table, std::string_view column) const;

  void scan(sql::TableId table, std::vector<sql::StoredRow>& rows) const override;
  void find(sql::TableId table, const sql::KeyRange& range,
            std::vector<sql::StoredRow>& rows) const override;
  const sql::Row* row(sql::TableId table, sql::RowId id) const override;

  static sql::Value milliseconds(sim::Instant instant);
  static sql::Value number(std::uint64_t value);

 private:
  // Rows in order of their facts.
  struct Filling {
    const sql::Table* table = nullptr;
    std::vector<sql::Row> rows;
  };
  const Filling& filling(std::string_view table) const;
  Filling& filling(std::string_view table);

  std::shared_ptr<const sql::Catalog> catalog_;
  std::map<std::string, Filling, std::less<>> tables_;
};

}  // namespace halfwrite::scenarios
