// Transactions: their identity in the ground truth, what they wrote and locked, and the register of
// those that run, from which snapshots and transaction ids come. A transaction id is assigned at
// the first write, as PostgreSQL does. It is volatile: a crash forgets all of it.
#pragma once

#include "models/database/lock_wait.hpp"
#include "models/database/notifications.hpp"
#include "models/database/row_store.hpp"
#include "models/database/settings.hpp"
#include "models/history/facts.hpp"
#include "sim/simulation.hpp"

#include <boost/container/flat_map.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::database {

struct AdvisoryHolder;
struct Serializable;

enum class TransactionState : std::uint8_t { active, prepared, committing, committed, aborted };

struct Write {
  enum class Kind : std::uint8_t { insert, update, remove };
  Kind kind = Kind::insert;
  RowChain* chain = nullptr;
};

// A row change as logical decoding will show it; kept only while a slot may ask for it.
struct RowChange {
  Write::Kind kind = Write::Kind::insert;
  sql::TableId table = 0;
  sql::Row row;
};

struct HeldLock {
  RowChain* chain = nullptr;
  std::optional<sql::LockStrength> before;  // what the transaction held on the row earlier
};

struct HeldAdvisoryLock {
  AdvisoryLock* lock = nullptr;
  AdvisoryMode mode = AdvisoryMode::shared;
};

// Where a ROLLBACK TO SAVEPOINT returns to.
struct Savepoint {
  std::string name;
  std::size_t writes = 0;
  std::size_t changes = 0;
  std::size_t locks = 0;
  std::size_t advisory_locks = 0;
  std::size_t notifications = 0;
  std::size_t listen_changes = 0;
};

class Transaction {
 public:
  std::uint64_t number = 0;  // in order of begin, within one life of the server
  history::TransactionToken token;
  sim::Name client;
  sim::Scope scope;
  TransactionState state = TransactionState::active;
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;  // when its snapshot is taken
  SynchronousCommit synchronous_commit = SynchronousCommit::on;
  bool wrote_log = false;  // rows, row locks or sequences: its commit must reach the disk
  std::uint64_t xid = 0;   // 0: none yet
  std::uint64_t position = 0;
  std::optional<std::string> gid;  // of PREPARE TRANSACTION
  std::int64_t started_at = 0;     // now(): microseconds since 1970 by the server's clock
  std::uint32_t command = 0;
  std::vector<Write> writes;
  std::vector<RowChange> changes;
  std::vector<HeldLock> locks;
  AdvisoryHolder* advisory = nullptr;            // its session; none before the run
  std::vector<HeldAdvisoryLock> advisory_locks;  // to be given back at its end, in order of taking
  std::vector<Savepoint> savepoints;
  PendingNotifications notifications;
  std::optional<std::uint64_t> horizon;  // repeatable read, serializable: of its one snapshot
  Serializable* serializable = nullptr;  // from its snapshot on, if its conflicts count
  Waiting* waiting = nullptr;            // what it waits for, if it does
  std::vector<Waiting*> awaited_by;      // who waits for its end, in order of arrival
};

// What pg_current_snapshot() shows.
struct SnapshotText {
  std::uint64_t xmin = 0;
  std::uint64_t xmax = 0;
  std::vector<std::uint64_t> running;
};
std::string to_text(const SnapshotText& snapshot);

class Transactions {
 public:
  Transaction& begin();
  // Assigns the transaction id if there is none yet.
  std::uint64_t assign_xid(Transaction& transaction);
  // It is visible or undone: from now on snapshots count it as done.
  void complete_xid(Transaction& transaction);
  // The object may be used for another transaction.
  void forget(Transaction& transaction);
  // After a crash: nobody runs but who is prepared; ids go on behind `next_xid`.
  void restart(std::uint64_t next_xid);

  // On a standby: this transaction runs under an id that the primary gave it.
  void adopt_xid(Transaction& transaction, std::uint64_t xid);
  // On a standby: as of the record just replayed, these ran on the primary, ascending.
  void follow(std::uint64_t next_xid, const std::vector<std::uint64_t>& running);
  // It is the primary now: only who is prepared runs still.
  void take_over() { followed_running_.clear(); }
  // Ids given out whose transactions have not ended, ascending.
  std::vector<std::uint64_t> running_xids() const;

  std::uint64_t next_xid() const { return next_xid_; }
  SnapshotText snapshot(const Transaction* own) const;
  // Will the snapshot change when those that run now end, whatever they did?
  bool others_have_ids(const Transaction& own) const;
  // In order of begin.
  std::vector<Transaction*> running() const;

  // Orders of visibility; a snapshot is the latest one at its time.
  std::uint64_t latest_visible() const { return latest_visible_; }
  std::uint64_t next_visible() { return ++latest_visible_; }
  // Snapshots that must not lose versions.
  void hold_horizon(std::uint64_t horizon) { ++held_[horizon]; }
  void release_horizon(std::uint64_t horizon);
  std::uint64_t oldest_horizon() const {
    return held_.empty() ? latest_visible_ : held_.begin()->first;
  }

 private:
  std::vector<std::unique_ptr<Transaction>> all_;
  std::vector<Transaction*> free_;
  std::vector<Transaction*> live_;
  // Few at a time, and new ones come last.
  boost::container::flat_map<std::uint64_t, Transaction*> with_xid_;
  std::vector<std::uint64_t> followed_running_;                    // on a standby
  boost::container::flat_map<std::uint64_t, std::uint64_t> held_;  // horizon -> how many hold it
  std::uint64_t next_number_ = 1;
  std::uint64_t next_xid_ = kFirstXid;
  std::uint64_t latest_completed_xid_ = kFirstXid - 1;
  std::uint64_t latest_visible_ = 1;  // 1: the data before the run

  // Ids below are PostgreSQL's own while it makes the cluster; the number carries no meaning.
  static constexpr std::uint64_t kFirstXid = 740;
};

}  // namespace halfwrite::database
