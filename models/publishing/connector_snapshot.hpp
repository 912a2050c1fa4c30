// The rows of an outbox that a connector reads before it follows the log: all that are there, in
// one statement, in the order of their positions, sent with the event ids they have. It owns
// nothing but what it has read in this life of the connector. Source: Debezium, snapshot.mode; a
// row read is sent as an insert (outbox event router).
#pragma once

#include "models/publishing/loop.hpp"
#include "models/publishing/statements.hpp"
#include "models/service/instance.hpp"

#include <set>
#include <string>
#include <vector>

namespace halfwrite::publishing {

class ConnectorSnapshot {
 public:
  ConnectorSnapshot(service::Instance& instance, const OutboxStatements& statements)
      : instance_(instance),
        statements_(statements),
        snapshot_step_(instance.name_of("snapshot")) {}

  // At the point "snapshot". What is committed after the slot was made comes from the log as well;
  // with `slot_is_new` the log's copies of what was read here are known (the slot exports its
  // snapshot), with an older slot they are sent again.
  sim::Expected<std::vector<Item>, StepFailure> read(bool slot_is_new);
  // Asked once per change of the log.
  bool has_read(const std::string& event_id) { return read_.erase(event_id) > 0; }

 private:
  service::Instance& instance_;
  const OutboxStatements& statements_;
  sim::Name snapshot_step_;
  std::set<std::string> read_;
};

}  // namespace halfwrite::publishing
