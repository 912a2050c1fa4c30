// Programs: what an operation of a service does, step by step, as a scenario says it, already
// parsed and bound. Immutable and shared by all runs. A step is one verb; conditions and all
// computing are SQL over variables. Nothing here runs anything.
#pragma once

#include "models/broker/settings.hpp"
#include "models/database/settings.hpp"
#include "models/database/sql/value.hpp"
#include "models/service/outcome.hpp"
#include "sim/draw.hpp"
#include "sim/expected.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halfwrite::sql {
class Statement;
}

namespace halfwrite::service {

class OperationRun;

using StatementReference = std::shared_ptr<const sql::Statement>;

// Where a value comes from (language.md, Values).
struct Variable {
  std::string name;
};
struct Expression {
  StatementReference statement;  // SELECT <expression> over variables
};
struct Sequence {
  std::string prefix;  // "order-" gives order-1, order-2, ... by the number of the request
};
struct Pick {
  std::vector<sql::Value> values;
};
struct PickFrom {
  std::string load;  // {"from": "orders.order"}: a value another load has used
  std::string argument;
};
struct Between {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
struct DrawnUuid {};
using ValueSource =
    std::variant<sql::Value, Variable, Expression, Sequence, Pick, PickFrom, Between, DrawnUuid>;

// In the order they are written.
using NamedValues = std::vector<std::pair<std::string, ValueSource>>;

// Retry, the same everywhere.
struct Retry {
  std::optional<std::uint32_t> attempts = 3;  // in all; unlimited where empty
  sim::Duration delay = sim::Duration::milliseconds(100);
  sim::Ratio multiplier{1, 1};
  std::optional<sim::Duration> max_delay;
  std::vector<std::string> errors;  // SQLSTATEs, failure names, "unknown", "timeout"; empty: every
                                    // error and unknown outcome
  enum class Then : std::uint8_t { fail, dead_letter, discard } then = Then::fail;
};
// The delay before attempt `next_attempt` (from 2).
sim::Duration delay_before(const Retry& retry, std::uint32_t next_attempt);

struct Step;
using Steps = std::vector<Step>;

struct SqlStep {
  StatementReference statement;
  std::vector<std::string> into;
  std::optional<std::uint64_t> expect_rows;
  std::string or_fail;  // the business failure meant when expect_rows does not hold
  std::string on;       // a standby of the service's database; empty: the database
};
struct EmitStep {
  std::string event;
  std::string topic;                   // elsewhere than the event's, or empty
  std::optional<ValueSource> key;      // another key
  std::optional<NamedValues> payload;  // other content
};
struct PublishStep {
  ValueSource event;                    // the name of an event
  std::optional<ValueSource> event_id;  // of the emitted event this fulfils; a new one where empty
  std::string topic;
  std::optional<ValueSource> key;
  std::optional<ValueSource> payload_text;  // the whole payload as one value, or ...
  std::optional<NamedValues> payload;       // ... field by field
  std::optional<ValueSource> message_id;
  bool await = true;
  std::optional<broker::ProducerSettings> producer;
};
struct ExternalStep {
  std::string system;                    // "card_network"
  std::string operation;                 // "charge"
  std::optional<NamedValues> arguments;  // empty: all variables of the operation
  std::optional<ValueSource> idempotency_key;
  sim::Duration timeout = sim::Duration::seconds(5);  // then the outcome is unknown
  std::string or_fail;  // the business failure when it declines; empty: the system's
  std::string into;     // the variable for "applied" or "pending"; empty: none
};
struct IfStep {
  StatementReference condition;
  std::shared_ptr<const Steps> then;
  std::shared_ptr<const Steps> otherwise;
};
struct ForEachStep {
  StatementReference select;
  std::string on;  // as of an SQL step
  std::shared_ptr<const Steps> steps;
};
struct TransactionStep {
  std::shared_ptr<const Steps> steps;
  std::optional<database::Isolation> isolation;
};
struct SetStep {
  NamedValues values;
};
struct ReturnStep {
  NamedValues values;
};
struct FailStep {
  std::string failure;
};
struct SleepStep {
  ValueSource duration_text;                // "10ms" or a variable
  std::optional<sim::DurationRange> fixed;  // parsed where it is not a variable
};

// Code of the house instead of a verb: for patterns that are no steps of an author (sagas). Runs on
// the operation's fiber; what it captures is immutable and shared by all runs.
struct CodeStep {
  enum class Next : std::uint8_t { go_on, end };  // end: as `return` does
  std::function<sim::Expected<Next, StepFailure>(OperationRun&)> run;
  bool emits = false;  // may it emit?
};

struct Step {
  std::string name;  // its own, else its position from 1: the step in points
  std::variant<SqlStep, EmitStep, PublishStep, ExternalStep, IfStep, ForEachStep, TransactionStep,
               SetStep, ReturnStep, FailStep, SleepStep, CodeStep>
      verb;
  std::optional<Retry> retry;
  std::shared_ptr<const Steps> on_error;  // null: the operation fails
};

// How `emit` reaches the broker.
enum class Publishing : std::uint8_t {
  none,
  database_first,
  broker_first,
  inside_transaction,
  outbox
};

// The step of a saga that an operation is, where it is one: for the ground truth alone.
struct SagaPart {
  std::string saga;
  std::string step;
  history::StepKind kind = history::StepKind::action;
};

struct Operation {
  std::string name;  // "place"; in scopes and points, whatever its service keeps it under
  Steps steps;
  std::shared_ptr<const Steps> closing;  // come after `steps`, also after a `return`; may be null
  std::optional<Publishing> publishing;  // of its emits, otherwise than its service publishes
  bool transaction = true;
  std::optional<SagaPart> part;
  std::optional<database::Isolation> isolation;
  std::optional<Retry> retry;
  std::optional<sim::Duration> timeout;
  std::vector<std::string> inputs;  // variables its steps use and do not set
};

// An event type, once for the whole scenario.
struct EventType {
  std::string name;
  std::string topic;
  std::string key;  // the payload field that is the key
  std::vector<std::string>
      payload;  // fields, from variables of the same name; empty: all inputs of the operation
  std::uint32_t version = 1;
  // Further names of its moments: a command of a saga that is `published` is at the point
  // place_order/charge/send.
  struct Point {
    std::string moment;   // committed, published, delivered, applied
    std::string subject;  // "place_order"
    std::string step;     // "charge/send"
  };
  std::vector<Point> points = {};
};
using EventTypes = std::map<std::string, EventType>;

}  // namespace halfwrite::service
