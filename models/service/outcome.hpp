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

namespace halfwrite::service {

// Why a step did not succeed. `name` is what `retry.errors` and `:error` see: the business failure,
// an SQLSTATE (08006 a connection broke, 08001 none could be made), "timeout", "broker" (surely not
// published) or "unknown".
struct StepFailure {
  enum class Kind : std::uint8_t { business, error, unknown } kind = Kind::error;
  std::string name;
  std::string message;  // for people
};

// What the database client or the producer said, as a step's failure. `about_to_commit`: what broke
// may have committed (a COMMIT, or a statement that is its own transaction). Before a COMMIT a
// broken session surely leaves nothing, so that is an error; a commit error maps to an error only
// for SQLSTATE classes 40, 23 and 25 (semantics.md A.2 rule 14).
StepFailure failure_of(const database::Failure& failure, bool about_to_commit);
StepFailure failure_of(const broker::ProduceFailure& failure);
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
  bool left_effects = false;  // something was committed or sent before it failed, or may have been
  sql::Parameters returned;

  // What the caller is told: `fail` only where surely nothing was left behind.
  history::Answer answer() const;
};

}  // namespace halfwrite::service
