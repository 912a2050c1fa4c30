#include "models/publishing/statements.hpp"

#include "models/database/sql/statement.hpp"
#include "models/publishing/schema.hpp"
#include "models/publishing/statement_reader.hpp"

#include <algorithm>
#include <optional>

namespace halfwrite::publishing {
namespace {

std::string insert_text(const service::Outbox& outbox) {
  std::string columns = "event_id, aggregate_type, aggregate_id, event_type, payload";
  std::string values =
      ":outbox_event_id, :outbox_topic, :outbox_key, :outbox_event, :outbox_payload";
  for (const auto& [name, expression] : outbox.columns) {
    columns += ", \"" + name + "\"";
    values += ", " + expression;
  }
  return "INSERT INTO outbox (" + columns + ") VALUES (" + values + ")";
}

sql::ColumnId column(const sql::Table& table, std::string_view name) {
  const std::optional<sql::ColumnId> found = table.find_column(name);
  HALFWRITE_ASSERT(found.has_value(), "the table outbox lacks a column of outbox_schema");
  return *found;
}

OutboxStatements read_outbox(StatementReader& reader, const service::Outbox& outbox,
                             const sql::Catalog& catalog) {
  const sql::Table* table = catalog.find_table(outbox_table);
  HALFWRITE_ASSERT(table != nullptr, "the catalog of a service with an outbox has no table outbox");
  OutboxStatements statements;
  statements.insert = reader.read(insert_text(outbox));
  const std::string columns =
      "SELECT position, event_id, aggregate_type, aggregate_id, event_type, payload FROM outbox ";
  statements.read = reader.read(columns + "WHERE NOT published ORDER BY position LIMIT " +
                                std::to_string(outbox.batch));
  statements.snapshot = reader.read(columns + "ORDER BY position");
  statements.mark = reader.read("UPDATE outbox SET published = TRUE WHERE position = :position");
  statements.erase = reader.read("DELETE FROM outbox WHERE position = :position");
  statements.event_id = column(*table, "event_id");
  statements.topic = column(*table, "aggregate_type");
  statements.key = column(*table, "aggregate_id");
  statements.event_type = column(*table, "event_type");
  statements.payload = column(*table, "payload");
  return statements;
}

InboxStatements read_inbox(StatementReader& reader) {
  InboxStatements statements;
  statements.insert = reader.read(
      "INSERT INTO inbox (consumer, event_id) VALUES (:consumer, :event_id) "
      "ON CONFLICT DO NOTHING");
  statements.find =
      reader.read("SELECT event_id FROM inbox WHERE consumer = :consumer AND event_id = :event_id");
  return statements;
}

}  // namespace

bool needs_outbox(const service::Settings& settings) {
  return settings.publishing == service::Publishing::outbox ||
         settings.further_publishing == service::Publishing::outbox;
}

bool needs_inbox(const service::Settings& settings) {
  return settings.further_inbox ||
         std::any_of(settings.subscriptions.begin(), settings.subscriptions.end(),
                     [](const service::Subscription& subscription) {
                       return subscription.deduplicate == service::Deduplicate::inbox;
                     });
}

sql::Expected<std::shared_ptr<const Statements>> read_statements(const service::Settings& settings,
                                                                 const sql::Catalog& catalog) {
  StatementReader reader(settings.database, catalog);
  auto statements = std::make_shared<Statements>();
  if (needs_outbox(settings)) statements->outbox = read_outbox(reader, settings.outbox, catalog);
  if (needs_inbox(settings)) statements->inbox = read_inbox(reader);
  if (reader.error()) return *reader.error();
  return std::shared_ptr<const Statements>(std::move(statements));
}

}  // namespace halfwrite::publishing
