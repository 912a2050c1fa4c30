// What a scenario says about one database. Values only; durations that are ranges are drawn per
// use.
#pragma once

#include "sim/clock.hpp"
#include "sim/draw.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::sql {
class Catalog;
}

namespace halfwrite::database {

enum class Isolation : std::uint8_t { read_committed, repeatable_read, serializable };

// How far the log must have come before a commit is answered (PostgreSQL's synchronous_commit). The
// last three wait for the standby that commits wait for; where there is none, for the own disk.
enum class SynchronousCommit : std::uint8_t {
  off,           // nowhere: a crash may lose it
  local,         // the own disk
  remote_write,  // the standby's operating system
  on,            // the standby's disk
  remote_apply,  // and reads there see it
};

// Of a logical replication slot (PostgreSQL 17).
struct SlotOptions {
  bool failover = false;          // kept on the promoted standby
  bool wait_for_standby = false;  // hands out only what the first standby has flushed
};

// A manager that promotes the first standby when it cannot reach the primary.
struct Failover {
  sim::Duration timeout = sim::Duration::seconds(10);  // unreachable for so long
  bool fenced = true;                                  // the old primary is shut off first
};

struct NamedSlot {
  std::string name;
  SlotOptions options;
};

struct Settings {
  std::string name;
  std::shared_ptr<const sql::Catalog> catalog;  // the schema, with the tables that strategies add
  std::vector<std::string> data;                // statements run before the run begins
  std::vector<std::string>
      bookkeeping_tables;  // outbox, inbox, ...: their changes are no business effect
  Isolation isolation = Isolation::read_committed;
  SynchronousCommit synchronous_commit = SynchronousCommit::on;
  std::uint32_t standbys = 0;            // nodes <name>.standby_1, ...
  bool synchronous_replication = false;  // commits wait for the first of them
  sim::DurationRange replication_delay{sim::Duration::milliseconds(1),
                                       sim::Duration::milliseconds(5)};  // from flush to flush
  std::optional<Failover> failover;
  sim::Duration reroute;         // clients follow so long after a promotion
  std::vector<NamedSlot> slots;  // that exist before the run
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
  std::optional<std::uint64_t> max_slot_wal_keep_bytes;  // beyond it a slot is lost
  sim::Clock clock;
};

// The name of a standby's node: "order_db.standby_1".
std::string standby_name(std::string_view database, std::uint32_t number);

}  // namespace halfwrite::database
