#include "models/saga/run_variables.hpp"

namespace halfwrite::saga {

sql::Value value_of(service::OperationRun& run, std::string_view name) {
  const auto found = run.variables().find(name);
  return found == run.variables().end() ? sql::Value() : found->second;
}

std::string text_of(service::OperationRun& run, std::string_view name) {
  const sql::Value value = value_of(run, name);
  return value.is_null() ? "" : sql::to_text(value);
}

sql::Parameters arguments_of(service::OperationRun& run, const Definition& definition) {
  sql::Parameters arguments;
  for (const std::string& name : definition.variables) {
    const auto found = run.variables().find(name);
    if (found != run.variables().end()) arguments.insert_or_assign(name, found->second);
  }
  return arguments;
}

}  // namespace halfwrite::saga
