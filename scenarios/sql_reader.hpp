// Reads the SQL of a scenario: schemas into catalogs, statements against them, expressions over
// variables. What is wrong is reported under the word in the file, with the names that exist.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/statement.hpp"
#include "models/service/program.hpp"
#include "scenarios/findings.hpp"
#include "scenarios/json_tree.hpp"
#include "scenarios/shared_readings.hpp"
#include "scenarios/sql_text.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::scenarios {

class SqlReader {
 public:
  SqlReader(Findings& findings, SharedReadings& shared);

  // The catalog of `schema` (may be null) and of what strategies add behind it; null when it cannot
  // be built, which is reported once: then nothing that needs it is read. Reads `data` against it.
  struct AddedTable {
    std::vector<std::string> ddl;
    const Member* asked_by = nullptr;  // the setting that wants it
  };
  std::shared_ptr<const sql::Catalog> read_catalog(const std::string& database, const Json* schema,
                                                   const std::vector<AddedTable>& added);
  std::vector<std::string> read_data(const std::string& database, const Json* data);
  const sql::Catalog* find_catalog(const std::string& database) const;
  SharedReadings& shared() const { return shared_; }
  std::vector<std::string> databases() const;

  // Null when it is reported. `database` is one read_catalog was called with.
  service::StatementReference read_statement(const Json& sql, const std::string& database);
  service::StatementReference read_expression(const Json& sql, bool as_condition);
  // A SELECT over all databases in their order and the schema `history` behind them.
  service::StatementReference read_author_sql(const Json& sql);
  // An expression of a further outbox column.
  void check_column(const Json& expression, const std::string& database);

 private:
  // False when SQLite cannot take the statement, which is reported.
  bool check_preparation(const SqlText& text, const sql::Statement& statement);
  std::string what_exists(const std::string& sqlstate,
                          const std::vector<std::string>& candidates) const;
  void report(const SqlText& text, const sql::SqlError& error, std::size_t database_count);

  Findings& findings_;
  SharedReadings& shared_;
  std::vector<std::pair<std::string, std::shared_ptr<const sql::Catalog>>> catalogs_;
  sql::Evaluator evaluator_;
};

}  // namespace halfwrite::scenarios
