// The end of a transaction: commit pipeline, rollback, and what becomes of the row versions.
#include "models/database/cluster.hpp"
#include "models/database/engine.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

namespace {

// An update that leaves the keys alone ends the key too, if the row was locked FOR UPDATE before
// (heapam.c, compute_new_xmax_infomask keeps the stronger of the two).
void end_version(RowChain& chain, const Stamp& stamp, bool replaced) {
  Version& version = chain.versions.back();
  version.ended = stamp;
  version.replaced = replaced;
  version.key_ended =
      std::any_of(chain.holders.begin(), chain.holders.end(), [&](const LockHolder& holder) {
        return holder.transaction == stamp.by && holder.strength == sql::LockStrength::update;
      });
}

}  // namespace

RowChain& Engine::insert(Transaction& transaction, sql::TableId table, sql::Row row) {
  note_change(transaction, Write::Kind::insert, table, row);
  RowChain& chain = store_.table(table).add_row();
  Version version;
  version.values = std::move(row);
  version.made.by = &transaction;
  version.made.command = transaction.command;
  chain.versions.push_back(std::move(version));
  transaction.writes.push_back({Write::Kind::insert, &chain});
  return chain;
}

void Engine::update(Transaction& transaction, RowChain& chain, sql::Row row) {
  note_change(transaction, Write::Kind::update, chain.table, row);
  Version version;
  version.values = std::move(row);
  version.made.by = &transaction;
  version.made.command = transaction.command;
  end_version(chain, version.made, true);
  chain.versions.push_back(std::move(version));
  transaction.writes.push_back({Write::Kind::update, &chain});
}

void Engine::remove(Transaction& transaction, RowChain& chain) {
  Version& version = chain.versions.back();
  note_change(transaction, Write::Kind::remove, chain.table, version.values);
  Stamp ended;
  ended.by = &transaction;
  ended.command = transaction.command;
  end_version(chain, ended, false);
  transaction.writes.push_back({Write::Kind::remove, &chain});
}

void Engine::note_change(Transaction& transaction, Write::Kind kind, sql::TableId table,
                         const sql::Row& row) {
  transactions_.assign_xid(transaction);
  transaction.wrote_log = true;
  // With standbys a slot may be made anew while transactions run (after a failover).
  if (slots_.empty() && !cluster_.has_standbys()) return;
  transaction.changes.push_back({kind, table, row});
  transaction.changes.back().row.resize(catalog().table(table).columns.size());
}

void Engine::undo(Transaction& transaction, std::size_t keep) {
  while (transaction.writes.size() > keep) {
    const Write write = transaction.writes.back();
    transaction.writes.pop_back();
    RowChain& chain = *write.chain;
    TableStore& table = store_.table(chain.table);
    switch (write.kind) {
      case Write::Kind::insert:
        table.remove_version(chain, chain.versions.size() - 1);
        break;
      case Write::Kind::update:
        table.remove_version(chain, chain.versions.size() - 1);
        chain.versions.back().ended = Stamp{};
        break;
      case Write::Kind::remove:
        chain.versions.back().ended = Stamp{};
        break;
    }
  }
}

void Engine::abort(Transaction& transaction, std::string reason) {
  undo(transaction, 0);
  transactions_.complete_xid(transaction);
  transaction.state = TransactionState::aborted;
  recorder_.record(history::TransactionAborted{name_, transaction.token, std::move(reason)});
  locks_.release(transaction);
  locks_.announce_end(transaction);
  advisory_locks_.end(transaction);
  if (transaction.serializable != nullptr) serialization_.roll_back(*transaction.serializable);
  release_snapshot(transaction);
  transactions_.forget(transaction);
}

void Engine::release_snapshot(Transaction& transaction) {
  if (!transaction.horizon) return;
  transactions_.release_horizon(*transaction.horizon);
  transaction.horizon.reset();
}

void Engine::end_snapshot(Transaction& transaction) {
  if (transaction.serializable != nullptr) {
    serialization_.commit(*transaction.serializable, transactions_.next_xid());
  }
  release_snapshot(transaction);
}

