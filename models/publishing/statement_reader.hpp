// Reads the house's own SQL over the tables it adds to a database, one statement after another, and
// keeps the first error. Statements are read once per service and shared by all runs; nothing is
// executed here.
#pragma once

#include "models/database/sql/statement.hpp"
#include "models/service/program.hpp"

#include <optional>
#include <string>

namespace halfwrite::publishing {

class StatementReader {
 public:
  // `catalog` must outlive it.
  StatementReader(const std::string& database, const sql::Catalog& catalog);

  // Null after an error, for this text or for one before it.
  service::StatementReference read(const std::string& text);
  const std::optional<sql::SqlError>& error() const { return error_; }

 private:
  sql::Databases databases_;
  sql::ReadOptions options_;
  std::optional<sql::SqlError> error_;
};

}  // namespace halfwrite::publishing
