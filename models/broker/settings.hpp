// What a scenario says about one log broker, its topics and its clients. Kafka's names, dots as
// underscores. Values only.
#pragma once

#include "sim/draw.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwrite::broker {

enum class Acknowledgements : std::uint8_t { none, leader, all };  // acks 0, 1, all

struct TopicSettings {
  std::string name;
  std::uint32_t partitions = 1;
  std::optional<std::uint32_t> min_insync_replicas;  // the broker's where empty
};

struct ProducerSettings {
  Acknowledgements acks = Acknowledgements::all;
  bool enable_idempotence = true;
  std::optional<std::uint64_t> retries;  // unlimited where empty
  sim::Duration request_timeout = sim::Duration::seconds(30);
  sim::Duration delivery_timeout = sim::Duration::seconds(120);
};

enum class OffsetReset : std::uint8_t { earliest, latest, fail };

struct ConsumerSettings {
  std::string group;  // the service's name
  std::uint32_t prefetch = 100;
  OffsetReset auto_offset_reset = OffsetReset::earliest;
  bool enable_auto_commit = false;
  sim::Duration auto_commit_interval = sim::Duration::seconds(5);  // auto.commit.interval.ms
  sim::Duration max_poll_interval = sim::Duration::seconds(300);
  sim::Duration session_timeout = sim::Duration::seconds(45);
};

struct Settings {
  std::string name;
  std::uint32_t replicas = 1;  // nodes <name>.1, ...
  std::uint32_t min_insync_replicas = 1;
  bool unclean_leader_election = false;
  bool flush_every_message = false;  // else every flush_interval, as the operating system does
  sim::Duration flush_interval = sim::Duration::seconds(30);  // what a machine crash may cost
  std::vector<TopicSettings> topics;
  ProducerSettings producer;
  ConsumerSettings consumer;
};

}  // namespace halfwrite::broker
