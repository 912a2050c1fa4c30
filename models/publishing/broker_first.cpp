#include "models/publishing/broker_first.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace halfwrite::publishing {
namespace {

// What this transaction has published, and the window that is open since.
class Published : public service::PublisherState {
 public:
  bool holds(const std::string& event_id) const {
    return std::find(event_ids_.begin(), event_ids_.end(), event_id) != event_ids_.end();
  }
  void begins(sim::Simulation& simulation, sim::Name step) {
    if (!guard_) guard_.emplace(simulation, BrokerFirst::window, sim::RequestAt{step});
  }
  void add(const std::string& event_id) {
    guard_->open();
    event_ids_.push_back(event_id);
  }
  void failed() {
    if (event_ids_.empty()) guard_.reset();
  }
  void commit_comes() {
    if (guard_) guard_->closes_with(sim::RequestAt::any());
  }

 private:
  std::vector<std::string> event_ids_;
  std::optional<sim::WindowGuard> guard_;
};

Published& published_by(service::OperationRun& run) {
  if (run.publisher_state == nullptr) run.publisher_state = std::make_unique<Published>();
  return static_cast<Published&>(*run.publisher_state);
}

}  // namespace

BrokerFirst::BrokerFirst(service::Instance& instance) : DualWrite(instance) {
  instance.simulation().windows().declare(window);
}

Sent BrokerFirst::before_transaction(service::OperationRun& run) {
  const sim::Name publish = instance().name_of("publish");
  for (const service::EmittedEvent& event : run.planned_emits()) {
    published_by(run).begins(instance().simulation(), publish);
    Sent sent = send(event, publish);
    if (!sent.has_value()) {
      run.publisher_state.reset();
      return sent;
    }
    published_by(run).add(event.event_id);
  }
  return sim::Done{};
}

Sent BrokerFirst::on_emit(service::OperationRun& run, const service::EmittedEvent& event) {
  if (published_by(run).holds(event.event_id)) return sim::Done{};
  published_by(run).begins(instance().simulation(), run.step());
  Sent sent = send(event, run.step());
  if (sent.has_value()) {
    published_by(run).add(event.event_id);
  } else {
    published_by(run).failed();
  }
  return sent;
}

Sent BrokerFirst::before_commit(service::OperationRun& run) {
  published_by(run).commit_comes();
  return sim::Done{};
}

}  // namespace halfwrite::publishing
