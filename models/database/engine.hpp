// The engine of one database server: its parts (rows, locks, transactions, sequences, log, slots),
// the commit pipeline, rollback and crash recovery, and the life of its process, as a primary or as
// a standby of its cluster. It records the true fate of every transaction, once: of a primary whose
// timeline does not count any more nothing survives. Statements are applied by StatementExecution,
// sessions are served by Backend.
#pragma once

#include "models/database/advisory_locks.hpp"
#include "models/database/log_shipping.hpp"
#include "models/database/notifications.hpp"
#include "models/database/replication_slot.hpp"
#include "models/database/row_lock.hpp"
#include "models/database/row_store.hpp"
#include "models/database/sequences.hpp"
#include "models/database/serialization.hpp"
#include "models/database/server.hpp"
#include "models/database/settings.hpp"
#include "models/database/standby.hpp"
#include "models/database/transaction.hpp"
#include "models/database/two_phase.hpp"
#include "models/database/write_ahead_log.hpp"
#include "models/history/recorder.hpp"
#include "sim/network.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::database {

class Cluster;

// The server's own places: the steps of a commit, which faults and orders can name, and the rest.
struct ServerPlaces {
  sim::Name request;    // waits for the client
  sim::Name statement;  // executes
  sim::Name row;        // between two rows of one statement
  sim::Name logged;
  sim::Name flush;
  sim::Name flushed;
  sim::Name replicate;  // waits for a standby
  sim::Name replicated;
  sim::Name visible;
  sim::Name answered;
};

class Engine final : public FlushListener, public sql::DeepStack {
 public:
  // `settings` are those of this member: its name is the node's.
  Engine(sim::Simulation& simulation, history::Recorder& recorder, Cluster& cluster,
         const Settings& settings, sql::Evaluator& evaluator);
  ~Engine() override;

  sim::Simulation& simulation() { return simulation_; }
  history::Recorder& recorder() { return recorder_; }
  const Settings& settings() const { return settings_; }
  const sql::Catalog& catalog() const { return catalog_; }
  sql::Evaluator& evaluator() { return evaluator_; }
  sim::Name name() const { return name_; }  // of the database, in facts
  sim::Node& node() { return node_; }
  const Cluster& cluster() const { return cluster_; }
  Cluster& cluster() { return cluster_; }
  Standby& standby() { return standby_; }
  LogShipping& shipping() { return shipping_; }
  RowStore& store() { return store_; }
  RowLocks& locks() { return locks_; }
  AdvisoryLocks& advisory_locks() { return advisory_locks_; }
  Notifications& notifications() { return notifications_; }
  Transactions& transactions() { return transactions_; }
  Serialization& serialization() { return serialization_; }
  Sequences& sequences() { return sequences_; }
  WriteAheadLog& log() { return log_; }
  const WriteAheadLog& log() const { return log_; }
  ReplicationSlots& slots() { return slots_; }
  const ReplicationSlots& slots() const { return slots_; }
  const SnapshotView& committed_view() const { return committed_view_; }
  const ServerPlaces& places() const { return places_; }
  std::uint64_t version_of(sql::TableId table) const { return store_.table(table).content_version; }
  void listen(CommitListener& listener) { listeners_.push_back(&listener); }

  // The worker's own stack: SQLite needs more than a fiber has. The work must not wait.
  void run(const std::function<void()>& work) override;
  // now() of this node: microseconds since 1970; runs start at 2026-01-01 00:00 UTC.
  std::int64_t clock_microseconds() const;

