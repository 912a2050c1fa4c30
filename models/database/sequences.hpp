// Sequences: they stand outside transactions, are never rolled back, and are logged 32 values ahead
// as PostgreSQL does (sequence.c, SEQ_LOG_VALS), so that a crash makes them jump. Owns their state;
// the caller writes the log.
#pragma once

#include "models/database/sql/catalog.hpp"
#include "models/database/sql/sql_error.hpp"
#include "models/database/write_ahead_log.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace halfwrite::database {

class Sequences {
 public:
  explicit Sequences(const sql::Catalog& catalog);

  struct Drawn {
    std::int64_t value = 0;
    std::optional<SequenceRecord> to_log;  // nothing: an earlier record covers the value
  };
  // nextval; 2200H when the sequence is exhausted.
  sql::Expected<Drawn> next(sql::SequenceId id);
  // setval; 22003 outside the bounds.
  sql::Expected<SequenceRecord> set(sql::SequenceId id, std::int64_t value, bool is_called);

  // After a checkpoint the next value is logged anew.
  void checkpoint();
  // Recovery: back to the state the data before the run left, then the surviving records in order.
  void restart(const WriteAheadLog& log);
  // What recovery starts from is the present state.
  void keep_as_start() { at_start_ = states_; }

 private:
  struct State {
    std::int64_t last_value = 0;
    bool is_called = false;
    std::int64_t logged_ahead = 0;
    bool logged_since_checkpoint = false;
  };
  const sql::Catalog& catalog_;
  std::vector<State> states_;
  std::vector<State> at_start_;
};

}  // namespace halfwrite::database
