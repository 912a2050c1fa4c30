// The tables that the publishing room adds to a service's database: the outbox its emits are
// written to, what its relay keeps beside it, and the inbox its subscriptions recognise repeats by.
// It owns their names, columns and nothing of their rows. It never looks at a scenario: who builds
// a catalog puts these statements behind the author's own schema, and names the tables in
// Settings::bookkeeping_tables.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/service/settings.hpp"

#include <string>
#include <vector>

namespace halfwrite::publishing {

// Names of the tables: bookkeeping, whose changes are no business effect.
inline constexpr const char* outbox_table = "outbox";
inline constexpr const char* position_table = "outbox_position";
inline constexpr const char* gaps_table = "outbox_gaps";
inline constexpr const char* heartbeat_table = "outbox_heartbeat";
inline constexpr const char* inbox_table = "inbox";

// Does its relay keep a position and mark no rows?
bool keeps_position(const service::Outbox& outbox);
bool remembers_gaps(const service::Outbox& outbox);
// Of a connector: to a row of its own.
bool sends_heartbeats(const service::Outbox& outbox);
// Does its relay go by the transaction that wrote a row? Then the outbox has a column xid, unless
// the further columns have one, which is refused (refusals.hpp).
bool goes_by_xid(const service::Outbox& outbox);
bool adds_xid(const service::Outbox& outbox);
// The columns by which a relay that marks rows reads them.
std::string order_of(const service::Outbox& outbox);

// DDL of the outbox and of what its relay keeps. The outbox:
//   position       BIGSERIAL, in the order the rows were inserted, which is not the commit order
//   event_id       TEXT, unique: the message id every relay sends, the same on each repeat
//   aggregate_type TEXT: the topic (Debezium's router routes by this column)
//   aggregate_id   TEXT: the key of the record
//   event_type, payload TEXT, created_at TIMESTAMPTZ DEFAULT now(), published BOOLEAN
//   xid            XID8, where something goes by it: pg_current_xact_id() of the INSERT
// and the further columns of the settings. The type of such a column is the type of its expression
// (TEXT where the expression cannot be read without the author's tables: give them as `known`).
// Where the relay marks rows an index in its order holds those that are not published: without one
// each reading goes over all there ever were.
// With a cursor `outbox_position` has one row: how far the relay has come. With `on_gap: remember`
// `outbox_gaps` has a row per id that was missing, with `heartbeat` `outbox_heartbeat` one in all.
std::vector<std::string> outbox_schema(const service::Outbox& outbox,
                                       const sql::Catalog* known = nullptr);
// The names of those tables.
std::vector<std::string> outbox_tables(const service::Outbox& outbox);

// DDL of the inbox: one row per (consumer, event_id), the consumer being the subscription
// ("shipping.prepare"), so that two subscriptions of a service do not hide events from each other.
std::vector<std::string> inbox_schema();

}  // namespace halfwrite::publishing
