#include "models/publishing/statement_reader.hpp"

#include <utility>

namespace halfwrite::publishing {

StatementReader::StatementReader(const std::string& database, const sql::Catalog& catalog) {
  databases_.push_back({database, &catalog});
  options_.parameter_types["now"] = sql::Type{sql::TypeKind::timestamptz};
}

service::StatementReference StatementReader::read(const std::string& text) {
  if (error_) return nullptr;
  auto statement = sql::read_statement(text, databases_, options_);
  if (statement.has_value()) return std::move(statement).value();
  error_ = statement.error();
  return nullptr;
}

}  // namespace halfwrite::publishing
