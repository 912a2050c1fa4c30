#include "models/publishing/database_first.hpp"

namespace halfwrite::publishing {

DatabaseFirst::DatabaseFirst(service::Instance& instance) : DualWrite(instance) {
  instance.simulation().windows().declare(window);
}

Sent DatabaseFirst::before_commit(service::OperationRun& run) {
  if (!run.emitted().empty()) {
    run.publisher_state =
        std::make_unique<WindowState>(instance().simulation(), window, sim::RequestAt::any());
  }
  return sim::Done{};
}

Sent DatabaseFirst::after_commit(service::OperationRun& run) {
  const sim::Name publish = instance().name_of("publish");
  window_of(run)->guard.open();
  for (const service::EmittedEvent& event : run.emitted()) {
    const bool is_last = &event == &run.emitted().back();
    if (is_last) window_of(run)->guard.closes_with({publish});
    Sent sent = send(event, publish);
    if (!sent.has_value()) return sent;
  }
  return sim::Done{};
}

}  // namespace halfwrite::publishing
