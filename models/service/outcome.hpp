// How steps and operations end. A business failure is a decision of the flow, an error is what a
// system said or did, and unknown means that nobody at the service can say whether it happened.
// Values only; they know nothing of what the ground truth is.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/history/facts.hpp"

#include <cstdint>
#include <string>

namespace halfwrite::database {
struct Failure;
}
namespace halfwrite::broker {
struct ProduceFailure;
}
namespace halfwrite::external {
struct Failure;
}

namespace halfwrite::service {

// Why a step did not succeed. `name` is what `retry.errors` and `:error` see: the business failure,
// an SQLSTATE (08006 a connection broke, 08001 none could be made), "timeout", "broker" (surely not
// published), "unknown", of a system outside "conflict" (a request with this key is under way) and
// "idempotency_key" (it came with other arguments before), and for what a program does wrong
// "expect_rows", "unknown_event" or "sleep".
struct StepFailure {
  enum class Kind : std::uint8_t { business, error, unknown } kind = Kind::error;
  std::string name;
  std::string message;  // for people

  static StepFailure business(std::string failure);
  static StepFailure error(std::string name, std::string message);
  static StepFailure timeout(std::string message);
};

// Might the same, tried again, go another way although nothing durable has changed? A broken
// connection, a server that starts up, a conflict, a lock that another held, an unknown outcome.
bool may_pass(const StepFailure& failure);

// What the session was doing when it failed. Inside a transaction a broken session surely leaves
// nothing, so that is an error. A statement on its own, or a COMMIT, may have happened.
enum class Doing : std::uint8_t { inside_transaction, statement_alone, commit };

// What the database client or the producer said, as a step's failure. An error that answers a
// COMMIT is an error only with SQLSTATE class 40, 23 or 25, else unknown (semantics of PostgreSQL:
// a cancelled or terminated commit may be in the log); one that answers a statement alone is
// unknown with classes 08, 57, 58 and XX.
StepFailure failure_of(const database::Failure& failure, Doing doing);
StepFailure failure_of(const broker::ProduceFailure& failure);
StepFailure failure_of(const external::Failure& failure);
StepFailure failure_of(const sql::SqlError& error);

// How an operation ended, as its service sees it.
struct Outcome {
  enum class Kind : std::uint8_t {
    done,              // through all steps, or a return
    skipped,           // a hook said that this was done before
    business_failure,  // `fail`, or an or_fail
    error,
    unknown,
  } kind = Kind::done;
  std::string name;           // of the failure; empty with done
  std::string message;        // for people
  bool left_effects = false;  // a transaction of it was committed, or may have been
  sql::Parameters returned;

  // What the caller is told: `fail` only where the database surely kept nothing of it, or where the
  // flow itself decided to fail.
  history::Answer answer() const;
  // The failure again, for the retry rules of the caller. Asserts that it failed.
  StepFailure failure() const;
  bool succeeded() const { return kind == Kind::done || kind == Kind::skipped; }
};

}  // namespace halfwrite::service
