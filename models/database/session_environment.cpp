#include "models/database/session_environment.hpp"

#include "models/database/errors.hpp"
#include "sim/quiescence.hpp"

#include <array>
#include <charconv>

namespace halfwrite::database {

namespace {

// "200ms", "1s", "5min", "250" (milliseconds, as PostgreSQL's timeouts count).
std::optional<sim::Duration> read_timeout(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || number < 0) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit == "us") return sim::Duration::microseconds(number);
  if (unit.empty() || unit == "ms") return sim::Duration::milliseconds(number);
  if (unit == "s") return sim::Duration::seconds(number);
  if (unit == "min") return sim::Duration::seconds(number * 60);
  if (unit == "h") return sim::Duration::seconds(number * 3600);
  return std::nullopt;
}

std::string timeout_text(const std::optional<sim::Duration>& timeout) {
  if (!timeout || timeout->is_zero()) return "0";
  const std::int64_t milliseconds = timeout->in_nanoseconds() / 1'000'000;
  if (milliseconds % 60'000 == 0) return std::to_string(milliseconds / 60'000) + "min";
  if (milliseconds % 1000 == 0) return std::to_string(milliseconds / 1000) + "s";
  return std::to_string(milliseconds) + "ms";
}

sql::SqlError invalid_value(std::string_view name, std::string_view value) {
  return error_of("22023", "invalid value for parameter \"" + std::string(name) + "\": \"" +
                               std::string(value) + "\"");
}

sql::Expected<sql::Done> set_timeout(std::optional<sim::Duration>& target, std::string_view name,
                                     const std::string& value) {
  const std::optional<sim::Duration> timeout = read_timeout(value);
  if (!timeout) return invalid_value(name, value);
  target = timeout->is_zero() ? std::nullopt : timeout;
  return sql::Done{};
}

std::optional<Isolation> read_isolation(std::string_view text) {
  if (text == "read committed" || text == "read uncommitted") return Isolation::read_committed;
  if (text == "repeatable read") return Isolation::repeatable_read;
  if (text == "serializable") return Isolation::serializable;
  return std::nullopt;
}

const char* isolation_text(Isolation isolation) {
  switch (isolation) {
    case Isolation::read_committed:
      return "read committed";
    case Isolation::repeatable_read:
      return "repeatable read";
    case Isolation::serializable:
      return "serializable";
  }
  return "read committed";
}

std::optional<SynchronousCommit> read_synchronous_commit(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes" || text == "1") return SynchronousCommit::on;
  if (text == "off" || text == "false" || text == "no" || text == "0") {
    return SynchronousCommit::off;
  }
  if (text == "local") return SynchronousCommit::local;
  if (text == "remote_write") return SynchronousCommit::remote_write;
  if (text == "remote_apply") return SynchronousCommit::remote_apply;
  return std::nullopt;
}

const char* commit_text(SynchronousCommit level) {
  switch (level) {
    case SynchronousCommit::off:
      return "off";
    case SynchronousCommit::local:
      return "local";
    case SynchronousCommit::remote_write:
      return "remote_write";
    case SynchronousCommit::on:
      return "on";
    case SynchronousCommit::remote_apply:
      return "remote_apply";
  }
  return "on";
}

}  // namespace

SessionSettings::SessionSettings(const Settings& settings)
    : synchronous_commit(settings.synchronous_commit),
      default_isolation(settings.isolation),
      deadlock_timeout(settings.deadlock_timeout),
      lock_timeout(settings.lock_timeout),
      statement_timeout(settings.statement_timeout),
      idle_in_transaction_session_timeout(settings.idle_in_transaction_session_timeout) {}

sql::Expected<sql::Done> SessionSettings::set(std::string_view name,
                                              const std::optional<std::string>& value,
                                              const Settings& defaults) {
  const SessionSettings initial(defaults);
  if (name == "lock_timeout") {
    if (value) return set_timeout(lock_timeout, name, *value);
    lock_timeout = initial.lock_timeout;
  } else if (name == "statement_timeout") {
    if (value) return set_timeout(statement_timeout, name, *value);
    statement_timeout = initial.statement_timeout;
  } else if (name == "idle_in_transaction_session_timeout") {
    if (value) return set_timeout(idle_in_transaction_session_timeout, name, *value);
    idle_in_transaction_session_timeout = initial.idle_in_transaction_session_timeout;
  } else if (name == "idle_session_timeout") {
    if (value) return set_timeout(idle_session_timeout, name, *value);
    idle_session_timeout = initial.idle_session_timeout;
  } else if (name == "deadlock_timeout") {
    std::optional<sim::Duration> timeout = initial.deadlock_timeout;
    if (value) timeout = read_timeout(*value);
    if (!timeout || timeout->is_zero()) return invalid_value(name, value.value_or(""));
    deadlock_timeout = *timeout;
  } else if (name == "synchronous_commit") {
    std::optional<SynchronousCommit> level = initial.synchronous_commit;
    if (value) level = read_synchronous_commit(*value);
    if (!level) return invalid_value(name, *value);
    synchronous_commit = *level;
  } else if (name == "default_transaction_isolation") {
    std::optional<Isolation> isolation = initial.default_isolation;
    if (value) isolation = read_isolation(*value);
    if (!isolation) return invalid_value(name, value.value_or(""));
    default_isolation = *isolation;
  } else {
    sql::SqlError error = not_modelled("SET " + std::string(name) + " is not modelled",
                                       "settings of this model: lock_timeout, statement_timeout, "
                                       "idle_in_transaction_session_timeout, idle_session_timeout, "
                                       "deadlock_timeout, "
                                       "synchronous_commit, default_transaction_isolation");
    error.unknown_name = name;
    return error;
  }
  return sql::Done{};
}

