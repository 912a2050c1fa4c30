// What the tests of failovers share: the faults that bring one about, and the worlds they strike.
#pragma once

#include "tests/database/world.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::database::tests {

using sim::Duration;

inline constexpr const char* standby_node = "db.standby_1";

inline sim::Fault partition_at(Duration at, Duration lasting, std::vector<std::string> one,
                               std::vector<std::string> other) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::partition;
  fault.anchor.at = sim::Instant::at(at);
  fault.groups = {std::move(one), std::move(other)};
  fault.lasting = lasting;
  return fault;
}

inline sim::Fault promotion_at(Duration at, bool fenced, const char* standby = standby_node) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::promote;
  fault.anchor.at = sim::Instant::at(at);
  fault.targets = {standby};
  fault.fenced = fenced;
  return fault;
}

inline sim::Fault crash_at(Duration at, const char* node, std::optional<Duration> down,
                           bool machine = false) {
  sim::Fault fault;
  fault.kind = sim::FaultKind::crash;
  fault.anchor.at = sim::Instant::at(at);
  fault.targets = {node};
  fault.machine = machine;
  fault.for_ever = !down;
  if (down) fault.lasting = *down;
  return fault;
}

inline World::Options one_table(std::function<void(Settings&)> adjust = {},
                                std::uint32_t standbys = 1) {
  World::Options options;
  options.schema = {"create table t(id int primary key, v int)",
                    "create table u(id serial primary key, v int)"};
  options.data = {"insert into t values (1, 10), (2, 20)"};
  options.adjust = [standbys, adjust](Settings& settings) {
    settings.standbys = standbys;
    if (adjust) adjust(settings);
  };
  return options;
}

inline void synchronous(Settings& settings) {
  settings.synchronous_replication = true;
}

}  // namespace halfwrite::database::tests
