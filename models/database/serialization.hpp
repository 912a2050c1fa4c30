// Serializable isolation (PostgreSQL, predicate.c and README-SSI): who among serializable
// transactions read what a concurrent one wrote without seeing it, and whom a dangerous structure
// of two such conflicts ends. It keeps what ended transactions read and wrote until all that were
// concurrent with them have ended, and is volatile: a crash leaves what prepared ones have read.
// Transactions at lower levels never come here. It never waits, blocks or rolls back: it says
// 40001.
#pragma once

#include "models/database/predicate_locks.hpp"
#include "models/database/row_store.hpp"
#include "models/database/sql/sql_error.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace halfwrite::database {

class Transaction;
struct Serializable;

struct BySerializableNumber {
  bool operator()(const Serializable* a, const Serializable* b) const;
};
using Serializables = std::set<Serializable*, BySerializableNumber>;

// One serializable transaction, from its snapshot on (PostgreSQL: SERIALIZABLEXACT).
struct Serializable {
  static constexpr std::uint64_t kNever = ~0ull;

  std::uint64_t number = 0;            // in order of snapshots
  Transaction* transaction = nullptr;  // while it runs
  std::uint64_t xid = 0;               // as of its commit
  std::uint64_t horizon = 0;           // what became visible up to here it sees
  std::uint64_t xmin = 0;              // of its snapshot
  std::uint64_t finished_before = 0;   // the next transaction id when it committed
  std::uint64_t visible = 0;           // its order of visibility, if it wrote
  bool declared_read_only = false;
  bool read_only = false;  // declared, or committed without having written
  bool wrote = false;
  bool prepared = false;  // passed the check of its commit: cannot be ended any more
  bool committed = false;
  bool doomed = false;             // will be ended at its next step
  bool safe = false;               // read only: nothing that happens can make its snapshot wrong
  bool unsafe = false;             // read only: a dangerous structure may lie in its snapshot
  bool assumes_conflicts = false;  // prepared before a crash, which took the knowledge of them
  bool conflict_out = false;       // committed, with a conflict out to one that committed before it
  // In the order of all prepared and committed ones.
  std::uint64_t last_before_snapshot = 0;
  std::uint64_t prepared_at = kNever;
  std::uint64_t committed_at = kNever;
  std::uint64_t earliest_conflict_out = kNever;
  Serializables out;  // wrote what this one read, unseen
  Serializables in;   // read what this one wrote, unseen
  // Read only: those whose commit may make its snapshot unsafe. Else: the read only ones that watch
  // this one.
  Serializables possibly_unsafe;
  PredicateLocks locks;
};

class Serialization {
 public:
  using Failure = std::optional<sql::SqlError>;

  // At the transaction's snapshot; sets transaction.serializable unless it is read only and nobody
  // who writes runs.
  void begin(Transaction& transaction, std::uint64_t horizon, std::uint64_t xmin);
  // A version was met that `stamp` made invisible or replaced; not set: nobody did.
  Failure read(Serializable& reader, const Stamp& stamp);
  // About to add a row to a table, to replace or remove a version, to add an index entry.
  Failure write_table(Serializable& writer, sql::TableId table);
  Failure write_version(Serializable& writer, sql::TableId table, VersionId version,
                        bool in_savepoint);
  Failure write_key(Serializable& writer, sql::TableId table, sql::KeyId id, const KeyOfRow& row);
  // The check of COMMIT and of PREPARE TRANSACTION, before anything is logged. A failure must be
  // followed by roll_back.
  Failure prepare(Serializable& transaction);
  // It has become visible, or needs not.
  void commit(Serializable& transaction, std::uint64_t next_xid);
  void roll_back(Serializable& transaction);
  // Whose end a read only deferrable transaction must await before its snapshot can be called safe
  // or unsafe; nullptr: nobody's.
  static Transaction* decides_safety(const Serializable& transaction);
  // After a crash: nobody is remembered but who is prepared, with what it has read. Its conflicts
  // are not known any more, so it counts as one with conflicts both in and out (predicate.c,
  // predicatelock_twophase_recover).
  void restart();
  // Transactions remembered, running and ended.
  std::size_t size() const { return all_.size(); }

 private:
  template <class Covers>
  Failure write(Serializable& writer, const Covers& covers);
  Serializable* writer_of(const Stamp& stamp) const;
  Failure add_conflict(Serializable& reader, Serializable& writer, const Serializable& acting);
  void finish(Serializable& transaction);
  void judge_read_only(Serializable& writer);
  void become_safe(Serializable& reader);
  static void drop_conflicts(Serializable& transaction);
  void forget(Serializable& transaction);
  void forget_old();

  std::map<std::uint64_t, Serializable> all_;          // by number
  std::map<std::uint64_t, Serializable*> by_visible_;  // committed writers
  std::map<std::uint64_t, Serializable*> by_commit_;   // all committed ones
  std::uint64_t next_number_ = 1;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t partly_forgotten_through_ = 0;
  std::size_t writable_ = 0;  // running and not declared read only
};

}  // namespace halfwrite::database
