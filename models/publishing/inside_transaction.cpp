#include "models/publishing/inside_transaction.hpp"

namespace halfwrite::publishing {

InsideTransaction::InsideTransaction(service::Instance& instance) : DualWrite(instance) {
  instance.simulation().windows().declare(window);
}

Sent InsideTransaction::on_emit(service::OperationRun& run, const service::EmittedEvent& event) {
  Sent sent = send(event, run.step());
  if (sent.has_value() && run.publisher_state == nullptr) {
    run.publisher_state = std::make_unique<WindowState>(instance().simulation(), window);
  }
  return sent;
}

}  // namespace halfwrite::publishing
