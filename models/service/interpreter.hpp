// Runs the steps of one attempt of an operation, one after another on the running fiber. It owns
// nothing beyond the attempt; where the database is concerned it goes through TransactionControl.
// It never knows how `emit` reaches the broker.
#pragma once

#include "models/service/operation_run.hpp"
#include "models/service/transaction_control.hpp"
#include "sim/windows.hpp"

#include <optional>
#include <string>

namespace halfwrite::service {

class Interpreter {
 public:
  explicit Interpreter(OperationRun& run);

  // cpu, hooks, steps, commit or rollback.
  Outcome run_attempt();

 private:
  enum class Flow : std::uint8_t { go_on, returned };
  using Result = sim::Expected<Flow, StepFailure>;

  Result run_steps(const Steps& steps);
  Result run_step(const Step& step);
  Result run_with_retry(const Step& step);
  Result run_once(const Step& step);

  Result run_verb(const Step& step, const SqlStep& sql);
  Result run_verb(const Step& step, const EmitStep& emit);
  Result run_verb(const Step& step, const PublishStep& publish);
  Result run_verb(const Step& step, const ExternalStep& asked);
  Result run_verb(const Step& step, const IfStep& condition);
  Result run_verb(const Step& step, const ForEachStep& loop);
  Result run_verb(const Step& step, const TransactionStep& transaction);
  Result run_verb(const Step& step, const SetStep& set);
  Result run_verb(const Step& step, const ReturnStep& values);
  Result run_verb(const Step& step, const FailStep& fail);
  Result run_verb(const Step& step, const SleepStep& sleep);
  Result run_verb(const Step& step, const CodeStep& code);

  Result run_body();
  // `on`: a standby to read from, beside the operation's transaction.
  sim::Expected<database::QueryResult, StepFailure> execute(const StatementReference& statement,
                                                            const std::string& on);
  Result control_transaction(const StatementReference& statement);
  sim::Expected<sql::Parameters, StepFailure> arguments_of(const ExternalStep& asked);
  sim::Expected<broker::Record, StepFailure> record_of(const PublishStep& publish);
  sim::Expected<std::string, StepFailure> text_of(const ValueSource& source,
                                                  std::string_view purpose);
  void spend_cpu(std::uint64_t steps);
  void take_columns(const database::QueryResult& result, std::size_t row);

  OperationRun& run_;
  Instance& instance_;
  sim::Simulation& simulation_;
  TransactionControl control_;
  sql::Parameters returned_;
  // From what a system outside did until the commit of the transaction around it.
  std::optional<sim::WindowGuard> outside_;
  bool skipped_ = false;
};

// How many steps a pass costs: each one, with the longer branch of an `if`, without the body of a
// for_each.
std::uint64_t cost_in_steps(const Steps& steps);

}  // namespace halfwrite::service
