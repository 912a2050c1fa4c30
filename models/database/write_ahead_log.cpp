#include "models/database/write_ahead_log.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <utility>

namespace halfwrite::database {

namespace {

// About what PostgreSQL writes: the headers of a record and of a tuple (access/xlogrecord.h,
// access/htup_details.h), and the values. Its log ends with segments of 16 MB; this one does not.
constexpr std::uint64_t record_bytes = 60;
constexpr std::uint64_t change_bytes = 60;

std::uint64_t bytes_of(const sql::Row& row) {
  std::uint64_t bytes = 0;
  for (const sql::Value& value : row) {
    if (!value.is_null()) bytes += value.is_text() ? value.characters().size() : 8;
  }
  return bytes;
}

std::uint64_t bytes_of(const LogRecord& record) {
  std::uint64_t bytes = record_bytes;
  if (!record.commit || !record.commit->changes) return bytes;
  for (const RowChange& change : *record.commit->changes) {
    bytes += change_bytes + bytes_of(change.row);
  }
  return bytes;
}

}  // namespace

WriteAheadLog::WriteAheadLog(sim::Simulation& simulation, sim::Disk& disk, const Settings& settings,
                             FlushListener& listener)
    : simulation_(simulation), settings_(settings), listener_(listener), records_(disk) {}

std::uint64_t WriteAheadLog::append(LogRecord record) {
  if (settings_.max_slot_wal_keep_bytes) {
    const std::uint64_t begins = end() == 0 ? 0 : this->record(end()).ends_at_byte;
    record.ends_at_byte = begins + bytes_of(record);
  }
  return records_.append(std::move(record));
}

std::uint64_t WriteAheadLog::bytes_behind(std::uint64_t position) const {
  if (position >= end()) return 0;
  const LogRecord& first = record(position + 1);
  return record(end()).ends_at_byte - (first.ends_at_byte - bytes_of(first));
}

void WriteAheadLog::forget_through(std::uint64_t position) {
  if (flushed() == 0) return;
  position = std::min(position, flushed() - 1);  // recovery reads the last one
  for (std::uint64_t at = forgotten() + 1; at <= position; ++at) {
    const LogRecord& known = record(at);
    if (known.sequence) forgotten_sequences_[known.sequence->sequence] = *known.sequence;
  }
  records_.forget(position);
}

void WriteAheadLog::flush_through(std::uint64_t position, const sim::Place& place) {
  if (flushed() >= position) return;
  waiters_.push_back({position, simulation_.current_fiber()});
  begin_flush();
  while (flushed() < position) simulation_.suspend(place);
}

void WriteAheadLog::fail_sync_of(std::uint64_t position, bool unsynced_lost) {
  HALFWRITE_ASSERT(position > flushed(), "the sync of a record is to fail that is synced");
  if (!failing_ || position < failing_->position) failing_ = Failing{position, unsynced_lost};
}

void WriteAheadLog::flush_later() {
  if (writer_scheduled_ || flushed() == end()) return;
  writer_scheduled_ = true;
  const std::int64_t delay = process_->node().truly(settings_.wal_writer_delay).in_nanoseconds();
  const std::int64_t since_tick =
      delay == 0 ? 0 : simulation_.now().since_start().in_nanoseconds() % delay;
  process_->after(sim::Duration::nanoseconds(delay - since_tick), sim::Activity::work, [this] {
    writer_scheduled_ = false;
    flush_all();
  });
}

void WriteAheadLog::flush_all() {
  flushes_again_ = flushing_;
  begin_flush();
}

void WriteAheadLog::begin_flush() {
  if (flushing_ || flushed() == end()) return;
  flushing_ = true;
  const std::uint64_t target = end();
  const sim::Key key = simulation_.draws().key().with(settings_.name).with("sync").with(target);
  process_->after(sim::Draws::between(key, settings_.sync_time), sim::Activity::work,
                  [this, target] { end_flush(target); });
}

void WriteAheadLog::end_flush(std::uint64_t target) {
  const std::uint64_t from = flushed();
  if (failing_ && failing_->position <= target) {
    if (!failing_->unsynced_lost) records_.sync(target);
    listener_.on_sync_failed(flushed());
    return;
  }
  records_.sync(target);
  flushing_ = false;
  listener_.on_flushed(from, target);
  bool somebody_waits = std::exchange(flushes_again_, false);
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    if (waiter.position > target) {
      somebody_waits = true;
      return false;
    }
    simulation_.wake(waiter.fiber);
    return true;
  });
  if (somebody_waits) begin_flush();
}

void WriteAheadLog::restart(sim::Process& process, Unflushed unflushed) {
  process_ = &process;
  stopped(unflushed);
}

void WriteAheadLog::stopped(Unflushed unflushed) {
  flushing_ = false;
  flushes_again_ = false;
  writer_scheduled_ = false;
  failing_.reset();
  waiters_.clear();
  if (unflushed == Unflushed::dropped) records_.truncate(records_.synced());
  if (end() == 0) forgotten_sequences_.clear();  // the disk is lost
}

}  // namespace halfwrite::database
