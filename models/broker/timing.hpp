// Durations a scenario cannot set: Kafka's defaults, and the few of the model. Each says its
// source.
#pragma once

#include "sim/time.hpp"

#include <cstdint>

namespace halfwrite::broker {

using sim::Duration;

// broker.heartbeat.interval.ms and broker.session.timeout.ms (KRaft): a silent broker is fenced,
// and its partitions get other leaders, after the second.
inline constexpr Duration broker_heartbeat_interval = Duration::seconds(2);
inline constexpr Duration broker_session_timeout = Duration::seconds(9);

// replica.lag.time.max.ms, looked at every half of it; replica.fetch.wait.max.ms;
// replica.fetch.backoff.ms; replica.socket.timeout.ms.
inline constexpr Duration replica_lag_time = Duration::seconds(30);
inline constexpr Duration replica_fetch_wait = Duration::milliseconds(500);
inline constexpr Duration replica_fetch_backoff = Duration::seconds(1);
inline constexpr Duration replica_socket_timeout = Duration::seconds(30);
// Of the model: how long a leader keeps the fetch of a follower that has and knows all. Kafka
// answers it after replica.fetch.wait.max.ms with nothing, is asked again, and nobody knows more
// than before. A follower counts as caught up when its fetch came: so much earlier than there it
// may leave the in-sync set.
inline constexpr Duration replica_idle_wait = Duration::seconds(3);

// retry.backoff.ms of all clients; socket.connection.setup.timeout.ms; default.api.timeout.ms;
// request.timeout.ms of a consumer.
inline constexpr Duration retry_backoff = Duration::milliseconds(100);
inline constexpr Duration connect_timeout = Duration::seconds(10);
inline constexpr Duration api_timeout = Duration::seconds(60);
inline constexpr Duration consumer_request_timeout = Duration::seconds(30);

// fetch.max.wait.ms and heartbeat.interval.ms of a consumer.
inline constexpr Duration fetch_wait = Duration::milliseconds(500);
inline constexpr Duration heartbeat_interval = Duration::seconds(3);
// Of the model: how long the leader at most keeps the fetch of a consumer that would be answered
// with nothing and ask the same again, in the calm at the end of a run; less than its
// request.timeout.ms.
inline constexpr Duration idle_fetch_wait = Duration::seconds(20);

// group.initial.rebalance.delay.ms: an empty group waits for more members.
inline constexpr Duration initial_rebalance_delay = Duration::seconds(3);
// offsets.commit.timeout.ms: how long the coordinator waits for its followers.
inline constexpr Duration offsets_commit_timeout = Duration::seconds(5);

// Of the model: one fsync. Data-centre SSDs say 0.1 to 2 ms; a fixed one keeps runs comparable.
inline constexpr Duration disk_sync_time = Duration::milliseconds(1);

// Batches a partition remembers per producer (ProducerStateEntry.NUM_BATCHES_TO_RETAIN).
inline constexpr std::uint32_t remembered_batches = 5;

}  // namespace halfwrite::broker
