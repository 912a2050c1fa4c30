// Two-phase commit: PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED, and what a crash makes
// of them. The fate of a prepared transaction is open until the record that ends it is flushed.
#include "models/database/two_phase.hpp"

#include "models/database/engine.hpp"
#include "models/database/errors.hpp"

#include <utility>

namespace halfwrite::database {

namespace {

constexpr std::size_t kLongestIdentifier = 199;  // GIDSIZE in PostgreSQL's xact.h, less the null

std::optional<ReplicationWait> never_interrupted() {
  return std::nullopt;
}

}  // namespace

sql::Expected<sql::Done> Engine::may_prepare(const Transaction& transaction,
                                             const std::string& gid) const {
  if (!transaction.notifications.empty()) {
    return error_of("0A000",
                    "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY");
  }
  if (gid.size() > kLongestIdentifier) {
    return error_of("22023", "transaction identifier \"" + gid + "\" is too long");
  }
  if (prepared_.contains(gid)) {
    return error_of("42710", "transaction identifier \"" + gid + "\" is already in use");
  }
  if (prepared_.size() >= kMaxPreparedTransactions) {
    return error_of("53200", "maximum number of prepared transactions reached", {},
                    "Increase max_prepared_transactions (currently " +
                        std::to_string(kMaxPreparedTransactions) + ").");
  }
  if (AdvisoryLocks::is_shared_with_session(transaction)) {
    return error_of("0A000",
                    "cannot PREPARE while holding both session-level and transaction-level locks "
                    "on the same object");
  }
  return sql::Done{};
}

std::uint64_t Engine::append_two_phase(const Transaction& transaction, bool prepares) {
  LogRecord record = new_record();
  if (!prepares) std::erase(record.running, transaction.xid);
  record.two_phase = TwoPhaseRecord{*transaction.gid, prepares,
                                    prepares ? prepared_image_of(transaction) : nullptr};
  return log_.append(std::move(record));
}

void Engine::meet_sync_failure(std::uint64_t position, const SyncFailure& sync_failure) {
  if (log_.flushed() >= position) return;
  if (const std::optional<bool> lost = sync_failure()) log_.fail_sync_of(position, *lost);
}

void Engine::await_flush(std::uint64_t position, const SyncFailure& sync_failure) {
  simulation_.pass(sim::Place{places_.logged});
  meet_sync_failure(position, sync_failure);
  log_.flush_through(position, sim::Place{places_.flush});
  simulation_.pass(sim::Place{places_.flushed});
}

// Always flushed, whatever synchronous_commit says, and with an id although nothing was written
// (xact.c, PrepareTransaction).
sql::Expected<sql::Done> Engine::prepare(Transaction& transaction, const std::string& gid,
                                         const SyncFailure& sync_failure) {
  if (Serialization::Failure failure = check_commit(transaction)) return *failure;
  sql::Expected<sql::Done> allowed = may_prepare(transaction, gid);
  if (!allowed) return allowed;
  transactions_.assign_xid(transaction);
  transaction.gid = gid;
  if (transaction.synchronous_commit == SynchronousCommit::off) {
    transaction.synchronous_commit = SynchronousCommit::local;
  }
  transaction.wrote_log = true;
  PreparedTransaction& prepared = prepared_[gid];
  prepared.transaction = &transaction;
  prepared.prepared_at = append_two_phase(transaction, true);
  await_flush(prepared.prepared_at, sync_failure);
  (void)shipping_.await(prepared.prepared_at, transaction.synchronous_commit, never_interrupted);
  release_snapshot(transaction);
  if (transaction.advisory != nullptr) advisory_locks_.leave_session(transaction);
  remain_in_doubt(prepared);
  simulation_.quiescence().durable_change();
  return sql::Done{};
}

void Engine::remain_in_doubt(PreparedTransaction& prepared) {
  Transaction& transaction = *prepared.transaction;
  transaction.state = TransactionState::prepared;
  transaction.horizon.reset();
  transaction.savepoints.clear();
  transaction.waiting = nullptr;
  prepared.is_valid = true;
  prepared.finished_at = 0;
  // Of a standby's it is the primary's to say so.
  if (in_recovery_ || gave_way_at_) return;
  prepared.in_doubt = sim::OpenThing(
      simulation_.quiescence(),
      "transaction '" + *transaction.gid + "' is prepared and in doubt in " + settings_.name);
}

sql::Expected<history::TransactionToken> Engine::finish_prepared(const std::string& gid,
                                                                 bool commits,
                                                                 const SyncFailure& sync_failure) {
  const auto found = prepared_.find(gid);
  if (found == prepared_.end() || !found->second.is_valid) {
    return error_of("42704", "prepared transaction with identifier \"" + gid + "\" does not exist");
  }
  PreparedTransaction& prepared = found->second;
  if (prepared.finished_at != 0) {
    return error_of("55000", "prepared transaction with identifier \"" + gid + "\" is busy");
  }
  Transaction& transaction = *prepared.transaction;
  const history::TransactionToken token = transaction.token;
  prepared.commits = commits;
  if (commits) {
    // Whether it wrote is not remembered (predicate.c, PredicateLockTwoPhaseFinish).
    if (transaction.serializable != nullptr) transaction.serializable->wrote = true;
    history::CommitLogged fact = commit_fact(transaction);
    transaction.position = append_commit(transaction);
    fact.position = transaction.position;
    prepared.finished_at = transaction.position;
    // Recorded with the flush: a crash before it leaves the transaction in doubt, not lost.
    unflushed_.push_back({token, transaction.position, transaction.synchronous_commit,
                          std::make_shared<history::CommitLogged>(fact)});
  } else {
    prepared.finished_at = append_two_phase(transaction, false);
  }
  await_flush(prepared.finished_at, sync_failure);
  (void)shipping_.await(prepared.finished_at, transaction.synchronous_commit, never_interrupted);
  prepared_.erase(found);
  if (commits) {
    make_visible(transaction);
    simulation_.pass(sim::Place{places_.visible});
  } else {
    abort(transaction, "ROLLBACK PREPARED");
    simulation_.quiescence().durable_change();
  }
  return token;
}

// After a crash: the flushed part of the log says whether it was prepared, and whether it ended.
void Engine::settle_prepared(Transaction& transaction, std::uint64_t surviving, bool disk_lost) {
  const auto found = prepared_.find(*transaction.gid);
  PreparedTransaction& prepared = found->second;
  transaction.awaited_by.clear();
  const bool ended = prepared.finished_at != 0 && prepared.finished_at <= surviving;
  if (!disk_lost && prepared.prepared_at <= surviving && !ended) {
    remain_in_doubt(prepared);
    return;
  }
  const bool committed = ended && prepared.commits && !disk_lost;
  prepared_.erase(found);
  if (committed) {
    transaction.state = TransactionState::committed;
    settle(transaction);
    if (leads()) recorder_.record(history::CommitVisible{name_, transaction.token});
  } else {
    transaction.state = TransactionState::aborted;
    if (!leads()) return;
    recorder_.record(history::TransactionAborted{
        name_, transaction.token, ended ? "ROLLBACK PREPARED" : "the server crashed"});
  }
}

}  // namespace halfwrite::database
