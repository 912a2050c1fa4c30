#include "models/publishing/dual_write.hpp"

#include "models/broker/producer.hpp"
#include "models/service/retry.hpp"

namespace halfwrite::publishing {

WindowState* window_of(service::OperationRun& run) {
  return static_cast<WindowState*>(run.publisher_state.get());
}

Sent DualWrite::send(const service::EmittedEvent& event, sim::Name step) {
  const service::Direct& direct = instance_.settings().direct;
  const auto aliases = instance_.runtime().aliases_of(event.type->name, "published");
  const sim::Place place{step, aliases};
  if (!direct.await) {
    instance_.producer().send_and_forget(service::record_of(event), place);
    return sim::Done{};
  }
  for (std::uint32_t tries = 1;; ++tries) {
    const auto metadata = instance_.producer().send(service::record_of(event), place);
    if (metadata.has_value()) return sim::Done{};
    StepFailure failure = service::failure_of(metadata.error());
    if (!direct.retry || !service::tries_again(*direct.retry, failure, tries)) {
      return sim::Unexpected<StepFailure>(std::move(failure));
    }
    instance_.wait_before_retry(*direct.retry, tries + 1);
  }
}

}  // namespace halfwrite::publishing
