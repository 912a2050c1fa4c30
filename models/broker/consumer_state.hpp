// The inside of a consumer, shared by its sources: membership, assigned partitions, and the fibers
// that join, send heartbeats and fetch. Each of those serves one `number` of the assignment and
// ends when that is over. Kept alive by these fibers.
#pragma once

#include "models/broker/client.hpp"
#include "models/broker/consumer.hpp"
#include "models/broker/wait_list.hpp"
#include "sim/quiescence.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halfwrite::broker {

struct Consumer::State : std::enable_shared_from_this<Consumer::State> {
  State(sim::Process& process, const Settings& broker, const ConsumerSettings& settings,
        std::vector<std::string> topics);

  // --- Polling (consumer.cpp)
  std::vector<Delivery> poll(const sim::Place& place, sim::Duration wait);
  std::vector<Delivery> take();
  void seek(std::string_view topic, std::uint32_t partition, std::uint64_t offset);
  void stop();

  // --- Membership (consumer_membership.cpp)
  void start_joining();
  void join(std::uint64_t of_number);
  // Empty: try again.
  std::optional<std::vector<PartitionId>> join_once();
  void install(const std::vector<PartitionId>& assignment, std::uint64_t of_number);
  std::optional<std::uint64_t> starting_offset(PartitionId partition,
                                               std::optional<std::uint64_t> committed);
  std::optional<std::vector<std::optional<std::uint64_t>>> committed_offsets(
      const std::vector<PartitionId>& partitions);
  void start_heartbeats(std::uint64_t of_number);
  void send_heartbeats(std::uint64_t of_number);
  void handle_heartbeat(const Client::Answer& answer);
  void leave(const sim::Place& place);
  // The membership is over; what is assigned goes at once.
  void lose(bool forget_member_id);
  bool find_coordinator(sim::Duration timeout);
  bool know_topics();
  template <class Request>
  std::unique_ptr<Request> member_request() const {
    auto request = std::make_unique<Request>();
    request->group = settings.group;
    request->member_id = member_id;
    request->generation = generation;
    return request;
  }

  // --- Committing (consumer_commits.cpp)
  sim::Expected<sim::Done, std::string> commit(std::string_view topic, std::uint32_t partition,
                                               std::uint64_t next_offset, const sim::Place& place);
  // One request; empty without an answer. The membership is over where the answer says so.
  std::optional<Error> commit_once(PartitionId partition, std::uint64_t next_offset,
                                   const sim::Place& place, sim::Duration timeout,
                                   const std::string& purpose);
  using Positions = std::vector<std::pair<PartitionId, std::uint64_t>>;
  Positions uncommitted() const;
  // In the scope of the fiber that polls.
  void commit_if_due();
  void commit_in_background(const Positions& positions, std::uint64_t of_number);
  void commit_all();
  // How long a poll may wait before it has to look at `commit_if_due` again.
  sim::Duration until_next_commit() const;
  sim::Scope commit_scope() const;

  // --- Fetching (consumer_fetch.cpp)
  struct Assigned {
    std::uint64_t position = 0;                              // of the next record a poll returns
    std::optional<std::uint64_t> committed;                  // as far as this member knows
    std::deque<std::shared_ptr<const StoredRecord>> buffer;  // fetched ahead, from `position` on
    std::uint64_t seeks = 0;                                 // tells an outdated fetch
    std::unique_ptr<sim::IdleLoop> loop;
  };
  void start_fetching(PartitionId partition, std::uint64_t of_number);
  void fetch(PartitionId partition, std::uint64_t of_number);
  void fetch_once(PartitionId partition, std::uint64_t of_number, const std::string& purpose);
  void handle_fetched(PartitionId partition, const FetchReply& reply);
  bool find_leader(PartitionId partition);
  std::optional<std::uint64_t> list_offset(PartitionId partition, bool latest);
  void place_at(PartitionId partition, std::uint64_t offset);
  std::string loop_name(PartitionId partition) const;

  std::optional<PartitionId> find(std::string_view topic, std::uint32_t partition) const;
  sim::Simulation& simulation() const { return client.simulation(); }
  sim::Instant now() const { return client.simulation().now(); }
  Reader reader() const;
  // A scope of the consumer's own, named by what it does and keyed by the instant.
  sim::Scope scope(const std::string& loop, sim::Activity activity) const;

  enum class Phase : std::uint8_t { outside, joining, stable };

  Client client;
  const ConsumerSettings settings;
  const std::vector<std::string> topics;
  std::map<PartitionId, std::pair<std::string, std::uint32_t>> partitions;  // of the topics
  std::map<PartitionId, std::optional<NodeId>> leaders;
  std::optional<NodeId> coordinator;
  std::string member_id;
  std::uint32_t generation = 0;
  Phase phase = Phase::outside;
  bool rejoin_needed = false;
  bool stopped = false;
  bool in_poll = false;
  sim::Instant last_poll;
  std::uint64_t number = 0;
  std::string refusal;
  std::map<PartitionId, Assigned> assigned;
  WaitList arrived;  // polls wait for records or news of the group
  WaitList drained;  // fetchers wait for room
  sim::Name commit_step;
  sim::Instant next_commit;    // an automatic one
  bool is_committing = false;  // in the background
  WaitList committing_ended;
};

}  // namespace halfwrite::broker
