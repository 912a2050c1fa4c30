// What the three dual writes share: sending an event that an operation owes, perhaps again and
// again out of the process's memory. The broker and the database know nothing of each other here;
// which of them hears first, and when, is what database_first, broker_first and inside_transaction
// differ in.
#pragma once

#include "models/service/event_publisher.hpp"
#include "models/service/instance.hpp"
#include "models/service/operation_run.hpp"
#include "sim/windows.hpp"

#include <optional>
#include <string_view>

namespace halfwrite::publishing {

using service::StepFailure;
using Sent = sim::Expected<sim::Done, StepFailure>;

// Keeps a window until the transaction is over; it opens with the request that `first` says.
class WindowState : public service::PublisherState {
 public:
  WindowState(sim::Simulation& simulation, std::string_view window, sim::RequestAt first)
      : guard(simulation, window, first) {}
  sim::WindowGuard guard;
};
// That of the current transaction, or nullptr.
WindowState* window_of(service::OperationRun& run);

// A strategy that does nothing at any moment; each one overrides the moments it is about.
class DualWrite : public service::EventPublisher {
 public:
  explicit DualWrite(service::Instance& instance) : instance_(instance) {}
  Sent before_transaction(service::OperationRun&) override { return sim::Done{}; }
  Sent on_emit(service::OperationRun&, const service::EmittedEvent&) override {
    return sim::Done{};
  }
  Sent before_commit(service::OperationRun&) override { return sim::Done{}; }
  Sent after_commit(service::OperationRun&) override { return sim::Done{}; }

 protected:
  // Sends one event at this step, with the alias {event, published}. With `direct.await` it waits
  // for the acknowledgement and tries again as `direct.retry` says (in memory: the process's death
  // ends it); an unknown outcome is tried again too, which may append twice. Without await it
  // always succeeds.
  Sent send(const service::EmittedEvent& event, sim::Name step);
  service::Instance& instance() const { return instance_; }

 private:
  service::Instance& instance_;
};

}  // namespace halfwrite::publishing
