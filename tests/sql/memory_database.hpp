// A database of one session for tests of the SQL room: rows in a map, every statement atomic, no
// concurrency. It does with plans what an engine does, in the simplest way that is right.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/statement.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::sql::test {

using Tables = std::vector<std::map<RowId, Row>>;

class MemoryView : public ReadView {
 public:
  explicit MemoryView(const Catalog& catalog)
      : catalog_(&catalog), tables(catalog.tables().size()) {}
  void scan(TableId table, std::vector<StoredRow>& rows) const override;
  void find(TableId table, const KeyRange& range, std::vector<StoredRow>& rows) const override;
  const Row* row(TableId table, RowId id) const override;

 private:
  const Catalog* catalog_;

 public:
  Tables tables;
  mutable int scans = 0;
  mutable std::vector<KeyRange> searches;
};

class FixedEnvironment : public Environment {
 public:
  std::int64_t transaction_time() override { return time; }
  std::int64_t statement_time() override { return time + 1; }
  std::int64_t clock_time() override { return time + 2; }
  Expected<std::int64_t> next_value(std::size_t database, SequenceId sequence) override;
  Expected<std::int64_t> current_value(std::size_t database, SequenceId sequence) override;
  Expected<std::int64_t> set_value(std::size_t database, SequenceId sequence, std::int64_t value,
                                   bool is_called) override;
  Expected<std::int64_t> last_value() override;
  std::string random_uuid() override { return "00000000-0000-4000-8000-000000000000"; }
  Expected<std::int64_t> transaction_id() override { return 751; }
  std::optional<std::int64_t> transaction_id_if_assigned() override { return std::nullopt; }
  std::string snapshot() override { return "740:751:742"; }
  std::optional<std::string> setting(std::string_view name) override;

  std::int64_t time = 1'767'225'600'000'000;  // 2026-01-01 00:00
  std::map<SequenceId, std::int64_t> drawn;
};

struct Answer {
  std::optional<SqlError> error;
  std::vector<ResultColumn> columns;
  std::vector<Row> rows;
  std::size_t changed = 0;
};

class MemoryDatabase {
 public:
  // Requires that the schema can be read.
  explicit MemoryDatabase(const std::vector<std::string>& ddl, const EvaluationLimits& limits = {},
                          Evaluator::Paths paths = Evaluator::Paths::shortest);
  MemoryDatabase(const MemoryDatabase&) = delete;
  MemoryDatabase& operator=(const MemoryDatabase&) = delete;

  Answer run(const std::string& text, const Parameters& parameters = {});
  Answer run(const Statement& statement, const Parameters& parameters);
  Databases databases() const { return {{"db", &catalog}}; }

  Catalog catalog;
  MemoryView view;
  FixedEnvironment environment;
  Evaluator evaluator;

 private:
  Answer run_part(const Statement& whole, const Statement& statement, const Inputs& inputs);
  std::optional<SqlError> run_step(const Statement& whole, std::size_t step, const Inputs& inputs);
  Answer insert(const Statement& statement, const Inputs& inputs);
  Answer change(const Statement& statement, const Inputs& inputs);
  static std::optional<RowId> conflict(const Tables& tables, const Table& table, const Key& key,
                                       const Row& row, RowId except);
  std::optional<SqlError> store(Tables& tables, const Table& table, RowId id, const Row& row,
                                const Inputs& inputs);

  RowId next_row_ = 1;
  // Of the statement that runs.
  std::vector<Rows> steps_;
  std::vector<bool> begun_;
  Tables pending_;
  std::set<std::pair<TableId, RowId>> changed_rows_;
};

}  // namespace halfwrite::sql::test
