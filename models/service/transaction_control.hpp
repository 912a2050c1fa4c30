// The database side of one run of an operation: the session it holds, BEGIN, statements, COMMIT and
// ROLLBACK, and what the publishing strategy does around them. It is a view of an OperationRun and
// owns nothing; it makes no decision of the flow.
#pragma once

#include "models/database/client.hpp"
#include "models/service/operation_run.hpp"

namespace halfwrite::service {

class TransactionControl {
 public:
  using Result = sim::Expected<database::QueryResult, StepFailure>;
  using Success = sim::Expected<sim::Done, StepFailure>;

  explicit TransactionControl(OperationRun& run) : run_(run) {}

  // Another transaction is about to begin over these steps: forgets what the last one emitted and
  // lets the publisher act if the steps may emit.
  Success prepare(const Steps& body);
  // BEGIN at the point "begin", unless a transaction is open. Leaves no transaction when it fails.
  Success ensure_begun();
  // BEGIN at another place: that of an SQL statement.
  Success begin(std::optional<database::Isolation> isolation, const sim::Place& place);
  // In the open transaction.
  Result execute(const StatementReference& statement, sql::Parameters variables,
                 const sim::Place& place);
  // Outside any: the statement is its own transaction.
  Result execute_alone(const StatementReference& statement, sql::Parameters variables,
                       const sim::Place& place);
  // COMMIT and what the publisher does before and after it. After a failure no transaction is open.
  Success commit(sim::Name step);
  // Ends the open transaction, if there is one; the publisher's state goes with it.
  void roll_back(sim::Name step);

 private:
  Success take_session();
  void forget_transaction();
  Success commit_session(sim::Name step);

  OperationRun& run_;
};

// Does a step, or one inside it, emit?
bool may_emit(const Steps& steps);

}  // namespace halfwrite::service
