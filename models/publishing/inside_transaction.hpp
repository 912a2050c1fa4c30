// inside_transaction: publish at the emit step, while the transaction is open. Consumers may hear
// of it before the commit (premature), and a rollback or crash after it leaves a phantom. The
// transaction holds its locks while it waits for the broker. It never loses the event of a
// transaction that commits, as long as it awaits the acknowledgement.
#pragma once

#include "models/publishing/dual_write.hpp"

namespace halfwrite::publishing {

class InsideTransaction : public DualWrite {
 public:
  static constexpr std::string_view window = "between publish and commit";

  explicit InsideTransaction(service::Instance& instance);
  Sent on_emit(service::OperationRun& run, const service::EmittedEvent& event) override;
  // Closes the window with the COMMIT that comes now.
  Sent before_commit(service::OperationRun& run) override;
};

}  // namespace halfwrite::publishing
