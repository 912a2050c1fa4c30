#include "models/database/serialization.hpp"

#include "models/database/errors.hpp"
#include "models/database/transaction.hpp"
#include "sim/assert.hpp"

#include <algorithm>
#include <string>

namespace halfwrite::database {

namespace {

sql::SqlError cannot_serialize(const std::string& reason) {
  return error_of("40001",
                  "could not serialize access due to read/write dependencies among transactions",
                  "Reason code: " + reason, "The transaction might succeed if retried.");
}

// Would reader -> writer complete T1 -> pivot -> T3 of which T3 committed first (predicate.c,
// OnConflict_CheckForSerializationFailure)? A read only T1 is in danger only if T3 committed before
// its snapshot.
bool is_dangerous(const Serializable& reader, const Serializable& writer) {
  if (writer.committed && writer.conflict_out) return true;
  for (const Serializable* third : writer.out) {
    if (third->prepared && (!reader.committed || third->prepared_at <= reader.committed_at) &&
        (!writer.committed || third->prepared_at <= writer.committed_at) &&
        (!reader.read_only || third->prepared_at <= reader.last_before_snapshot)) {
      return true;
    }
  }
  if (!writer.prepared || reader.read_only) return false;
  return std::any_of(reader.in.begin(), reader.in.end(), [&](const Serializable* first) {
    return !first->doomed && (!first->committed || first->committed_at >= writer.prepared_at) &&
           (!first->read_only || first->last_before_snapshot >= writer.prepared_at);
  });
}

}  // namespace

bool BySerializableNumber::operator()(const Serializable* a, const Serializable* b) const {
  return a->number < b->number;
}

void Serialization::begin(Transaction& transaction, std::uint64_t horizon, std::uint64_t xmin) {
  if (transaction.read_only && writable_ == 0) return;
  const std::uint64_t number = next_number_++;
  Serializable& made = all_[number];
  made.number = number;
  made.transaction = &transaction;
  made.horizon = horizon;
  made.xmin = xmin;
  made.declared_read_only = transaction.read_only;
  made.read_only = transaction.read_only;
  made.last_before_snapshot = last_sequence_;
  transaction.serializable = &made;
  if (!made.read_only) {
    ++writable_;
    return;
  }
  for (auto& [other_number, other] : all_) {
    if (other.committed || other.doomed || other.read_only) continue;
    made.possibly_unsafe.insert(&other);
    other.possibly_unsafe.insert(&made);
  }
  if (made.possibly_unsafe.empty()) become_safe(made);
}

Serializable* Serialization::writer_of(const Stamp& stamp) const {
  if (stamp.by != nullptr) return stamp.by->serializable;
  const auto found = by_visible_.find(stamp.visible);
  return found == by_visible_.end() ? nullptr : found->second;
}

Serialization::Failure Serialization::read(Serializable& reader, const Stamp& stamp) {
  if (reader.doomed) {
    return cannot_serialize("Canceled on identification as a pivot, during conflict out checking.");
  }
  Serializable* writer = stamp.is_set() ? writer_of(stamp) : nullptr;
  if (writer == nullptr || writer == &reader || writer->doomed) return std::nullopt;
  const bool reader_appears_first =
      reader.read_only && writer->committed && !writer->assumes_conflicts &&
      (!writer->conflict_out || reader.last_before_snapshot < writer->earliest_conflict_out);
  if (reader_appears_first) return std::nullopt;
  const bool concurrent = stamp.by != nullptr || stamp.visible > reader.horizon;
  if (!concurrent || reader.out.contains(writer)) return std::nullopt;
  if (writer->assumes_conflicts) {
    return cannot_serialize("Canceled on conflict out to old pivot.");
  }
  return add_conflict(reader, *writer, reader);
}

template <class Covers>
Serialization::Failure Serialization::write(Serializable& writer, const Covers& covers) {
  if (writer.doomed) {
    return cannot_serialize("Canceled on identification as a pivot, during conflict in checking.");
  }
  writer.wrote = true;
  for (auto& [number, reader] : all_) {
    if (&reader == &writer || reader.doomed) continue;
    if (reader.committed && writer.xmin >= reader.finished_before) continue;
    if (reader.out.contains(&writer) || !covers(reader.locks)) continue;
    if (Failure failure = add_conflict(reader, writer, writer)) return failure;
  }
  return std::nullopt;
}

Serialization::Failure Serialization::write_table(Serializable& writer, sql::TableId table) {
  return write(writer, [&](const PredicateLocks& locks) { return locks.covers_table(table); });
}

Serialization::Failure Serialization::write_version(Serializable& writer, sql::TableId table,
                                                    VersionId version, bool in_savepoint) {
  Failure failure = write(
      writer, [&](const PredicateLocks& locks) { return locks.covers_version(table, version); });
  // The write may yet be rolled back to a savepoint, which would leave the row without any lock.
  if (!failure && !in_savepoint) writer.locks.unlock_version(table, version);
  return failure;
}

Serialization::Failure Serialization::write_key(Serializable& writer, sql::TableId table,
                                                sql::KeyId id, const KeyOfRow& row) {
  return write(writer,
               [&](const PredicateLocks& locks) { return locks.covers_key(table, id, row); });
}

// The writer is ended if it still can be; else the one that acts, which is then the reader.
Serialization::Failure Serialization::add_conflict(Serializable& reader, Serializable& writer,
                                                   const Serializable& acting) {
  if (is_dangerous(reader, writer)) {
    if (&acting == &writer) {
      return cannot_serialize("Canceled on identification as a pivot, during write.");
    }
    if (writer.prepared) {
      return cannot_serialize("Canceled on conflict out to pivot " + std::to_string(writer.xid) +
                              ", during read.");
    }
    writer.doomed = true;
  }
  reader.out.insert(&writer);
  writer.in.insert(&reader);
  return std::nullopt;
}

// Who commits first of a dangerous structure is its T3: the pivot is ended, so that a retry makes
// progress (predicate.c, PreCommit_CheckForSerializationFailure).
Serialization::Failure Serialization::prepare(Serializable& transaction) {
  if (transaction.doomed) {
    return cannot_serialize("Canceled on identification as a pivot, during commit attempt.");
  }
  for (Serializable* pivot : transaction.in) {
    if (pivot->committed || pivot->doomed) continue;
    const bool dangerous =
        std::any_of(pivot->in.begin(), pivot->in.end(), [&](const Serializable* first) {
          return first == &transaction ||
                 (!first->committed && !first->read_only && !first->doomed);
        });
    if (!dangerous) continue;
    if (pivot->prepared) {
      return cannot_serialize("Canceled on commit attempt with conflict in from prepared pivot.");
    }
    pivot->doomed = true;
  }
  transaction.prepared_at = ++last_sequence_;
  transaction.prepared = true;
  transaction.xid = transaction.transaction->xid;
  return std::nullopt;
}

void Serialization::commit(Serializable& transaction, std::uint64_t next_xid) {
  if (transaction.safe) {
    roll_back(transaction);  // released long ago
    return;
  }
  HALFWRITE_ASSERT(transaction.prepared, "a serializable transaction committed without its check");
  transaction.finished_before = next_xid;
  transaction.committed = true;
  transaction.committed_at = ++last_sequence_;
  if (!transaction.wrote) transaction.read_only = true;
  if (transaction.visible != 0) by_visible_.emplace(transaction.visible, &transaction);
  by_commit_.emplace(transaction.committed_at, &transaction);
  if (!transaction.declared_read_only && --writable_ == 0) {
    partly_forgotten_through_ = last_sequence_;
  }
  for (auto other = transaction.out.begin(); other != transaction.out.end();) {
    Serializable& writer = **other;
    ++other;
    if (writer.committed && !transaction.read_only) {
      transaction.earliest_conflict_out =
          std::min(transaction.earliest_conflict_out, writer.prepared_at);
      transaction.conflict_out = true;
    }
    if (writer.committed || writer.last_before_snapshot >= last_sequence_) {
      transaction.out.erase(&writer);
      writer.in.erase(&transaction);
    }
  }
  for (auto other = transaction.in.begin(); other != transaction.in.end();) {
    Serializable& reader = **other;
    ++other;
    if (!reader.committed && !reader.read_only) continue;
    transaction.in.erase(&reader);
    reader.out.erase(&transaction);
  }
  finish(transaction);
  forget_old();
}

void Serialization::roll_back(Serializable& transaction) {
  if (!transaction.declared_read_only && --writable_ == 0) {
    partly_forgotten_through_ = last_sequence_;
  }
  finish(transaction);
  forget(transaction);
  forget_old();
}

// The transaction runs no more.
void Serialization::finish(Serializable& transaction) {
  transaction.transaction->serializable = nullptr;
  transaction.transaction = nullptr;
  if (transaction.declared_read_only) {
    for (Serializable* writer : transaction.possibly_unsafe) {
      writer->possibly_unsafe.erase(&transaction);
    }
    transaction.possibly_unsafe.clear();
  } else {
    judge_read_only(transaction);
  }
}

// A read only snapshot is safe when all who wrote beside it have ended without a conflict out to
// one that had committed before the snapshot.
void Serialization::judge_read_only(Serializable& writer) {
  Serializables watching;
  watching.swap(writer.possibly_unsafe);
  for (Serializable* reader : watching) {
    reader->possibly_unsafe.erase(&writer);
    if (writer.committed && writer.wrote && writer.conflict_out &&
        writer.earliest_conflict_out <= reader->last_before_snapshot) {
      reader->unsafe = true;
      for (Serializable* other : reader->possibly_unsafe) other->possibly_unsafe.erase(reader);
      reader->possibly_unsafe.clear();
    } else if (reader->possibly_unsafe.empty() && !reader->unsafe) {
      become_safe(*reader);
    }
  }
}

void Serialization::become_safe(Serializable& reader) {
  reader.safe = true;
  reader.locks.clear();
  drop_conflicts(reader);
}

Transaction* Serialization::decides_safety(const Serializable& transaction) {
  if (transaction.unsafe || transaction.possibly_unsafe.empty()) return nullptr;
  return (*transaction.possibly_unsafe.begin())->transaction;
}

void Serialization::drop_conflicts(Serializable& transaction) {
  for (Serializable* writer : transaction.out) writer->in.erase(&transaction);
  for (Serializable* reader : transaction.in) reader->out.erase(&transaction);
  transaction.out.clear();
  transaction.in.clear();
}

void Serialization::forget(Serializable& transaction) {
  drop_conflicts(transaction);
  if (transaction.committed) {
    by_visible_.erase(transaction.visible);
    by_commit_.erase(transaction.committed_at);
  }
  all_.erase(transaction.number);
}

// Drops committed ones that ended before every snapshot still in use, and of those beside which
// only read only ones run, what they read (predicate.c, ClearOldPredicateLocks).
void Serialization::forget_old() {
  std::uint64_t oldest = Serializable::kNever;
  for (const auto& [number, other] : all_) {
    if (!other.committed) oldest = std::min(oldest, other.xmin);
  }
  for (auto next = by_commit_.begin(); next != by_commit_.end();) {
    Serializable& old = *next->second;
    ++next;
    const bool partly = old.committed_at <= partly_forgotten_through_;
    if (old.finished_before <= oldest || (partly && old.read_only)) {
      forget(old);
    } else if (partly) {
      old.locks.clear();
      for (Serializable* reader : old.in) reader->out.erase(&old);
      old.in.clear();
    } else {
      break;
    }
  }
}

void Serialization::restart() {
  by_visible_.clear();
  by_commit_.clear();
  writable_ = 0;
  std::erase_if(all_, [](const auto& entry) {
    const Transaction* transaction = entry.second.transaction;
    return transaction == nullptr || transaction->state != TransactionState::prepared;
  });
  for (auto& [number, prepared] : all_) {
    prepared.out.clear();
    prepared.in.clear();
    prepared.possibly_unsafe.clear();
    prepared.assumes_conflicts = true;
    prepared.prepared_at = last_sequence_;
    prepared.last_before_snapshot = last_sequence_;
    if (!prepared.declared_read_only) ++writable_;
  }
}

}  // namespace halfwrite::database
