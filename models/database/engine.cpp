#include "models/database/engine.hpp"

#include "models/database/backend.hpp"
#include "models/database/cluster.hpp"
#include "models/database/errors.hpp"
#include "models/database/replication_sender.hpp"
#include "sim/assert.hpp"
#include "sim/quiescence.hpp"

#include <algorithm>

namespace halfwrite::database {

namespace {

constexpr std::int64_t kEpochMicroseconds = 1'767'225'600'000'000;  // 2026-01-01 00:00 UTC

// Reading the control file, replaying the tail of the log, opening the listener: what a small
// PostgreSQL needs after kill -9.
constexpr sim::DurationRange kRecoveryTime{sim::Duration::milliseconds(20),
                                           sim::Duration::milliseconds(100)};

// After a PANIC: all backends end, then the recovery begins (postmaster.c, PostmasterStateMachine).
constexpr sim::Duration kPanicTime = sim::Duration::milliseconds(100);

sim::NodeOptions node_options(const Settings& settings, sim::Promotable& promotable,
                              std::function<void(sim::Process&)> main) {
  sim::NodeOptions options;
  options.name = settings.name;
  options.group = settings.name;
  options.clock = settings.clock;
  options.main = std::move(main);
  options.promotable = &promotable;
  return options;
}

}  // namespace

Engine::Engine(sim::Simulation& simulation, history::Recorder& recorder, Cluster& cluster,
               const Settings& settings, sql::Evaluator& evaluator)
    : simulation_(simulation),
      recorder_(recorder),
      cluster_(cluster),
      settings_(settings),
      catalog_(*settings.catalog),
      evaluator_(evaluator),
      name_(cluster.name()),
      node_(simulation.add_node(
          node_options(settings, standby_, [this](sim::Process& process) { live(process); }))),
      store_(catalog_),
      lock_waits_(simulation, store_, settings.name),
      locks_(simulation, store_, lock_waits_),
      advisory_locks_(simulation, lock_waits_),
      notifications_(simulation),
      sequences_(catalog_),
      log_(simulation, node_.disk(), settings, *this),
      committed_view_(store_),
      in_recovery_(settings.name != cluster.settings().name) {
  node_.disk().attach(estate_);
  sim::Names& names = simulation.names();
  places_.request = names.of("request");
  places_.statement = names.of("statement");
  places_.row = names.of("row");
  places_.logged = names.of("commit/logged");
  places_.flush = names.of("commit/flush");
  places_.flushed = names.of("commit/flushed");
  places_.replicate = names.of("commit/replicate");
  places_.replicated = names.of("commit/replicated");
  places_.visible = names.of("commit/visible");
  places_.answered = names.of("commit/answered");
  for (const sql::Table& table : catalog_.tables()) {
    is_bookkeeping_.push_back(std::find(settings.bookkeeping_tables.begin(),
                                        settings.bookkeeping_tables.end(),
                                        table.name) != settings.bookkeeping_tables.end());
  }
}

Engine::~Engine() = default;

std::int64_t Engine::clock_microseconds() const {
  return kEpochMicroseconds + node_.clock().since_start().in_nanoseconds() / 1000;
}

std::optional<Server::DataError> Engine::load_data() {
  std::optional<Server::DataError> error = run_before_start(*this, settings_.data);
  log_.flush_at_once();
  sequences_.keep_as_start();
  first_xid_ = transactions_.next_xid();
  highest_flushed_ = log_.flushed();
  applied_ = log_.end();
  return error;
}

void Engine::run(const std::function<void()>& work) {
  if (simulation_.on_fiber()) {
    simulation_.on_main_stack(work);
  } else {
    work();
  }
}

void Engine::live(sim::Process& process) {
  sessions = 0;
  flush_watchers_.clear();
  shipping_.restart();
  standby_.restart();
  checkpoint_scheduled_ = false;
  if (has_run_) {
    recover(process);
    if (lost_its_disk()) return;  // without its disk a server does not come back
  } else {
    has_run_ = true;
    log_.restart(process);
  }
  simulation_.network().listen(process, name_, [this](sim::Connection connection) {
    serve_connection(*this, std::move(connection));
  });
  if (in_recovery_) standby_.follow(process);
}

WriteAheadLog::Unflushed Engine::unflushed_at_crash() const {
  // Of an old primary that comes back as a standby, what it had not flushed is gone all the same.
  const bool receives = in_recovery_ && !gave_way_at_;
  return receives ? WriteAheadLog::Unflushed::kept : WriteAheadLog::Unflushed::dropped;
}

void Engine::recover(sim::Process& process) {
  log_.restart(process, unflushed_at_crash());
  settle_fates();
  if (lost_its_disk()) {
    cluster_.note_lag();
    return;
  }
  if (in_recovery_) rewind();
  if (cluster_.has_standbys()) cluster_.note_lag();
  sim::Scope scope = simulation_.scope();
  scope.identity = {name_,
                    static_cast<std::uint64_t>(simulation_.now().since_start().in_nanoseconds())};
  const sim::ScopeGuard guard(simulation_, scope);
  const sim::Key key =
      simulation_.draws().key().with(settings_.name).with("recovery").with(simulation_.now());
  simulation_.sleep(sim::Draws::between(key, kRecoveryTime),
                    sim::Place{simulation_.names().of("recovery")});
}

void Engine::Estate::abandoned() {
  engine_.comes_back_ = false;
  engine_.log_.stopped(engine_.unflushed_at_crash());
  engine_.settle_fates();
  engine_.cluster_.note_lag();
  // Nobody will ever decide those that are in doubt, and nothing waits for it.
  for (auto& [gid, prepared] : engine_.prepared_) prepared.in_doubt.close();
}

void Engine::lose_disk() {
  comes_back_ = false;
  for (OnDisk& commit : on_disk_) {
    if (in_recovery_ || gave_way_at_ || std::exchange(commit.lost, true)) continue;
    recorder_.record(history::CommitLost{name_, commit.token, false});
  }
}

void Engine::settle_fates() {
  const std::uint64_t surviving = log_.flushed();
  const bool disk_lost = lost_its_disk();
  if (disk_lost) lose_disk();
  bool changed = disk_lost || !unflushed_.empty();
  // What was flushed but not yet visible is committed although its client may have seen an error.
  for (Transaction* transaction : transactions_.running()) {
    if (transaction->gid) {
      settle_prepared(*transaction, surviving, disk_lost);
      changed = true;
    } else if (transaction->state == TransactionState::committing) {
      if (transaction->position <= surviving) {
        changed = true;
        settle(*transaction);
        if (!gave_way_at_) {
          recorder_.record(history::CommitVisible{name_, transaction->token});
        }
      }
    } else {
      recorder_.record(
          history::TransactionAborted{name_, transaction->token, "the server crashed"});
    }
  }
  for (const Unflushed& commit : unflushed_) {
    if (commit.of_prepared || gave_way_at_) continue;
    recorder_.record(
        history::CommitLost{name_, commit.token, commit.level == SynchronousCommit::off});
  }
  unflushed_.clear();
  if (disk_lost) {
    store_.clear();
  } else {
    store_.truncate(surviving);
  }
  serialization_.restart();
  advisory_locks_.restart();
  notifications_.restart();
  transactions_.restart(surviving == 0 ? first_xid_
                                       : std::max(first_xid_, log_.record(surviving).next_xid));
  sequences_.restart(log_);
  slots_.restart();
  if (changed) simulation_.quiescence().durable_change();
  tell_recovered();
}

void Engine::tell_recovered() {
  if (in_recovery_ || gave_way_at_) return;
  for (CommitListener* listener : listeners_) listener->on_visible(0, {});
}

Transaction& Engine::begin(history::TransactionToken token, sim::Name client, Isolation isolation,
                           SynchronousCommit level) {
  Transaction& transaction = transactions_.begin();
  transaction.token = token;
  transaction.client = client;
  if (simulation_.on_fiber()) transaction.scope = simulation_.scope();
  transaction.isolation = isolation;
  transaction.synchronous_commit = level;
  transaction.started_at = clock_microseconds();
  return transaction;
}

Snapshot Engine::snapshot_for(Transaction& transaction) {
  if (transaction.isolation != Isolation::read_committed && !transaction.horizon) {
    transaction.horizon = transactions_.latest_visible();
    transactions_.hold_horizon(*transaction.horizon);
    if (transaction.isolation == Isolation::serializable) {
      serialization_.begin(transaction, *transaction.horizon,
                           transactions_.snapshot(&transaction).xmin);
    }
  }
  return {transaction.horizon.value_or(transactions_.latest_visible()), &transaction,
          transaction.command};
}

// PostgreSQL, predicate.c, GetSafeSnapshot.
sql::Expected<sql::Done> Engine::take_safe_snapshot(Transaction& transaction,
                                                    const WaitLimits& limits) {
  WaitLimits patience = limits;
  patience.lock_timeout.reset();
  while (true) {
    snapshot_for(transaction);
    while (transaction.serializable != nullptr) {
      Transaction* writer = Serialization::decides_safety(*transaction.serializable);
      if (writer == nullptr) break;
      sql::Expected<sql::Done> waited = locks_.wait_for_end(transaction, *writer, patience);
      if (!waited) return waited.error();
    }
    const bool unsafe = transaction.serializable != nullptr && transaction.serializable->unsafe;
    if (transaction.serializable != nullptr) serialization_.roll_back(*transaction.serializable);
    if (!unsafe) return sql::Done{};
    release_snapshot(transaction);
  }
}

std::uint64_t Engine::append_sequence(const SequenceRecord& record) {
  LogRecord entry = new_record();
  entry.sequence = record;
  return log_.append(std::move(entry));
}

// PostgreSQL ends itself rather than sync again: a second fsync may say yes of what is not on the
// disk (fd.c, data_sync_elevel; since 12). The server starts again by itself.
void Engine::on_sync_failed(std::uint64_t surviving) {
  if (!in_recovery_) note_flushed(surviving);
  simulation_.crash(node_, false, false, kPanicTime);
}

void Engine::on_flushed(std::uint64_t /*from*/, std::uint64_t to) {
  if (in_recovery_) {
    highest_flushed_ = std::max(highest_flushed_, to);
    standby_.flushed(to);
    return;
  }
  note_flushed(to);
  wake_flush_watchers();
  shipping_.ship();
  trim();
  if (has_slot_too_far_behind()) schedule_checkpoint();
}

void Engine::note_flushed(std::uint64_t to) {
  highest_flushed_ = std::max(highest_flushed_, to);
  auto commit = unflushed_.begin();
  for (; commit != unflushed_.end() && commit->position <= to; ++commit) {
    if (!counts(commit->position)) continue;
    if (commit->of_prepared) recorder_.record(history::CommitLogged(*commit->of_prepared));
    recorder_.record(history::CommitFlushed{name_, commit->token});
    on_disk_.push_back({commit->token, commit->position, commit->level, false});
  }
  unflushed_.erase(unflushed_.begin(), commit);
}

void Engine::wake_flush_watchers() {
  for (const sim::FiberReference fiber : flush_watchers_) simulation_.wake(fiber);
}

// Versions and records go that nobody can see, read or come back to.
void Engine::trim() {
  if (gave_way_at_) return;
  if (cluster_.has_standbys()) cluster_.note_lag();
  const std::uint64_t everywhere = cluster_.flushed_by_all();
  store_.prune(transactions_.oldest_horizon(), everywhere);
  if (!cluster_.has_standbys()) {
    log_.forget_through(slots_.oldest_needed());
    return;
  }
  // Who goes back to where timelines part reads the last record before.
  std::uint64_t needed = std::min(slots_.oldest_needed(), everywhere == 0 ? 0 : everywhere - 1);
  if (in_recovery_) needed = std::min(needed, applied_);
  for (const auto& [gid, prepared] : prepared_) needed = std::min(needed, prepared.prepared_at - 1);
  log_.forget_through(needed);
}

void Engine::stop_watching(sim::FiberReference fiber) {
  std::erase_if(flush_watchers_, [&](const sim::FiberReference& other) {
    return other.slot == fiber.slot && other.generation == fiber.generation;
  });
}

sql::Expected<sql::Done> Engine::create_slot(const std::string& name) {
  if (in_recovery_) {
    return error_of("55000", "logical decoding cannot be used while in recovery");
  }
  if (slots_.create(name, log_.end())) return sql::Done{};
  return error_of("42710", "replication slot \"" + name + "\" already exists");
}

sql::Expected<sql::Done> Engine::drop_slot(const std::string& name) {
  const ReplicationSlot* const slot = slots_.find(name);
  if (slot == nullptr) {
    return error_of("42704", "replication slot \"" + name + "\" does not exist");
  }
  if (slot->active) return error_of("55006", "replication slot \"" + name + "\" is active");
  slots_.drop(name);
  trim();
  return sql::Done{};
}

void Engine::confirm(ReplicationSlot& slot, std::uint64_t position) {
  if (position <= slot.confirmed) return;
  slot.confirmed = std::min(position, log_.flushed());
  if (slot.options.failover) shipping_.ship();
  schedule_checkpoint();
}

void Engine::checkpoint() {
  slots_.checkpoint();
  sequences_.checkpoint();
  if (!settings_.max_slot_wal_keep_bytes) return;
  const auto behind = [this](std::uint64_t confirmed) { return is_too_far_behind(confirmed); };
  const auto given_up = slots_.give_up(behind);
  if (given_up.empty()) return;
  for (const auto& [slot, confirmed] : given_up) {
    recorder_.record(
        history::SlotLost{name_, simulation_.names().of(slot), log_.bytes_behind(confirmed)});
  }
  wake_flush_watchers();
  trim();
}

// PostgreSQL, KeepLogSeg: what lies between the slot and the end of the log. Asked only where there
// is a limit.
bool Engine::is_too_far_behind(std::uint64_t confirmed) const {
  return log_.bytes_behind(confirmed) > *settings_.max_slot_wal_keep_bytes;
}

bool Engine::has_slot_too_far_behind() const {
  if (!settings_.max_slot_wal_keep_bytes) return false;
  return slots_.has_one([this](std::uint64_t confirmed) { return is_too_far_behind(confirmed); });
}

// Checkpoints stand at multiples of checkpoint_timeout; one that would save nothing is left out.
void Engine::schedule_checkpoint() {
  if (checkpoint_scheduled_) return;
  if (!slots_.has_unsaved() && !has_slot_too_far_behind()) return;
  checkpoint_scheduled_ = true;
  const std::int64_t period = node_.truly(settings_.checkpoint_timeout).in_nanoseconds();
  if (period <= 0) {
    checkpoint_scheduled_ = false;
    checkpoint();
    return;
  }
  const std::int64_t since = simulation_.now().since_start().in_nanoseconds() % period;
  node_.process()->after(sim::Duration::nanoseconds(period - since), sim::Activity::idle, [this] {
    checkpoint_scheduled_ = false;
    checkpoint();
  });
}

}  // namespace halfwrite::database
