// Facts: the ground truth of a run, recorded by the models at the instant something became so.
// Invariants read these and the contract and nothing else; no fact says which pattern or scenario
// it comes from, and none is inferred from what a client was told. Values only. Each fact is hashed
// into the trace, and kept only when a run is to be told.
#pragma once

#include "sim/address.hpp"
#include "sim/fault.hpp"
#include "sim/time.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace halfwrite::history {

using sim::Identity;
using sim::Instant;
using sim::Name;

// Names one transaction attempt for the ground truth, whatever the database calls it. Made by who
// begins it, from intent, attempt and ordinal, carried by the simulator with BEGIN; the application
// never sees it.
struct TransactionToken {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const TransactionToken&, const TransactionToken&) = default;
};

// What a client was told. `unknown`: no answer, or an answer that does not say.
enum class Answer : std::uint8_t { ok, fail, unknown };
const char* to_text(Answer answer);

struct RequestInvoked {
  Identity request;           // {load, number}: the intent
  std::uint32_t attempt = 1;  // a client's retry keeps its intent
  Name client;
  Name run;               // "order.place"
  std::string arguments;  // "order: order-9, customer: bea, amount: 212"
};
struct RequestAnswered {
  Identity request;
  std::uint32_t attempt = 1;
  Answer answer = Answer::unknown;
  std::string reason;  // the failure's name or error; empty with ok
};

// A statement was executed by a database (whatever came of it): figures and stories. `owner` is the
// operation it served.
struct StatementExecuted {
  Name database;
  Name owner;
  Name actor;
  Identity intent;
  TransactionToken transaction;
  std::string text;  // with its values put in, shortened; filled only when a story is kept
  std::int64_t rows = 0;
  std::string error;  // SQLSTATE and message, or empty
};

// A transaction asked to commit and its commit record went into the log (semantics.md A.2 rule 13
// a).
struct CommitLogged {
  Name database;
  TransactionToken transaction;
  std::uint64_t xid = 0;       // the database's own number
  std::uint64_t position = 0;  // in the log: the commit order
  Name actor;                  // "order.1"
  Name operation;              // "order.place"
  Identity intent;
  std::uint32_t attempt = 1;
  std::uint64_t rows_changed = 0;  // rows of the business tables whose image differs; outbox, inbox
                                   // and positions are not counted
};
struct CommitFlushed {
  Name database;
  TransactionToken transaction;
};
struct CommitVisible {
  Name database;
  TransactionToken transaction;
};
// What the session that committed was told, recorded where the answer arrives (or surely never
// will).
struct CommitAnswered {
  Name database;
  TransactionToken transaction;
  Answer answer = Answer::unknown;
};
// It surely left nothing: rolled back, failed, or its session ended before the commit record.
struct TransactionAborted {
  Name database;
  TransactionToken transaction;
  std::string reason;
};
// It was logged, perhaps answered, and a crash or failover dropped it. `allowed_by_config`:
// asynchronous commit says so.
struct CommitLost {
  Name database;
  TransactionToken transaction;
  bool allowed_by_config = false;
};

// A transaction owes this event if and only if it survives.
struct Emitted {
  std::string event_id;
  Name event;
  std::uint32_t version = 1;
  std::string key;
  std::string payload;  // canonical JSON text, keys in the order the event declares
  Name database;
  TransactionToken transaction;
  Identity intent;
  std::uint32_t attempt = 1;
  std::uint32_t ordinal = 1;  // within its transaction
  Name service;
};

// A record was appended to a partition by its leader.
struct Published {
  std::string event_id;  // of the message; a plain send without one has an id of its own
  Name event;
  Identity intent;  // the sender's: the intent it acts for
  std::string key;
  std::string payload;
  Name broker;
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  Name producer;  // "order.1", "order.relay"
};
// Followers have it: consumers may read it (the high watermark passed it).
struct BecameReadable {
  Name broker;
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
};
// An appended record is gone: truncated after a change of leader, or lost with a machine.
struct PublishLost {
  std::string event_id;
  Name broker;
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  bool acknowledged = false;
  bool allowed_by_config = false;
};

// The broker handed a record to a member of a group, and the member's handler is about to see it.
struct Delivered {
  std::string event_id;
  Name event;
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  Name consumer;  // the group
  Name instance;
  std::uint32_t attempt = 1;
};
// A handler works on the event inside this transaction: the effect counts if and only if the
// transaction survives, and as a state change only if rows changed.
struct Applied {
  std::string event_id;
  Name event;
  std::string key;
  Name consumer;
  Name instance;
  Name database;
  TransactionToken transaction;
};
enum class HandlingOutcome : std::uint8_t { done, repeated, refused, failed };
const char* to_text(HandlingOutcome outcome);
// A handler is through: done, recognised as a repeat (inbox), refused by a business failure, or
// failed and to be tried again.
struct Handled {
  std::string event_id;
  Name event;
  Name consumer;
  Name instance;
  std::uint32_t attempt = 1;
  HandlingOutcome outcome = HandlingOutcome::done;
  std::string reason;
};
// The group's committed offset moved past the record.
struct Acknowledged {
  Name consumer;
  Name broker;
  Name topic;
  std::uint32_t partition = 0;
  std::uint64_t next_offset = 0;
};
struct Parked {
  std::string event_id;
  Name event;
  Name consumer;
  std::string reason;
};

struct FaultStruck {
  sim::LandedFault fault;
};
struct JobRan {
  Name service;
  Name job;
  Name instance;
  Answer outcome = Answer::ok;
};

using FactContent =
    std::variant<RequestInvoked, RequestAnswered, StatementExecuted, CommitLogged, CommitFlushed,
                 CommitVisible, CommitAnswered, TransactionAborted, CommitLost, Emitted, Published,
                 BecameReadable, PublishLost, Delivered, Applied, Handled, Acknowledged, Parked,
                 FaultStruck, JobRan>;

struct Fact {
  Instant at;
  std::uint64_t number = 0;  // from 1, in order of recording: the total order of a run's facts
  Name actor;                // the process on which it became so, or empty
  FactContent content;
};

}  // namespace halfwrite::history
