// What a partition remembers of idempotent producers: per producer id its epoch and its last five
// batches. Volatile: a new leader builds it again from its log. It decides and never appends.
// Source: ProducerStateManager and ProducerAppendInfo (KIP-98, KIP-360).
#pragma once

#include "models/broker/log_entry.hpp"

#include <cstdint>
#include <deque>
#include <map>

namespace halfwrite::broker {

class ProducerStates {
 public:
  enum class Decision : std::uint8_t { append, duplicate, out_of_order, fenced };
  struct Check {
    Decision decision = Decision::append;
    std::uint64_t offset = 0;  // of a duplicate: where it was appended
  };
  // The next sequence, or the first of a newer epoch, or any of an unknown producer is to be
  // appended; one of the last five is a duplicate; an older epoch is fenced; any other gap is out
  // of order.
  Check check(std::uint64_t producer_id, std::uint32_t epoch, std::uint32_t sequence) const;
  void appended(const LogEntry& entry, std::uint64_t offset);

 private:
  struct Batch {
    std::uint32_t sequence;
    std::uint64_t offset;
  };
  struct State {
    std::uint32_t epoch = 0;
    std::deque<Batch> batches;
  };
  std::map<std::uint64_t, State> producers_;
};

}  // namespace halfwrite::broker
