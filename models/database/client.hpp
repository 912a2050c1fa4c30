// The client's side of a database: one Session per connection, and the stream of a replication
// slot. They send requests over the simulated network and wait for answers; every wait has the
// caller's place and is a crash point. A Session records what it was told of a commit, and never
// what became of it: that is the server's to record. One fiber at a time uses a Session; it is
// volatile and dies with its process.
#pragma once

#include "models/database/settings.hpp"
#include "models/database/sql/evaluator.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/sql/statement.hpp"
#include "models/history/facts.hpp"
#include "models/history/recorder.hpp"
#include "sim/expected.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::database {

using StatementReference = std::shared_ptr<const sql::Statement>;
using history::TransactionToken;

// What a statement answered. `tag` is PostgreSQL's command tag: "UPDATE 1", "INSERT 0 1", "COMMIT".
struct QueryResult {
  std::vector<sql::Row> rows;  // described by statement->columns
  StatementReference statement;
  std::int64_t row_count = 0;      // rows returned by SELECT, or changed
  std::int64_t changed_count = 0;  // rows changed, those of WITH queries included
  std::string tag;
  std::string warning;  // with success all the same: a commit that no standby has confirmed
};

QueryResult tagged(std::string tag);  // no rows

// What NOTIFY tells those who LISTEN.
struct Notification {
  std::string channel;
  std::string payload;
  bool operator==(const Notification&) const = default;
};

// Why there is no answer, or which one.
struct Failure {
  enum class Kind : std::uint8_t {
    refused,  // surely no effect: nothing was sent
    error,    // the server said so, with an SQLSTATE; the transaction, if open, is failed
    unknown,  // the connection broke or the time-out came: it may have happened
  };
  Kind kind = Kind::error;
  sql::SqlError error;  // with Kind::error; otherwise 08000-class text for people
  sim::Broken broken = sim::Broken::reset;  // with refused and unknown
};
// "23505 duplicate key value ...", "connection reset": one line.
std::string to_text(const Failure& failure);

class Session {
 public:
  // Connects from the running fiber's process to a database by its name, or to one of its servers
  // by that of its node. Failure is `refused` (nobody listens, 53300, 57P03 while the server
  // recovers) or, when even that is not known, `refused` with `unreachable`.
  static sim::Expected<Session, Failure> open(sim::Simulation& simulation,
                                              history::Recorder& recorder, std::string_view node,
                                              const sim::Place& place,
                                              sim::Duration timeout = sim::Duration::seconds(10));

  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // BEGIN; the token names the transaction in the ground truth. Without `isolation` the database's
  // default.
  sim::Expected<QueryResult, Failure> begin(TransactionToken token,
                                            std::optional<Isolation> isolation,
                                            const sim::Place& place,
                                            sim::Duration timeout = sim::Duration::for_ever());
  // One statement inside the open transaction. After an error only rollback is accepted (25P02),
  // and a commit answers ROLLBACK. After a time-out the connection is given up. Only the parameters
  // that the statement names are sent.
  sim::Expected<QueryResult, Failure> execute(const StatementReference& statement,
                                              sql::Parameters parameters, const sim::Place& place,
                                              sim::Duration timeout = sim::Duration::for_ever());
  // One statement as a transaction of its own. A BEGIN given here opens a transaction with this
  // token, as begin() does.
  sim::Expected<QueryResult, Failure> execute_alone(
      TransactionToken token, const StatementReference& statement, sql::Parameters parameters,
      const sim::Place& place, sim::Duration timeout = sim::Duration::for_ever());
  // COMMIT. The tag is "COMMIT", or "ROLLBACK" without an error when the transaction had failed
  // (PostgreSQL; drivers that ignore the tag believe they committed). Kind::unknown: the
  // connection broke after the request left, the commit may have happened. Records CommitAnswered.
  sim::Expected<QueryResult, Failure> commit(const sim::Place& place,
                                             sim::Duration timeout = sim::Duration::for_ever());
  sim::Expected<QueryResult, Failure> rollback(const sim::Place& place,
                                               sim::Duration timeout = sim::Duration::for_ever());

  // The next notification of the channels this session listens to (LISTEN, a statement like any
  // other), in the order in which the notifying transactions committed. Nothing when the time-out
  // came first: the session stays usable. Told only outside transactions (PostgreSQL, async.c).
  sim::Expected<std::optional<Notification>, Failure> await_notification(
      const sim::Place& place, sim::Duration timeout = sim::Duration::for_ever());
  // Those that have come with answers or since, without waiting.
  std::vector<Notification> take_notifications(const sim::Place& place);

