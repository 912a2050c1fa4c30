// How `emit` reaches the broker: the one seam between an operation and a publishing strategy. An
// operation calls these moments and knows nothing else about the strategy; a strategy sees the run
// and may wait, write into its transaction, or send. One object per process, volatile like it.
#pragma once

#include "models/service/outcome.hpp"
#include "sim/expected.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace halfwrite::broker {
struct Record;
}

namespace halfwrite::service {

class Instance;
class OperationRun;
struct EventType;

// An event that a transaction owes (or would owe, for planned ones).
struct EmittedEvent {
  std::string event_id;
  const EventType* type = nullptr;  // lives as long as the run
  std::string topic;                // the event's, unless the step says another
  std::string key;
  std::string payload;        // canonical JSON text
  std::uint32_t ordinal = 1;  // within its transaction
};
// As a record for the producer.
broker::Record record_of(const EmittedEvent& event);

class EventPublisher {
 public:
  virtual ~EventPublisher() = default;
  // Before BEGIN, at the start of each transaction that may emit: `run.planned_emits()` tells what
  // can be told. A failure fails the attempt; nothing of it is in the database then.
  virtual sim::Expected<sim::Done, StepFailure> before_transaction(OperationRun& run) = 0;
  // At the emit step, inside the transaction, after the fact Emitted was recorded. A failure fails
  // the step.
  virtual sim::Expected<sim::Done, StepFailure> on_emit(OperationRun& run,
                                                        const EmittedEvent& event) = 0;
  // Before COMMIT is sent, all steps done; `run.emitted()` is what this transaction owes. Here a
  // strategy opens windows that begin with the commit.
  virtual sim::Expected<sim::Done, StepFailure> before_commit(OperationRun& run) = 0;
  // COMMIT was answered with success, not after an unknown outcome or a failure. A failure fails
  // the operation, whose effects stay.
  virtual sim::Expected<sim::Done, StepFailure> after_commit(OperationRun& run) = 0;
};

// Makes the publisher of a process for one way to publish; nothing (or an empty function) for
// `none`.
enum class Publishing : std::uint8_t;
using PublisherFactory = std::function<std::unique_ptr<EventPublisher>(Instance&, Publishing)>;

// What a publisher keeps for one transaction (ids already sent, open windows). Destroyed when the
// transaction is over, however it ended: after after_commit, or after the rollback.
class PublisherState {
 public:
  virtual ~PublisherState() = default;
};

}  // namespace halfwrite::service
