#include "models/publishing/statement_reader.hpp"

#include "models/database/sql/statement.hpp"

#include <utility>

namespace halfwrite::publishing {

struct StatementReader::Options {
  sql::Databases databases;
  sql::ReadOptions reading;
};

StatementReader::StatementReader(const std::string& database, const sql::Catalog& catalog) {
  auto options = std::make_unique<Options>();
  options->databases.push_back({database, &catalog});
  options->reading.parameter_types["now"] = sql::Type{sql::TypeKind::timestamptz};
  options_ = std::move(options);
}
StatementReader::~StatementReader() = default;

service::StatementReference StatementReader::read(const std::string& text) {
  if (error_) return nullptr;
  auto statement = sql::read_statement(text, options_->databases, options_->reading);
  if (statement.has_value()) return std::move(statement).value();
  error_ = statement.error();
  return nullptr;
}

}  // namespace halfwrite::publishing