  Transaction& begin(history::TransactionToken token, sim::Name client, Isolation isolation,
                     SynchronousCommit level);
  // What a statement of this transaction sees that begins now.
  Snapshot snapshot_for(Transaction& transaction);
  // A read only deferrable transaction at serializable takes its snapshot when that is safe:
  // nothing that runs beside it can make it see what no order of transactions would show. Waits.
  // 57014.
  sql::Expected<sql::Done> take_safe_snapshot(Transaction& transaction, const WaitLimits& limits);
  // 40001 when committing would complete what no order of transactions explains; the caller then
  // aborts. To be asked before commit().
  Serialization::Failure check_commit(Transaction& transaction);
  // Undoes everything and forgets the transaction.
  void abort(Transaction& transaction, std::string reason);
  // Undoes what came after the savepoint at this place in the list; it stays.
  void roll_back_to(Transaction& transaction, std::size_t savepoint);
  // The pipeline: logged, flushed, replicated, visible; waits. Forgets the transaction. A
  // transaction that neither wrote nor locked leaves no commit record.
  struct Committed {
    bool logged = false;
    ReplicationWait wait = ReplicationWait::reached;
  };
  // Asked when a record waits to be synced: whether that fails, and what was written is then lost.
  using SyncFailure = std::function<std::optional<bool>()>;
  Committed commit(Transaction& transaction, const Interruption& interruption,
                   const SyncFailure& sync_failure);
  // PREPARE TRANSACTION: logged and flushed; waits. The transaction leaves its session and keeps
  // its writes and locks, at serializable also what it has read. 40001, 22023, 42710, 53200, 0A000:
  // then it is still the session's, to be rolled back.
  sql::Expected<sql::Done> prepare(Transaction& transaction, const std::string& gid,
                                   const SyncFailure& sync_failure);
  // COMMIT PREPARED, ROLLBACK PREPARED: logged, flushed, then as any commit or rollback; waits.
  // 42704, 55000 while another session does it. Which transaction it was.
  sql::Expected<history::TransactionToken> finish_prepared(const std::string& gid, bool commits,
                                                           const SyncFailure& sync_failure);
  // Before the run: visible at once, at position 0, without facts.
  void commit_before_start(Transaction& transaction);

  // One change of a row whose lock the caller holds. Index entries are added key by key by the
  // caller, between unique checks.
  RowChain& insert(Transaction& transaction, sql::TableId table, sql::Row row);
  void update(Transaction& transaction, RowChain& chain, sql::Row row);
  void remove(Transaction& transaction, RowChain& chain);

  // --- As one of a cluster (replay.cpp)

  bool in_recovery() const { return in_recovery_; }
  // Another leads the timeline that counts, and this one does not know it.
  bool has_given_way() const { return gave_way_at_.has_value(); }
  bool leads() const { return !in_recovery_ && !gave_way_at_; }
  bool comes_back() const { return comes_back_; }
  std::uint64_t timeline() const { return timeline_; }
  Engine* peer(std::string_view node) const;
  const Engine* awaited_standby() const;
  protocol::Progress progress() const { return {log_.end(), log_.flushed(), applied_}; }
  // A stretch of the log has arrived: it is written, and its flush begins.
  void write(protocol::LogRecords& records);
  void replay_later(std::uint64_t position, sim::DurationRange time);
  bool must_rewind() const;
  // Its log is a part of the primary's: what follows is the primary's timeline.
  void join_timeline();
  // From now on the primary: all that has arrived is replayed.
  void take_over();
  void tell_recovered();
  // Another took over with the log up to this position: what lies behind it here is lost.
  void give_way(std::uint64_t position, bool fenced);
  void wake_flush_watchers();

  std::uint64_t append_sequence(const SequenceRecord& record);
  // Behind what is logged by now. 55000 on a standby, 42710.
  sql::Expected<sql::Done> create_slot(const std::string& name);
  // 42704, 55006 while a consumer reads it.
  sql::Expected<sql::Done> drop_slot(const std::string& name);
  void confirm(ReplicationSlot& slot, std::uint64_t position);
  void checkpoint();
  // Woken whenever the flushed end of the log moves on.
  void watch_flushes(sim::FiberReference fiber) { flush_watchers_.push_back(fiber); }
  void stop_watching(sim::FiberReference fiber);

  // Runs settings.data, before the run.
  std::optional<Server::DataError> load_data();

  std::uint32_t sessions = 0;  // connected now, replication apart

 private:
  struct Unflushed {
    history::TransactionToken token;
    std::uint64_t position = 0;
    SynchronousCommit level = SynchronousCommit::on;
    std::shared_ptr<const history::CommitLogged> of_prepared;  // recorded with the flush
  };
  // A commit on the disk, which can be lost with it or by a promotion.
  struct OnDisk {
    history::TransactionToken token;
    std::uint64_t position = 0;
    SynchronousCommit level = SynchronousCommit::on;
    bool lost = false;
  };
  // Hears that the server will never start again.
  class Estate final : public sim::DiskFile {
   public:
    explicit Estate(Engine& engine) : engine_(engine) {}
    void machine_crashed() override {}
    void lost() override {}
    void abandoned() override;

