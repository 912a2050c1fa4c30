#include "models/database/replication_slot.hpp"

#include <algorithm>

namespace halfwrite::database {

bool ReplicationSlots::create(std::string_view name, std::uint64_t position, SlotOptions options) {
  return slots_.emplace(std::string(name), ReplicationSlot{position, position, false, options})
      .second;
}

std::vector<SlotPosition> ReplicationSlots::kept_at_failover() const {
  std::vector<SlotPosition> kept;
  for (const auto& [name, slot] : slots_) {
    if (slot.options.failover && !slot.lost) kept.push_back({name, slot.confirmed, slot.options});
  }
  return kept;
}

void ReplicationSlots::synchronize(const std::vector<SlotPosition>& slots, std::uint64_t flushed) {
  std::map<std::string, ReplicationSlot, std::less<>> now;
  for (const SlotPosition& slot : slots) {
    std::uint64_t position = std::min(slot.confirmed, flushed);
    if (const ReplicationSlot* known = find(slot.name)) {
      position = std::max(position, known->confirmed);
    }
    now.emplace(slot.name, ReplicationSlot{position, position, false, slot.options});
  }
  slots_ = std::move(now);
}

bool ReplicationSlots::drop(std::string_view name) {
  const auto slot = slots_.find(name);
  if (slot == slots_.end()) return false;
  slots_.erase(slot);
  return true;
}

ReplicationSlot* ReplicationSlots::find(std::string_view name) {
  const auto slot = slots_.find(name);
  return slot == slots_.end() ? nullptr : &slot->second;
}

const ReplicationSlot* ReplicationSlots::find(std::string_view name) const {
  const auto slot = slots_.find(name);
  return slot == slots_.end() ? nullptr : &slot->second;
}

bool ReplicationSlots::has_one(
    const std::function<bool(std::uint64_t confirmed)>& is_too_far_behind) const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return !slot.second.lost && is_too_far_behind(slot.second.confirmed);
  });
}

std::vector<std::pair<std::string, std::uint64_t>> ReplicationSlots::give_up(
    const std::function<bool(std::uint64_t confirmed)>& is_too_far_behind) {
  std::vector<std::pair<std::string, std::uint64_t>> given_up;
  for (auto& [name, slot] : slots_) {
    if (slot.lost || !is_too_far_behind(slot.confirmed)) continue;
    slot.lost = true;
    given_up.emplace_back(name, slot.confirmed);
  }
  return given_up;
}

void ReplicationSlots::checkpoint() {
  for (auto& [name, slot] : slots_) slot.persisted = slot.confirmed;
}

std::uint64_t ReplicationSlots::oldest_needed() const {
  std::uint64_t oldest = ~0ull;
  for (const auto& [name, slot] : slots_) {
    if (!slot.lost) oldest = std::min(oldest, slot.persisted);
  }
  return oldest;
}

bool ReplicationSlots::has_unsaved() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return !slot.second.lost && slot.second.persisted != slot.second.confirmed;
  });
}

bool ReplicationSlots::wait_for_standby() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return !slot.second.lost && slot.second.options.wait_for_standby;
  });
}

void ReplicationSlots::restart() {
  for (auto& [name, slot] : slots_) {
    slot.confirmed = slot.persisted;
    slot.active = false;
  }
}

}  // namespace halfwrite::database