  // The server has said something unasked: notifications, or why it ended the session.
  bool has_unheard() const { return connection_.has_message(); }
  bool is_usable() const;  // the connection is open and no answer is outstanding
  // Is the server that it speaks to still the one that its database's name stands for? Sessions
  // stay where they are when another server takes over.
  bool is_current() const;
  bool in_transaction() const;                       // between a begin and its end, failed or not
  bool has_failed() const;                           // the open transaction accepts only rollback
  TransactionToken token() const { return token_; }  // of the open transaction
  // In order; an open transaction is rolled back when the server learns of it.
  void close();
  // At once: as a process that is killed.
  void abort();

 private:
  friend struct ClientInternals;
  Session(sim::Simulation& simulation, history::Recorder& recorder, sim::Connection connection,
          std::string_view node, sim::Name database);

  sim::Simulation* simulation_;
  history::Recorder* recorder_;
  sim::Connection connection_;
  std::string node_;    // as it was asked for
  sim::Name database_;  // in facts
  TransactionToken token_;
  std::vector<Notification> notifications_;  // not yet taken
  bool in_transaction_ = false;
  bool failed_ = false;
};

// One changed row of a committed transaction, as logical decoding hands it out.
struct Change {
  enum class Operation : std::uint8_t { insert, update, remove };
  std::uint64_t position = 0;  // of its commit in the log
  std::uint32_t ordinal = 0;   // within its commit, from 1, in statement order
  Operation operation = Operation::insert;
  std::string table;
  sql::TableId table_id = 0;
  sql::Row row;  // the new row; of a removed row the old one
  bool last_of_commit = false;
  std::int64_t committed_at = 0;  // the server's clock, microseconds since 1970
  TransactionToken transaction;   // provenance, for the ground truth
  sim::Identity intent;
  std::uint32_t attempt = 1;
};

// A consumer of a logical replication slot: whole transactions in the order of their commit
// records, only flushed ones, aborted ones never (semantics of PostgreSQL's logical decoding). At
// least once: what was confirmed but not yet checkpointed comes again after a crash of the server.
class ReplicationStream {
 public:
  // Starts behind `from`; a position older than the slot's confirmed one is silently forwarded to
  // it, a newer one skips. Without it: the confirmed one. `tables` empty: all. 55006 while another
  // consumer is connected, 42704 for an unknown slot, 55000 for a lost one.
  static sim::Expected<ReplicationStream, Failure> open(
      sim::Simulation& simulation, std::string_view node, std::string_view slot,
      std::optional<std::uint64_t> from, std::vector<std::string> tables, const sim::Place& place,
      sim::Duration timeout = sim::Duration::seconds(10));

  // CREATE_REPLICATION_SLOT on a connection of its own: the slot starts behind what is in the log
  // now. 42710 where it exists, 55000 on a standby.
  static sim::Expected<sim::Done, Failure> create_slot(
      sim::Simulation& simulation, std::string_view node, std::string_view slot,
      const sim::Place& place, sim::Duration timeout = sim::Duration::seconds(10));

  // DROP_REPLICATION_SLOT. 42704 where there is none, 55006 while a consumer is connected.
  static sim::Expected<sim::Done, Failure> drop_slot(
      sim::Simulation& simulation, std::string_view node, std::string_view slot,
      const sim::Place& place, sim::Duration timeout = sim::Duration::seconds(10));

  // The changes of one or more whole commits. Empty when the time-out came first: the stream stays
  // usable.
  sim::Expected<std::vector<Change>, Failure> receive(
      const sim::Place& place, sim::Duration timeout = sim::Duration::for_ever());
  // Everything up to this commit is done with. Not answered; lost if the connection breaks.
  void confirm(std::uint64_t position);

  bool is_usable() const { return connection_.is_open(); }
  // sim::Connection::is_undisturbed.
  bool is_undisturbed() const { return connection_.is_undisturbed(); }
  void close();
  void abort();

 private:
  friend struct ClientInternals;
  explicit ReplicationStream(sim::Connection connection) : connection_(std::move(connection)) {}
  sim::Connection connection_;
};

}  // namespace halfwrite::database
