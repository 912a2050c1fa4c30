#include "models/publishing/connector_heartbeat.hpp"

#include "models/database/client.hpp"

#include <algorithm>

namespace halfwrite::publishing {

ConnectorHeartbeat::ConnectorHeartbeat(service::Instance& instance,
                                       const OutboxStatements& statements)
    : instance_(instance), statements_(statements), step_(instance.name_of("heartbeat")) {
  const auto& interval = instance.settings().outbox.heartbeat;
  if (interval) due_ = instance.simulation().now() + instance.simulation().truly(*interval);
}

sim::Duration ConnectorHeartbeat::until_due() const {
  if (!instance_.settings().outbox.heartbeat) return sim::Duration::for_ever();
  return std::max(due_ - instance_.simulation().now(), sim::Duration::microseconds(1));
}

void ConnectorHeartbeat::beat_if_due() {
  sim::Simulation& simulation = instance_.simulation();
  if (simulation.now() < due_) return;
  due_ = simulation.now() + simulation.truly(*instance_.settings().outbox.heartbeat);
  const std::optional<std::string> end = log_end();
  if (!end || end == end_) return;
  const auto beaten = instance_.execute_alone(
      statements_.beat, {{"relay", sql::Value::text(instance_.settings().name + ".relay")}},
      {step_});
  if (beaten.has_value()) end_ = log_end();
}

std::optional<std::string> ConnectorHeartbeat::log_end() {
  const auto result = instance_.execute_alone(statements_.log_end, {}, {step_});
  if (!result.has_value() || result->rows.empty()) return std::nullopt;
  return sql::to_text(result->rows.front().front());
}

}  // namespace halfwrite::publishing
