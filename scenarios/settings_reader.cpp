#include "scenarios/settings_reader.hpp"

#include "scenarios/field_reader.hpp"
#include "scenarios/value_text.hpp"

namespace halfwrite::scenarios {

std::optional<database::Isolation> read_isolation(const Json& object) {
  static constexpr std::string_view words[] = {"read_committed", "repeatable_read", "serializable"};
  if (object.find("isolation") == nullptr) return std::nullopt;
  auto isolation = database::Isolation::read_committed;
  take_word(object, "isolation", words, isolation);
  return isolation;
}

sim::Clock read_clock(const Json& object) {
  const Json& json = object_at(object, "clock");
  sim::Clock clock;
  take(json, "offset", clock.offset);
  if (const Json* drift = json.find("drift")) {
    if (const auto parts = parse_drift(drift->text)) clock.drift_ppm = *parts;
  }
  take(json, "resolution", clock.resolution);
  return clock;
}

database::Settings read_database(const std::string& name, const Json& json) {
  database::Settings settings;
  settings.name = name;
  if (const auto isolation = read_isolation(json)) settings.isolation = *isolation;
  static constexpr std::string_view levels[] = {"off", "local", "remote_write", "on",
                                                "remote_apply"};
  take_word(json, "synchronous_commit", levels, settings.synchronous_commit);
  take(json, "standbys", settings.standbys);
  settings.synchronous_replication = text_at(json, "replication") == "sync";
  take(json, "replication_delay", settings.replication_delay);
  if (const Json* failover = json.find("failover")) {
    settings.failover.emplace();
    take(*failover, "timeout", settings.failover->timeout);
    take(*failover, "fenced", settings.failover->fenced);
    take(*failover, "reroute", settings.reroute);
  }
  for (const Member& slot : object_at(json, "slots").members) {
    database::NamedSlot& named = settings.slots.emplace_back();
    named.name = slot.key;
    take(slot.value, "failover", named.options.failover);
    take(slot.value, "wait_for_standby", named.options.wait_for_standby);
  }
  take(json, "connections", settings.connections);
  take(json, "statement_time", settings.statement_time);
  take(json, "sync_time", settings.sync_time);
  take(json, "deadlock_timeout", settings.deadlock_timeout);
  take(json, "lock_timeout", settings.lock_timeout);
  take(json, "statement_timeout", settings.statement_timeout);
  take(json, "idle_in_transaction_session_timeout", settings.idle_in_transaction_session_timeout);
  take(json, "wal_writer_delay", settings.wal_writer_delay);
  take(json, "checkpoint_timeout", settings.checkpoint_timeout);
  if (const Json* size = json.find("max_slot_wal_keep_size")) {
    settings.max_slot_wal_keep_bytes = parse_size(size->text);
  }
  settings.clock = read_clock(json);
  return settings;
}

broker::ProducerSettings read_producer(const Json& json, broker::ProducerSettings settings) {
  static constexpr std::string_view words[] = {"0", "1", "all"};
  take_word(json, "acks", words, settings.acks);
  take(json, "enable_idempotence", settings.enable_idempotence);
  take(json, "retries", settings.retries);
  take(json, "request_timeout", settings.request_timeout);
  take(json, "delivery_timeout", settings.delivery_timeout);
  return settings;
}

broker::ConsumerSettings read_consumer(const Json& json, broker::ConsumerSettings settings) {
  static constexpr std::string_view words[] = {"earliest", "latest", "fail"};
  take(json, "group", settings.group);
  take(json, "prefetch", settings.prefetch);
  take_word(json, "auto_offset_reset", words, settings.auto_offset_reset);
  take(json, "auto_commit_interval", settings.auto_commit_interval);
  take(json, "max_poll_interval", settings.max_poll_interval);
  take(json, "session_timeout", settings.session_timeout);
  return settings;
}

broker::Settings read_broker(const std::string& name, const Json& json) {
  broker::Settings settings;
  settings.name = name;
  take(json, "replicas", settings.replicas);
  take(json, "min_insync_replicas", settings.min_insync_replicas);
  take(json, "unclean_leader_election", settings.unclean_leader_election);
  settings.flush_every_message = text_at(json, "flush") == "every_message";
  take(json, "flush", settings.flush_interval);
  for (const Member& topic : object_at(json, "topics").members) {
    broker::TopicSettings topic_settings;
    topic_settings.name = topic.key;
    take(topic.value, "partitions", topic_settings.partitions);
    take(topic.value, "min_insync_replicas", topic_settings.min_insync_replicas);
    settings.topics.push_back(std::move(topic_settings));
  }
  settings.producer = read_producer(object_at(json, "producer"), settings.producer);
  settings.consumer = read_consumer(object_at(json, "consumer"), settings.consumer);
  return settings;
}

service::Retry read_retry(const Json& json) {
  static constexpr std::string_view words[] = {"fail", "dead_letter", "discard"};
  service::Retry retry;
  if (text_at(json, "attempts") == "unlimited") retry.attempts.reset();
  take(json, "attempts", retry.attempts);
  take(json, "delay", retry.delay);
  if (const Json* multiplier = json.find("multiplier")) {
    if (const auto ratio = parse_decimal(multiplier->text)) retry.multiplier = *ratio;
  }
  take(json, "max_delay", retry.max_delay);
  take(json, "errors", retry.errors);
  take_word(json, "then", words, retry.then);
  return retry;
}

service::Retry read_retry_at(const Json& object, const service::Retry& otherwise) {
  const Json* json = object.find("retry");
  return json == nullptr ? otherwise : read_retry(*json);
}

std::optional<service::Retry> read_optional_retry_at(const Json& object) {
  const Json* json = object.find("retry");
  if (json == nullptr) return std::nullopt;
  return read_retry(*json);
}

service::Direct read_direct(const Json& json) {
  service::Direct direct;
  direct.retry = read_optional_retry_at(json);
  take(json, "await", direct.await);
  return direct;
}

service::Outbox read_outbox(const Json& json) {
  static constexpr std::string_view relays[] = {"none", "polling", "cdc"};
  static constexpr std::string_view marks[] = {"after_publish", "before_publish", "delete"};
  service::Outbox outbox;
  take_word(json, "relay", relays, outbox.relay);
  for (const Member& column : object_at(json, "columns").members) {
    outbox.columns.emplace_back(column.key, column.value.text);
  }
  outbox.own_node = text_at(json, "runs_in") == "own_node";
  take(json, "instances", outbox.instances);
  take(json, "every", outbox.every);
  take(json, "batch", outbox.batch);
  take(json, "concurrency", outbox.concurrency);
  static constexpr std::string_view reads[] = {"unpublished", "id_cursor", "xid_cursor"};
  static constexpr std::string_view orders[] = {"id", "created_at", "xid"};
  static constexpr std::string_view on_gaps[] = {"skip", "wait", "remember"};
  take_word(json, "read", reads, outbox.read);
  take_word(json, "order_by", orders, outbox.order_by);
  take_word(json, "on_gap", on_gaps, outbox.on_gap);
  take(json, "gap_timeout", outbox.gap_timeout);
  take_word(json, "mark", marks, outbox.mark);
  take(json, "await", outbox.await);
  service::Retry unlimited;
  unlimited.attempts.reset();
  outbox.retry = read_retry_at(json, unlimited);
  take(json, "slot", outbox.slot);
  take(json, "offset_flush_interval", outbox.offset_flush_interval);
  static constexpr std::string_view snapshots[] = {"initial", "no_data", "always", "when_needed"};
  take_word(json, "snapshot", snapshots, outbox.snapshot);
  static constexpr std::string_view policies[] = {"fail", "latest", "snapshot"};
  if (json.find("on_unknown_position") != nullptr) {
    outbox.on_unknown_position = service::UnknownPosition::fail;
    take_word(json, "on_unknown_position", policies, *outbox.on_unknown_position);
  }
  static constexpr std::string_view confirms[] = {"stored", "received"};
  take_word(json, "confirm", confirms, outbox.confirm);
  take(json, "heartbeat", outbox.heartbeat);
  return outbox;
}

}  // namespace halfwrite::scenarios
