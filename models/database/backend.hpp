// The server's side of one connection, PostgreSQL's backend process: takes requests one by one,
// keeps the transaction block (open, failed, savepoints) and answers. It notices a broken
// connection only when it reads from it; then the open transaction is rolled back.
#pragma once

#include "models/database/engine.hpp"
#include "models/database/protocol.hpp"
#include "models/database/session_environment.hpp"
#include "sim/fault.hpp"
#include "sim/network.hpp"
#include "sim/quiescence.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::database {

// Runs statements before the run, each in a transaction of its own, visible at position 0.
std::optional<Server::DataError> run_before_start(Engine& engine,
                                                  const std::vector<std::string>& data);

// A new connection: a session, or a consumer of a replication slot. Returns when it has ended.
void serve_connection(Engine& engine, sim::Connection connection);

class Backend {
 public:
  Backend(Engine& engine, sim::Connection connection);
  void serve();

 private:
  using Result = sql::Expected<QueryResult>;

  std::unique_ptr<protocol::Reply> handle(const protocol::Request& request);
  Result answer(const protocol::Request& request);
  void begin_transaction(history::TransactionToken token, Isolation isolation);
  // The pipeline; what it came to is put into the answer. Ends the transaction.
  void commit(const protocol::Request& request, QueryResult& answer);
  Result begin_block(history::TransactionToken token, const sql::TransactionOptions& options,
                     std::optional<Isolation> isolation);
  Result commit_block(const protocol::Request& request);
  Result prepare_block(const protocol::Request& request);
  Result finish_prepared(const protocol::Request& request);
  Result roll_back_block(const char* reason);
  Result run_statement(const protocol::Request& request);
  Result apply(const protocol::Request& request, sim::Key key);
  Result control(const protocol::Request& request);
  std::optional<sql::SqlError> refusal_in_recovery(const sql::Statement& statement) const;
  Result savepoint(const sql::Statement& statement);
  Result set(const sql::Statement& statement);
  Result listen(const sql::Statement& statement);
  Result call(const protocol::Request& request);
  Result advisory_call(const protocol::Request& request, const sql::Row& given);
  // The statement failed: undoes the transaction, or up to its last savepoint.
  void fail(const sql::SqlError& error);
  void end_block();
  void record_statement(const protocol::Request& request, history::TransactionToken token,
                        const Result& result);
  // A fault that strikes the request here, asked for where its client waits.
  std::optional<sim::Fault> fault_of(sim::FaultKind kind, const protocol::Request& request);
  std::optional<sql::SqlError> refusal(const protocol::Request& request);
  WaitLimits wait_limits(sim::Instant began) const;
  // Of the record that `request` asks for.
  Engine::SyncFailure sync_failure(const protocol::Request& request);
  void serve_requests();
  void end_idle_session();

  Engine& engine_;
  sim::Connection connection_;
  sim::Name client_;
  SessionSettings session_settings_;  // what outlives the transaction
  SessionSettings before_block_;      // what a rollback returns to
  SessionSettings settings_;          // in force now, with SET LOCAL
  SessionEnvironment environment_;
  AdvisoryHolder& advisory_;  // of the engine, which a crash leaves without sessions
  Listener& listener_;
  Transaction* transaction_ = nullptr;  // none while idle, or when the block has failed
  history::TransactionToken token_;     // of the block
  sim::Instant statement_began_;
  bool in_block_ = false;
  bool failed_ = false;
  bool read_only_ = false;
  bool in_recovery_ = false;  // the transaction began on a standby
  bool terminated_ = false;   // by an administrator
  bool deferrable_ = false;
  std::optional<history::TransactionToken> committed_;  // by COMMIT PREPARED
  bool logged_ = false;  // the answer being made stands for a commit record
  sim::OpenThing open_block_;
};

}  // namespace halfwrite::database