   private:
    Engine& engine_;
  };
  void live(sim::Process& process);
  void recover(sim::Process& process);
  WriteAheadLog::Unflushed unflushed_at_crash() const;
  // Is it on the timeline that counts (so far)?
  bool counts(std::uint64_t position) const { return !gave_way_at_ || position <= *gave_way_at_; }
  bool may_be_lost_by_promotion(SynchronousCommit level) const;
  void lose_disk();
  void rewind();
  LogRecord new_record() const;
  std::shared_ptr<const std::vector<RowImage>> images_of(const Transaction& transaction) const;
  std::shared_ptr<const PreparedImage> prepared_image_of(const Transaction& transaction) const;
  void apply(Transaction& transaction, const std::vector<RowImage>& images);
  void replay_through(std::uint64_t position);
  void replay(const LogRecord& record, std::uint64_t position);
  void replay_commit(const CommitRecord& commit, std::uint64_t position);
  void replay_prepare(const TwoPhaseRecord& record, std::uint64_t position);
  void replay_rollback(const TwoPhaseRecord& record);
  void forget_prepared(Transaction& transaction);
  bool ended_by(const std::string& gid, std::uint64_t behind, std::uint64_t position) const;
  void trim();
  // What a crash made of each transaction that had not ended: said at the next start, or at once if
  // there will be none.
  void settle_fates();
  bool lost_its_disk() const { return log_.end() < highest_flushed_; }
  void on_flushed(std::uint64_t from, std::uint64_t to) override;
  void on_sync_failed(std::uint64_t surviving) override;
  void note_flushed(std::uint64_t position);
  std::uint64_t append_commit(Transaction& transaction);
  history::CommitLogged commit_fact(const Transaction& transaction) const;
  sql::Expected<sql::Done> may_prepare(const Transaction& transaction,
                                       const std::string& gid) const;
  std::uint64_t append_two_phase(const Transaction& transaction, bool prepares);
  void await_flush(std::uint64_t position, const SyncFailure& sync_failure);
  void meet_sync_failure(std::uint64_t position, const SyncFailure& sync_failure);
  void remain_in_doubt(PreparedTransaction& prepared);
  void settle_prepared(Transaction& transaction, std::uint64_t surviving, bool disk_lost);
  std::uint64_t count_changed_rows(const Transaction& transaction) const;
  void make_visible(Transaction& transaction);
  // Nobody who commits looks through it any more, and its conflicts count as committed.
  void end_snapshot(Transaction& transaction);
  void release_snapshot(Transaction& transaction);
  std::vector<sql::TableId> settle(Transaction& transaction);
  void undo(Transaction& transaction, std::size_t keep);
  void note_change(Transaction& transaction, Write::Kind kind, sql::TableId table,
                   const sql::Row& row);
  void schedule_checkpoint();
  bool is_too_far_behind(std::uint64_t confirmed) const;
  bool has_slot_too_far_behind() const;

  sim::Simulation& simulation_;
  history::Recorder& recorder_;
  Cluster& cluster_;
  const Settings& settings_;
  const sql::Catalog& catalog_;
  sql::Evaluator& evaluator_;
  sim::Name name_;
  ServerPlaces places_;
  Standby standby_{*this};
  LogShipping shipping_{*this};
  sim::Node& node_;
  RowStore store_;
  Transactions transactions_;
  LockWaits lock_waits_;
  RowLocks locks_;
  Serialization serialization_;
  AdvisoryLocks advisory_locks_;
  Notifications notifications_;
  Sequences sequences_;
  WriteAheadLog log_;
  Estate estate_{*this};
  ReplicationSlots slots_;
  SnapshotView committed_view_;
  std::vector<bool> is_bookkeeping_;  // by table
  std::vector<CommitListener*> listeners_;
  std::vector<sim::FiberReference> flush_watchers_;
  std::vector<RowChain*> settled_;  // by one transaction; kept for its capacity
  PreparedTransactions prepared_;
  std::vector<Unflushed> unflushed_;  // in order of position
  std::vector<OnDisk> on_disk_;       // in order of position
  std::uint64_t highest_flushed_ = 0;
  std::uint64_t first_xid_ = 0;
  bool in_recovery_ = false;
  bool comes_back_ = true;
  std::uint64_t timeline_ = 0;                // how many promotions its log has seen
  std::optional<std::uint64_t> gave_way_at_;  // the last position that counts
  const Engine* awaited_before_ = nullptr;    // whom commits waited for when it gave way
  std::uint64_t applied_ = 0;                 // what reads see of the log
  bool has_run_ = false;
  bool checkpoint_scheduled_ = false;
};

}  // namespace halfwrite::database
