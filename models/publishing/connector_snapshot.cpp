#include "models/publishing/connector_snapshot.hpp"

#include "models/database/client.hpp"
#include "models/publishing/relay_handler.hpp"

namespace halfwrite::publishing {

sim::Expected<std::vector<Item>, StepFailure> ConnectorSnapshot::read(bool slot_is_new) {
  auto result = instance_.execute_alone(statements_.snapshot, {}, {snapshot_step_});
  if (!result.has_value()) return sim::Unexpected<StepFailure>(result.error());
  std::vector<Item> items;
  for (const sql::Row& row : result->rows) {
    Item& item = items.emplace_back();
    item.record = record_from(instance_.runtime().events, row);
    if (slot_is_new) read_.insert(item.record.event_id);
  }
  return items;
}

}  // namespace halfwrite::publishing
