// outbox: the event becomes a row of the table outbox in the transaction that owes it, so both are
// there or neither. Nothing is sent here: a relay reads the rows (message_relay.hpp,
// connector.hpp), or a job of the user's. It never waits for the broker.
#pragma once

#include "models/publishing/dual_write.hpp"
#include "models/publishing/statements.hpp"

#include <memory>

namespace halfwrite::publishing {

class OutboxWriter : public DualWrite {
 public:
  OutboxWriter(service::Instance& instance, std::shared_ptr<const Statements> statements);
  // One INSERT at the emit step; the expressions of further columns see the operation's variables.
  Sent on_emit(service::OperationRun& run, const service::EmittedEvent& event) override;

 private:
  std::shared_ptr<const Statements> statements_;
};

}  // namespace halfwrite::publishing
