// Logical replication slots: how far each consumer has confirmed, in memory and as of the last
// checkpoint. A crash falls back to the checkpoint, so confirmed changes come again (PostgreSQL).
// A slot sends nothing itself; replication_sender.hpp does.
#pragma once

#include "models/database/settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::database {

struct ReplicationSlot {
  std::uint64_t confirmed = 0;  // every commit up to here is done with
  std::uint64_t persisted = 0;  // what a crash falls back to
  bool active = false;          // a consumer is connected
  SlotOptions options = {};
  bool lost = false;  // the log no longer has what its consumer would need; for good
};

// How far the consumer of a slot is that standbys keep as well.
struct SlotPosition {
  std::string name;
  std::uint64_t confirmed = 0;
  SlotOptions options;
};

class ReplicationSlots {
 public:
  // Starts behind `position`; the creation is durable at once. False if the name is taken.
  bool create(std::string_view name, std::uint64_t position, SlotOptions options = {});
  bool drop(std::string_view name);
  ReplicationSlot* find(std::string_view name);
  const ReplicationSlot* find(std::string_view name) const;
  bool empty() const { return slots_.empty(); }

  // Those that are kept at a failover, and on a standby: they are as the primary says, but never
  // ahead of what this server has (PostgreSQL 17, sync_replication_slots).
  std::vector<SlotPosition> kept_at_failover() const;
  void synchronize(const std::vector<SlotPosition>& slots, std::uint64_t flushed);

  // The slots whose consumers are so far behind are lost (PostgreSQL, slot.c,
  // InvalidateObsoleteReplicationSlots). Their names and confirmed positions, in order of the
  // names.
  std::vector<std::pair<std::string, std::uint64_t>> give_up(
      const std::function<bool(std::uint64_t confirmed)>& is_too_far_behind);
  bool has_one(const std::function<bool(std::uint64_t confirmed)>& is_too_far_behind) const;

  // Makes confirmed positions durable.
  void checkpoint();
  // No consumer can ask for changes up to here again; all of them without a slot.
  std::uint64_t oldest_needed() const;
  bool has_unsaved() const;
  // Is there one that sends only what a standby has?
  bool wait_for_standby() const;
  void restart();

 private:
  std::map<std::string, ReplicationSlot, std::less<>> slots_;
};

}  // namespace halfwrite::database