std::optional<std::string> SessionSettings::show(std::string_view name) const {
  if (name == "lock_timeout") return timeout_text(lock_timeout);
  if (name == "statement_timeout") return timeout_text(statement_timeout);
  if (name == "idle_in_transaction_session_timeout") {
    return timeout_text(idle_in_transaction_session_timeout);
  }
  if (name == "idle_session_timeout") return timeout_text(idle_session_timeout);
  if (name == "deadlock_timeout") return timeout_text(deadlock_timeout);
  if (name == "synchronous_commit") return commit_text(synchronous_commit);
  if (name == "default_transaction_isolation") return isolation_text(default_isolation);
  return std::nullopt;
}

void SessionEnvironment::begin_statement(Transaction& transaction, sim::Key key) {
  transaction_ = &transaction;
  statement_time_ = engine_.clock_microseconds();
  key_ = key;
  uuids_ = 0;
  if (transaction.isolation == Isolation::read_committed) {
    snapshot_.reset();
  } else if (!transaction.horizon) {
    // A repeatable-read transaction shows the snapshot of its first statement.
    take_snapshot();
  }
}

void SessionEnvironment::take_snapshot() {
  snapshot_ = to_text(engine_.transactions().snapshot(transaction_));
  snapshot_is_passing_ = engine_.transactions().others_have_ids(*transaction_);
}

void SessionEnvironment::log(const SequenceRecord& record) {
  engine_.transactions().assign_xid(*transaction_);
  transaction_->wrote_log = true;
  engine_.append_sequence(record);
}

sql::Expected<std::int64_t> SessionEnvironment::next_value(std::size_t /*database*/,
                                                           sql::SequenceId sequence) {
  if (transaction_->read_only) return forbidden_when_read_only("nextval()");
  sql::Expected<Sequences::Drawn> drawn = engine_.sequences().next(sequence);
  if (!drawn) return drawn.error();
  if (drawn->to_log) log(*drawn->to_log);
  current_values_[sequence] = drawn->value;
  last_sequence_ = sequence;
  return drawn->value;
}

sql::Expected<std::int64_t> SessionEnvironment::current_value(std::size_t /*database*/,
                                                              sql::SequenceId sequence) {
  const auto value = current_values_.find(sequence);
  if (value == current_values_.end()) {
    return error_of("55000", "currval of sequence \"" + engine_.catalog().sequence(sequence).name +
                                 "\" is not yet defined in this session");
  }
  return value->second;
}

sql::Expected<std::int64_t> SessionEnvironment::set_value(std::size_t /*database*/,
                                                          sql::SequenceId sequence,
                                                          std::int64_t value, bool is_called) {
  if (transaction_->read_only) return forbidden_when_read_only("setval()");
  sql::Expected<SequenceRecord> record = engine_.sequences().set(sequence, value, is_called);
  if (!record) return record.error();
  log(*record);
  if (is_called) current_values_[sequence] = value;
  return value;
}

sql::Expected<std::int64_t> SessionEnvironment::last_value() {
  if (!last_sequence_) return error_of("55000", "lastval is not yet defined in this session");
  return current_values_.at(*last_sequence_);
}

// Version 4: the version nibble and the two variant bits, the rest drawn.
std::string SessionEnvironment::random_uuid() {
  const sim::Key key = key_.with("uuid").with(uuids_++);
  const std::uint64_t high_draw = key.with("high").value();
  const std::uint64_t low_draw = key.with("low").value();
  const std::uint64_t high = (high_draw & ~0xf000ull) | 0x4000ull;
  const std::uint64_t low = (low_draw & ~(0x3ull << 62)) | (0x2ull << 62);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
    const std::uint64_t half = nibble < 16 ? high : low;
    text += digits[(half >> (60 - 4 * (nibble % 16))) & 0xf];
  }
  return text;
}

sql::Expected<std::int64_t> SessionEnvironment::transaction_id() {
  if (engine_.in_recovery()) {
    return error_of("25006", "cannot execute pg_current_xact_id() during recovery");
  }
  return static_cast<std::int64_t>(engine_.transactions().assign_xid(*transaction_));
}

std::optional<std::int64_t> SessionEnvironment::transaction_id_if_assigned() {
  if (transaction_->xid == 0) return std::nullopt;
  return static_cast<std::int64_t>(transaction_->xid);
}

std::string SessionEnvironment::snapshot() {
  if (!snapshot_) take_snapshot();
  if (snapshot_is_passing_) sim::look_again(engine_.simulation());
  return *snapshot_;
}

std::optional<std::string> SessionEnvironment::setting(std::string_view name) {
  if (name == "transaction_isolation" && transaction_ != nullptr) {
    return isolation_text(transaction_->isolation);
  }
  return settings_.show(name);
}

}  // namespace halfwrite::database
