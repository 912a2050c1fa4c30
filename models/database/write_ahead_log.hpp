// The write-ahead log: commit records with their row changes, sequence values drawn ahead, and the
// steps of two-phase commits, in one total order. The position of a commit record is the commit
// order and the order of change data capture. A flush covers what was logged when it began (group
// commit). The records lie on the node's disk; what is not flushed is lost with the process,
// because PostgreSQL keeps it in shared memory. It decides nothing about transactions.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/transaction.hpp"
#include "sim/disk.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::database {

// What a row is once a transaction has committed, as a standby applies it.
struct RowImage {
  sql::TableId table = 0;
  sql::RowId row = 0;
  std::optional<sql::Row> values;  // nothing: it is gone
};
// What a commit record says.
struct CommitRecord {
  history::TransactionToken token;
  std::uint64_t xid = 0;
  std::optional<std::string> gid;  // it was prepared: its rows stand in that record
  std::shared_ptr<const std::vector<RowImage>> images;  // null where nobody replays the log
  sim::Identity intent;
  std::uint32_t attempt = 1;
  SynchronousCommit level = SynchronousCommit::on;
  std::int64_t committed_at = 0;
  std::shared_ptr<std::vector<RowChange>> changes;  // null when no slot may ask for them
};
// A sequence's state as recovery would find it.
struct SequenceRecord {
  sql::SequenceId sequence = 0;
  std::int64_t last_value = 0;
  bool is_called = false;
};
// What a standby needs to hold a prepared transaction until somebody decides.
struct PreparedImage {
  history::TransactionToken token;
  std::uint64_t xid = 0;
  sim::Name client;
  sim::Scope scope;
  Isolation isolation = Isolation::read_committed;
  struct Lock {
    sql::TableId table = 0;
    sql::RowId row = 0;
    sql::LockStrength strength = sql::LockStrength::key_share;
  };
  std::vector<Lock> locks;
  std::vector<RowImage> images;
  std::vector<RowChange> changes;
};
// PREPARE TRANSACTION and ROLLBACK PREPARED. What was written and locked is not repeated here: the
// store keeps it for as long as the record stands.
struct TwoPhaseRecord {
  std::string gid;
  bool prepares = false;                       // or rolls back
  std::shared_ptr<const PreparedImage> image;  // null where nobody replays the log
};
struct LogRecord {
  std::uint64_t next_xid = 0;          // ids below were given out before
  std::vector<std::uint64_t> running;  // of them, where somebody replays the log
  std::optional<CommitRecord> commit;
  std::optional<SequenceRecord> sequence;
  std::optional<TwoPhaseRecord> two_phase;
  std::uint64_t ends_at_byte = 0;  // counted where slots may keep only so much
};

// Told when the flushed end of the log moves on, or cannot. Must not wait.
class FlushListener {
 public:
  virtual ~FlushListener() = default;
  virtual void on_flushed(std::uint64_t from, std::uint64_t to) = 0;  // records (from, to]
  // Recovery will find the records up to here; nobody who waits is woken.
  virtual void on_sync_failed(std::uint64_t surviving) = 0;
};

class WriteAheadLog {
 public:
  WriteAheadLog(sim::Simulation& simulation, sim::Disk& disk, const Settings& settings,
                FlushListener& listener);

  // The position of the new record, from 1.
  std::uint64_t append(LogRecord record);
  const LogRecord& record(std::uint64_t position) const { return records_[position - 1]; }
  // Nobody asks for the records up to here again, apart from the last flushed one.
  void forget_through(std::uint64_t position);
  std::uint64_t forgotten() const { return records_.first(); }
  // The newest sequence records among those forgotten, in order of their sequences.
  const std::map<sql::SequenceId, SequenceRecord>& forgotten_sequences() const {
    return forgotten_sequences_;
  }
  std::uint64_t end() const { return records_.size(); }
  std::uint64_t flushed() const { return records_.synced(); }
  // The bytes of the records behind `position`, none of which is forgotten.
  std::uint64_t bytes_behind(std::uint64_t position) const;

  // Waits on the running fiber until the record is safe from a crash.
  void flush_through(std::uint64_t position, const sim::Place& place);
  // The sync that should make this record safe does not succeed. What it was to sync is found in
  // the file by the recovery all the same, for the system's cache still has it, or is lost.
  void fail_sync_of(std::uint64_t position, bool unsynced_lost);
  // The log writer flushes within wal_writer_delay, as after an asynchronous commit.
  void flush_later();
  // A flush of all there is begins, behind the one that may be under way.
  void flush_all();
  // Everything so far is safe, at once: the state before the run.
  void flush_at_once() { records_.sync(records_.size()); }
  // The records behind this one never were: the log of another timeline follows it.
  void truncate(std::uint64_t position) { records_.truncate(position); }

  // What a primary that stops had not flushed is lost with its shared memory; what a standby has
  // received lies in files, and goes with the machine only.
  enum class Unflushed : std::uint8_t { dropped, kept };
  void stopped(Unflushed unflushed = Unflushed::dropped);
  // A life of the server begins; the process owns the flushes.
  void restart(sim::Process& process, Unflushed unflushed = Unflushed::dropped);

 private:
  struct Waiter {
    std::uint64_t position = 0;
    sim::FiberReference fiber;
  };
  void begin_flush();
  void end_flush(std::uint64_t target);

  sim::Simulation& simulation_;
  const Settings& settings_;
  FlushListener& listener_;
  sim::DurableLog<LogRecord> records_;
  std::map<sql::SequenceId, SequenceRecord> forgotten_sequences_;
  sim::Process* process_ = nullptr;
  bool flushing_ = false;
  bool flushes_again_ = false;  // something came while it was flushing that is to be flushed, too
  bool writer_scheduled_ = false;
  struct Failing {
    std::uint64_t position = 0;
    bool unsynced_lost = false;
  };
  std::optional<Failing> failing_;  // the first of them: behind it nothing is synced any more
  std::vector<Waiter> waiters_;
};

}  // namespace halfwrite::database
