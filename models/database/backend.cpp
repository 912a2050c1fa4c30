#include "models/database/backend.hpp"

#include "models/database/errors.hpp"
#include "models/database/replication_sender.hpp"
#include "models/database/statement_execution.hpp"
#include "models/database/statement_text.hpp"
#include "sim/fault_injection.hpp"
#include "sim/quiescence.hpp"

#include <utility>

namespace halfwrite::database {

namespace {

void refuse_connection(const sim::Connection& connection, sql::SqlError error) {
  auto reply = std::make_unique<protocol::Reply>();
  reply->error = std::move(error);
  connection.send(std::move(reply));
}

}  // namespace

std::optional<Server::DataError> run_before_start(Engine& engine,
                                                  const std::vector<std::string>& data) {
  const SessionSettings settings(engine.settings());
  SessionEnvironment environment(engine, settings);
  const sql::Databases databases{{engine.settings().name, &engine.catalog()}};
  for (std::size_t i = 0; i < data.size(); ++i) {
    sql::Expected<StatementReference> statement = sql::read_statement(data[i], databases);
    if (!statement) return Server::DataError{i, statement.error()};
    const sql::StatementKind kind = (*statement)->kind;
    if (kind != sql::StatementKind::select && !(*statement)->writes()) {
      return Server::DataError{
          i, not_modelled("only INSERT, UPDATE, DELETE and SELECT can stand in the data before "
                          "the run")};
    }
    Transaction& transaction =
        engine.begin({}, engine.name(), Isolation::read_committed, SynchronousCommit::on);
    transaction.command = 1;
    const sim::Key key =
        engine.simulation().draws().key().with(engine.settings().name).with("data").with(i);
    environment.begin_statement(transaction, key);
    StatementExecution execution(engine, transaction, environment, WaitLimits{}, sim::Duration{});
    sql::Expected<QueryResult> result = execution.run(*statement, {});
    if (!result) {
      engine.abort(transaction, result.error().message);
      return Server::DataError{i, result.error()};
    }
    engine.commit_before_start(transaction);
  }
  return std::nullopt;
}

void serve_connection(Engine& engine, sim::Connection connection) {
  const sim::Place place{engine.places().request};
  sim::Expected<sim::Message, sim::Broken> first = connection.receive(place);
  if (!first) return;
  const protocol::Startup& startup = first->as<protocol::Startup>();
  const sim::ScopeGuard guard(engine.simulation(), first->served());
  if (startup.standby) {
    engine.shipping().serve(connection, startup);
    return;
  }
  if (startup.replication) {
    serve_replication(engine, std::move(connection), startup);
    return;
  }
  if (engine.sessions >= engine.settings().connections) {
    refuse_connection(connection, error_of("53300", "sorry, too many clients already"));
    return;
  }
  ++engine.sessions;
  auto greeting = std::make_unique<protocol::Reply>();
  greeting->database = engine.name();
  connection.send(std::move(greeting));
  Backend(engine, std::move(connection)).serve();
  --engine.sessions;
}

Backend::Backend(Engine& engine, sim::Connection connection)
    : engine_(engine),
      connection_(std::move(connection)),
      client_(engine.simulation().names().of(connection_.peer())),
      session_settings_(engine.settings()),
      before_block_(session_settings_),
      settings_(session_settings_),
      environment_(engine, settings_),
      advisory_(engine.advisory_locks().begin_session(client_)),
      listener_(engine.notifications().begin_session(connection_)) {}

void Backend::serve() {
  serve_requests();
  engine_.advisory_locks().end_session(advisory_);
  engine_.notifications().end_session(listener_);
}

void Backend::serve_requests() {
  sim::Simulation& simulation = engine_.simulation();
  const sim::Place place{engine_.places().request};
  while (true) {
    const std::optional<sim::Duration>& timeout =
        in_block_ ? settings_.idle_in_transaction_session_timeout : settings_.idle_session_timeout;
    const sim::Duration patience = simulation.truly(timeout.value_or(sim::Duration::for_ever()));
    sim::Expected<sim::Message, sim::Broken> message = connection_.receive(place, patience);
    if (!message) {
      if (message.error() == sim::Broken::timed_out) {
        end_idle_session();
      } else if (in_block_) {
        (void)roll_back_block("the connection was lost");
      }
      return;
    }
    const sim::ScopeGuard guard(simulation, message->served());
    listener_.idle = false;
    std::unique_ptr<protocol::Reply> reply = handle(message->as<protocol::Request>());
    if (terminated_) return;
    listener_.idle = !in_block_;
    if (listener_.idle) reply->notifications = listener_.read();
    connection_.send(std::move(reply));
    if (logged_) simulation.pass(sim::Place{engine_.places().answered});
  }
}

// The client finds the reason where it looks for its next answer (postgres.c, ProcessInterrupts).
void Backend::end_idle_session() {
  auto farewell = std::make_unique<protocol::Reply>();
  if (in_block_) {
    farewell->error =
        error_of("25P03", "terminating connection due to idle-in-transaction timeout");
    (void)roll_back_block("idle-in-transaction timeout");
  } else {
    farewell->error = error_of("57P05", "terminating connection due to idle-session timeout");
  }
  farewell->ends_session = true;
  connection_.send(std::move(farewell));
  connection_.close();
}

std::unique_ptr<protocol::Reply> Backend::handle(const protocol::Request& request) {
  logged_ = false;
  committed_.reset();
  auto reply = std::make_unique<protocol::Reply>();
  Result result = answer(request);
  if (result) {
    reply->result = std::move(*result);
  } else {
    reply->error = result.error();
  }
  reply->in_transaction = in_block_;
  reply->failed = failed_;
  reply->logged = logged_;
  reply->committed = committed_;
  return reply;
}

Backend::Result Backend::answer(const protocol::Request& request) {
  if (std::optional<sql::SqlError> error = refusal(request)) {
    if (transaction_ != nullptr) fail(*error);
    return *error;
  }
  switch (request.what) {
    case protocol::Request::Kind::begin:
      return begin_block(request.token, {}, request.isolation);
    case protocol::Request::Kind::commit:
      return commit_block(request);
    case protocol::Request::Kind::rollback:
      return roll_back_block("rolled back");
    case protocol::Request::Kind::execute:
    case protocol::Request::Kind::execute_alone:
      break;
  }
  const sql::Statement& statement = *request.statement;
  switch (statement.kind) {
    case sql::StatementKind::commit:
    case sql::StatementKind::rollback:
      if (statement.chain) return not_modelled("AND CHAIN is not modelled", "BEGIN anew");
      return statement.kind == sql::StatementKind::commit ? commit_block(request)
                                                          : roll_back_block("rolled back");
    case sql::StatementKind::prepare_transaction:
      return prepare_block(request);
    case sql::StatementKind::rollback_to: {
      Result result = savepoint(statement);
      if (!result && transaction_ != nullptr) fail(result.error());
      return result;
    }
    default:
      break;
  }
  if (failed_) {
    return error_of("25P02",
                    "current transaction is aborted, commands ignored until end of transaction "
                    "block");
  }
  if (statement.kind == sql::StatementKind::begin) {
    return begin_block(request.token, statement.transaction, std::nullopt);
  }
  return run_statement(request);
}

std::optional<sim::Fault> Backend::fault_of(sim::FaultKind kind, const protocol::Request& request) {
  return engine_.simulation().faults().asks(kind, request.address, request.aliases,
                                            engine_.settings().name);
}

// Faults that make the server answer with an error, without effect, are asked where the client
// waits: a refusal, or the client's own cancel request, which ends a statement but no COMMIT.
std::optional<sql::SqlError> Backend::refusal(const protocol::Request& request) {
  if (const std::optional<sim::Fault> fault = fault_of(sim::FaultKind::refuse, request)) {
    return error_of(fault->error.empty() ? "57000" : fault->error,
                    "the server refused the request");
  }
  const bool is_statement = request.what == protocol::Request::Kind::execute ||
                            request.what == protocol::Request::Kind::execute_alone;
  if (is_statement && fault_of(sim::FaultKind::cancel, request)) {
    return error_of("57014", "canceling statement due to user request");
  }
  return std::nullopt;
}

void Backend::begin_transaction(history::TransactionToken token, Isolation isolation) {
  transaction_ = &engine_.begin(token, client_, isolation, settings_.synchronous_commit);
  in_recovery_ = engine_.in_recovery();
  AdvisoryLocks::join(advisory_, *transaction_);
}

Backend::Result Backend::begin_block(history::TransactionToken token,
                                     const sql::TransactionOptions& options,
                                     std::optional<Isolation> isolation) {
  if (in_block_) return tagged("BEGIN");  // PostgreSQL warns and goes on
  if (options.isolation) isolation = static_cast<Isolation>(*options.isolation);
  const Isolation level = isolation.value_or(settings_.default_isolation);
  sim::Simulation& simulation = engine_.simulation();
  before_block_ = session_settings_;
  begin_transaction(token, level);
  token_ = token;
  in_block_ = true;
  read_only_ = options.read_only.value_or(false);
  deferrable_ = options.deferrable.value_or(false);
  if (simulation.scope().activity == sim::Activity::work) {
    open_block_ = sim::OpenThing(simulation.quiescence(), [this] {
      return std::string(engine_.simulation().names().text(client_)) +
             " has an open transaction in " + engine_.settings().name;
    });
  }
  return tagged("BEGIN");
}

void Backend::end_block() {
  transaction_ = nullptr;
  in_block_ = false;
  failed_ = false;
  read_only_ = false;
  deferrable_ = false;
  settings_ = session_settings_;
  open_block_.close();
}

Backend::Result Backend::commit_block(const protocol::Request& request) {
  if (failed_) return roll_back_block("commit of a failed transaction");
  if (!in_block_) return tagged("COMMIT");  // PostgreSQL warns
  if (Serialization::Failure failure = engine_.check_commit(*transaction_)) {
    (void)roll_back_block("40001 at COMMIT");
    return *failure;
  }
  transaction_->synchronous_commit = settings_.synchronous_commit;
  open_block_.close();
  QueryResult answer = tagged("COMMIT");
  commit(request, answer);
  end_block();
  return answer;
}

Engine::SyncFailure Backend::sync_failure(const protocol::Request& request) {
  return [this, &request]() -> std::optional<bool> {
    const std::optional<sim::Fault> fault = fault_of(sim::FaultKind::fail_sync, request);
    if (!fault) return std::nullopt;
    return fault->unsynced_lost;
  };
}

// What ends the wait for a standby early: an administrator, or the client's cancel request. A
// client that has gone is not noticed, and statement_timeout does not count any more (as observed
// on PostgreSQL 15: the statement is over when its transaction commits).
void Backend::commit(const protocol::Request& request, QueryResult& answer) {
  Transaction& transaction = *transaction_;
  transaction_ = nullptr;
  const Engine::Committed committed = engine_.commit(
      transaction,
      [&]() -> std::optional<ReplicationWait> {
        if (connection_.was_ended_by_server()) return ReplicationWait::terminated;
        if (fault_of(sim::FaultKind::cancel, request)) return ReplicationWait::canceled;
        connection_.wake_when_ended();
        return std::nullopt;
      },
      sync_failure(request));
  logged_ = committed.logged;
  terminated_ = committed.wait == ReplicationWait::terminated;
  if (committed.wait == ReplicationWait::canceled) {
    answer.warning =
        "canceling wait for synchronous replication due to user request: the transaction has "
        "already committed locally, but might not have been replicated to the standby";
  }
}

// Whatever comes of it, the session is outside a block afterwards.
Backend::Result Backend::prepare_block(const protocol::Request& request) {
  if (failed_) return roll_back_block("PREPARE TRANSACTION of a failed transaction");
  if (!in_block_) return tagged("ROLLBACK");  // PostgreSQL warns
  const sql::Expected<sql::Done> prepared =
      in_recovery_ ? error_of("25006", "cannot execute PREPARE TRANSACTION during recovery")
                   : engine_.prepare(*transaction_, request.statement->name, sync_failure(request));
  const Result result = prepared ? Result(tagged("PREPARE TRANSACTION")) : Result(prepared.error());
  record_statement(request, token_, result);
  if (!prepared) {
    const sql::SqlError& error = prepared.error();
    (void)roll_back_block((error.sqlstate + " " + error.message).c_str());
    return result;
  }
  end_block();
  return result;
}

Backend::Result Backend::roll_back_block(const char* reason) {
  if (!in_block_) return tagged("ROLLBACK");
  if (transaction_ != nullptr) engine_.abort(*transaction_, reason);
  session_settings_ = before_block_;
  end_block();
  return tagged("ROLLBACK");
}

void Backend::fail(const sql::SqlError& error) {
  if (in_block_) failed_ = true;
  if (in_block_ && !transaction_->savepoints.empty()) {
    engine_.roll_back_to(*transaction_, transaction_->savepoints.size() - 1);
    return;
  }
  // PostgreSQL gives locks back at the error, not at the ROLLBACK that follows.
  engine_.abort(*transaction_, error.sqlstate + " " + error.message);
  transaction_ = nullptr;
}

WaitLimits Backend::wait_limits(sim::Instant began) const {
  const sim::Simulation& simulation = engine_.simulation();
  WaitLimits limits;
  limits.deadlock_timeout = simulation.truly(settings_.deadlock_timeout);
  if (settings_.lock_timeout) limits.lock_timeout = simulation.truly(*settings_.lock_timeout);
  if (settings_.statement_timeout) {
    limits.statement_deadline = began + simulation.truly(*settings_.statement_timeout);
  }
  return limits;
}

Backend::Result Backend::run_statement(const protocol::Request& request) {
  const bool alone = !in_block_;
  if (alone) {
    begin_transaction(request.token, settings_.default_isolation);
  }
  const history::TransactionToken token = alone ? request.token : token_;
  sim::Simulation& simulation = engine_.simulation();
  const sim::Key key = sim::key_of(simulation.draws().key(), simulation.names(), request.address)
                           .with(engine_.settings().name);
  Result result = apply(request, key);
  if (alone && result) {
    if (Serialization::Failure failure = engine_.check_commit(*transaction_)) result = *failure;
  }
  record_statement(request, token, result);
  if (!result) {
    fail(result.error());
    return result;
  }
  if (alone) {
    commit(request, *result);
    settings_ = session_settings_;
  }
  return result;
}

Backend::Result Backend::apply(const protocol::Request& request, sim::Key key) {
  const sql::Statement& statement = *request.statement;
  sim::Simulation& simulation = engine_.simulation();
  statement_began_ = simulation.now();
  const sim::Duration time =
      sim::Draws::between(key.with("statement"), engine_.settings().statement_time);
  simulation.sleep(time, sim::Place{engine_.places().statement});
  const WaitLimits limits = wait_limits(statement_began_);
  if (simulation.now() >= limits.statement_deadline) return statement_timed_out();
  ++transaction_->command;
  environment_.begin_statement(*transaction_, key);
  if (statement.kind != sql::StatementKind::select && !statement.writes()) {
    return control(request);
  }
  const bool read_only = read_only_ || in_recovery_;
  if (read_only) {
    const std::string_view command = writing_command(statement);
    if (!command.empty()) return forbidden_when_read_only(command);
  }
  if (in_recovery_ && transaction_->isolation == Isolation::serializable) {
    return error_of("0A000", "cannot use serializable mode in a hot standby", {},
                    "You can use REPEATABLE READ instead.");
  }
  transaction_->read_only = read_only;
  const bool waits_for_safety = transaction_->isolation == Isolation::serializable && read_only_ &&
                                deferrable_ && !transaction_->horizon;
  if (waits_for_safety) {
    sql::Expected<sql::Done> taken = engine_.take_safe_snapshot(*transaction_, limits);
    if (!taken) return taken.error();
  }
  // Each further row costs a part of what the statement costs.
  StatementExecution execution(engine_, *transaction_, environment_, limits,
                               time / 16 + sim::Duration::nanoseconds(1));
  execution.ask_for_room(
      [this, &request] { return !fault_of(sim::FaultKind::disk_full, request); });
  return execution.run(request.statement, request.parameters);
}

void Backend::record_statement(const protocol::Request& request, history::TransactionToken token,
                               const Result& result) {
  const sim::Scope& scope = engine_.simulation().scope();
  history::StatementExecuted fact;
  fact.database = engine_.name();
  fact.owner = scope.operation;
  fact.actor = client_;
  fact.intent = scope.identity;
  fact.transaction = token;
  if (engine_.recorder().keeps_texts()) {
    fact.text = text_with_values(*request.statement, request.parameters);
  }
  if (result) {
    fact.rows = result->row_count;
  } else {
    fact.error = result.error().sqlstate + " " + result.error().message;
  }
  engine_.recorder().record(std::move(fact));
}

}  // namespace halfwrite::database
