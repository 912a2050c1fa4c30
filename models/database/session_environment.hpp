// What SQL can ask of its session: clocks, sequences, transaction ids, settings. One per session;
// it lives as long as the session. Draws are keyed by the statement that asks, never by a counter
// of the session.
#pragma once

#include "models/database/engine.hpp"
#include "models/database/sql/evaluator.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace halfwrite::database {

// What SET can change.
struct SessionSettings {
  explicit SessionSettings(const Settings& settings);
  SynchronousCommit synchronous_commit;
  Isolation default_isolation;
  sim::Duration deadlock_timeout;
  std::optional<sim::Duration> lock_timeout;
  std::optional<sim::Duration> statement_timeout;
  std::optional<sim::Duration> idle_in_transaction_session_timeout;
  std::optional<sim::Duration> idle_session_timeout;

  // 42704 for an unknown name, 22023 for a value it cannot have. Nothing as value: the database's
  // default.
  sql::Expected<sql::Done> set(std::string_view name, const std::optional<std::string>& value,
                               const Settings& defaults);
  std::optional<std::string> show(std::string_view name) const;
};

class SessionEnvironment final : public sql::Environment {
 public:
  SessionEnvironment(Engine& engine, const SessionSettings& settings)
      : engine_(engine), settings_(settings) {}

  // The statement that asks from now on. `key` is its place among all draws.
  void begin_statement(Transaction& transaction, sim::Key key);

  std::int64_t transaction_time() override { return transaction_->started_at; }
  std::int64_t statement_time() override { return statement_time_; }
  std::int64_t clock_time() override { return engine_.clock_microseconds(); }
  sql::Expected<std::int64_t> next_value(std::size_t database, sql::SequenceId sequence) override;
  sql::Expected<std::int64_t> current_value(std::size_t database,
                                            sql::SequenceId sequence) override;
  sql::Expected<std::int64_t> set_value(std::size_t database, sql::SequenceId sequence,
                                        std::int64_t value, bool is_called) override;
  sql::Expected<std::int64_t> last_value() override;
  std::string random_uuid() override;
  sql::Expected<std::int64_t> transaction_id() override;
  std::optional<std::int64_t> transaction_id_if_assigned() override;
  std::string snapshot() override;
  std::optional<std::string> setting(std::string_view name) override;

 private:
  void log(const SequenceRecord& record);
  void take_snapshot();

  Engine& engine_;
  const SessionSettings& settings_;
  Transaction* transaction_ = nullptr;
  std::int64_t statement_time_ = 0;
  sim::Key key_{0};
  std::uint64_t uuids_ = 0;  // drawn by this statement
  std::optional<std::string> snapshot_;
  bool snapshot_is_passing_ = false;  // it shows others who run, whose end changes no row
  std::map<sql::SequenceId, std::int64_t> current_values_;
  std::optional<sql::SequenceId> last_sequence_;
};

}  // namespace halfwrite::database
