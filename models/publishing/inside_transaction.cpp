#include "models/publishing/inside_transaction.hpp"

namespace halfwrite::publishing {

InsideTransaction::InsideTransaction(service::Instance& instance) : DualWrite(instance) {
  instance.simulation().windows().declare(window);
}

Sent InsideTransaction::on_emit(service::OperationRun& run, const service::EmittedEvent& event) {
  const bool is_first = run.publisher_state == nullptr;
  if (is_first) {
    run.publisher_state =
        std::make_unique<WindowState>(instance().simulation(), window, sim::RequestAt{run.step()});
  }
  Sent sent = send(event, run.step());
  if (sent.has_value()) {
    window_of(run)->guard.open();
  } else if (is_first) {
    run.publisher_state.reset();
  }
  return sent;
}

Sent InsideTransaction::before_commit(service::OperationRun& run) {
  if (window_of(run) != nullptr) window_of(run)->guard.closes_with(sim::RequestAt::any());
  return sim::Done{};
}

}  // namespace halfwrite::publishing
