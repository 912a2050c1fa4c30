// A consumer: one member of a consumer group in one process. Volatile: it dies with the process,
// and the group's coordinator hears of that only by its silence (session_timeout), as in Kafka. It
// joins and re-joins by itself, fetches ahead from the leaders of its partitions and hands records
// out in the order of their offsets per partition. It commits by itself only with
// `enable_auto_commit`, and never records that something was delivered: the subscription loop does.
// Source: Kafka's classic group protocol (eager, range assignor) and consumer.
#pragma once

#include "models/broker/record.hpp"
#include "models/broker/settings.hpp"
#include "sim/expected.hpp"
#include "sim/simulation.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halfwrite::broker {

class Consumer {
 public:
  // Both settings are copied; `settings.group` must not be empty. Joins at the first poll.
  Consumer(sim::Process& process, const Settings& broker, const ConsumerSettings& settings,
           std::vector<std::string> topics);
  // Stops without leaving, as a killed process does: the group waits for the session time-out.
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Up to `prefetch` records, as soon as there are any, at most `wait` later none. Positions
  // advance past what is returned. The wait at `place` is idle, whatever the caller's scope says.
  // Where the group is being rebalanced, this call gives up all partitions and joins again (eager),
  // so a batch still being handled delays the others' round by at most max_poll_interval.
  // With enable_auto_commit it first sees to what earlier calls returned, handled or not: before
  // giving up partitions it commits the positions and waits for that; once auto_commit_interval is
  // over since the last time it begins to commit them and goes on. What it returns itself is
  // committed by a later call at the earliest (Kafka: maybeAutoCommitOffsetsAsync). A failed commit
  // is told to nobody: one that may succeed later is tried again after retry.backoff.ms.
  std::vector<Delivery> poll(const sim::Place& place, sim::Duration wait);

  // Stores the offset to read next, in the coordinator's replicated log as an acks=all write. Last
  // write wins, also backwards. Retries while the coordinator moves, at most 60 s
  // (default.api.timeout.ms). Fails with "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID",
  // "REBALANCE_IN_PROGRESS" (the partition may be another's by now; nothing was stored) or
  // "time-out" (unknown). The commit's request passes `place`.
  sim::Expected<sim::Done, std::string> commit(std::string_view topic, std::uint32_t partition,
                                               std::uint64_t next_offset, const sim::Place& place);

  // The next poll reads this partition from `offset` on; what was fetched ahead is dropped. Does
  // nothing where the partition is not assigned (any more).
  void seek(std::string_view topic, std::uint32_t partition, std::uint64_t offset);

  // At which step the requests of automatic commits pass, in the operation of the scope that polls.
  void commit_automatically_at(sim::Name step);

  // Leaves the group in order: the others get the partitions at once. Polling again joins again.
  // With enable_auto_commit all positions are committed before, as Kafka's close() does: also what
  // the last poll returned, handled or not.
  void leave(const sim::Place& place);

  // Topic and partition, ascending; empty while the group is being rebalanced.
  std::vector<std::pair<std::string, std::uint32_t>> assignment() const;
  // Goes up with each assignment, and when one is lost: who remembers a batch compares it.
  std::uint64_t assignment_number() const;
  // Why polls return nothing for good: auto_offset_reset is `fail` and a partition has no valid
  // committed offset. Empty otherwise.
  const std::string& refusal() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace halfwrite::broker
