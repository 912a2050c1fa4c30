// An engine as one of a cluster: what it logs for its standbys, how a standby replays that, and how
// it takes over, gives way and comes back.
#include "models/database/cluster.hpp"
#include "models/database/engine.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

LogRecord Engine::new_record() const {
  LogRecord record;
  record.next_xid = transactions_.next_xid();
  if (cluster_.has_standbys()) record.running = transactions_.running_xids();
  return record;
}

// What each row is that the transaction touched, and nothing of how it became so.
std::shared_ptr<const std::vector<RowImage>> Engine::images_of(
    const Transaction& transaction) const {
  if (!cluster_.has_standbys()) return nullptr;
  std::vector<const RowChain*> chains;
  for (const Write& write : transaction.writes) chains.push_back(write.chain);
  std::sort(chains.begin(), chains.end(), [](const RowChain* a, const RowChain* b) {
    return a->table != b->table ? a->table < b->table : a->id < b->id;
  });
  chains.erase(std::unique(chains.begin(), chains.end()), chains.end());
  auto images = std::make_shared<std::vector<RowImage>>();
  for (const RowChain* chain : chains) {
    const Version& last = chain->versions.back();
    const bool removed = last.ended.by == &transaction;
    const bool was_there = chain->versions.front().made.by != &transaction;
    if (removed && !was_there) continue;
    RowImage image{chain->table, chain->id, std::nullopt};
    if (!removed) image.values = last.values;
    images->push_back(std::move(image));
  }
  return images;
}

std::shared_ptr<const PreparedImage> Engine::prepared_image_of(
    const Transaction& transaction) const {
  if (!cluster_.has_standbys()) return nullptr;
  auto image = std::make_shared<PreparedImage>();
  image->token = transaction.token;
  image->xid = transaction.xid;
  image->client = transaction.client;
  image->scope = transaction.scope;
  image->isolation = transaction.isolation;
  image->images = *images_of(transaction);
  image->changes = transaction.changes;
  for (const HeldLock& lock : transaction.locks) {
    for (const LockHolder& holder : lock.chain->holders) {
      if (holder.transaction != &transaction) continue;
      image->locks.push_back({lock.chain->table, lock.chain->id, holder.strength});
    }
  }
  return image;
}

void Engine::write(protocol::LogRecords& records) {
  for (LogRecord& record : records.records) log_.append(std::move(record));
  slots_.synchronize(records.slots, log_.flushed());
  log_.flush_all();
}

void Engine::replay_later(std::uint64_t position, sim::DurationRange time) {
  if (position <= applied_) return;
  const sim::Key key = simulation_.draws().key().with(settings_.name).with("replay").with(position);
  node_.process()->after(sim::Draws::between(key, time), sim::Activity::work, [this, position] {
    if (!in_recovery_ || position <= applied_) return;
    replay_through(position);
    simulation_.quiescence().durable_change();
    standby_.replayed();
    trim();
  });
}

void Engine::replay_through(std::uint64_t position) {
  while (applied_ < position) {
    const LogRecord& record = log_.record(applied_ + 1);
    replay(record, applied_ + 1);
    transactions_.follow(record.next_xid, record.running);
    ++applied_;
  }
}

void Engine::replay(const LogRecord& record, std::uint64_t position) {
  if (record.commit) replay_commit(*record.commit, position);
  if (!record.two_phase) return;
  if (record.two_phase->prepares) {
    replay_prepare(*record.two_phase, position);
  } else {
    replay_rollback(*record.two_phase);
  }
}

