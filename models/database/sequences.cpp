#include "models/database/sequences.hpp"

#include "models/database/errors.hpp"

namespace halfwrite::database {

namespace {

constexpr std::int64_t kLoggedAhead = 32;

// The value after `last`, or nothing when the sequence ends there.
std::optional<std::int64_t> value_after(const sql::Sequence& sequence, std::int64_t last) {
  std::int64_t next = 0;
  const bool overflows = __builtin_add_overflow(last, sequence.increment, &next);
  const bool ended = sequence.increment > 0 ? (overflows || next > sequence.maximum)
                                            : (overflows || next < sequence.minimum);
  if (!ended) return next;
  if (!sequence.cycle) return std::nullopt;
  return sequence.increment > 0 ? sequence.minimum : sequence.maximum;
}

}  // namespace

Sequences::Sequences(const sql::Catalog& catalog) : catalog_(catalog) {
  for (const sql::Sequence& sequence : catalog.sequences()) {
    State state;
    state.last_value = sequence.start;
    states_.push_back(state);
  }
  at_start_ = states_;
}

sql::Expected<Sequences::Drawn> Sequences::next(sql::SequenceId id) {
  const sql::Sequence& sequence = catalog_.sequence(id);
  State& state = states_[id];
  Drawn drawn;
  if (!state.is_called) {
    drawn.value = state.last_value;
  } else if (const std::optional<std::int64_t> next = value_after(sequence, state.last_value)) {
    drawn.value = *next;
  } else {
    const bool rising = sequence.increment > 0;
    return error_of("2200H", std::string("nextval: reached ") + (rising ? "maximum" : "minimum") +
                                 " value of sequence \"" + sequence.name + "\" (" +
                                 std::to_string(rising ? sequence.maximum : sequence.minimum) +
                                 ")");
  }
  const std::int64_t needed = state.is_called ? 1 : 0;
  const bool log =
      state.logged_ahead < needed || !state.is_called || !state.logged_since_checkpoint;
  if (log) {
    std::int64_t ahead = drawn.value;
    std::int64_t values = 0;
    for (; values < kLoggedAhead; ++values) {
      const std::optional<std::int64_t> next = value_after(sequence, ahead);
      if (!next) break;
      ahead = *next;
    }
    drawn.to_log = SequenceRecord{id, ahead, true};
    state.logged_ahead = values;
    state.logged_since_checkpoint = true;
  } else {
    state.logged_ahead -= needed;
  }
  state.last_value = drawn.value;
  state.is_called = true;
  return drawn;
}

sql::Expected<SequenceRecord> Sequences::set(sql::SequenceId id, std::int64_t value,
                                             bool is_called) {
  const sql::Sequence& sequence = catalog_.sequence(id);
  if (value < sequence.minimum || value > sequence.maximum) {
    return error_of("22003", "setval: value " + std::to_string(value) +
                                 " is out of bounds for sequence \"" + sequence.name + "\" (" +
                                 std::to_string(sequence.minimum) + ".." +
                                 std::to_string(sequence.maximum) + ")");
  }
  states_[id] = State{value, is_called, 0, true};
  return SequenceRecord{id, value, is_called};
}

void Sequences::checkpoint() {
  for (State& state : states_) state.logged_since_checkpoint = false;
}

void Sequences::restart(const WriteAheadLog& log) {
  states_ = at_start_;
  const auto take = [this](const SequenceRecord& record) {
    states_[record.sequence] = State{record.last_value, record.is_called, 0, false};
  };
  for (const auto& [sequence, record] : log.forgotten_sequences()) take(record);
  for (std::uint64_t position = log.forgotten() + 1; position <= log.end(); ++position) {
    const LogRecord& record = log.record(position);
    if (record.sequence) take(*record.sequence);
  }
}

}  // namespace halfwrite::database
