// The connector's heartbeat: a slot moves with the rows that its consumer is sent, so where nobody
// emits and others fill the log it falls behind, until the server gives it up. Every so often the
// connector writes a row of its own, `outbox_heartbeat`, which comes back through the slot and is
// sent to nobody. Source: Debezium, heartbeat.interval.ms and heartbeat.action.query.
//
// Unlike Debezium's it asks first where the log ends, and writes nothing when nobody else has since
// its last beat: there is nothing to move past, and a run comes to rest. It beats between two reads
// of the log, as Debezium's does, so not while a record waits for the broker. A beat that fails is
// left out.
#pragma once

#include "models/publishing/statements.hpp"
#include "models/service/instance.hpp"

#include <optional>
#include <string>

namespace halfwrite::publishing {

class ConnectorHeartbeat {
 public:
  // Without `heartbeat` in the settings it never beats.
  ConnectorHeartbeat(service::Instance& instance, const OutboxStatements& statements);

  // At the point "heartbeat".
  void beat_if_due();
  sim::Duration until_due() const;  // for ever where it never beats

 private:
  std::optional<std::string> log_end();

  service::Instance& instance_;
  const OutboxStatements& statements_;
  sim::Name step_;
  sim::Instant due_ = sim::Instant::never();
  std::optional<std::string> end_;  // of the log, behind the last beat
};

}  // namespace halfwrite::publishing