Serialization::Failure Engine::check_commit(Transaction& transaction) {
  if (transaction.serializable == nullptr) return std::nullopt;
  return serialization_.prepare(*transaction.serializable);
}

void Engine::roll_back_to(Transaction& transaction, std::size_t savepoint) {
  const Savepoint& target = transaction.savepoints[savepoint];
  undo(transaction, target.writes);
  if (transaction.changes.size() > target.changes) transaction.changes.resize(target.changes);
  locks_.release(transaction, target.locks);
  advisory_locks_.release(transaction, target.advisory_locks);
  transaction.notifications.notifications.resize(target.notifications);
  transaction.notifications.changes.resize(target.listen_changes);
  transaction.savepoints.resize(savepoint + 1);
  // In PostgreSQL who met a key waits for the sub-transaction that made it; here he looks again.
  locks_.announce_undone(transaction);
}

// Rows of business tables whose image before the transaction differs from the one after it.
std::uint64_t Engine::count_changed_rows(const Transaction& transaction) const {
  std::uint64_t count = 0;
  for (const Write& write : transaction.writes) {
    RowChain& chain = *write.chain;
    if (is_bookkeeping_[chain.table] || chain.counted_by == transaction.number) continue;
    chain.counted_by = transaction.number;
    const Version* before = nullptr;
    for (const Version& version : chain.versions) {
      if (version.made.by != &transaction) before = &version;
    }
    if (before != nullptr && before->ended.by != &transaction) before = nullptr;
    const Version& last = chain.versions.back();
    const Version* after =
        last.made.by == &transaction && last.ended.by == nullptr ? &last : nullptr;
    if (before == nullptr && after == nullptr) continue;
    if (before != nullptr && after != nullptr && before->values == after->values) continue;
    ++count;
  }
  return count;
}

std::uint64_t Engine::append_commit(Transaction& transaction) {
  LogRecord record = new_record();
  record.commit.emplace();
  CommitRecord& commit = *record.commit;
  commit.token = transaction.token;
  commit.xid = transaction.xid;
  commit.gid = transaction.gid;
  if (!transaction.gid) commit.images = images_of(transaction);
  std::erase(record.running, transaction.xid);
  commit.intent = transaction.scope.identity;
  commit.attempt = transaction.scope.attempt;
  commit.level = transaction.wrote_log ? transaction.synchronous_commit : SynchronousCommit::off;
  commit.committed_at = clock_microseconds();
  if (!transaction.changes.empty()) {
    // A prepared one keeps them: a crash may leave it in doubt again.
    commit.changes = std::make_shared<std::vector<RowChange>>(
        transaction.state == TransactionState::prepared ? transaction.changes
                                                        : std::exchange(transaction.changes, {}));
  }
  return log_.append(std::move(record));
}

history::CommitLogged Engine::commit_fact(const Transaction& transaction) const {
  history::CommitLogged fact;
  fact.database = name_;
  fact.transaction = transaction.token;
  fact.xid = transaction.xid;
  fact.actor = transaction.client;
  fact.operation = transaction.scope.operation;
  fact.intent = transaction.scope.identity;
  fact.attempt = transaction.scope.attempt;
  fact.rows_changed = count_changed_rows(transaction);
  return fact;
}