void Engine::apply(Transaction& transaction, const std::vector<RowImage>& images) {
  const Stamp now{0, 0, &transaction, 0};
  for (const RowImage& image : images) {
    TableStore& table = store_.table(image.table);
    RowChain* chain = table.find(image.row);
    HALFWRITE_ASSERT(chain != nullptr || image.values, "a row that is not there was removed");
    const bool was_there = chain != nullptr && !chain->versions.empty();
    if (chain == nullptr) chain = &table.add_row(image.row);
    if (was_there) chain->versions.back().ended = now;
    if (!image.values) {
      transaction.writes.push_back({Write::Kind::remove, chain});
      continue;
    }
    Version version;
    version.values = *image.values;
    version.made = now;
    chain->versions.push_back(std::move(version));
    for (sql::KeyId key = 0; key < table.table().keys.size(); ++key) table.add_entry(key, *chain);
    transaction.writes.push_back({was_there ? Write::Kind::update : Write::Kind::insert, chain});
  }
}

void Engine::replay_commit(const CommitRecord& commit, std::uint64_t position) {
  Transaction* transaction = nullptr;
  if (commit.gid) {
    const auto prepared = prepared_.find(*commit.gid);
    HALFWRITE_ASSERT(prepared != prepared_.end(),
                     "the log commits a prepared transaction that it has not prepared");
    transaction = prepared->second.transaction;
    prepared_.erase(prepared);
  } else {
    transaction = &transactions_.begin();
    transaction->token = commit.token;
    if (commit.images) apply(*transaction, *commit.images);
  }
  transaction->position = position;
  transaction->state = TransactionState::committed;
  settle(*transaction);
  transactions_.complete_xid(*transaction);
  locks_.release(*transaction);
  if (transaction->advisory != nullptr) advisory_locks_.end(*transaction);
  transactions_.forget(*transaction);
  on_disk_.push_back({commit.token, position, commit.level, false});
}

void Engine::replay_prepare(const TwoPhaseRecord& record, std::uint64_t position) {
  const PreparedImage& image = *record.image;
  Transaction& transaction = transactions_.begin();
  transaction.token = image.token;
  transaction.client = image.client;
  transaction.scope = image.scope;
  transaction.isolation = image.isolation;
  transaction.gid = record.gid;
  transaction.wrote_log = true;
  transaction.changes = image.changes;
  transactions_.adopt_xid(transaction, image.xid);
  apply(transaction, image.images);
  for (const PreparedImage::Lock& lock : image.locks) {
    if (RowChain* chain = store_.table(lock.table).find(lock.row)) {
      locks_.adopt(transaction, *chain, lock.strength);
    }
  }
  PreparedTransaction& prepared = prepared_[record.gid];
  prepared.transaction = &transaction;
  prepared.prepared_at = position;
  remain_in_doubt(prepared);
}

void Engine::replay_rollback(const TwoPhaseRecord& record) {
  const auto prepared = prepared_.find(record.gid);
  HALFWRITE_ASSERT(prepared != prepared_.end(),
                   "the log rolls a prepared transaction back that it has not prepared");
  forget_prepared(*prepared->second.transaction);
  prepared_.erase(prepared);
}

void Engine::forget_prepared(Transaction& transaction) {
  undo(transaction, 0);
  transactions_.complete_xid(transaction);
  transaction.state = TransactionState::aborted;
  locks_.release(transaction);
  if (transaction.advisory != nullptr) advisory_locks_.end(transaction);
  transactions_.forget(transaction);
}

Engine* Engine::peer(std::string_view node) const {
  for (const auto& member : cluster_.members()) {
    if (member->settings().name == node) return member.get();
  }
  return nullptr;
}

// An old primary that nobody has told of the promotion goes on waiting for whom it always waited.
const Engine* Engine::awaited_standby() const {
  return gave_way_at_ ? awaited_before_ : cluster_.awaited_standby();
}

bool Engine::may_be_lost_by_promotion(SynchronousCommit level) const {
  return !settings_.synchronous_replication || level <= SynchronousCommit::remote_write;
}

