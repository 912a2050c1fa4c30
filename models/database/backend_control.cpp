// Statements that are no query: savepoints, SET, SHOW, CHECKPOINT, calls of functions that only the
// server can do.
#include "models/database/backend.hpp"
#include "models/database/errors.hpp"
#include "models/database/statement_text.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

// A position as PostgreSQL prints a log sequence number: two halves in hexadecimal.
std::string lsn_text(std::uint64_t position) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (std::uint64_t rest = position & 0xffffffffull; rest != 0 || text.empty(); rest >>= 4) {
    text.insert(text.begin(), digits[rest & 0xf]);
  }
  return std::to_string(position >> 32) + "/" + text;
}

// One bigint, or two ints.
AdvisoryKey advisory_key(const sql::Row& given) {
  const auto low_half = [](std::int64_t number) { return static_cast<std::uint32_t>(number); };
  const std::int64_t first = given.front().integer();
  if (given.size() == 2) return {low_half(first), low_half(given.back().integer()), true};
  return {low_half(first >> 32), low_half(first), false};
}

}  // namespace

// What PostgreSQL refuses on a standby apart from writes (utility.c, PreventCommandDuringRecovery;
// xlogfuncs.c, logical.c, varsup.c).
std::optional<sql::SqlError> Backend::refusal_in_recovery(const sql::Statement& statement) const {
  const std::string command(command_name(statement));
  switch (statement.kind) {
    case sql::StatementKind::commit_prepared:
    case sql::StatementKind::rollback_prepared:
    case sql::StatementKind::listen:
    case sql::StatementKind::notify:
    case sql::StatementKind::vacuum:
      return error_of("25006", "cannot execute " + command + " during recovery");
    case sql::StatementKind::set_transaction:
      if (statement.transaction.read_only.value_or(true)) return std::nullopt;
      return error_of("0A000", "cannot set transaction read-write mode during recovery");
    case sql::StatementKind::engine_call:
      if (statement.name == "pg_current_wal_lsn") {
        return error_of("55000", "recovery is in progress", {},
                        "WAL control functions cannot be executed during recovery.");
      }
      if (statement.name == "pg_create_logical_replication_slot") {
        return error_of("55000", "logical decoding cannot be used while in recovery");
      }
      if (statement.name == "pg_notify") {
        return error_of("25006", "cannot execute NOTIFY during recovery");
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

Backend::Result Backend::control(const protocol::Request& request) {
  const sql::Statement& statement = *request.statement;
  if (in_recovery_) {
    if (std::optional<sql::SqlError> refused = refusal_in_recovery(statement)) return *refused;
  }
  switch (statement.kind) {
    case sql::StatementKind::savepoint:
    case sql::StatementKind::release:
      return savepoint(statement);
    case sql::StatementKind::set_transaction:
    case sql::StatementKind::set:
      return set(statement);
    case sql::StatementKind::show: {
      const std::optional<std::string> value = environment_.setting(statement.name);
      if (!value) {
        return error_of("42704", "unrecognized configuration parameter \"" + statement.name + "\"");
      }
      QueryResult result = tagged("SHOW");
      result.statement = request.statement;
      result.rows.push_back({sql::Value::text(*value)});
      result.row_count = 1;
      return result;
    }
    case sql::StatementKind::commit_prepared:
    case sql::StatementKind::rollback_prepared:
      return finish_prepared(request);
    case sql::StatementKind::listen:
    case sql::StatementKind::unlisten:
      return listen(statement);
    case sql::StatementKind::notify: {
      const sql::Expected<sql::Done> said = Notifications::notify(
          transaction_->notifications, statement.name, statement.value.value_or(""));
      if (!said) return said.error();
      return tagged("NOTIFY");
    }
    case sql::StatementKind::checkpoint:
      engine_.checkpoint();
      return tagged("CHECKPOINT");
    case sql::StatementKind::vacuum:
      return tagged("VACUUM");
    case sql::StatementKind::engine_call:
      return call(request);
    default:
      return not_modelled(std::string(command_name(statement)) + " is not modelled");
  }
}

Backend::Result Backend::savepoint(const sql::Statement& statement) {
  if (!in_block_) {
    return error_of(
        "25P01", std::string(command_name(statement)) + " can only be used in transaction blocks");
  }
  if (statement.kind == sql::StatementKind::savepoint) {
    transaction_->savepoints.push_back({statement.name, transaction_->writes.size(),
                                        transaction_->changes.size(), transaction_->locks.size(),
                                        transaction_->advisory_locks.size(),
                                        transaction_->notifications.notifications.size(),
                                        transaction_->notifications.changes.size()});
    return tagged("SAVEPOINT");
  }
  const auto missing = [&] {
    return error_of("3B001", "savepoint \"" + statement.name + "\" does not exist");
  };
  if (transaction_ == nullptr) return missing();  // the whole block had failed
  std::vector<Savepoint>& savepoints = transaction_->savepoints;
  const auto found = std::find_if(savepoints.rbegin(), savepoints.rend(),
                                  [&](const Savepoint& s) { return s.name == statement.name; });
  if (found == savepoints.rend()) return missing();
  const auto index = static_cast<std::size_t>(savepoints.rend() - found) - 1;
  if (statement.kind == sql::StatementKind::release) {
    savepoints.resize(index);
    return tagged("RELEASE");
  }
  engine_.roll_back_to(*transaction_, index);
  failed_ = false;
  return tagged("ROLLBACK");
}

Backend::Result Backend::finish_prepared(const protocol::Request& request) {
  const sql::Statement& statement = *request.statement;
  const std::string command(command_name(statement));
  if (in_block_) return error_of("25001", command + " cannot run inside a transaction block");
  const bool commits = statement.kind == sql::StatementKind::commit_prepared;
  const sql::Expected<history::TransactionToken> finished =
      engine_.finish_prepared(statement.name, commits, sync_failure(request));
  if (!finished) return finished.error();
  if (commits) committed_ = *finished;
  return tagged(command);
}

// Nothing of it counts before the commit.
Backend::Result Backend::listen(const sql::Statement& statement) {
  PendingNotifications& pending = transaction_->notifications;
  pending.listener = &listener_;
  if (statement.kind == sql::StatementKind::listen) {
    pending.changes.push_back({ListenChange::Kind::listen, statement.name});
    return tagged("LISTEN");
  }
  const bool all = statement.name == "*";
  pending.changes.push_back(
      {all ? ListenChange::Kind::unlisten_all : ListenChange::Kind::unlisten, statement.name});
  return tagged("UNLISTEN");
}

Backend::Result Backend::set(const sql::Statement& statement) {
  if (statement.kind == sql::StatementKind::set_transaction) {
    if (!in_block_) return tagged("SET");  // PostgreSQL warns, and it has no effect
    if (statement.transaction.read_only) read_only_ = *statement.transaction.read_only;
    if (statement.transaction.deferrable) deferrable_ = *statement.transaction.deferrable;
    if (!statement.transaction.isolation) return tagged("SET");
    const auto level = static_cast<Isolation>(*statement.transaction.isolation);
    if (level == transaction_->isolation && transaction_->command > 1) return tagged("SET");
    if (transaction_->command > 1) {
      return error_of("25001", "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    transaction_->isolation = level;
    transaction_->command = 0;
    return tagged("SET");
  }
  sql::Expected<sql::Done> changed =
      settings_.set(statement.name, statement.value, engine_.settings());
  if (!changed) return changed.error();
  if (!statement.local) {
    changed = session_settings_.set(statement.name, statement.value, engine_.settings());
    if (!changed) return changed.error();
  }
  return tagged("SET");
}

// pg_[try_]advisory_[xact_]lock[_shared], pg_advisory_unlock[_shared | _all]: the name says it all
// (PostgreSQL, functions-admin, advisory lock functions).
Backend::Result Backend::advisory_call(const protocol::Request& request, const sql::Row& given) {
  const std::string& name = request.statement->name;
  const auto says = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  AdvisoryLocks& locks = engine_.advisory_locks();
  QueryResult result = tagged("SELECT 1");
  result.statement = request.statement;
  result.row_count = 1;
  const sql::TypeKind kind = request.statement->columns.front().type.kind;
  sql::Value answer =
      kind == sql::TypeKind::boolean ? sql::Value::null(kind) : sql::Value::text("");
  const bool is_null = std::any_of(given.begin(), given.end(),
                                   [](const sql::Value& value) { return value.is_null(); });
  const AdvisoryMode mode = says("_shared") ? AdvisoryMode::shared : AdvisoryMode::exclusive;
  const AdvisoryScope scope = says("_xact_") ? AdvisoryScope::transaction : AdvisoryScope::session;
  if (says("_unlock_all")) {
    locks.unlock_all(advisory_);
  } else if (is_null) {
    answer = sql::Value::null(kind);
  } else if (says("_unlock")) {
    answer = sql::Value::boolean(locks.unlock(advisory_, advisory_key(given), mode));
  } else if (says("_try_")) {
    answer = sql::Value::boolean(locks.try_lock(*transaction_, advisory_key(given), mode, scope));
  } else {
    const sql::Expected<sql::Done> locked =
        locks.lock(*transaction_, advisory_key(given), mode, scope, wait_limits(statement_began_));
    if (!locked) return locked.error();
  }
  result.rows.push_back({std::move(answer)});
  return result;
}

Backend::Result Backend::call(const protocol::Request& request) {
  const sql::Statement& statement = *request.statement;
  const sql::ReadView* view = &engine_.committed_view();
  sql::Inputs inputs;
  inputs.views = std::span<const sql::ReadView* const>(&view, 1);
  inputs.environment = &environment_;
  inputs.parameters = &request.parameters;
  inputs.deep_stack = &engine_;
  const sql::Expected<sql::Row> arguments = engine_.evaluator().arguments(statement, inputs);
  if (!arguments) return arguments.error();
  const sql::Row& given = *arguments;
  // Taken before the call can wait: a later read at repeatable read does not see what the holder of
  // the lock committed.
  (void)engine_.snapshot_for(*transaction_);
  if (statement.name.find("advisory") != std::string::npos) return advisory_call(request, given);
  QueryResult result = tagged("SELECT 1");
  result.statement = request.statement;
  result.row_count = 1;
  if (statement.name == "pg_notify") {
    const auto text = [](const sql::Value& value) {
      return value.is_null() ? std::string() : sql::to_text(value);
    };
    const sql::Expected<sql::Done> said =
        Notifications::notify(transaction_->notifications, text(given[0]), text(given[1]));
    if (!said) return said.error();
    result.rows.push_back({sql::Value::text("")});
    return result;
  }
  if (statement.name == "pg_listening_channels") {
    for (const std::string& channel : listener_.channels) {
      result.rows.push_back({sql::Value::text(channel)});
    }
    result.row_count = static_cast<std::int64_t>(result.rows.size());
    result.tag = "SELECT " + std::to_string(result.row_count);
    return result;
  }
  if (statement.name == "pg_current_wal_lsn") {
    result.rows.push_back({sql::Value::text(lsn_text(engine_.log().end()))});
    return result;
  }
  if (statement.name == "pg_create_logical_replication_slot" && !given.empty()) {
    const std::string name = sql::to_text(given[0]);
    const std::uint64_t position = engine_.log().end();
    const sql::Expected<sql::Done> created = engine_.create_slot(name);
    if (!created) return created.error();
    result.rows.push_back({sql::Value::text(name), sql::Value::text(lsn_text(position))});
    return result;
  }
  if (statement.name == "pg_drop_replication_slot" && !given.empty()) {
    const sql::Expected<sql::Done> dropped = engine_.drop_slot(sql::to_text(given[0]));
    if (!dropped) return dropped.error();
    result.rows.push_back({sql::Value::text("")});
    return result;
  }
  return not_modelled("the function " + statement.name + " is not modelled");
}

}  // namespace halfwrite::database
