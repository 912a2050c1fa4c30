#include "models/publishing/schema.hpp"

#include "models/database/sql/statement.hpp"

#include <algorithm>
#include <utility>

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

bool polls(const service::Outbox& outbox) {
  return outbox.relay == service::Relay::polling;
}

}  // namespace

bool keeps_position(const service::Outbox& outbox) {
  return polls(outbox) && outbox.read != service::Read::unpublished;
}

bool remembers_gaps(const service::Outbox& outbox) {
  return polls(outbox) && outbox.read == service::Read::id_cursor &&
         outbox.on_gap == service::OnGap::remember;
}

bool goes_by_xid(const service::Outbox& outbox) {
  if (!polls(outbox)) return false;
  return outbox.read == service::Read::xid_cursor ||
         (outbox.read == service::Read::unpublished && outbox.order_by == service::OrderBy::xid);
}

bool adds_xid(const service::Outbox& outbox) {
  return goes_by_xid(outbox) &&
         std::none_of(outbox.columns.begin(), outbox.columns.end(),
                      [](const auto& column) { return column.first == "xid"; });
}

std::string order_of(const service::Outbox& outbox) {
  std::string order = "position";
  if (outbox.order_by == service::OrderBy::created_at) order = "created_at, " + order;
  if (goes_by_xid(outbox)) order = "xid, " + order;
  return order;
}

bool sends_heartbeats(const service::Outbox& outbox) {
  return outbox.relay == service::Relay::cdc && outbox.heartbeat.has_value();
}

namespace {

struct AddedTable {
  const char* name;
  std::string columns;
};

std::vector<AddedTable> tables_of(const service::Outbox& outbox, const sql::Catalog* known) {
  std::string columns =
      "position BIGSERIAL PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, "
      "aggregate_type TEXT, aggregate_id TEXT, event_type TEXT, payload TEXT, "
      "created_at TIMESTAMPTZ DEFAULT now(), published BOOLEAN NOT NULL DEFAULT FALSE";
  if (adds_xid(outbox)) columns += ", xid XID8 NOT NULL";
  for (const auto& [name, expression] : outbox.columns) {
    columns += ", " + quoted(name) + " " + type_of(expression, known);
  }
  std::vector<AddedTable> tables{{outbox_table, std::move(columns)}};
  if (keeps_position(outbox)) {
    const std::string xid = outbox.read == service::Read::xid_cursor ? "xid XID8 NOT NULL, " : "";
    tables.push_back(
        {position_table, "relay TEXT PRIMARY KEY, " + xid + "position BIGINT NOT NULL"});
  }
  if (remembers_gaps(outbox)) {
    tables.push_back(
        {gaps_table, "position BIGINT PRIMARY KEY, noticed_at TIMESTAMPTZ NOT NULL DEFAULT now()"});
  }
  if (sends_heartbeats(outbox)) {
    tables.push_back({heartbeat_table, "relay TEXT PRIMARY KEY, beat_at TIMESTAMPTZ NOT NULL"});
  }
  return tables;
}

}  // namespace

std::vector<std::string> outbox_schema(const service::Outbox& outbox, const sql::Catalog* known) {
  std::vector<std::string> ddl;
  for (const AddedTable& table : tables_of(outbox, known)) {
    ddl.push_back(std::string("CREATE TABLE ") + table.name + " (" + table.columns + ")");
  }
  if (polls(outbox) && !keeps_position(outbox)) {
    ddl.push_back(std::string("CREATE INDEX ON ") + outbox_table + " (" + order_of(outbox) +
                  ") WHERE NOT published");
  }
  return ddl;
}

std::vector<std::string> outbox_tables(const service::Outbox& outbox) {
  std::vector<std::string> names;
  for (const AddedTable& table : tables_of(outbox, nullptr)) names.emplace_back(table.name);
  return names;
}

std::vector<std::string> inbox_schema() {
  return {
      "CREATE TABLE inbox (consumer TEXT NOT NULL, event_id TEXT NOT NULL, "
      "received_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (consumer, event_id))"};
}

}  // namespace halfwrite::publishing
