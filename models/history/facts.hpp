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
// asynchronous commit or asynchronous replication says so.
struct CommitLost {
  Name database;
  TransactionToken transaction;
  bool allowed_by_config = false;
};

// A standby took over from the primary with what had reached it: from now on its timeline is the
// one that counts, and what the old primary had logged behind the position is lost.
struct Promoted {
  Name database;
  Name from;  // the nodes
  Name to;
  std::uint64_t position = 0;  // the last one that both timelines have
  bool fenced = true;          // the old primary was shut off
};

// A replication slot was given up: its consumer was further behind than the log is kept for it.
struct SlotLost {
  Name database;
  Name slot;
  std::uint64_t bytes_behind = 0;
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

// What a step of a saga does: its action, what takes that back, what confirms it.
enum class StepKind : std::uint8_t { action, compensation, confirmation };
const char* to_text(StepKind kind);  // do, undo, confirm

// Which step of which saga a piece of work is part of. Carried by the simulator along calls,
// messages and events (recorder.hpp), never by service code.
struct SagaStep {
  Identity saga;  // {orders, 17}: the intent that began it
  Name type;      // "place_order"; empty: part of no saga
  Name step;
  StepKind kind = StepKind::action;
  std::uint32_t attempt = 1;  // how often it has been asked for
  bool empty() const { return type.empty(); }
};

// A saga began, if and only if this transaction survives (token 0: in a process's memory only). A
// client's retry is the same intent and so the same saga.
struct SagaStarted {
  Identity saga;
  Name type;
  Identity intent;
  std::string arguments;  // "order: order-9, amount: 212"
  Name database;
  TransactionToken transaction;
};
// Somebody decided that this step is to be done now, durably if the transaction survives (token 0:
// in memory): what a saga waits for from here on.
struct SagaStepAsked {
  SagaStep step;
  Name service;  // who is to do it
  Name database;
  TransactionToken transaction;
};
// Inside this transaction a step is done: it counts if and only if the transaction survives, and as
// a change of state only if rows changed. `empty`: a compensation that found nothing to compensate
// and was recorded as such.
struct SagaStepApplied {
  SagaStep step;
  Name database;
  TransactionToken transaction;
  bool empty = false;
};
enum class StepOutcome : std::uint8_t { applied, refused, failed, unknown };
const char* to_text(StepOutcome outcome);
// What who coordinates the saga learned of a step; refused is a business failure, failed an error.
// Where nobody coordinates (choreography) it is what the participant itself says.
struct SagaStepEnded {
  SagaStep step;
  StepOutcome outcome = StepOutcome::applied;
  std::string reason;
};
// From here on the saga only goes forward (commit), or only back: durable if and only if the
// transaction survives (token 0: decided in memory). Commit belongs to the transaction of the
// pivot, whoever coordinates.
struct SagaDecided {
  Identity saga;
  Name type;
  bool commit = true;
  Name database;
  TransactionToken transaction;
  std::string reason;
};
enum class SagaEnd : std::uint8_t { completed, compensated, parked };
const char* to_text(SagaEnd end);
// It is over. `parked`: people have to look after it.
struct SagaEnded {
  Identity saga;
  Name type;
  SagaEnd state = SagaEnd::completed;
  Name database;
  TransactionToken transaction;
  std::string reason;
};

// What was sent along with a request, as text.
struct Argument {
  std::string name;
  std::string value;
};
// "order: order-9, amount: 212"
std::string to_text(const std::vector<Argument>& arguments);
// A system outside took a request to its end: the entry of its own ledger, which nothing takes
// away. `effect` is false for a repeat of a known idempotency key ("repeated") and for what it
// declined (the name of the failure).
struct ExternalEffect {
  Name system;
  Name operation;  // "charge"
  std::string key;
  std::vector<Argument> arguments;  // by name, ascending
  Identity intent;
  SagaStep step;  // that asked for it; empty: part of no saga
  bool effect = false;
  std::string answer;  // "applied", "repeated" or the failure
  bool irreversible = false;
};

using FactContent =
    std::variant<RequestInvoked, RequestAnswered, StatementExecuted, CommitLogged, CommitFlushed,
                 CommitVisible, CommitAnswered, TransactionAborted, CommitLost, Emitted, Published,
                 BecameReadable, PublishLost, Delivered, Applied, Handled, Acknowledged, Parked,
                 FaultStruck, JobRan, SagaStarted, SagaStepAsked, SagaStepApplied, SagaStepEnded,
                 SagaDecided, SagaEnded, ExternalEffect, Promoted, SlotLost>;

struct Fact {
  Instant at;
  std::uint64_t number = 0;  // from 1, in order of recording: the total order of a run's facts
  Name actor;                // the process on which it became so, or empty
  FactContent content;
};

}  // namespace halfwrite::history
