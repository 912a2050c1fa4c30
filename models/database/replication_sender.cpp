#include "models/database/replication_sender.hpp"

#include "models/database/errors.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace halfwrite::database {

namespace {

// Shared by the fiber that sends and the one that reads confirmations.
struct Stream {
  sim::Connection connection;
  std::vector<bool> wanted;    // by table
  std::uint64_t position = 0;  // everything up to here was sent or left out
  bool ended = false;
  sim::FiberReference reader;  // of confirmations
};

Change::Operation operation_of(Write::Kind kind) {
  switch (kind) {
    case Write::Kind::insert:
      return Change::Operation::insert;
    case Write::Kind::update:
      return Change::Operation::update;
    case Write::Kind::remove:
      return Change::Operation::remove;
  }
  return Change::Operation::insert;
}

std::unique_ptr<protocol::Changes> decode(const Engine& engine, const Stream& stream,
                                          std::uint64_t position) {
  const LogRecord& record = engine.log().record(position);
  if (!record.commit || !record.commit->changes) return nullptr;
  const CommitRecord& commit = *record.commit;
  auto message = std::make_unique<protocol::Changes>();
  std::uint32_t ordinal = 0;
  for (const RowChange& row : *commit.changes) {
    ++ordinal;
    if (!stream.wanted[row.table]) continue;
    Change change;
    change.position = position;
    change.ordinal = ordinal;
    change.operation = operation_of(row.kind);
    change.table = engine.catalog().table(row.table).name;
    change.table_id = row.table;
    change.row = row.row;
    change.committed_at = commit.committed_at;
    change.transaction = commit.token;
    change.intent = commit.intent;
    change.attempt = commit.attempt;
    message->changes.push_back(std::move(change));
  }
  if (message->changes.empty()) return nullptr;
  message->changes.back().last_of_commit = true;
  return message;
}

// Only what is flushed, and with a slot that waits for a standby what is flushed there as well
// (PostgreSQL 17, synchronized_standby_slots).
std::uint64_t sendable(Engine& engine, const std::string& slot_name) {
  const ReplicationSlot* slot = engine.slots().find(slot_name);
  const std::uint64_t flushed = engine.log().flushed();
  if (slot == nullptr || !slot->options.wait_for_standby) return flushed;
  return std::min(flushed, engine.shipping().flushed_on_standby());
}

void send_changes(Engine& engine, const std::string& slot_name,
                  const std::shared_ptr<Stream>& stream) {
  sim::Simulation& simulation = engine.simulation();
  const sim::Place place{simulation.names().of("replication")};
  const sim::FiberReference self = simulation.current_fiber();
  engine.watch_flushes(self);
  while (!stream->ended) {
    const ReplicationSlot* const slot = engine.slots().find(slot_name);
    if (slot != nullptr && slot->lost) {
      // A checkpoint ends the process that reads a slot it gives up.
      stream->connection.abort();
      simulation.wake(stream->reader);
      break;
    }
    while (stream->position < sendable(engine, slot_name)) {
      ++stream->position;
      std::unique_ptr<protocol::Changes> changes = decode(engine, *stream, stream->position);
      if (!changes) continue;
      // A change on its way is work, on behalf of the transaction it comes from.
      const Change& first = changes->changes.front();
      sim::Scope scope = simulation.scope();
      scope.identity = first.intent;
      scope.attempt = first.attempt;
      scope.activity = sim::Activity::work;
      stream->connection.send(std::move(changes), scope);
    }
    simulation.suspend(place);
  }
  engine.stop_watching(self);
}

sql::Expected<std::shared_ptr<Stream>> open_stream(const Engine& engine, ReplicationSlot* slot,
                                                   const protocol::Startup& startup) {
  if (engine.in_recovery()) {
    return error_of("55000", "logical decoding cannot be used while in recovery");
  }
  if (slot == nullptr) {
    return error_of("42704", "replication slot \"" + startup.slot + "\" does not exist");
  }
  if (slot->active) {
    return error_of("55006", "replication slot \"" + startup.slot + "\" is active");
  }
  if (slot->lost) {
    return error_of("55000", "cannot read from logical replication slot \"" + startup.slot + "\"");
  }
  auto stream = std::make_shared<Stream>();
  // A client that asks for less than it has confirmed is forwarded silently (PostgreSQL,
  // logicaldecoding, CreateDecodingContext).
  stream->position = std::max(startup.from.value_or(0), slot->confirmed);
  stream->wanted.assign(engine.catalog().tables().size(), startup.tables.empty());
  for (const std::string& name : startup.tables) {
    const sql::Table* table = engine.catalog().find_table(name);
    if (table == nullptr) return error_of("42P01", "relation \"" + name + "\" does not exist");
    stream->wanted[table->id] = true;
  }
  return stream;
}

// Makes or drops the slot, as the command says.
void serve_slot_command(Engine& engine, const sim::Connection& connection,
                        const protocol::Startup& startup) {
  const bool creates = startup.slot_command == protocol::Startup::SlotCommand::create;
  const sql::Expected<sql::Done> done =
      creates ? engine.create_slot(startup.slot) : engine.drop_slot(startup.slot);
  auto reply = std::make_unique<protocol::Reply>();
  if (!done) reply->error = done.error();
  connection.send(std::move(reply));
}

}  // namespace

void serve_replication(Engine& engine, sim::Connection connection,
                       const protocol::Startup& startup) {
  const std::string slot_name = startup.slot;
  if (startup.slot_command != protocol::Startup::SlotCommand::none) {
    serve_slot_command(engine, connection, startup);
    return;
  }
  auto reply = std::make_unique<protocol::Reply>();
  sql::Expected<std::shared_ptr<Stream>> opened =
      open_stream(engine, engine.slots().find(slot_name), startup);
  if (!opened) {
    reply->error = opened.error();
    connection.send(std::move(reply));
    return;
  }
  const std::shared_ptr<Stream> stream = *opened;
  stream->connection = connection;
  stream->reader = engine.simulation().current_fiber();
  engine.slots().find(slot_name)->active = true;
  connection.send(std::move(reply));
  sim::Simulation& simulation = engine.simulation();
  sim::Scope scope = simulation.scope();
  scope.operation = engine.name();
  const sim::FiberReference sender = simulation.current_process().spawn(
      scope, [&engine, slot_name, stream] { send_changes(engine, slot_name, stream); });
  const sim::Place place{engine.places().request};
  while (true) {
    sim::Expected<sim::Message, sim::Broken> message = connection.receive(place);
    if (!message) break;
    ReplicationSlot* slot = engine.slots().find(slot_name);
    if (slot != nullptr) engine.confirm(*slot, message->as<protocol::Confirm>().position);
  }
  stream->ended = true;
  simulation.wake(sender);
  if (ReplicationSlot* slot = engine.slots().find(slot_name)) slot->active = false;
}

}  // namespace halfwrite::database
