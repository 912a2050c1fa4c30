#include "models/broker/partition_truth.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace halfwrite::broker {

PartitionTruth::PartitionTruth(history::Recorder& recorder, sim::Name broker,
                               const PartitionDescription& description)
    : recorder_(recorder), broker_(broker), description_(description) {}

void PartitionTruth::appended(const LogEntry& entry) {
  publish(entry);
  watch_replication();
}

void PartitionTruth::publish(const LogEntry& entry) {
  const auto& stored = std::get<std::shared_ptr<const StoredRecord>>(entry.content);
  history::Published fact;
  fact.event_id = stored->record.event_id;
  fact.event = recorder_.simulation().names().of(stored->record.event_type);
  fact.intent = stored->intent;
  fact.key = stored->record.key;
  fact.payload = stored->record.payload;
  fact.broker = broker_;
  fact.topic = description_.topic_name;
  fact.partition = description_.number;
  fact.offset = items_.size();
  fact.producer = stored->producer;
  items_.push_back({stored, entry.leader_epoch, false});
  recorder_.simulation().quiescence().durable_change();
  recorder_.record(std::move(fact));
}

void PartitionTruth::readable(std::uint64_t end) {
  HALFWRITE_ASSERT(end <= items_.size(), "a partition became readable beyond its end");
  if (end <= readable_) return;
  for (; readable_ < end; ++readable_) {
    history::BecameReadable fact;
    fact.broker = broker_;
    fact.topic = description_.topic_name;
    fact.partition = description_.number;
    fact.offset = readable_;
    recorder_.record(fact);
  }
  recorder_.simulation().quiescence().durable_change();
  watch_replication();
}

void PartitionTruth::acknowledged(std::uint64_t offset, std::uint32_t leader_epoch) {
  if (offset >= items_.size() || items_[offset].leader_epoch != leader_epoch) return;
  items_[offset].acknowledged = true;
}

void PartitionTruth::leader_took_office(const ReplicaLog& log, const Circumstances& circumstances) {
  std::uint64_t common = std::min<std::uint64_t>(items_.size(), log.end());
  while (common > 0 && items_[common - 1].leader_epoch != log.at(common - 1).leader_epoch) --common;
  for (std::uint64_t offset = common; offset < items_.size(); ++offset) {
    const Item& item = items_[offset];
    const StoredRecord& stored = *item.record;
    history::PublishLost fact;
    fact.event_id = stored.record.event_id;
    fact.broker = broker_;
    fact.topic = description_.topic_name;
    fact.partition = description_.number;
    fact.offset = offset;
    fact.acknowledged = item.acknowledged;
    fact.allowed_by_config = !item.acknowledged || stored.acks != Acknowledgements::all ||
                             circumstances.unclean || circumstances.tail_lost ||
                             (circumstances.disk_lost && description_.min_insync == 1);
    recorder_.record(std::move(fact));
  }
  if (common < items_.size()) {
    items_.resize(common);
    recorder_.simulation().quiescence().durable_change();
  }
  readable_ = std::min(readable_, common);
  // An unclean leader may bring back what a former one had dropped.
  for (std::uint64_t offset = common; offset < log.end(); ++offset) publish(log.at(offset));
  watch_replication();
}

void PartitionTruth::watch_replication() {
  unreplicated_.close();
  if (readable_ == items_.size()) return;
  unreplicated_ = sim::OpenThing(recorder_.simulation().quiescence(), [this] {
    return fmt::format("{} {}/{}: {} record(s) wait for their followers",
                       recorder_.simulation().names().text(broker_), description_.topic,
                       description_.number, items_.size() - readable_);
  });
}

}  // namespace halfwrite::broker
