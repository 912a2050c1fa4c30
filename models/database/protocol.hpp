// The messages between a database's clients and its server. Values only; what they mean is said in
// client.hpp.
#pragma once

#include "models/database/client.hpp"
#include "sim/network.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwrite::database::protocol {

// The first message of a connection.
struct Startup final : sim::Payload {
  bool replication = false;
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
  bool logged = false;                        // a commit record stands behind this answer
  std::optional<TransactionToken> committed;  // which transaction COMMIT PREPARED ended
  std::string_view kind() const override { return error ? "Error" : "Result"; }
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

}  // namespace halfwrite::database::protocol