void Engine::take_over() {
  // The last thing a walreceiver does is to flush what it has written (walreceiver.c, WalRcvDie).
  log_.flush_at_once();
  highest_flushed_ = log_.end();
  replay_through(log_.end());
  in_recovery_ = false;
  timeline_ = cluster_.promotions();
  transactions_.take_over();
  sequences_.restart(log_);
  for (auto& [gid, prepared] : prepared_) remain_in_doubt(prepared);
}

void Engine::give_way(std::uint64_t position, bool fenced) {
  awaited_before_ = cluster_.awaited_standby();
  gave_way_at_ = position;
  for (const OnDisk& commit : on_disk_) {
    const bool is_there = commit.position <= position;
    if (is_there && commit.lost) {
      recorder_.record(history::CommitVisible{name_, commit.token});
    } else if (!is_there && !commit.lost) {
      recorder_.record(
          history::CommitLost{name_, commit.token, may_be_lost_by_promotion(commit.level)});
    }
  }
  for (const Unflushed& commit : unflushed_) {
    if (commit.of_prepared) continue;
    recorder_.record(
        history::CommitLost{name_, commit.token, may_be_lost_by_promotion(commit.level)});
  }
  // Logged and replicated, but not yet visible here: it is, where it counts.
  for (const Transaction* transaction : transactions_.running()) {
    const bool logged = transaction->state == TransactionState::committing;
    if (logged && transaction->position <= position) {
      recorder_.record(history::CommitVisible{name_, transaction->token});
    }
  }
  for (auto& [gid, prepared] : prepared_) prepared.in_doubt.close();
  shipping_.give_way();
  in_recovery_ = fenced;
  if (!fenced) comes_back_ = false;
}

bool Engine::must_rewind() const {
  return log_.end() > cluster_.shared_with(timeline_);
}

void Engine::join_timeline() {
  timeline_ = cluster_.promotions();
}

// As pg_rewind does: back to where the timelines part, from there it follows the new primary.
void Engine::rewind() {
  const std::uint64_t shared = cluster_.shared_with(timeline_);
  if (gave_way_at_) {
    applied_ = log_.end();
    slots_.synchronize({}, 0);
  }
  std::vector<std::uint64_t> prepared_before;  // and ended on the timeline that is given up
  if (log_.end() > shared) {
    for (auto prepared = prepared_.begin(); prepared != prepared_.end();) {
      const bool is_new = prepared->second.prepared_at > shared;
      if (is_new) forget_prepared(*prepared->second.transaction);
      prepared = is_new ? prepared_.erase(prepared) : std::next(prepared);
    }
    for (std::uint64_t at = log_.forgotten() + 1; at <= shared; ++at) {
      const std::optional<TwoPhaseRecord>& record = log_.record(at).two_phase;
      if (record && record->prepares && !ended_by(record->gid, at, shared) &&
          !prepared_.contains(record->gid)) {
        prepared_before.push_back(at);
      }
    }
    store_.truncate(shared);
    log_.truncate(shared);
    transactions_.restart(shared == 0 ? first_xid_
                                      : std::max(first_xid_, log_.record(shared).next_xid));
    std::erase_if(on_disk_, [shared](const OnDisk& commit) { return commit.position > shared; });
    highest_flushed_ = std::min(highest_flushed_, shared);
    applied_ = std::min(applied_, shared);
  }
  for (OnDisk& commit : on_disk_) commit.lost = false;
  gave_way_at_.reset();
  timeline_ = cluster_.promotions();
  for (const std::uint64_t at : prepared_before) replay_prepare(*log_.record(at).two_phase, at);
}

bool Engine::ended_by(const std::string& gid, std::uint64_t behind, std::uint64_t position) const {
  for (std::uint64_t at = behind + 1; at <= position; ++at) {
    const LogRecord& record = log_.record(at);
    if (record.commit && record.commit->gid == gid) return true;
    if (record.two_phase && !record.two_phase->prepares && record.two_phase->gid == gid)
      return true;
  }
  return false;
}

}  // namespace halfwrite::database
