#include "models/saga/schema.hpp"

#include "models/publishing/statement_reader.hpp"

#include <utility>

namespace halfwrite::saga {

namespace {

template <class Statements>
sql::Expected<std::shared_ptr<const Statements>> given(const publishing::StatementReader& reader,
                                                       Statements statements) {
  if (reader.error()) return *reader.error();
  return std::shared_ptr<const Statements>(std::make_shared<Statements>(std::move(statements)));
}

}  // namespace

std::vector<std::string> instance_schema() {
  return {
      "CREATE TABLE saga_instance (saga TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, "
      "version INTEGER NOT NULL, arguments TEXT NOT NULL, due_at BIGINT, saved_at BIGINT, "
      "PRIMARY KEY (saga, id))",
      "CREATE INDEX ON saga_instance (saga, due_at, id) WHERE due_at IS NOT NULL"};
}

std::vector<std::string> inbox_schema() {
  return {
      "CREATE TABLE saga_inbox (saga TEXT NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, "
      "outcome TEXT NOT NULL, PRIMARY KEY (saga, step, kind))"};
}

std::vector<std::string> lease_schema() {
  return {
      "CREATE TABLE saga_lease (saga TEXT PRIMARY KEY, holder TEXT NOT NULL, term INTEGER NOT "
      "NULL, "
      "until BIGINT NOT NULL)"};
}

sql::Expected<OrchestratorReference> read_orchestrator_statements(const std::string& database,
                                                                  const sql::Catalog& catalog) {
  publishing::StatementReader reader(database, catalog);
  OrchestratorStatements statements;
  statements.insert = reader.read(
      "INSERT INTO saga_instance (saga, id, state, version, arguments, due_at, saved_at) VALUES "
      "(:saga, :id, :state, 1, :arguments, :due_at, :saved_at) ON CONFLICT DO NOTHING");
  statements.load = reader.read(
      "SELECT state, version, arguments FROM saga_instance WHERE saga = :saga AND id = :id");
  const std::string save =
      "UPDATE saga_instance SET state = :state, version = version + 1, due_at = :due_at, "
      "saved_at = :saved_at WHERE saga = :saga AND id = :id";
  statements.save = reader.read(save + " AND version = :version");
  statements.overwrite = reader.read(save);
  const std::string timers =
      "SELECT id, due_at FROM saga_instance WHERE saga = :saga AND due_at IS NOT NULL "
      "AND saved_at >= :since";
  statements.timers = reader.read(timers + " ORDER BY due_at, id");
  statements.overdue = reader.read(timers + " AND due_at <= :due_at ORDER BY due_at, id");
  return given(reader, std::move(statements));
}

sql::Expected<LeaseReference> read_lease_statements(const std::string& database,
                                                    const sql::Catalog& catalog) {
  publishing::StatementReader reader(database, catalog);
  LeaseStatements statements;
  statements.take = reader.read(
      "UPDATE saga_lease SET term = CASE WHEN holder = :holder THEN term ELSE term + 1 END, "
      "holder = :holder, until = :until "
      "WHERE saga = :saga AND (holder = :holder OR until < :moment) RETURNING term");
  statements.make = reader.read(
      "INSERT INTO saga_lease (saga, holder, term, until) VALUES (:saga, :holder, 1, :until) "
      "ON CONFLICT DO NOTHING");
  statements.check = reader.read(
      "SELECT term FROM saga_lease WHERE saga = :saga AND holder = :holder AND term = :term "
      "FOR SHARE");
  return given(reader, std::move(statements));
}

sql::Expected<ParticipantReference> read_participant_statements(const std::string& database,
                                                                const sql::Catalog& catalog) {
  publishing::StatementReader reader(database, catalog);
  ParticipantStatements statements;
  statements.insert = reader.read(
      "INSERT INTO saga_inbox (saga, step, kind, outcome) VALUES (:saga, :step, :kind, :outcome) "
      "ON CONFLICT DO NOTHING");
  statements.find = reader.read(
      "SELECT outcome FROM saga_inbox WHERE saga = :saga AND step = :step AND kind = :kind");
  const std::string action = " WHERE saga = :saga AND step = :step AND kind = 'do'";
  statements.mark_done = reader.read("UPDATE saga_inbox SET outcome = 'done'" + action);
  statements.undo_once =
      reader.read("UPDATE saga_inbox SET outcome = 'undone'" + action + " AND outcome = 'done'");
  statements.undo_again = reader.read("UPDATE saga_inbox SET outcome = 'undone'" + action +
                                      " AND outcome IN ('done', 'undone')");
  statements.block = reader.read("UPDATE saga_inbox SET outcome = 'blocked'" + action);
  return given(reader, std::move(statements));
}

}  // namespace halfwrite::saga
