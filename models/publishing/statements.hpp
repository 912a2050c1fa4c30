// The SQL of this room, read once per service and shared by all its processes and runs: the INSERT
// of an emit, what a polling relay reads and marks, the inbox. Immutable. It never runs anything.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/service/program.hpp"
#include "models/service/settings.hpp"

#include <memory>
#include <optional>
#include <string>

namespace halfwrite::publishing {

using service::StatementReference;

// Variables of the INSERT are outbox_event_id, outbox_topic, outbox_key, outbox_event and
// outbox_payload, beside those of the operation that the expressions of further columns may name.
struct OutboxStatements {
  StatementReference insert;
  // At most a batch, in the order the rows are sent in: those that are not published, or those
  // behind the position, with what a cursor goes by (OutboxColumn::cursor).
  StatementReference read;
  StatementReference snapshot;  // all rows in the order of their positions, with the same columns
  StatementReference mark;      // of the row :position
  StatementReference erase;     // of the row :position
  // With a cursor; never back. Variables are relay, position and, of a cursor on it, xid.
  StatementReference store_position;
  // With on_gap: remember. The ids from :first to :last; those whose time is up; the id :position.
  StatementReference remember_gap;
  StatementReference forget_old_gaps;  // null where they are remembered for ever
  StatementReference forget_gap;
  // With a heartbeat: of :relay; where the log ends, as a text.
  StatementReference beat;
  StatementReference log_end;
  // Where a row of the log has what a record needs.
  sql::ColumnId event_id = 0;
  sql::ColumnId topic = 0;
  sql::ColumnId key = 0;
  sql::ColumnId event_type = 0;
  sql::ColumnId payload = 0;
};

// Variables are consumer and event_id.
struct InboxStatements {
  StatementReference insert;  // 0 rows: the event was seen before
  StatementReference find;    // a row: the event was seen before
};

struct Statements {
  std::optional<OutboxStatements>
      outbox;  // with publishing: outbox, of the service or of an operation
  std::optional<InboxStatements> inbox;  // with a subscription that deduplicates by inbox
};

// Does the service need the table outbox, the table inbox?
bool needs_outbox(const service::Settings& settings);
bool needs_inbox(const service::Settings& settings);

// Reads the statements a service needs against its database, whose catalog holds the tables of
// schema.hpp. Fails with PostgreSQL's error where the expression of a further column is wrong; its
// position is that in the INSERT. Nothing is read for a service that needs neither table.
sql::Expected<std::shared_ptr<const Statements>> read_statements(const service::Settings& settings,
                                                                 const sql::Catalog& catalog);

}  // namespace halfwrite::publishing
