// What a scenario says about one database. Values only; durations that are ranges are drawn per
// use.
#pragma once

#include "sim/clock.hpp"
#include "sim/draw.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::sql {
class Catalog;
}

namespace halfwrite::database {

enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };

struct Settings {
  std::string name;
  std::shared_ptr<const sql::Catalog> catalog;  // the schema, with the tables that strategies add
  std::vector<std::string> data;                // statements run before the run begins
  std::vector<std::string>
      bookkeeping_tables;  // outbox, inbox, ...: their changes are no business effect
  Isolation isolation = Isolation::read_committed;
  bool synchronous_commit = true;
  std::uint32_t connections = 100;
  sim::DurationRange statement_time{sim::Duration::microseconds(50),
                                    sim::Duration::microseconds(200)};
  sim::DurationRange sync_time{sim::Duration::microseconds(200), sim::Duration::milliseconds(2)};
  sim::Duration deadlock_timeout = sim::Duration::seconds(1);
  std::optional<sim::Duration> lock_timeout;
  std::optional<sim::Duration> statement_timeout;
  std::optional<sim::Duration> idle_in_transaction_session_timeout;
  sim::Duration wal_writer_delay = sim::Duration::milliseconds(200);
  sim::Duration checkpoint_timeout = sim::Duration::seconds(300);
  sim::Clock clock;
};

}  // namespace halfwrite::database
