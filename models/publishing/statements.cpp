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
  if (adds_xid(outbox)) {
    columns += ", xid";
    values += ", pg_current_xact_id()";
  }
  for (const auto& [name, expression] : outbox.columns) {
    columns += ", \"" + name + "\"";
    values += ", " + expression;
  }
  return "INSERT INTO outbox (" + columns + ") VALUES (" + values + ")";
}

const std::string columns_of_record =
    "position, event_id, aggregate_type, aggregate_id, event_type, payload";

// A gap is looked for until its time is up, by the clock of the database.
std::string is_due(const service::Outbox& outbox) {
  if (!outbox.gap_timeout) return "TRUE";
  constexpr std::int64_t million = 1'000'000;
  const std::int64_t microseconds = outbox.gap_timeout->in_nanoseconds() / 1000;
  std::string fraction = std::to_string(million + microseconds % million).substr(1);
  return "g.noticed_at > now() - INTERVAL '" + std::to_string(microseconds / million) + "." +
         fraction + " seconds'";
}

std::string read_text(const service::Outbox& outbox) {
  const std::string limit = " LIMIT " + std::to_string(outbox.batch);
  if (!keeps_position(outbox)) {
    return "SELECT " + columns_of_record + " FROM outbox WHERE NOT published ORDER BY " +
           order_of(outbox) + limit;
  }
  if (outbox.read == service::Read::xid_cursor) {
    return "SELECT " + columns_of_record +
           ", xid FROM outbox LEFT JOIN "
           "(SELECT xid AS stored_xid, position AS stored FROM outbox_position) AS p ON TRUE "
           "WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) AND "
           "(stored IS NULL OR (xid, position) > (stored_xid, stored)) "
           "ORDER BY xid, position" +
           limit;
  }
  const std::string stored = "COALESCE((SELECT p.position FROM outbox_position AS p), 0)";
  std::string remembered;
  if (remembers_gaps(outbox)) {
    remembered =
        " OR position IN (SELECT g.position FROM outbox_gaps AS g WHERE " + is_due(outbox) + ")";
  }
  return "SELECT " + columns_of_record + ", " + stored +
         " AS stored FROM outbox WHERE position > " + stored + remembered + " ORDER BY position" +
         limit;
}

void read_cursor(StatementReader& reader, const service::Outbox& outbox,
                 OutboxStatements& statements) {
  if (!keeps_position(outbox)) return;
  statements.store_position = reader.read(
      outbox.read == service::Read::xid_cursor
          ? "INSERT INTO outbox_position AS p (relay, xid, position) "
            "VALUES (:relay, :xid, :position) "
            "ON CONFLICT (relay) DO UPDATE SET xid = EXCLUDED.xid, position = EXCLUDED.position "
            "WHERE (p.xid, p.position) < (EXCLUDED.xid, EXCLUDED.position)"
          : "INSERT INTO outbox_position AS p (relay, position) VALUES (:relay, :position) "
            "ON CONFLICT (relay) DO UPDATE SET position = EXCLUDED.position "
            "WHERE p.position < EXCLUDED.position");
  if (!remembers_gaps(outbox)) return;
  statements.remember_gap = reader.read(
      "INSERT INTO outbox_gaps (position) "
      "SELECT n FROM generate_series(CAST(:first AS BIGINT), CAST(:last AS BIGINT)) AS g(n) "
      "ON CONFLICT DO NOTHING");
  statements.forget_gap = reader.read("DELETE FROM outbox_gaps WHERE position = :position");
  if (!outbox.gap_timeout) return;
  statements.forget_old_gaps =
      reader.read("DELETE FROM outbox_gaps AS g WHERE NOT (" + is_due(outbox) + ")");
}

void read_heartbeat(StatementReader& reader, const service::Outbox& outbox,
                    OutboxStatements& statements) {
  if (!sends_heartbeats(outbox)) return;
  statements.beat = reader.read(
      "INSERT INTO outbox_heartbeat (relay, beat_at) VALUES (:relay, now()) "
      "ON CONFLICT (relay) DO UPDATE SET beat_at = EXCLUDED.beat_at");
  statements.log_end = reader.read("SELECT pg_current_wal_lsn()");
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
  statements.read = reader.read(read_text(outbox));
  statements.snapshot =
      reader.read("SELECT " + columns_of_record + " FROM outbox ORDER BY position");
  statements.mark = reader.read("UPDATE outbox SET published = TRUE WHERE position = :position");
  statements.erase = reader.read("DELETE FROM outbox WHERE position = :position");
  read_cursor(reader, outbox, statements);
  read_heartbeat(reader, outbox, statements);
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
