// broker_first: publish, then write and commit. A crash, a refused insert or a rollback after the
// publish leaves an event nobody owes: a phantom. What cannot be told before BEGIN (an emit inside
// `if` or `for_each`, or one that needs what a step finds out) is published at its step, inside the
// transaction. It never lets a transaction commit whose events it knows to be unpublished.
#pragma once

#include "models/publishing/dual_write.hpp"

namespace halfwrite::publishing {

class BrokerFirst : public DualWrite {
 public:
  static constexpr std::string_view window = "between publish and commit";

  explicit BrokerFirst(service::Instance& instance);
  // The planned emits in their order, at the point "publish".
  Sent before_transaction(service::OperationRun& run) override;
  // Publishes what was not planned, at the emit step.
  Sent on_emit(service::OperationRun& run, const service::EmittedEvent& event) override;
  // Closes the window with the COMMIT that comes now.
  Sent before_commit(service::OperationRun& run) override;
};

}  // namespace halfwrite::publishing
