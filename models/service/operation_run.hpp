// One execution of an operation on the running fiber: its variables, its transaction and the events
// that transaction owes. Made by Instance::run, one at a time per fiber, volatile. Who plugs in
// (publishing strategies, subscriptions) works with this class; the steps themselves are in
// interpreter.cpp. It never decides anything by looking at the ground truth.
//
// Points of an operation, in order: queue (a worker; passed without waiting where one is free),
// cpu, pool (a session, likewise), connect (only for a new one), begin, the steps, commit, rollback
// (instead of commit), reply; retry between attempts. `cpu` is one wait for all steps: number of
// steps times the cpu of a step; a for_each has one more for its body times its rows. The inner
// attempts of an operation with `retry` run at scope attempt a, a+1, ..., where a is the attempt of
// the request or delivery.
#pragma once

#include "models/database/sql/evaluator.hpp"
#include "models/history/facts.hpp"
#include "models/service/connection_pool.hpp"
#include "models/service/event_publisher.hpp"
#include "models/service/outcome.hpp"
#include "models/service/program.hpp"
#include "sim/address.hpp"
#include "sim/expected.hpp"
#include "sim/quiescence.hpp"
#include "sim/time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace halfwrite::database {
struct QueryResult;
}

namespace halfwrite::service {

class Instance;
class OperationRun;
class Values;

// What a subscription hangs on the run of its operation. Called for each inner attempt anew.
class OperationHooks {
 public:
  enum class Next : std::uint8_t { proceed, skip };
  virtual ~OperationHooks() = default;
  // Before the first step. What it executes through the run is in the operation's transaction.
  // `skip`: the steps are left out, the transaction (if one was begun) is rolled back, the outcome
  // is `skipped`.
  virtual sim::Expected<Next, StepFailure> before_steps(OperationRun&) { return Next::proceed; }
  // A transaction of this run begins (also each statement that is its own transaction), just before
  // BEGIN is sent. Where Applied is recorded.
  virtual void transaction_begun(OperationRun&, history::TransactionToken) {}
  // A further name of the commit's moment: {event, applied}.
  virtual std::optional<sim::Alias> commit_alias(OperationRun&) { return std::nullopt; }
};

class OperationRun {
 public:
  ~OperationRun();
  OperationRun(const OperationRun&) = delete;
  OperationRun& operator=(const OperationRun&) = delete;

  Instance& instance() const { return instance_; }
  const Operation& operation() const { return operation_; }
  // Inputs, what steps set, and the built-in ones; `:now` is that of the last step.
  sql::Parameters& variables() { return variables_; }
  // The step being run: a publisher's own waits during an emit use it as their place.
  sim::Name step() const { return step_; }
  bool in_transaction() const { return token_.has_value(); }
  // Of the open transaction; asserts that one is open.
  history::TransactionToken token() const;

  // What the current transaction owes so far, in order of emission; in after_commit: what it owes
  // for good.
  const std::vector<EmittedEvent>& emitted() const { return emitted_; }
  // The emits among the top-level steps of the transaction about to begin, evaluated over the
  // variables of now, each with the id it will have when its step is reached. Left out: emits
  // inside `if` and `for_each`, and those that need a variable nobody has set yet.
  const std::vector<EmittedEvent>& planned_emits();

  // Executes one statement in the open transaction, which is begun if there is none. For publishers
  // and hooks of a service with a database. `variables` are the statement's; missing ones are NULL.
  sim::Expected<database::QueryResult, StepFailure> execute(const StatementReference& statement,
                                                            sql::Parameters variables,
                                                            const sim::Place& place);

  // Begins the transaction if none is open; for code that must be inside one.
  sim::Expected<sim::Done, StepFailure> ensure_transaction();
  // An event of the house's own code: recorded and handed to the publisher as the step `emit` does,
  // in the open transaction. `event_id` and `ordinal` are given here; an id that exists already
  // gets a number behind it. `provenance`: whose work it causes; empty: that of the running scope.
  sim::Expected<sim::Done, StepFailure> emit(EmittedEvent event, sim::Name provenance = {});
  // Further names of this transaction's commit, and what is to be done in the process's memory once
  // it was answered with success, or was not answered, so that it may stand. Cleared when another
  // one begins.
  std::vector<sim::Alias> commit_aliases;
  std::vector<std::function<void()>> after_commit;
  std::vector<std::function<void()>> when_in_doubt;

  // The publisher's own; destroyed at the end of each transaction.
  std::unique_ptr<PublisherState> publisher_state;

 private:
  friend class Instance;
  friend class Interpreter;
  friend class TransactionControl;

  // An emit that is known before its transaction begins.
  struct Planned {
    const Step* step = nullptr;
    std::uint32_t ordinal = 0;
    std::string event_id;
    bool reached = false;
  };

  OperationRun(Instance& instance, const Operation& operation, const sql::Parameters& inputs,
               OperationHooks* hooks, std::optional<sim::Instant> deadline);

  // The event of an emit step over the variables of now, with everything but its id and ordinal;
  // a failure where an expression fails. What nobody has set is NULL, or with `strictly` a failure.
  sim::Expected<EmittedEvent, StepFailure> event_of(const EmitStep& emit, bool strictly = false);
  // Records that the open transaction owes it, and hands it to the publisher.
  sim::Expected<sim::Done, StepFailure> announce(EmittedEvent event, sim::Name provenance);
  // A new event id, or the one that was planned for this step.
  void identify(const Step& step, EmittedEvent& event);
  void begin_anew(const Steps& body);  // another transaction: nothing emitted, nothing planned
  void refresh_clock();                // `:now`
  Values values();                     // of the running step; each call is another use
  // An idle scope (a job) has found something to do: the run is not quiet before it is through.
  void found_work();
  sim::Duration remaining() const;  // until the operation's time-out
  bool is_late() const;

  Instance& instance_;
  const Operation& operation_;
  OperationHooks* hooks_;
  sql::Parameters variables_;
  sim::Name step_;
  std::optional<sim::Instant> deadline_;
  ConnectionPool::Lease session_;
  std::optional<history::TransactionToken> token_;
  const Steps* body_ = nullptr;  // the steps of the transaction that is open or about to begin
  bool is_planned_ = false;
  std::vector<Planned> plan_;
  std::vector<EmittedEvent> planned_emits_;
  std::vector<EmittedEvent> emitted_;
  std::uint32_t ordinals_ = 0;  // given out in this transaction
  std::uint32_t sends_ = 0;     // plain sends without an id of their own
  std::uint64_t uses_ = 0;      // of values
  bool left_effects_ = false;
  std::optional<sim::OpenThing> work_;
};

}  // namespace halfwrite::service
