// Advisory locks: numbers that sessions and transactions lock by agreement, with PostgreSQL's rules
// (explicit-locking, advisory locks; lockfuncs.c, lock.c, proc.c). It owns the locks and who holds
// them. It knows no rows and decides nothing about transactions. Everything here is volatile; only
// what prepared transactions hold is kept over a crash.
#pragma once

#include "models/database/lock_wait.hpp"
#include "models/database/transaction.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace halfwrite::database {

bool conflicts(AdvisoryMode a, AdvisoryMode b);

// One bigint or two ints: separate spaces.
struct AdvisoryKey {
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  bool is_pair = false;
  friend auto operator<=>(const AdvisoryKey&, const AdvisoryKey&) = default;
};

std::string to_text(const AdvisoryKey& key);  // "42", "(7, 1)"

enum class AdvisoryScope : std::uint8_t { session, transaction };

struct AdvisoryGrant {
  AdvisoryHolder* holder = nullptr;
  AdvisoryMode mode = AdvisoryMode::shared;
};

struct AdvisoryLock {
  AdvisoryKey key;
  std::vector<AdvisoryGrant> granted;
  std::vector<Waiting*> queue;
};

// A session with the transaction it is in, or a prepared transaction: locks of one holder do not
// exclude each other.
struct AdvisoryHolder {
  struct Hold {
    AdvisoryLock* lock = nullptr;
    AdvisoryMode mode = AdvisoryMode::shared;
    std::uint32_t by_session = 0;  // how often; each asks for an unlock of its own
    std::uint32_t by_transaction = 0;
  };
  sim::Name client;
  Transaction* transaction = nullptr;
  bool is_prepared = false;
  std::vector<Hold> holds;  // in order of taking
};

class AdvisoryLocks {
 public:
  AdvisoryLocks(sim::Simulation& simulation, LockWaits& waits)
      : simulation_(simulation), waits_(waits) {}

  AdvisoryHolder& begin_session(sim::Name client);
  // Gives back what the session holds; its transaction has ended.
  void end_session(AdvisoryHolder& session);
  // The session's locks stand for this transaction too, until it ends.
  static void join(AdvisoryHolder& session, Transaction& transaction);

  // First come first served; who holds the lock and must be waited for by somebody in the queue
  // goes before him. 40P01, 55P03, 57014.
  sql::Expected<sql::Done> lock(Transaction& transaction, AdvisoryKey key, AdvisoryMode mode,
                                AdvisoryScope scope, const WaitLimits& limits);
  // Without waiting, nor passing anybody who waits and conflicts.
  bool try_lock(Transaction& transaction, AdvisoryKey key, AdvisoryMode mode, AdvisoryScope scope);
  // Once less by the session. False when the session itself does not hold it (PostgreSQL warns).
  bool unlock(AdvisoryHolder& session, AdvisoryKey key, AdvisoryMode mode);
  void unlock_all(AdvisoryHolder& session);
  // What the transaction took after the first `keep` locks.
  void release(Transaction& transaction, std::size_t keep);
  void end(Transaction& transaction);

  // A lock that session and transaction both hold cannot be prepared.
  static bool is_shared_with_session(const Transaction& transaction);
  // PREPARE TRANSACTION: what the transaction holds stays held, by itself.
  void leave_session(Transaction& transaction);
  // After a crash: only prepared transactions still hold.
  void restart();

  // Serves who can be served, in order. Also after a queue was given another order.
  static void grant_waiters(sim::Simulation& simulation, AdvisoryLock& lock);

 private:
  // Where in the queue he belongs who asks.
  struct QueuePlace {
    std::size_t index = 0;
    bool closes_cycle = false;  // he waits for whom he blocks: a deadlock right away
    bool is_free = false;       // standing there he need not wait
  };
  AdvisoryLock& lock_of(AdvisoryKey key);
  static bool is_free(const AdvisoryLock& lock, const AdvisoryHolder& holder, AdvisoryMode mode);
  static AdvisoryHolder::Hold* find(AdvisoryHolder& holder, const AdvisoryLock& lock,
                                    AdvisoryMode mode);
  static void count(Transaction& transaction, AdvisoryLock& lock, AdvisoryMode mode,
                    AdvisoryScope scope);
  static bool take_at_once(Transaction& transaction, AdvisoryLock& lock, AdvisoryMode mode,
                           AdvisoryScope scope);
  static QueuePlace place_in_queue(const AdvisoryLock& lock, const AdvisoryHolder& holder,
                                   AdvisoryMode mode);
  void drop_if_unheld(AdvisoryHolder& holder, AdvisoryHolder::Hold& hold);
  void drop_if_unused(AdvisoryLock& lock);

  sim::Simulation& simulation_;
  LockWaits& waits_;
  std::map<AdvisoryKey, AdvisoryLock> locks_;
  std::vector<std::unique_ptr<AdvisoryHolder>> holders_;
};

}  // namespace halfwrite::database
