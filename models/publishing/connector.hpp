// The connector: follows the database's log through a replication slot and sends what was inserted
// into the outbox, in commit order; nothing polls and no row is marked. It keeps its position on
// its own node's disk and stores it every offset_flush_interval; only what is stored is confirmed
// to the slot. After a restart it goes on from the stored position, so what came after it is sent
// again with the same event ids: at least once. Source: Debezium's PostgreSQL connector and outbox
// event router, Kafka Connect's source offsets. Updates and deletes of outbox rows are dropped, as
// the router does.
//
// When its slot is gone it makes another one and goes on behind what is committed by then, as
// Debezium does; when the server refuses the slot as lost it stops for good. `on_unknown_position`
// says otherwise, and `snapshot` lets it read the rows that are there first: when it makes a slot
// and has no position (initial), whenever it makes one (when_needed), at each start (always). A
// slot of the file is made before the run, when the outbox is empty.
#pragma once

#include "models/publishing/loop.hpp"
#include "models/publishing/statements.hpp"
#include "models/publishing/unread_events.hpp"
#include "models/service/instance.hpp"
#include "sim/disk.hpp"

#include <cstdint>
#include <optional>

namespace halfwrite::publishing {

// What outlives the connector's process: the stored positions, on its node's disk. Lives as long
// as the run.
class ConnectorOffsets {
 public:
  explicit ConnectorOffsets(sim::Disk& disk) : positions_(disk), snapshots_(disk) {}
  // The position to go on behind; nothing before the first store, or when the disk was lost.
  std::optional<std::uint64_t> stored() const {
    if (positions_.size() == 0) return std::nullopt;
    return positions_[positions_.size() - 1];
  }
  void store(std::uint64_t position) {
    positions_.append(position);
    positions_.sync(positions_.size());
  }
  // A snapshot that was begun and not sent to its end begins anew.
  bool owes_snapshot() const { return snapshots_.size() % 2 == 1; }
  void owe_snapshot() {
    if (!owes_snapshot()) note_snapshot();
  }
  void snapshot_sent() {
    if (owes_snapshot()) note_snapshot();
  }

 private:
  struct Note {};
  void note_snapshot() {
    snapshots_.append(Note{});
    snapshots_.sync(snapshots_.size());
  }

  sim::DurableLog<std::uint64_t> positions_;
  sim::DurableLog<Note> snapshots_;  // begun, sent, begun, ...
};

// Follows the slot on the running fiber until the process dies. Points of "order.relay": connect,
// receive, heartbeat (idle), publish, store, confirm, snapshot, drop_slot, create_slot; pause,
// retry.
void run_connector(service::Instance& instance, const Statements& statements, Attempts& attempts,
                   ConnectorOffsets& offsets, UnreadEvents& unread);

}  // namespace halfwrite::publishing
