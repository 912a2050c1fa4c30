#include "models/publishing/relay_handler.hpp"

#include "models/broker/producer.hpp"

namespace halfwrite::publishing {

namespace {

std::string text_of(const sql::Value& value) {
  return std::string(value.is_text() ? value.characters() : "");
}

}  // namespace

broker::Record record_from(const service::EventTypes& events, const sql::Value& event_id,
                           const sql::Value& event_type, const sql::Value& topic,
                           const sql::Value& key, const sql::Value& payload) {
  std::string name = text_of(event_type);
  const auto type = events.find(name);
  const std::uint32_t version = type == events.end() ? 1 : type->second.version;
  return {text_of(event_id), std::move(name), version,
          text_of(topic),    text_of(key),    text_of(payload)};
}

const sql::Value& value_of(const sql::Row& row, OutboxColumn column) {
  return row[static_cast<std::size_t>(column)];
}

broker::Record record_from(const service::EventTypes& events, const sql::Row& row) {
  return record_from(events, value_of(row, OutboxColumn::event_id),
                     value_of(row, OutboxColumn::event_type), value_of(row, OutboxColumn::topic),
                     value_of(row, OutboxColumn::key), value_of(row, OutboxColumn::payload));
}

Item item_from(const service::EventTypes& events, const sql::Row& row) {
  Item item;
  item.position = static_cast<std::uint64_t>(value_of(row, OutboxColumn::position).integer());
  item.record = record_from(events, row);
  return item;
}

sim::Expected<sim::Done, StepFailure> RelayHandler::handle(const Item& item) {
  const auto aliases = instance_.runtime().aliases_of(item.record.event_type, "published");
  const sim::Place place{publish_step_, aliases};
  if (!instance_.settings().outbox.await) {
    instance_.producer().send_and_forget(item.record, place);
    return sim::Done{};
  }
  const auto metadata = instance_.producer().send(item.record, place);
  if (metadata.has_value()) return sim::Done{};
  return sim::Unexpected<StepFailure>(service::failure_of(metadata.error()));
}

void RelayHandler::park(const Item& item, const StepFailure& failure) {
  instance_.recorder().record(
      history::Parked{item.record.event_id, instance_.name_of(item.record.event_type),
                      instance_.name_of(policy_.operation), failure.message});
}

}  // namespace halfwrite::publishing
