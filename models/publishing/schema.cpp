#include "models/publishing/schema.hpp"

#include "models/database/sql/statement.hpp"

namespace halfwrite::publishing {
namespace {

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char character : name) {
    if (character == '"') text += '"';
    text += character;
  }
  return text + "\"";
}

// An expression that cannot be read gets TEXT here and its error where the INSERT is read, which
// knows position and hint.
std::string type_of(const std::string& expression, const sql::Catalog* known) {
  sql::Databases databases;
  if (known != nullptr) databases.push_back({"", known});
  sql::ReadOptions options;
  options.parameter_types["now"] = sql::Type{sql::TypeKind::timestamptz};
  const auto statement = sql::read_expression(expression, databases, options);
  if (!statement.has_value() || statement.value()->columns.size() != 1) return "TEXT";
  const sql::Type& type = statement.value()->columns.front().type;
  return type.kind == sql::TypeKind::unknown ? "TEXT" : sql::type_name(type);
}

}  // namespace

std::vector<std::string> outbox_schema(const service::Outbox& outbox, const sql::Catalog* known) {
  std::string table =
      "CREATE TABLE outbox (position BIGSERIAL PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, "
      "aggregate_type TEXT, aggregate_id TEXT, event_type TEXT, payload TEXT, "
      "created_at TIMESTAMPTZ DEFAULT now(), published BOOLEAN NOT NULL DEFAULT FALSE";
  for (const auto& [name, expression] : outbox.columns) {
    table += ", " + quoted(name) + " " + type_of(expression, known);
  }
  return {table + ")"};
}

std::vector<std::string> inbox_schema() {
  return {
      "CREATE TABLE inbox (consumer TEXT NOT NULL, event_id TEXT NOT NULL, "
      "received_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (consumer, event_id))"};
}

}  // namespace halfwrite::publishing
