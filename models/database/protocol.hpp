// The messages between a database's clients and its server. Values only; what they mean is said in
// client.hpp.
#pragma once

#include "models/database/client.hpp"
#include "models/database/replication_slot.hpp"
#include "models/database/write_ahead_log.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::database::protocol {

// How far a standby has come with the log.
struct Progress {
  std::uint64_t written = 0;  // its operating system has it
  std::uint64_t flushed = 0;
  std::uint64_t applied = 0;  // reads there see it
};

// The first message of a connection.
struct Startup final : sim::Payload {
  std::optional<Progress> standby;  // a standby asks for what lies behind what it has written
  bool replication = false;
  enum class SlotCommand : std::uint8_t { none, create, drop };
  SlotCommand slot_command = SlotCommand::none;  // and no more
  std::string slot;
  std::optional<std::uint64_t> from;
  std::vector<std::string> tables;
  std::string_view kind() const override { return replication ? "StartReplication" : "Startup"; }
  std::uint64_t fingerprint() const override;
};

struct Request final : sim::Payload {
  enum class Kind : std::uint8_t { begin, execute, execute_alone, commit, rollback };
  Kind what = Kind::execute;
  StatementReference statement;  // execute, execute_alone
  sql::Parameters parameters;    // those the statement names
  TransactionToken token;        // begin, execute_alone
  std::optional<Isolation> isolation;
  sim::Address address;  // of the client's wait: draws and refusals are keyed by it
  std::vector<sim::Alias> aliases;
  std::string_view kind() const override;
  std::uint64_t fingerprint() const override;
};

struct Reply final : sim::Payload {
  std::optional<sql::SqlError> error;
  QueryResult result;
  bool in_transaction = false;
  bool failed = false;                        // the open transaction accepts only rollback
  bool ends_session = false;                  // the server says why it closes the connection
  bool logged = false;                        // a commit record stands behind this answer
  std::optional<TransactionToken> committed;  // which transaction COMMIT PREPARED ended
  sim::Name database;                         // in the greeting: whose member answers
  std::vector<Notification> notifications;    // held back while the session was busy
  std::string_view kind() const override { return error ? "Error" : "Result"; }
  std::uint64_t fingerprint() const override;
};

// Told unasked, to a session that is idle.
struct Notified final : sim::Payload {
  Notification notification;
  std::string_view kind() const override { return "Notification"; }
  std::uint64_t fingerprint() const override;
};

struct Changes final : sim::Payload {
  std::vector<Change> changes;
  std::string_view kind() const override { return "Changes"; }
  std::uint64_t fingerprint() const override;
};

struct Confirm final : sim::Payload {
  std::uint64_t position = 0;
  std::string_view kind() const override { return "Confirm"; }
  std::uint64_t fingerprint() const override;
};

// A stretch of the log on its way to a standby, and how far the slots are that it keeps as well.
struct LogRecords final : sim::Payload {
  std::uint64_t behind = 0;  // they follow this position
  std::vector<LogRecord> records;
  std::vector<SlotPosition> slots;
  std::string_view kind() const override { return "LogRecords"; }
  std::uint64_t fingerprint() const override;
};

struct LogProgress final : sim::Payload {
  Progress progress;
  std::string_view kind() const override { return "LogProgress"; }
  std::uint64_t fingerprint() const override;
};

}  // namespace halfwrite::database::protocol
