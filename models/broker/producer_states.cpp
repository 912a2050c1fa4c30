#include "models/broker/producer_states.hpp"

#include "models/broker/timing.hpp"

namespace halfwrite::broker {

ProducerStates::Check ProducerStates::check(std::uint64_t producer_id, std::uint32_t epoch,
                                            std::uint32_t sequence) const {
  const auto found = producers_.find(producer_id);
  if (found == producers_.end()) return {};
  const State& state = found->second;
  if (epoch < state.epoch) return {Decision::fenced, 0};
  if (epoch > state.epoch) return {sequence == 0 ? Decision::append : Decision::out_of_order, 0};
  for (const Batch& batch : state.batches) {
    if (batch.sequence == sequence) return {Decision::duplicate, batch.offset};
  }
  if (sequence == state.batches.back().sequence + 1) return {};
  return {Decision::out_of_order, 0};
}

void ProducerStates::appended(const LogEntry& entry, std::uint64_t offset) {
  if (entry.producer_id == 0) return;
  State& state = producers_[entry.producer_id];
  if (entry.producer_epoch != state.epoch) state.batches.clear();
  state.epoch = entry.producer_epoch;
  state.batches.push_back({entry.sequence, offset});
  if (state.batches.size() > remembered_batches) state.batches.pop_front();
}

}  // namespace halfwrite::broker