Engine::Committed Engine::commit(Transaction& transaction, const Interruption& interruption,
                                 const SyncFailure& sync_failure) {
  // Who notifies has an id and a commit record (async.c, PreCommit_Notify).
  if (!transaction.notifications.notifications.empty()) transactions_.assign_xid(transaction);
  if (transaction.xid == 0) {
    HALFWRITE_ASSERT(transaction.writes.empty() && transaction.locks.empty(),
                     "a transaction without an id has written or locked rows");
    transaction.state = TransactionState::committed;
    advisory_locks_.end(transaction);
    end_snapshot(transaction);
    notifications_.publish(transaction.notifications, transaction.scope);
    transactions_.forget(transaction);
    return {};
  }
  notifications_.await_turn(transaction.notifications);
  transaction.state = TransactionState::committing;
  const SynchronousCommit level =
      transaction.wrote_log ? transaction.synchronous_commit : SynchronousCommit::off;
  history::CommitLogged fact = commit_fact(transaction);
  transaction.position = append_commit(transaction);
  fact.position = transaction.position;
  unflushed_.push_back({transaction.token, transaction.position, level, nullptr});
  recorder_.record(std::move(fact));
  if (!counts(transaction.position)) {
    recorder_.record(history::CommitLost{name_, transaction.token, true});
  }
  Committed committed{true, ReplicationWait::reached};
  if (level == SynchronousCommit::off) {
    simulation_.pass(sim::Place{places_.logged});
    if (transaction.wrote_log) meet_sync_failure(transaction.position, sync_failure);
    log_.flush_later();
  } else {
    await_flush(transaction.position, sync_failure);
    committed.wait = shipping_.await(transaction.position, level, interruption);
  }
  make_visible(transaction);
  simulation_.pass(sim::Place{places_.visible});
  return committed;
}

void Engine::commit_before_start(Transaction& transaction) {
  settle(transaction);
  transactions_.complete_xid(transaction);
  locks_.release(transaction);
  transactions_.forget(transaction);
  store_.prune(transactions_.oldest_horizon(), 0);
}

// Every version the transaction made or ended gets its order of visibility; versions that nobody
// but itself ever saw go at once.
std::vector<sql::TableId> Engine::settle(Transaction& transaction) {
  const std::uint64_t visible = transactions_.next_visible();
  // Who reads at serializable must still learn of rows that were there only within this
  // transaction.
  const bool keeps_short_lived = transaction.serializable != nullptr;
  if (transaction.serializable != nullptr) transaction.serializable->visible = visible;
  std::vector<RowChain*>& chains = settled_;
  chains.clear();
  for (const Write& write : transaction.writes) chains.push_back(write.chain);
  if (chains.size() > 1) {
    std::sort(chains.begin(), chains.end(), [](const RowChain* a, const RowChain* b) {
      return a->table != b->table ? a->table < b->table : a->id < b->id;
    });
    chains.erase(std::unique(chains.begin(), chains.end()), chains.end());
  }
  std::vector<sql::TableId> tables;
  const Stamp stamp{visible, transaction.position, nullptr, 0};
  for (RowChain* chain : chains) {
    if (tables.empty() || tables.back() != chain->table) tables.push_back(chain->table);
    TableStore& table = store_.table(chain->table);
    const sql::TableId table_id = chain->table;
    const sql::RowId row_id = chain->id;
    bool ended = false;
    for (std::size_t i = 0; i < chain->versions.size();) {
      Version& version = chain->versions[i];
      const bool made = version.made.by == &transaction;
      const bool removed = version.ended.by == &transaction;
      if (made && removed && !keeps_short_lived) {
        if (table.remove_version(*chain, i)) break;
        continue;
      }
      if (made) version.made = stamp;
      if (removed) {
        version.ended = stamp;
        ended = true;
      }
      ++i;
    }
    if (ended) store_.ended(table_id, row_id, stamp);
  }
  for (const sql::TableId table : tables) ++store_.table(table).content_version;
  return tables;
}

void Engine::make_visible(Transaction& transaction) {
  const bool changed = !transaction.writes.empty();
  const std::vector<sql::TableId> tables = settle(transaction);
  const std::uint64_t position = transaction.position;
  transactions_.complete_xid(transaction);
  transaction.state = TransactionState::committed;
  // Where another has taken over, it has said so of what counts.
  if (!gave_way_at_) recorder_.record(history::CommitVisible{name_, transaction.token});
  if (changed) simulation_.quiescence().durable_change();
  locks_.release(transaction);
  locks_.announce_end(transaction);
  advisory_locks_.end(transaction);
  end_snapshot(transaction);
  notifications_.publish(transaction.notifications, transaction.scope);
  transactions_.forget(transaction);
  if (gave_way_at_) return;
  store_.prune(transactions_.oldest_horizon(), cluster_.flushed_by_all());
  for (CommitListener* listener : listeners_) listener->on_visible(position, tables);
}

}  // namespace halfwrite::database
